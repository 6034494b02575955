FROM scratch
COPY . .
COPY a b c /dest/
COPY ["with blank", "other", "/dest dir/"]
COPY --from=build /out/app /usr/bin/app
COPY --from=0 --chown=1000:1000 --chmod=0755 x /y
COPY --chown=user:group x y
COPY --link --chmod=u=rwX,go=rX src /src
COPY --parents ./a/./b/*.c /src/
COPY --exclude=*.md --exclude=docs/** . /app
COPY --link=false x y
COPY *.txt file?.c [a-c]* [[]x] /dest/
COPY a\ b /x
COPY "quoted" /x
COPY $SRC ${DST:-/dst}/
copy lower /case
COPY --from=img:tag /a \
     /b
COPY [ not json
