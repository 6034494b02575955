FROM base
SHELL ["/bin/sh", "-e", "-c"]
RUN false || true; echo in-e >/e
RUN ["/bin/sh", "-c", "echo $HOME json >/json"]
RUN echo one && \
    # a comment between
    echo two >/two && \

    echo three >/three
RUN echo "quotes 'inside' \"too\"" >/quotes; echo 'single $HOME' >>/quotes
ENTRYPOINT exec cat
CMD /quotes
# not buildah: of SHELL it takes the first and the last word
