# Images are built from Dockerfiles: every instruction, the cache, contexts of all kinds, outputs.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
davit image bootstrap --quiet demo >/dev/null
ctx=$flow_tmp/ctx
mkdir -p "$ctx"

# dockerfile NAME <<TEXT - a context of its own with that Dockerfile; the directory is $ctx.
dockerfile() {
	ctx=$flow_tmp/$1
	mkdir -p "$ctx"
	cat >"$ctx/Dockerfile"
}
build() {
	expect davit build --progress plain "$@" "$ctx"
}
inside() {
	davit run --rm --network none "$@"
}

test "each instruction leaves its mark on the image"
dockerfile all <<'X'
ARG BASE=davit/demo
FROM $BASE AS base
LABEL maintainer="Somebody <s@example.com>" stage=base
ARG WHO=world
ENV GREETING="hello $WHO" PLAIN=1
RUN echo "$GREETING" >/greeting && echo app:x:1234:1234::/:/bin/sh >>/etc/passwd && echo app:x:1234: >>/etc/group
FROM base
WORKDIR /srv/app
COPY a.txt sub/ ./
COPY --chown=app:app --chmod=640 a.txt /owned/
ADD --chmod=755 run.sh /usr/local/bin/run
EXPOSE 80 443/tcp 53/udp
VOLUME /data
STOPSIGNAL SIGUSR1
HEALTHCHECK --interval=5s --retries=2 CMD test -e /greeting
SHELL ["/bin/sh", "-ec"]
USER app
RUN id -un >/tmp/who
ENTRYPOINT ["run"]
CMD ["default"]
X
mkdir -p "$ctx/sub/deep"
echo A >"$ctx/a.txt" && echo B >"$ctx/sub/b" && echo C >"$ctx/sub/deep/c"
printf '#!/bin/sh\necho "$@" from $(pwd) as $(id -un)\n' >"$ctx/run.sh"
build -t all --build-arg WHO=you
expect inside all
check_output 'default from /srv/app as app'
expect inside --entrypoint sh all -c 'cat /greeting a.txt b deep/c /tmp/who; stat -c "%U:%G %a" /owned/a.txt'
check_output 'hello you
A
B
C
app
app:app 640'
expect davit image inspect all --format '{{json .Config.ExposedPorts}} {{json .Config.Volumes}} {{.Config.StopSignal}} {{json .Config.Shell}} {{.Config.User}}'
check_output '{"443/tcp":{},"53/udp":{},"80/tcp":{}} {"/data":{}} SIGUSR1 ["/bin/sh","-ec"] app'
expect davit image inspect all --format '{{index .Config.Labels "maintainer"}} {{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Retries}}'
check_output 'Somebody <s@example.com> ["CMD-SHELL","test -e /greeting"] 2'
expect davit history --no-trunc --format '{{.CreatedBy}}' all
check grep -q '^RUN |1 WHO=you /bin/sh -c echo "$GREETING" >/greeting && echo app.* # buildkit$' <<<"$out"
check grep -qx 'CMD \["default"\]' <<<"$out"

test "a second build does nothing, and is the same image"
before=$(davit images -q --no-trunc all)
build -t all --build-arg WHO=you
check [ "$(grep -c CACHED <<<"$err")" = 6 ]
check [ "$(davit images -q --no-trunc all)" = "$before" ]

test "what changed is done again, and what comes after it; --dry-run says why"
echo AA >"$ctx/a.txt"
expect davit build --dry-run --build-arg WHO=you "$ctx"
check grep -qx '        a.txt changed' <<<"$out"
build -t all2 --build-arg WHO=you
check [ "$(grep -c CACHED <<<"$err")" = 2 ]
touch "$ctx/a.txt"
build -t all2 --build-arg WHO=you
check [ "$(grep -c CACHED <<<"$err")" = 6 ]

test "the cache outlives the images, and goes with builder prune"
expect davit rmi all all2
build -t all --build-arg WHO=you
check [ "$(grep -c CACHED <<<"$err")" = 6 ]

test "a step that fails says what, where and how, and what was done before stays done"
dockerfile broken <<'X'
FROM davit/demo
RUN echo first
RUN echo why >&2; exit 7
RUN echo never
X
expect_fail 1 davit build --progress plain "$ctx"
check grep -q '^   3 | >>> RUN echo why' <<<"$err"
check grep -qx 'davit: process "/bin/sh -c echo why >&2; exit 7" did not complete successfully: exit code: 7' <<<"$err"
check grep -q ' why$' <<<"$err"
sed -i 's/exit 7/true/' "$ctx/Dockerfile"
build -t mended
check [ "$(grep -c CACHED <<<"$err")" = 1 ]

test "mistakes in the file are shown with their line"
dockerfile wrong <<'X'
FROM davit/demo
RNU true
X
expect_fail 1 davit build "$ctx"
check grep -q 'unknown instruction: RNU (did you mean RUN?)' <<<"$err"
check grep -q '>>> RNU true' <<<"$err"
dockerfile missing <<'X'
FROM davit/demo
COPY nothing /
X
expect_fail 1 davit build "$ctx"
check grep -q '"/nothing": not found' <<<"$err"
expect_fail 1 davit build "$flow_tmp/nowhere"
check_error 'davit: unable to prepare context: path ".*/nowhere" not found'

test "a name that cannot be one, and an output nobody knows, are told before anything is done"
expect_fail 1 davit build -t UP "$ctx"
check_error 'davit: invalid tag "UP": invalid reference format: repository name \(UP\) must be lowercase'
expect_fail 1 davit build -o type=cloud "$ctx"
check_error 'davit: .*cloud.*'
expect_fail 1 davit build -o type=image,push=true "$ctx"
check_error 'davit: tag is needed when pushing to registry'

test "an option that only a step would stumble over is told before anything is done, too"
wrong() { expect_fail "$1" davit build "${@:3}" "$ctx" && check_error "davit: $2"; }
wrong 1 '"nonsense": unknown operating system or architecture' --platform nonsense
wrong 1 '"linux/a b" is an invalid platform: .*' --platform 'linux/a b'
wrong 1 'multi-platform build is not supported: .*' --platform linux/amd64,linux/arm64
wrong 1 'invalid ulimit argument: x' --ulimit x
wrong 1 '--ssh default=/nowhere: failed to open /nowhere: No such file or directory' --ssh default=/nowhere
wrong 1 '--ssh key=.*: .* is no agent.s socket: .*' --ssh "key=$ctx/Dockerfile"
SSH_AUTH_SOCK='' wrong 1 '--ssh default: there is no agent: SSH_AUTH_SOCK is not set' --ssh default
wrong 125 'invalid --allow foo: .*' --allow foo
wrong 125 'invalid argument "x" for "--add-host" flag: bad format for add-host: "x"' --add-host x
wrong 125 'invalid argument "x" for "--shm-size" flag: .*' --shm-size x
wrong 125 '--cgroup-parent is not supported yet' --cgroup-parent /x

test "what .dockerignore leaves out is not in a context that a RUN mounts, and does not make it run again"
bound=$flow_tmp/bound
mkdir -p $bound/d/e $bound/out/in $bound/gone/deep $bound/gone/empty $bound/hollow && touch $bound/{a,secret,d/x.o,d/y,d/e/z.o,out/in/kept,out/no,gone/deep/f}
chmod 750 $bound/d && touch -d 2001-01-01 $bound/d && printf 'secret\n**/*.o\nout\n!out/in/kept\ngone\n!gone/*/g\nhollow\n!hollow/g\n' >$bound/.dockerignore
cat >$bound/Dockerfile <<'X'
FROM davit/demo
RUN --mount=type=bind,target=/m find /m | sort >/ro; stat -c '%a %Y' /m/d >>/ro
RUN --mount=type=bind,target=/m,rw touch /m/secret && find /m | sort >/rw
RUN --mount=type=bind,source=d,target=/m find /m | sort >/part
RUN --mount=type=cache,target=/m,from=all find /m | sort >/cache
X
expect davit build -q -t bound --build-context all=$bound $bound
image=$out
seen=$(davit run --rm --network none bound sh -c 'for f in ro rw part cache; do echo $f; sed s,^/m/,, /$f; done' | tr '\n' ' ')
check [ "$seen" = "ro /m .dockerignore Dockerfile a d d/e d/y out out/in out/in/kept 750 $(stat -c %Y $bound/d) rw /m .dockerignore Dockerfile a d d/e d/y out out/in out/in/kept secret part /m e y cache /m .dockerignore Dockerfile a d d/e d/y out out/in out/in/kept " ]
check [ ! -s $bound/secret ]
echo more >$bound/secret && rm $bound/d/x.o
expect davit build --progress plain -q -t bound --build-context all=$bound $bound
check [ "$out" = "$image" ]

test ".dockerignore and --exclude leave out, wildcards and --parents choose"
dockerfile choose <<'X'
FROM scratch
COPY . /all
COPY *.txt /texts/
COPY --parents x/./y/*.c z/ /parents/
COPY --exclude=*.o --exclude=keep/no z /without
X
mkdir -p "$ctx"/{x/y,z/keep,logs}
touch "$ctx"/{1.txt,2.txt,3.md,x/y/a.c,x/y/b.h,z/m.o,z/m.c,z/keep/no,z/keep/yes,logs/a,logs/keep}
printf '*.md\nlogs/*\n!logs/keep\nDockerfile\n.dockerignore\n' >"$ctx/.dockerignore"
expect davit build -o "$flow_tmp/chosen" "$ctx"
(cd "$flow_tmp/chosen" && find . -type f | sort) >"$flow_tmp/list"
check diff - "$flow_tmp/list" <<'X'
./all/1.txt
./all/2.txt
./all/logs/keep
./all/x/y/a.c
./all/x/y/b.h
./all/z/keep/no
./all/z/keep/yes
./all/z/m.c
./all/z/m.o
./parents/y/a.c
./parents/z/keep/no
./parents/z/keep/yes
./parents/z/m.c
./parents/z/m.o
./texts/1.txt
./texts/2.txt
./without/keep/yes
./without/m.c
X

test "stages: only what the target needs is built, side by side"
dockerfile stages <<'X'
FROM davit/demo AS one
RUN sleep 0.5; echo 1 >/1
FROM davit/demo AS two
RUN sleep 0.5; echo 2 >/2
FROM davit/demo AS unneeded
RUN false
FROM davit/demo AS both
COPY --from=one /1 /
COPY --from=1 /2 /
FROM both AS last
RUN cat /1 /2 >/12
X
build -t stages
check jq -e '[.Spans[] | select(.Words | contains("sleep 0.5"))] | (.[0].FromUs + .[0].TookUs) > .[1].FromUs and (.[1].FromUs + .[1].TookUs) > .[0].FromUs' \
	<(davit explain --build --format json) >/dev/null
expect inside stages cat /12
check_output '1
2'
expect davit build -q --target two -t two "$ctx"
expect_fail 1 davit build --target none "$ctx"
check grep -q 'target stage "none" could not be found' <<<"$err"

test "heredocs are scripts and files"
dockerfile heredoc <<'X'
FROM davit/demo
RUN <<EOT
echo one >/h1
echo two >>/h1
EOT
RUN <<-"EOT" sh >/h2
	echo $HOME
	EOT
COPY <<conf /etc/app.conf
home=$HOME
conf
RUN <<EOT
#!/bin/awk -f
BEGIN { print "awk" > "/h3" }
EOT
X
build -t heredoc
expect inside heredoc cat /h1 /h2 /etc/app.conf /h3
check_output 'one
two
/root
home=
awk'

test "mounts of a step: what is bound, cached, secret and in memory"
dockerfile mounts <<'X'
FROM davit/demo AS tools
RUN echo tool >/tool
FROM davit/demo
RUN --mount=type=bind,target=/src --mount=type=bind,from=tools,source=/tool,target=/t \
	cat /src/in /t >/bound && ! touch /src/x 2>/dev/null
RUN --mount=type=bind,target=/src,rw touch /src/new && test -e /src/new
RUN --mount=type=cache,target=/cache echo x >>/cache/n && wc -l </cache/n >/count
RUN --mount=type=secret,id=token --mount=type=secret,id=env,env=TOKEN \
	wc -c </run/secrets/token >/size && printf "$TOKEN" | wc -c >>/size
RUN --mount=type=tmpfs,target=/mem touch /mem/x && grep -q ' /mem tmpfs' /proc/mounts
X
echo in >"$ctx/in"
printf hunter2 >"$flow_tmp/token"
FROM_ENV=swordfish build -t mounts --secret id=token,src=$flow_tmp/token --secret id=env,env=FROM_ENV
expect inside mounts sh -c 'cat /bound /count /size; ls -d /src /cache /mem /run/secrets /t 2>&1 | wc -l'
check_output 'in
tool
1
7
9
5'
check [ ! -e "$ctx/new" ]
check [ -z "$(grep -rl 'hunter2\|swordfish' /var/lib/davit /run/davit)" ]
FROM_ENV=other build --no-cache -t mounts --secret id=token,src=$flow_tmp/token --secret id=env,env=FROM_ENV
expect inside mounts cat /count
check_output 2

test "ADD unpacks archives, takes URLs and checks their digests"
dockerfile add <<X
FROM davit/demo
ADD files.tar.gz /unpacked/
ADD --unpack=false files.tar.gz /kept/
ADD http://127.0.0.1:8555/page.html /page/
ADD --checksum=sha256:$(printf page | sha256sum | cut -d' ' -f1) http://127.0.0.1:8555/page.html /named
ADD --unpack=true http://127.0.0.1:8555/files.tar.gz /fetched
X
mkdir -p "$flow_tmp/tree/d" "$flow_tmp/www" && echo f >"$flow_tmp/tree/d/f" && ln -s d/f "$flow_tmp/tree/l"
tar -C "$flow_tmp/tree" --owner=7 --group=8 -czf "$ctx/files.tar.gz" .
cp "$ctx/files.tar.gz" "$flow_tmp/www/" && printf page >"$flow_tmp/www/page.html"
python3 -m http.server -d "$flow_tmp/www" --bind 127.0.0.1 8555 >/dev/null 2>&1 &
web=$!
eventually 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8555'
build -t add
expect inside add sh -c 'cat /unpacked/l; stat -c %u:%g /unpacked/d/f; ls /kept; cat /page/page.html /named; stat -c %a /named; cat /fetched/d/f'
check_output 'f
7:8
files.tar.gz
pagepage600
f'
sed -i 's/sha256:[0-9a-f]*/sha256:0000000000000000000000000000000000000000000000000000000000000000/' "$ctx/Dockerfile"
expect_fail 1 davit build "$ctx"
check grep -q 'digest mismatch' <<<"$err"
kill $web

test "a Dockerfile or an archive may come on standard input, a context by name"
ctx=-
expect davit build -q -t stdin - <<'X'
FROM davit/demo
RUN echo stdin >/stdin
X
expect inside stdin cat /stdin
check_output stdin
mkdir -p "$flow_tmp/tarred" && echo t >"$flow_tmp/tarred/t" && printf 'FROM scratch\nCOPY t /\n' >"$flow_tmp/tarred/Dockerfile"
tar -C "$flow_tmp/tarred" -cf "$flow_tmp/tarred.tar" .
expect davit build -q -o "$flow_tmp/untarred" - <"$flow_tmp/tarred.tar"
check [ "$(ls "$flow_tmp/untarred")" = t ]
dockerfile named <<'X'
FROM scratch
COPY --from=other t /
X
expect davit build -q -o "$flow_tmp/named-out" --build-context other="$flow_tmp/tarred" "$ctx"
check [ "$(cat "$flow_tmp/named-out/t")" = t ]

test "outputs: files, an archive of them, an image's archives, its id"
dockerfile outputs <<'X'
FROM davit/demo
RUN echo out >/out
X
expect davit build -q -o type=tar,dest="$flow_tmp/o.tar" "$ctx"
check tar -tf "$flow_tmp/o.tar" out
expect davit build -q -t outputs -o type=oci,dest="$flow_tmp/oci.tar" "$ctx"
check skopeo inspect "oci-archive:$flow_tmp/oci.tar" >/dev/null
expect davit build -q -t outputs:1 -t outputs:2 --iidfile "$flow_tmp/iid" --metadata-file "$flow_tmp/meta" "$ctx"
check_output "$(cat "$flow_tmp/iid")"
check [ "$(davit images -q --no-trunc outputs:2)" = "$(cat "$flow_tmp/iid")" ]
check jq -e '."containerimage.config.digest"' "$flow_tmp/meta" >/dev/null

test "the same input and SOURCE_DATE_EPOCH are the same image in another store"
dockerfile same <<'X'
FROM davit/demo
WORKDIR /made
COPY in ./
RUN date >now; echo x >x; rm -f now; mkdir d
X
echo in >"$ctx/in"
expect env SOURCE_DATE_EPOCH=1600000000 davit build -q -t same "$ctx"
first=$out
sleep 1.1
touch "$ctx/in"
expect davit --root "$flow_tmp/other" --run-root /run/other image bootstrap --quiet demo
expect env SOURCE_DATE_EPOCH=1600000000 davit --root "$flow_tmp/other" --run-root /run/other build -q -t same "$ctx"
check_output "$first"

test "checks are BuildKit's, and can fail a build"
dockerfile lint <<'X'
FROM davit/demo as a
MAINTAINER x
CMD echo hi
X
expect_fail 1 davit build --check "$ctx"
check grep -q '^WARNING: MaintainerDeprecated' <<<"$out"
sed -i '1i # check=skip=all' "$ctx/Dockerfile"
expect davit build --check "$ctx"
check_output 'Check complete, no warnings found.'

test "a cancelled build leaves nothing behind"
leaks_mark
dockerfile slow <<'X'
FROM davit/demo
RUN sleep 60
X
davit build --progress plain "$ctx" >/dev/null 2>&1 &
slow=$!
eventually 10 pgrep -f '^sleep 60'
kill -INT $slow
wait $slow
check [ $? = 130 ]
eventually 10 sh -c "! pgrep -f '^sleep 60'"
eventually 5 flow_same
davit build --progress plain "$ctx" >/dev/null 2>&1 &
slow=$!
eventually 10 pgrep -f '^sleep 60'
kill -KILL $slow
eventually 10 sh -c "! pgrep -f '^sleep 60'"
davit build -q -t after "$flow_tmp/heredoc" >/dev/null
eventually 5 flow_same
