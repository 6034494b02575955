FROM --platform=$BUILDPLATFORM rust:1-bookworm AS chef
RUN cargo install cargo-chef --locked
WORKDIR /work

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
ARG TARGETARCH
ARG PROFILE=release
COPY --from=planner /work/recipe.json recipe.json
RUN <<EOF
set -eux
case "$TARGETARCH" in
  amd64) target=x86_64-unknown-linux-musl ;;
  arm64) target=aarch64-unknown-linux-musl ;;
  *) echo "no target for $TARGETARCH" >&2; exit 1 ;;
esac
rustup target add "$target"
echo "$target" >/target
EOF
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/work/target,id=target-${TARGETARCH} \
    cargo build --profile "$PROFILE" --target "$(cat /target)" && \
    install -D "target/$(cat /target)/$PROFILE/server" /out/server

FROM scratch AS export
COPY --from=builder /out/server /

FROM gcr.io/distroless/static-debian12:nonroot
COPY --link --from=builder --chmod=0555 /out/server /server
STOPSIGNAL SIGINT
ENTRYPOINT ["/server"]
