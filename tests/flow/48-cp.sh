# cp: files into and out of containers, as docker does it, and past whatever a container tries.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
mkdir -p "${DAVIT_ROOT:-/var/lib/davit}/cache/ingest"
warm
cd "$flow_tmp" || exit

mkdir -p tree/sub host && echo one >tree/one && ln tree/one tree/sub/two && ln -s one tree/link && echo f >file
truncate -s 3M tree/sparse && printf x | dd of=tree/sparse bs=1 seek=2M conv=notrunc status=none
chown 3000:4000 tree/one && chmod 4755 tree/one && python3 -c "import os; os.setxattr('tree/one', 'user.davit', b'value')"
touch "tree/$(printf 'n%.0s' $(seq 1 250))" "tree/"$'\xff\xfe'
find tree file -exec touch -h -d '2001-02-03 04:05:06.789' {} +
walk-tree tree | tail -n +2 >tree.walk

davit run -d --name up -v vol:/vol -v "$PWD/host:/bind" davit/demo sleep 1000 >/dev/null
davit create --name down -v vol:/vol -v "$PWD/host:/bind" davit/demo sleep 1000 >/dev/null

inside() { # CONTAINER CMD... - in one that runs, else in one of its committed image
	local who=$1
	shift
	if [ "$who" = up ]; then
		davit exec up "$@"
	else
		davit commit down seen >/dev/null && davit run --rm seen "$@"
	fi
}

for who in up down; do
	test "a file goes where the path says, into a container that is $who"
	expect davit cp file $who:/srv/new
	check [ "$err" = "Successfully copied 2.05kB to $who:/srv/new" ]
	expect davit cp file $who:srv
	expect davit cp -q file $who:/srv/
	check [ -z "$err" ]
	check [ "$(inside $who sh -c 'cat /srv/new /srv/file')" = "f
f" ]
	echo g >other
	expect davit cp other $who:/srv/new
	check [ "$(inside $who cat /srv/new)" = g ]
	expect_fail 1 davit cp file $who:/srv/none/x
	check_error "davit: Could not find the file /srv/none/? in container $who"
	expect_fail 1 davit cp file $who:/srv/none/
	check_error 'davit: no such directory'
	expect_fail 1 davit cp missing $who:/srv
	check_error 'davit: lstat missing: no such file or directory'
	expect_fail 1 davit cp tree $who:/etc/passwd
	check_error 'davit: cannot copy directory'
	expect_fail 1 davit cp file $who:/etc/passwd/
	check_error 'davit: not a directory'

	test "a directory comes back as it went, from a container that is $who"
	expect davit cp tree $who:/srv/fresh
	expect davit cp tree $who:/srv
	expect davit cp tree/. $who:/srv/fresh
	rm -rf back && expect davit cp -a $who:/srv/fresh back
	walk-tree back | tail -n +2 | diff tree.walk - >diff.out || fail "$(head -n 5 diff.out)"
	rm -rf back && mkdir back && expect davit cp -a $who:/srv/tree back
	walk-tree back/tree | tail -n +2 | diff tree.walk - >diff.out || fail "$(head -n 5 diff.out)"
	rm -rf back && mkdir back && expect davit cp -a $who:/srv/tree/. back
	walk-tree back | tail -n +2 | diff tree.walk - >diff.out || fail "$(head -n 5 diff.out)"
	expect davit cp $who:/srv/fresh mine
	check [ "$(stat -c %u:%g mine/one)" = 0:0 ]
	check [ "$(stat -c %b mine/sparse)" -lt 1000 ]
	rm -rf mine

	test "single files come out, links as links or followed, from a container that is $who"
	expect davit cp $who:/srv/tree/one got
	check [ "$(cat got)" = one ]
	expect davit cp $who:/srv/tree/link got-link
	check [ "$(readlink got-link)" = one ]
	expect davit cp -L $who:/srv/tree/link got-followed
	check [ ! -L got-followed ] && check [ "$(cat got-followed)" = one ]
	expect_fail 1 davit cp $who:/no/such .
	check_error "davit: Could not find the file /no/such in container $who"
	expect_fail 1 davit cp $who:/srv/tree no/such/place
	check_error 'davit: invalid output path: directory "no/such/" does not exist'
	rm -f got*

	test "a tar stream goes in and out of a container that is $who"
	expect sh -c "davit cp $who:/srv/tree - >out.tar"
	check [ "$(tar -tf out.tar | grep -c '^tree/sub/two$')" = 1 ]
	mkdir untarred && tar --xattrs --xattrs-include='*' --same-owner -xpf out.tar -C untarred
	diff <(sed 's/ 98[0-9]*789000000 / /' tree.walk) <(walk-tree untarred/tree | tail -n +2 | sed 's/ 98[0-9]*000000000 / /') \
		>diff.out || fail "$(head -n 5 diff.out)"
	rm -rf untarred
	expect davit cp file $who:/srv/one-file
	expect sh -c "davit cp $who:/srv/one-file - | tar -tf -"
	check_output one-file
	for how in cat gzip bzip2 xz zstd; do
		expect sh -c "$how <out.tar | davit cp - $who:/tmp"
	done
	expect davit cp -a $who:/tmp/tree back2
	diff <(sed 's/ 98[0-9]*789000000 / /' tree.walk) <(walk-tree back2 | tail -n +2 | sed 's/ 98[0-9]*000000000 / /') \
		>diff.out || fail "$(head -n 5 diff.out)"
	rm -rf back2
	expect_fail 1 sh -c "davit cp - $who:/etc/passwd <out.tar"
	check_error "davit: destination \"$who:/etc/passwd\" must be a directory"
	expect_fail 1 sh -c "echo nonsense | davit cp - $who:/tmp"

	test "binds are part of a container that is $who, and what is read-only stays"
	expect davit cp file $who:/bind/from-$who
	check [ "$(cat host/from-$who)" = f ]
	expect davit cp file $who:/vol/from-$who
	check [ "$(davit exec up cat /vol/from-$who)" = f ]
	expect davit cp $who:/bind/from-$who again
	check cmp file again
	expect davit cp $who:/etc/hostname name
	check [ -s name ]
	davit rm -f ro >/dev/null 2>&1
	davit create --name ro -v "$PWD/host:/bind:ro" davit/demo sleep 1000 >/dev/null
	[ $who = up ] && davit start ro >/dev/null
	expect_fail 1 davit cp file ro:/bind/x
	check_error 'davit: mounted volume is marked read-only'
	davit rm -f ro >/dev/null
done

test "--tar makes an archive of what comes out, whole or not at all"
for who in up down; do
	expect davit cp --tar $who:/bin out.$who.tar
	check grep -q '^bin/sh$' <<<"$(tar tf out.$who.tar)"
	expect_fail 1 davit cp --tar $who:/none out.none
	check [ ! -e out.none ]
	expect_fail 1 davit cp --tar $who:/bin none/out.tar
done
check [ -z "$(ls | grep '\.part')" ]
expect_fail 1 davit cp --tar file up:/srv/
check_error '.*--tar: only what is copied out of a container becomes a tar'

test "a paused container stays paused, one that runs goes on running"
davit pause up >/dev/null
expect davit cp file up:/srv/while-paused
check [ "$(state up)" = paused ]
davit unpause up >/dev/null
check [ "$(davit exec up cat /srv/while-paused)" = f ]

test "what cannot be meant is refused"
expect_fail 1 davit cp up:/etc/passwd down:/tmp
check_error 'davit: copying between containers is not supported'
expect_fail 1 davit cp file other
check_error 'davit: must specify at least one container source'
expect_fail 1 davit cp nobody:/x .
check_error 'davit: .*No such container: nobody'
davit run -d --name locked --read-only davit/demo sleep 1000 >/dev/null
expect_fail 1 davit cp file locked:/srv
check_error 'davit: container rootfs is marked read-only'
davit rm -f locked >/dev/null

test "-a gives what comes in to the container's user"
davit run -d --name owned -u 1000:1000 davit/demo sleep 1000 >/dev/null
davit cp -a file owned:/home/a && davit cp file owned:/home/b
check [ "$(davit exec owned stat -c %u:%g /home/a)" = 1000:1000 ]
check [ "$(davit exec owned stat -c %u:%g /home/b)" = 0:0 ]
davit rm -f owned >/dev/null

test "links of a hostile image lead nowhere but into it"
echo "the host's" >/tmp/canary
make-image evil --tag evil:1 --tar --layer busybox 'out->/tmp' 'up->../../../../../../tmp' 'canary->/tmp/canary' \
	'proc-root->/proc/1/root/tmp' 'etc/passwd=root:x:0:0::/:/bin/sh' >/dev/null
davit load -q -i evil.tar >/dev/null
for how in create 'run -d'; do
	davit $how --name evil evil:1 sleep 1000 >/dev/null
	for link in out up proc-root; do
		davit cp file evil:/$link/planted >/dev/null 2>&1
		tar -cf planted.tar file && davit cp - evil:/$link <planted.tar >/dev/null 2>&1
	done
	davit cp file evil:/canary >/dev/null 2>&1
	check [ "$(cat /tmp/canary)" = "the host's" ]
	check [ ! -e /tmp/planted ] && check [ ! -e /tmp/file ]
	davit cp -L evil:/up/canary stolen >/dev/null 2>&1
	davit cp evil:/proc-root/canary stolen >/dev/null 2>&1
	check [ "$(cat stolen 2>&1)" != "the host's" ]
	rm -rf stolen
	python3 -c "
import tarfile, io
t = tarfile.open('climb.tar', 'w')
i = tarfile.TarInfo('x'); i.type = tarfile.SYMTYPE; i.linkname = '/tmp'; t.addfile(i)
i = tarfile.TarInfo('x/through'); i.size = 1; t.addfile(i, io.BytesIO(b'x'))
i = tarfile.TarInfo('hard'); i.type = tarfile.LNKTYPE; i.linkname = 'x/canary'; t.addfile(i)
t.close()"
	davit cp - evil:/srv <climb.tar >/dev/null 2>&1
	davit cp - evil:/tmp <climb.tar >/dev/null 2>&1
	check [ ! -e /tmp/through ]
	check [ "$(stat -c %h /tmp/canary)" = 1 ]
	davit rm -f evil >/dev/null
done

test "a directory that turns into a link and back while it is copied lets nothing out or in"
davit run -d --name race evil:1 sh -c 'mkdir -p /a/b && echo inside >/a/b/canary && ln -s /tmp /l
	while :; do mv /a/b /a/c; ln -s /tmp /a/b; rm /a/b; mv /a/c /a/b; done' >/dev/null
for i in $(seq 1 40); do
	rm -rf stolen && davit cp race:/a/b/canary stolen >/dev/null 2>&1
	[ ! -e stolen ] || check [ "$(cat stolen)" = inside ]
	rm -rf stolen && davit cp race:/a stolen >/dev/null 2>&1
	[ -L stolen/b ] || [ ! -f stolen/b/canary ] || check [ "$(cat stolen/b/canary)" = inside ]
	davit cp file race:/a/b/raced >/dev/null 2>&1
	davit cp tree race:/a/b/ >/dev/null 2>&1
done
check [ ! -e /tmp/raced ] && check [ ! -e /tmp/tree ]
check [ "$(cat /tmp/canary)" = "the host's" ]
davit rm -f race up down >/dev/null
davit rmi -f seen evil:1 >/dev/null
davit image prune -f >/dev/null
davit volume rm vol >/dev/null
leaks_check
