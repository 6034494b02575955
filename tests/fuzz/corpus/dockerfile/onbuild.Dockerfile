FROM debian
ONBUILD RUN make
ONBUILD COPY --from=a x /y
ONBUILD ADD ["a b", "/c"]
ONBUILD ENV a=b c="d e"
ONBUILD ENV legacy value here
onbuild workdir /x
ONBUILD RUN --mount=type=cache,target=/x make install
ONBUILD HEALTHCHECK --retries=2 CMD ["x"]
ONBUILD CMD ["x", "y"]
ONBUILD   EXPOSE   80  81
ONBUILD RUN a && \
  b
ONBUILD
