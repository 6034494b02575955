# escape=`
FROM base
RUN echo a `
    && echo b >/b
ENV P=c:\dir\file Q=`$P
RUN echo back\\slash >/slash
COPY one.txt `
     /one
# not buildah: it reads the escape twice
