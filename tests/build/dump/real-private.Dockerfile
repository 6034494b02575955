# check=error=true
FROM alpine:3.20@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS fetch
RUN apk add --no-cache git openssh-client
RUN --mount=type=ssh git clone git@git.example:team/private.git /src
RUN --mount=type=secret,id=netrc,target=/root/.netrc,mode=0400 \
    --mount=type=secret,id=token,env=API_TOKEN,required \
    wget --header "Authorization: Bearer $API_TOKEN" https://api.example/data -O /data.json
ADD --keep-git-dir=true --link git@git.example:team/public.git#v1.2.3:docs /docs
FROM fetch
COPY --from=registry.example/tools:1 /bin/lint /usr/local/bin/
