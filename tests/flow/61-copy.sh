# A store where overlay does not work, such as one on an overlay: the copy driver, and nobody notices.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
store=/var/lib/davit
mkdir -p /tmp/below/{lower,upper,work}
mount -t overlay below $store \
	-o lowerdir=/tmp/below/lower,upperdir=/tmp/below/upper,workdir=/tmp/below/work || exit 1
warm
cd "$flow_tmp" || exit 1

test "a store on an overlay chooses the copy driver and says why"
expect davit info --format '{{.Driver}}: {{index .DriverStatus 0}}'
check_output 'copy: \[Chosen because overlay cannot be mounted here: .* not supported as upperdir\]'

test "a container's root is the image's tree, with all that its layers took away"
umoci init --layout layout && umoci new --image layout:t || fail "umoci does not work"
change() {
	umoci unpack --image layout:t bundle >log 2>&1 || fail "umoci: $(cat log)"
	(cd bundle/rootfs && eval "$1") || fail "cannot change the tree"
	umoci repack --image layout:t bundle >log 2>&1 || fail "umoci: $(cat log)"
	rm -rf bundle
}
change "mkdir -p etc/conf opq/sub rep goner; echo one >etc/one; chown 12:34 etc/one; chmod 4755 etc/one
	echo two >etc/conf/two; ln etc/one etc/one-hard; ln -s /etc/one etc/abs; echo x >opq/sub/x
	echo r >rep/r; echo g >goner/g; mkfifo fifo; mknod null c 1 3; chmod 700 rep
	python3 -c \"import os; os.setxattr('etc/conf/two', 'security.capability',
		bytes.fromhex('0100000200200000000000000000000000000000'))\"
	truncate -s 3000000 sparse; echo end >>sparse; touch -d '2001-02-03 04:05:06' etc/one"
change "rm -rf goner etc/abs opq rep fifo; mkdir opq fifo; echo new >opq/new; echo file >rep
	echo more >>etc/conf/two; echo in >fifo/in"
change "rm rep opq/new; mkdir -m 750 rep; echo again >rep/again; ln etc/one etc/one-third; chmod 711 ."
umoci unpack --image layout:t bundle >log 2>&1
skopeo copy -q --insecure-policy oci:layout:t oci:clean:tree
expect davit load -qi clean
leaks_mark
expect davit create --name tree "${out##*: }" /none
id=$out
walk-tree bundle/rootfs >wanted
walk-tree "$store/containers/$id/root" >is
cmp -s wanted is || fail "another tree than umoci's: $(diff wanted is | head -n 20)"
expect davit rm tree
leaks_check

test "what one container writes and deletes is its own"
expect davit run --name one davit/demo sh -c 'echo mine >/root/file; echo changed >/etc/passwd; rm -r /bin/demo'
expect davit run --rm davit/demo sh -c 'ls /root; head -n 1 /etc/passwd; ls /bin/demo'
check_output 'root:x:0:0:root:/root:/bin/sh
/bin/demo'
expect davit rm one

test "it is there after a restart, a start, and for exec"
davit run -d --name again davit/demo sleep 1000 >/dev/null
expect davit exec again sh -c 'echo kept >/root/file'
expect davit restart -t 0 again
expect davit exec again cat /root/file
check_output kept
expect davit stop -t 0 again
check [ "$(state again)" = exited ]
expect davit start again
expect davit exec again cat /root/file
check_output kept
expect davit rm -f again
leaks_check

test "a container without rights to its root cannot write there"
expect_fail 1 davit run --rm --read-only davit/demo touch /file
check grep -q 'Read-only file system' <<<"$err"

test "the kill of a start at any moment leaves what can be removed"
for ms in 1 3 5 8 12 20; do
	davit run --name "cut$ms" davit/demo sleep 1000 >/dev/null 2>&1 &
	sleep 0.$(printf %03d $ms)
	kill -KILL $!
	wait $! 2>/dev/null
done
davit rm -f $(davit ps -aq) >/dev/null 2>&1
check [ -z "$(davit ps -aq)" ]
leaks_check

test "an empty volume takes over the image's files here too"
expect davit run --rm -v bin:/bin davit/demo sh -c 'touch /bin/kept'
expect davit run --rm -v bin:/b:ro davit/demo sh -c 'ls /b/sh /b/kept'
check_output '/b/kept
/b/sh'
expect davit volume rm bin

test "owners cannot be mapped here, and a sentence says so"
expect_fail 125 davit run --rm --userns auto davit/demo true
check_error 'davit: --userns auto: .* lies on an overlay, which cannot show mapped owners: give --root a directory on .*'
