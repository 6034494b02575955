FROM base
RUN --mount=type=secret,id=token wc -c </run/secrets/token >/size
RUN --mount=type=secret,id=token,target=/etc/token,mode=0444 grep -c s3cret /etc/token >/seen
RUN --mount=type=secret,id=absent test ! -e /run/secrets/absent && echo none >/none
RUN ls -A /run >/run-has
# not docker, not buildah: they leave the places that were mounted over
