FROM base
COPY --chmod=755 one.txt /bin/one
COPY --chmod=0640 tree /tree
ADD --chmod=600 two.txt /two
RUN mkdir -m 1777 /sticky && touch /suid && chmod 4755 /suid && chmod 2755 /sticky
COPY three.txt /sticky/three.txt
# not buildah: its copy leaves the mode of directories
