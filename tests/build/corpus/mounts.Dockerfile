FROM base
RUN --mount=type=bind,target=/src cp /src/one.txt /bound && ls /src/tree >/listed
RUN --mount=type=bind,from=base,source=/etc,target=/other cp /other/passwd /others
RUN --mount=type=cache,target=/cache,id=corpus echo kept >/cache/file; cp /cache/file /from-cache
RUN --mount=type=cache,target=/cache,id=corpus cat /cache/file >/again
RUN --mount=type=tmpfs,target=/scratch echo x >/scratch/x && ls /scratch >/scratched
RUN test ! -e /cache/file && test ! -e /scratch/x
# not docker: before version 23 it left the places that were mounted over
