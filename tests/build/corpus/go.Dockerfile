ARG VERSION=1.0
FROM base AS deps
WORKDIR /go/src
COPY go.mod ./
RUN cp go.mod go.lock

FROM deps AS build
ARG VERSION
COPY cmd cmd
RUN mkdir /out && { echo "#!/bin/sh"; echo "echo $VERSION"; } >/out/app && chmod 755 /out/app

FROM build AS test
RUN test "$(/out/app)" = 1.0

FROM scratch
ARG VERSION
COPY --from=build /out/app /app
LABEL version=$VERSION
USER 65532:65532
ENTRYPOINT ["/app"]
