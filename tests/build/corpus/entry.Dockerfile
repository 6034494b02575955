FROM base AS parent
ENTRYPOINT ["/bin/echo", "parent"]
CMD ["args"]
ENV PATH=/opt/bin:$PATH
VOLUME ["/a", "/b c"]
EXPOSE 1/tcp 2/udp
LABEL l=1 m=2
USER 5:6
WORKDIR /parent
FROM parent
CMD ["other"]
LABEL m=3
ENV PATH=$PATH:/last
EXPOSE 2/udp 3
VOLUME /c
WORKDIR child
# not buildah: it makes no working directory
