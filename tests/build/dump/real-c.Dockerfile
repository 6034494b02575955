FROM debian:bookworm AS deps
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && apt-get install -y --no-install-recommends \
      build-essential pkg-config libuv1-dev
FROM deps AS build
ARG CFLAGS="-O2 -g"
WORKDIR /src
RUN --mount=target=.,rw --mount=type=tmpfs,target=/tmp make -j"$(nproc)" CFLAGS="$CFLAGS" DESTDIR=/out install
FROM deps AS test
RUN --mount=target=/src,ro --network=none --security=insecure ["make", "-C", "/src", "check"]
FROM debian:bookworm-slim
COPY --from=build /out/ /
COPY --from=build --parents /src/./docs/*.1 /usr/share/man/
CMD ["/usr/local/bin/tool"]
