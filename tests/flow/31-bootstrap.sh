# bootstrap: a base image from a distribution's packages. No package mirror is in reach here, so a script
# stands in for debootstrap where a whole run is wanted; the failures are debootstrap's own.
. "${0%/*}/../support/flow.sh"

nothing_left() {
	check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/layers | grep -v ':$')" ]
	check [ -z "$(davit images -q)" ]
}

expect davit images

test "what cannot be made is said before anything begins"
expect_fail 1 davit image bootstrap debian:no-such-suite
check_error '.*debootstrap knows no suite no-such-suite.*'
expect_fail 1 davit image bootstrap debian:../../etc
check_error '.*is no name of a suite'
expect_fail 1 davit image bootstrap plan9
check_error '.*plan9 cannot be made here, only debian'
expect_fail 1 davit image bootstrap --mirror ftp://x debian:bookworm
check_error '.*ftp://x is no mirror: give an http, https or file URL'
nothing_left

test "a mirror that is not there is debootstrap's own sentence, and leaves nothing"
leaks_mark
expect_fail 1 timeout 60 davit image bootstrap --mirror http://127.0.0.1:1/debian debian:bookworm
check_error '.*debootstrap failed with 1: .*http://127.0.0.1:1/debian.*'
nothing_left
leaks_check

test "an interrupted bootstrap ends at once and leaves nothing"
python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 8000)); time.sleep(60)' &
silent=$!
eventually 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8000'
leaks_mark
davit image bootstrap --mirror http://127.0.0.1:8000/debian debian:bookworm >/dev/null 2>&1 &
pid=$!
eventually 20 sh -c 'grep -sxE "debootstrap|wget" /proc/[0-9]*/comm'
kill -INT $pid
SECONDS=0
wait $pid
check [ $? = 130 ]
check [ $SECONDS -lt 10 ]
nothing_left
leaks_check

test "killed outright, its processes and mounts go too, and the next davit removes its files"
davit image bootstrap --mirror http://127.0.0.1:8000/debian debian:bookworm >/dev/null 2>&1 &
pid=$!
eventually 20 sh -c 'grep -sxE "debootstrap|wget" /proc/[0-9]*/comm'
kill -9 $pid
wait $pid 2>/dev/null
eventually 3 sh -c '! grep -sxE "debootstrap|wget" /proc/[0-9]*/comm'
expect_fail 1 davit image bootstrap --mirror http://127.0.0.1:1/debian debian:bookworm
nothing_left
kill $silent

cat >"$flow_tmp/debootstrap" <<'END'
#!/bin/sh
# debootstrap --variant=minbase SUITE TARGET
echo "I: Retrieving InRelease"
cd "$3" || exit 1
mkdir -p bin etc dev proc tmp var/cache/apt/archives var/lib/apt/lists var/log
cp /bin/busybox bin/busybox
for name in sh bash true cat ls; do ln -s busybox bin/$name; done
ln bin/busybox bin/hard
chmod 4755 bin/busybox
echo "$2" >etc/suite
echo host >etc/hostname
echo junk >var/cache/apt/archives/a.deb
echo log >var/log/bootstrap.log
mknod dev/null c 1 3
mount -t proc proc proc
sleep 1000 &
echo "I: Base system installed successfully."
END
chmod +x "$flow_tmp/debootstrap"
mount --bind "$flow_tmp/debootstrap" /usr/sbin/debootstrap

test "the tree becomes an image with a shell, without caches, devices and the host's name"
leaks_mark
expect davit image bootstrap debian:bookworm
check grep -q 'Base system installed successfully.' <<<"$out"
check [ "$(davit images --format '{{.Repository}}:{{.Tag}}')" = debian:bookworm ]
tree=$(echo /var/lib/davit/layers/*/diff)
check [ "$(cat "$tree/etc/suite")" = bookworm ]
check [ "$(stat -c '%a %h' "$tree/bin/busybox")" = "4755 2" ]
check [ -z "$(ls "$tree/dev" "$tree/proc" "$tree/var/cache/apt/archives" | grep -v ':$')" ]
check [ ! -e "$tree/etc/hostname" ]
check [ ! -e "$tree/var/log/bootstrap.log" ]
check [ -z "$(ls /var/lib/davit/staging)" ]
umount /usr/sbin/debootstrap
