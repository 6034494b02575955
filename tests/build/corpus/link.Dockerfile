FROM base AS from
RUN mkdir -p /lib/deep && echo l >/lib/deep/l
FROM base
COPY --link one.txt /linked/
COPY --link --from=from /lib/deep /linked/deep
RUN cat /linked/one.txt >/seen
# not docker, not buildah: too old for --link
