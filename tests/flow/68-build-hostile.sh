# Builds of what means harm, or is cut short: nothing outside is reached, nothing stays behind, what
# was finished is kept, and secrets are nowhere.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
davit image bootstrap --quiet demo >/dev/null
echo outside >"$flow_tmp/outside"

# dockerfile NAME <<TEXT - a context of its own with that Dockerfile; the directory is $ctx.
dockerfile() {
	ctx=$flow_tmp/$1
	mkdir -p "$ctx"
	cat >"$ctx/Dockerfile"
}
build() {
	expect timeout 60 davit build --progress plain "$@" "$ctx"
}
inside() {
	davit run --rm --network none "$@"
}
no_sleepers() {
	! pgrep -f '^sleep 60[0-9]'
}

test "links out of the context lead into it, or nowhere"
dockerfile links <<'X'
FROM davit/demo
COPY . /all
COPY up/inner /up
X
mkdir "$ctx/d" && echo in >"$ctx/d/inner"
ln -s "$flow_tmp/outside" "$ctx/abs"
ln -s ../outside "$ctx/rel"
ln -s / "$ctx/root"
ln -s ../../../../../../d "$ctx/up"
build -t links
expect inside links sh -c 'cat /up; readlink /all/rel; readlink /all/root; ls -d /all/root/all'
check_output 'in
../outside
/
/all/root/all'
for source in abs rel root/etc/passwd '../outside' 'd/../../outside' "$flow_tmp/outside"; do
	printf 'FROM davit/demo\nCOPY %s /x\n' "$source" >"$ctx/Dockerfile"
	expect_fail 1 davit build "$ctx"
	check grep -q 'not found' <<<"$err"
done
printf 'FROM davit/demo\nCOPY root/*/passwd r*/outside /x/\n' >"$ctx/Dockerfile"
davit build -t globbed "$ctx" >/dev/null 2>&1
check [ -z "$(davit run --rm --network none globbed cat /x/outside 2>/dev/null)" ]

test "a step's links lead within its own tree"
dockerfile within <<X
FROM davit/demo
RUN ln -s $flow_tmp /abs && ln -s ../../../../../../..$flow_tmp /rel
COPY a /abs/written
COPY a /rel/too
WORKDIR /abs/made
ADD a.tar /abs/
RUN --mount=type=bind,source=../../../..,target=/m ls /m >/list
X
echo a >"$ctx/a"
python3 - "$ctx/a.tar" <<'X'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as tar:
    for name, target in (("l", "/tmp"), ("up", "../../../../../tmp")):
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        tar.addfile(link)
    for name in ("l/through", "up/through", "../../../../../tmp/climbed", "/tmp/absolute"):
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
X
davit build --progress plain -t within "$ctx" >/dev/null 2>&1
for name in "$flow_tmp"/{written,too,made} /tmp/{through,climbed,absolute}; do
	check [ ! -e "$name" ]
done
sed -i /ADD/d "$ctx/Dockerfile"
build -t within
expect inside within sh -c "ls $flow_tmp; cat /list"
check_output 'made
too
written
Dockerfile
a
a.tar'

test "an archive as the context writes nowhere else"
{ python3 - <<'X'
import io, sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    def add(name, data=b"evil", **more):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for key, value in more.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(data))
    add("Dockerfile", b"FROM davit/demo\nCOPY . /c\n")
    add("l", b"", type=tarfile.SYMTYPE, linkname="/tmp")
    add("l/through")
    add("../climbed")
    add("h", b"", type=tarfile.LNKTYPE, linkname="../../../../etc/passwd")
X
} >"$flow_tmp/evil.tar"
davit build -t archive - <"$flow_tmp/evil.tar" >/dev/null 2>&1
check [ ! -e /tmp/through ]
check [ -z "$(find / -xdev -name climbed 2>/dev/null | grep -v '^/proc')" ]
check [ "$(davit run --rm --network none archive cat /c/h 2>/dev/null | grep -c root)" = 0 ]

test "fifos and devices are made again and never opened; sockets are left out"
dockerfile special <<'X'
FROM davit/demo
COPY . /s
X
mkfifo "$ctx/fifo"
mknod "$ctx/null" c 1 3
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$ctx/sock"
build -t special
expect inside special sh -c 'stat -c "%F" /s/fifo /s/null; ls /s'
check_output 'fifo
character special file
Dockerfile
fifo
null'
build -t special
check [ "$(grep -c CACHED <<<"$err")" = 1 ]

test "a file that changes while it is read never becomes what it was not"
dockerfile changing <<'X'
FROM davit/demo
COPY big /big
X
python3 - "$ctx/big" <<'X' &
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
n = 0
while not os.path.exists(sys.argv[1] + ".stop"):
    n = (n + 1) % 256
    os.pwrite(fd, bytes([n]) * (4 << 20), 0)
X
writer=$!
eventually 5 [ -s "$ctx/big" ]
for i in 1 2 3 4 5; do
	davit build --progress plain "$ctx" >"$flow_tmp/o" 2>"$flow_tmp/e" ||
		check grep -q 'big: it changed while it was read: build again' "$flow_tmp/e"
done
touch "$ctx/big.stop"
wait $writer
build -t changed
expect inside changed md5sum /big
check_output "$(md5sum <"$ctx/big" | cut -d' ' -f1)  /big"

test "a build that was cut short goes on after its last finished step"
dockerfile resumed <<'X'
FROM davit/demo
RUN echo 1 >/one
COPY a /two
RUN sleep 600 || true; test -e /one
X
echo a >"$ctx/a"
leaks_mark
davit build --progress plain "$ctx" >/dev/null 2>&1 &
slow=$!
eventually 10 pgrep -f '^sleep 600'
kill -KILL $slow
wait $slow 2>/dev/null
eventually 10 no_sleepers
check [ -z "$(grep davit /proc/self/mountinfo | grep staging)" ]
sed -i 's/sleep 600 || true; //' "$ctx/Dockerfile"
build -t resumed
check [ "$(grep -c CACHED <<<"$err")" = 2 ]

test "killed at any moment it leaves nothing mounted and nothing running, and the next build is whole"
dockerfile killed <<'X'
FROM davit/demo
RUN --mount=type=cache,target=/c echo 1 >>/c/n; echo 1 >/one
RUN --mount=type=secret,id=s cat /run/secrets/s | wc -c >/two
COPY . /src
RUN cat /one /two /src/a >/three
X
echo a >"$ctx/a"
echo hush >"$flow_tmp/s"
for i in $(seq 12); do
	echo $i >"$ctx/n"
	sed -i "2s/.*/RUN --mount=type=cache,target=\/c echo $i >>\/c\/n; echo $i >\/one/" "$ctx/Dockerfile"
	davit build --progress plain --secret id=s,src="$flow_tmp/s" "$ctx" >/dev/null 2>&1 &
	slow=$!
	sleep 0.0$((RANDOM % 9))$((RANDOM % 9))
	kill -KILL $slow 2>/dev/null
	wait $slow 2>/dev/null
done
build -t whole --secret id=s,src="$flow_tmp/s"
expect inside whole cat /three
check_output '12
5
a'
eventually 5 sh -c '! grep -E "davit.*(staging|/b/)" /proc/self/mountinfo'
eventually 5 sh -c '[ -z "$(ls /var/lib/davit/staging)" ]'
eventually 5 sh -c '[ -z "$(ls /var/lib/davit/trash)" ]'
check [ -z "$(ls /run/davit/b 2>/dev/null)" ]

test "secrets are in no layer, history, log or list of processes"
dockerfile secrets <<'X'
FROM davit/demo
RUN --mount=type=secret,id=file --mount=type=secret,id=variable,env=KEY --mount=type=cache,target=/held \
    test "$(wc -c </run/secrets/file)" = 11 && test ${#KEY} = 15 && \
    timeout 90 sh -c 'touch /held/there; until [ -e /held/go ]; do sleep 0.05; done' && echo used >/used
X
printf f1le-s3cret >"$flow_tmp/f"
export VARIABLE=variable-s3cret
davit build --progress plain -t secrets --secret id=file,src="$flow_tmp/f" --secret id=variable,env=VARIABLE "$ctx" >"$flow_tmp/o" 2>&1 &
slow=$!
eventually 10 sh -c 'ls /var/lib/davit/cache/mounts/*/data/there'
for list in /proc/[0-9]*/cmdline; do
	tr '\0' ' ' <"$list" 2>/dev/null
done >"$flow_tmp/processes"
check [ -z "$(grep -rlE '(f1le|variable)-s3cret' /var/lib/davit 2>/dev/null)" ]
go_on
check wait $slow
unset VARIABLE
check grep -q 'davit build' "$flow_tmp/processes"
check [ -z "$(grep -E '[e]-s3cret' "$flow_tmp/processes" "$flow_tmp/o")" ]
expect inside secrets sh -c 'cat /used; ls /run/secrets 2>/dev/null; env | grep KEY; cat /run/secrets/file 2>/dev/null; true'
check grep -qx used <<<"$out"
check [ "$(wc -l <<<"$out")" = 1 ]
davit save secrets >"$flow_tmp/saved.tar"
mkdir "$flow_tmp/saved" && tar -xf "$flow_tmp/saved.tar" -C "$flow_tmp/saved"
for layer in $(find "$flow_tmp/saved" -type f); do
	{ gzip -dc "$layer" 2>/dev/null || cat "$layer"; } | grep -qaE '(f1le|variable)-s3cret' && fail "$layer has it"
done
check [ -z "$(ls /run/davit/b 2>/dev/null)" ]
expect_fail 1 davit build --secret id=file,src="$flow_tmp/nowhere" "$ctx"
check grep -q nowhere <<<"$err"
