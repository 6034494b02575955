FROM debian
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt apt-get update
RUN --mount=type=bind,source=.,target=/src,rw make -C /src
RUN --mount=type=bind,from=tools,source=/opt/bin,target=/opt/bin,ro /opt/bin/check
RUN --mount=type=secret,id=token,required=true,mode=0400,uid=1000 cat /run/secrets/token
RUN --mount=type=secret,id=token,env=TOKEN curl -H "$TOKEN" https://example
RUN --mount=type=ssh,id=default,required git clone git@example:x
RUN --mount=type=tmpfs,target=/tmp,size=64m make check
RUN --mount=target=/x --network=host --security=insecure id
RUN --mount="type=cache,target=/with blank,id=a b" ls
RUN --mount=type=cache,target=/x\ y ls
RUN --mount=type=cache,"target=/a,b" ls
RUN --device=vendor.example/gpu=0 nvidia-smi
RUN --mount=type=cache,target=/root/.cache ["make", "install"]
RUN -- --not-a-flag
RUN --network=none -- make --jobs=2
