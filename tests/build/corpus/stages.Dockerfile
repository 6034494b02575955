FROM base AS one
RUN mkdir /out && echo 1 >/out/one
FROM base AS two
COPY --from=one /out /got
RUN echo 2 >/got/two
FROM base AS unused
RUN exit 7
FROM scratch AS last
COPY --from=two /got /
COPY --from=0 /out/one /zero
COPY --from=base:latest /bin/sh /sh
CMD ["/sh"]
