FROM base
ONBUILD COPY one.txt /from-child
ONBUILD RUN echo triggered >/trigger
ONBUILD ENV TRIGGERED=yes
ONBUILD WORKDIR /child
# not buildah: taking a container from it runs the triggers
