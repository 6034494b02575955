FROM base
COPY --parents tree/sub/deep/file tree/a.c /p/
COPY --parents ./tree/./sub/ /q/
COPY --exclude=*.c --exclude=sub/deep tree /r/
# not docker, not buildah: too old for --parents and --exclude
