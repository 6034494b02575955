# export and import: a container's files as a plain archive, and any archive of files as an image.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
cd "$flow_tmp" || exit

store=${DAVIT_ROOT:-/var/lib/davit}

# tree_of IMAGE - where the only layer of an image lies.
tree_of() {
	local id
	id=$(sqlite3 "$store/images.db" "SELECT layers FROM images WHERE id = '$(davit image inspect -f '{{.Id}}' "$1")'")
	echo "$store/layers/$id/diff"
}

# untar ARCHIVE DIR - as GNU tar understands it.
untar() {
	mkdir "$2" && tar --xattrs --xattrs-include='*' --same-owner -xpf "$1" -C "$2"
}

# odd DIR - a tree of everything that a file system can hold.
odd() {
	local long
	long=$(printf 'n%.0s' $(seq 1 250))
	mkdir -p "$1/$long/$long/dir" "$1/empty" "$1/sub"
	echo deep >"$1/$long/$long/file"
	echo bytes >"$1/sub/"$'\xff\xfe'
	echo one >"$1/sub/one" && ln "$1/sub/one" "$1/a-link" && ln "$1/sub/one" "$1/sub/zwo"
	echo owned >"$1/sub/owned" && chown 3000000:2097152 "$1/sub/owned" && chmod 6755 "$1/sub/owned"
	ln -s "$long/$long/file" "$1/sub/far" && ln -s nowhere "$1/sub/broken"
	truncate -s 3M "$1/sub/sparse" && printf x | dd of="$1/sub/sparse" bs=1 seek=2M conv=notrunc status=none
	mkfifo "$1/sub/fifo" && mknod "$1/sub/null" c 1 3
	chmod 1777 "$1/empty"
	cp /bin/busybox "$1/sub/capable" && setcap cap_net_raw+ep "$1/sub/capable"
	touch "$1/user" && python3 -c "import os, sys; os.setxattr(sys.argv[1], 'user.davit', b'value')" "$1/user"
	find "$1" -exec touch -h -d '2001-02-03 04:05:06' {} +
}

test "an archive of odd files is imported as it is, in any wrapping"
odd odd
tar --xattrs --xattrs-include='*' --format=pax -cf odd.tar -C odd .
walk-tree odd | tail -n +2 >odd.walk
gzip -k odd.tar && bzip2 -k odd.tar && xz -k odd.tar && zstd -q odd.tar
for archive in odd.tar odd.tar.gz odd.tar.bz2 odd.tar.xz odd.tar.zst; do
	expect davit import "$archive" "odd:${archive##*.}"
	check_output 'sha256:[0-9a-f]{64}'
	walk-tree "$(tree_of "odd:${archive##*.}")" | tail -n +2 | diff odd.walk - >diff.out ||
		fail "$archive: $(head -n 5 diff.out)"
done
expect sh -c 'davit import - odd:stdin <odd.tar.gz'
walk-tree "$(tree_of odd:stdin)" | tail -n +2 | diff odd.walk - >diff.out || fail "$(head -n 5 diff.out)"

test "an archive is fetched from a web server"
python3 -m http.server --bind 127.0.0.1 8123 >/dev/null 2>&1 &
server=$!
eventually 5 curl -sfo /dev/null http://127.0.0.1:8123/
expect davit import http://127.0.0.1:8123/odd.tar.gz odd:url
check [ "$(davit history --format '{{.Comment}}' odd:url)" = 'Imported from http://127.0.0.1:8123/odd.tar.gz' ]
expect_fail 1 davit import http://127.0.0.1:8123/none.tar
check_error 'davit: import http://127.0.0.1:8123/none.tar: the server answers 404.*'
kill $server

test "an import can be described"
expect davit import -m 'by hand' -c 'CMD ["/sh"]' -c 'ENV A=b' --platform linux/arm64 odd.tar odd:said
check [ "$(davit image inspect -f '{{.Architecture}} {{json .Config.Cmd}} {{json .Config.Env}}' odd:said)" = 'arm64 ["/sh"] ["A=b"]' ]
check [ "$(davit history --format '{{.Comment}}' odd:said)" = 'by hand' ]

test "what is no archive of files is refused, and nothing of it stays"
expect davit image prune -f
layers=$(ls "$store/layers" | wc -l)
echo nonsense >bad.tar
expect_fail 1 davit import bad.tar
expect_fail 1 davit import missing.tar
check_error 'davit: open missing.tar: No such file or directory'
expect_fail 1 davit import odd
: >empty.tar
expect_fail 1 davit import empty.tar
python3 -c "
import tarfile
t = tarfile.open('out.tar', 'w'); i = tarfile.TarInfo('../../out'); t.addfile(i); t.close()
t = tarfile.open('link.tar', 'w'); i = tarfile.TarInfo('l'); i.type = tarfile.LNKTYPE; i.linkname = 'no'; t.addfile(i); t.close()"
expect_fail 1 davit import out.tar
expect_fail 1 davit import link.tar
check_error 'davit: import: hard link to no, which the archive does not have'
head -c 100000 odd.tar.gz >cut.tar.gz
expect_fail 1 davit import cut.tar.gz
check [ "$(ls "$store/layers" | wc -l)" = "$layers" ]
check [ -z "$(ls "$store/staging")" ]

test "an export is what the container sees, running or not, without what is mounted in it"
mkdir data && echo secret >data/secret
davit run -d --name work -v "$PWD/data:/srv/data" --tmpfs /run/t davit/demo sh -c '
	echo one >/srv/one && ln /srv/one /srv/two && rm /etc/group && rm -r /usr/bin && mkdir /usr/bin && echo n >/usr/bin/n
	echo t >/run/t/t; touch /ready; exec sleep 1000' >/dev/null
eventually 5 davit exec work test -e /ready
expect sh -c 'davit export work >running.tar'
davit stop -t 0 work >/dev/null
expect davit export -o stopped.tar work
check cmp running.tar stopped.tar
untar running.tar view
check [ "$(cat view/srv/two)" = one ]
check [ "$(stat -c %h view/srv/one)" = 2 ]
check [ ! -e view/etc/group ]
check [ "$(ls view/usr/bin)" = n ]
check [ -d view/srv/data ] && check [ ! -e view/srv/data/secret ]
check [ ! -e view/run/t/t ]
check [ ! -s view/etc/hosts ]
expect davit import running.tar again
check [ "$(davit run --rm again cat /srv/two)" = one ]
walk-tree view >view.walk
walk-tree "$(tree_of again)" | diff <(tail -n +2 view.walk) <(tail -n +2 /dev/stdin) >diff.out || fail "$(head -n 5 diff.out)"

test "an export is whole or not there, and never on a terminal"
expect_fail 1 davit export nobody
check_error 'davit: .*No such container: nobody'
expect_fail 1 davit export -o /no/such/directory/x work
echo old >kept.tar
expect_fail 1 davit export -o kept.tar nobody
check [ "$(cat kept.tar)" = old ]
expect_fail 1 davit export -o /dev/full work
script -qec 'davit export work' /dev/null >tty.out
check grep -q 'cowardly refusing to save to a terminal' tty.out
davit rm -f work >/dev/null
expect davit rmi again odd:tar odd:gz odd:bz2 odd:xz odd:zst odd:stdin odd:url odd:said
leaks_check
