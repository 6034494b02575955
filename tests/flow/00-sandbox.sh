. "${0%/*}/../support/flow.sh"

test "what a command prints and how it ends is compared as a whole"
expect sh -c 'echo one; echo two >&2'
check_output one
check_error 't.o'
expect_fail 7 sh -c 'exit 7'
check_output ''

broken() { # LINE... - how a flow test made of these lines ends
	printf '%s\n' ". $flow_root/tests/support/flow.sh" "$@" >/tmp/broken.sh
	bash /tmp/broken.sh
}

test "a test that does not hold is counted once and fails the file"
expect_fail 1 broken 'test "a"' 'expect false' 'check_output nothing' 'test "b"' 'expect true'
check_output 'FAIL broken.sh: a
.*
1 passed, 1 failed'

test "a test script that ends early fails"
expect_fail 1 broken 'test "a"' 'echo $nothing'
check_output '.*0 passed, 1 failed'

test "what a test leaves behind is named"
expect_fail 1 broken 'test "a"' 'leaks_mark' 'mkdir /var/lib/davit/left' 'leaks_check 0'
check_output '.*> directory /var/lib/davit/left
0 passed, 1 failed'
rmdir /var/lib/davit/left

test "mounts, cgroups, processes and network namespaces count as left behind"
cgroup=$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d | head -n 1)/davit
cp "$(command -v sleep)" /tmp/davit-sleep
leaks_mark
mount -t tmpfs davit-left /mnt
mkdir "$cgroup" "$cgroup/one"
unshare --net /tmp/davit-sleep 100 &
sleeper=$!
eventually 5 grep -q davit-sleep /proc/$sleeper/comm
flow_inventory | sort | comm -13 "$flow_tmp/before" - >/tmp/left
check [ "$(cut -d' ' -f1 /tmp/left | sort -u | tr '\n' ' ')" = "cgroup mount netns process " ]
umount /mnt
rmdir "$cgroup/one" "$cgroup"
kill "$sleeper"
wait "$sleeper" 2>/dev/null
leaks_check

test "an image of two layers and two architectures goes to the registry and comes back"
registry_start
expect make-image /tmp/layout --arch amd64 --arch arm64 --compress gzip --cmd /bin/sh --cmd=-c \
	--layer busybox etc/motd=ARCH etc/old=x 'srv/data/' 'srv/data/kept=1%600:7:8' \
	--layer '!etc/old' 'srv/data/!' 'etc/link->motd' 'etc/same=>etc/motd'
registry_push /tmp/layout demo:1
expect skopeo copy -q --insecure-policy --src-tls-verify=false --override-arch arm64 \
	docker://127.0.0.1:5000/demo:1 oci:/tmp/back:1
expect umoci raw unpack --image /tmp/back:1 /tmp/rootfs
check [ "$(cat /tmp/rootfs/etc/same)" = arm64 ]
check [ ! -e /tmp/rootfs/etc/old -a ! -e /tmp/rootfs/srv/data/kept ]
check [ "$(/tmp/rootfs/bin/echo works)" = works ]

test "the same arguments make the same image"
expect make-image /tmp/layout2 --arch amd64 --arch arm64 --compress gzip --cmd /bin/sh --cmd=-c \
	--layer busybox etc/motd=ARCH etc/old=x 'srv/data/' 'srv/data/kept=1%600:7:8' \
	--layer '!etc/old' 'srv/data/!' 'etc/link->motd' 'etc/same=>etc/motd'
expect diff -r /tmp/layout /tmp/layout2
