FROM onbuild-base
RUN pwd >/where && cat /trigger >>/where
ENV OWN=1
# not buildah: it does not take its base from where it builds
