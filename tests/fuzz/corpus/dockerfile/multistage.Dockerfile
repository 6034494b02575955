# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended;error=false

ARG GO=1.22
# base has the tools
FROM --platform=$BUILDPLATFORM golang:${GO} AS base
WORKDIR /src
ENV CGO_ENABLED=0

FROM base AS deps
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download -x

FROM deps AS build
ARG TARGETOS TARGETARCH
ARG VERSION=dev
RUN --mount=target=. \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -ldflags "-X main.version=$VERSION" -o /out/app ./cmd/app

FROM build AS test
RUN go test ./...

FROM scratch AS release
COPY --from=build --link /out/app /app
COPY --from=alpine:3.20 /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65534:65534
ENTRYPOINT ["/app"]
CMD ["--help"]
