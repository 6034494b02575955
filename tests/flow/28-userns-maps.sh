. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# User namespaces whose ids somebody chose, or that are another's.
warm

maps_in='cat /proc/self/uid_map /proc/self/gid_map'
shown() { tr -s ' ' <<<"$out"; }
refused() { # SENTENCE ARGS... - of davit run, with exit code 125
	local sentence=$1
	shift
	expect_fail 125 davit run --rm "$@"
	check_error "davit: $sentence"
}
first_id=1879048192
pid_of() { field "$1" '{{.State.Pid}}'; }
expect davit run -d --name peer --userns auto --ipc shareable davit/demo sleep 1000

test "maps that are given are the kernel's, of users and of groups"
expect davit run --rm --uidmap 0:100000:65536 davit/demo $maps_in
check [ "$(shown)" = " 0 100000 65536
 0 100000 65536" ]
expect davit run --rm --uidmap 0:100000:1000 --uidmap 1000:5000 --gidmap 0:200000:65536 davit/demo $maps_in
check [ "$(shown)" = " 0 100000 1000
 1000 5000 1
 0 200000 65536" ]
expect davit run --rm --userns 0:100000:1000,1000:7:2 -u 1001 davit/demo sh -c 'id -u; touch /tmp/x; stat -c %u /tmp/x'
check_output '1001
1001'
expect davit run --rm --uidmap 0:100000:1 davit/demo sh -c 'id -u; touch /x; stat -c %u:%g /x /bin/sh; tty >/dev/null; ls -d /dev/pts'
check_output '0
0:0
0:0
/dev/pts'
expect davit run --rm -t --uidmap 0:100000:1 davit/demo sh -c 'echo on a terminal'
check_output 'on a terminal.*'

test "files have on disk the ids that the container knows, whichever maps it has"
expect davit run -d --name writes --uidmap 0:100000:100 --uidmap 1000:7:1 --gidmap 0:300000:2000 davit/demo sh -c 'mkdir /dir; touch /dir/f; chown 1000:44 /dir/f; sleep 1000'
eventually 5 davit exec writes sh -c '[ "$(stat -c %u:%g /dir/f)" = 1000:44 ]'
id=$(field writes '{{.Id}}')
check [ "$(stat -c %u:%g "/var/lib/davit/containers/$id/upper/dir/f")" = 1000:44 ]
echo given >"$flow_tmp/given"
expect davit cp "$flow_tmp/given" writes:/dir/given
tar -C "$flow_tmp" --owner=1000 --group=8 -cf "$flow_tmp/given.tar" given
expect sh -c "davit cp - writes:/root <$flow_tmp/given.tar"
expect davit exec writes stat -c %u:%g /dir/given /root/given
check_output '0:0
1000:8'
expect sh -c "davit cp writes:/dir - | tar -tv --numeric-owner"
check grep -Eq ' 1000/44 .* dir/f$' <<<"$out"
expect davit export writes -o "$flow_tmp/all.tar"
check grep -Eq ' 1000/44 .* dir/f$' <<<"$(tar -tv --numeric-owner -f "$flow_tmp/all.tar")"
expect davit commit writes kept
expect davit run --rm kept stat -c %u:%g /dir/f /root/given
check_output '1000:44
1000:8'
expect davit rm -f writes

test "auto completes what is given, and stays out of everybody's way"
expect davit run --rm --userns auto:size=2000,uidmapping=1000:5000:1,gidmapping=5:5:1 davit/demo $maps_in
check [ "$(shown)" = " 0 1879113728 1000
 1000 5000 1
 1001 1879114728 999
 0 1879113728 5
 5 5 1
 6 1879113733 1994" ]
expect davit create --name chosen --uidmap 0:1879113728:10 --gidmap 0:1879113800:10 davit/demo true
expect davit run --rm --userns auto:size=70 davit/demo head -n 1 /proc/self/uid_map
check [ "$(shown)" = ' 0 1879113810 70' ]
expect davit run --rm --userns auto:size=50 davit/demo head -n 1 /proc/self/uid_map
check [ "$(shown)" = ' 0 1879113738 50' ]
expect davit rm chosen

test "names of /etc/subuid and /etc/subgid"
printf 'lent:300000:1000\nlent:400000:10\nother:1:1\n' >"$flow_tmp/subuid"
printf 'lent:500000:2000\n' >"$flow_tmp/subgid"
with_names() { # ARGS... - davit, where these are the files
	unshare -m sh -c 'mount --bind "$1/subuid" /etc/subuid && mount --bind "$1/subgid" /etc/subgid && shift && exec davit "$@"' - "$flow_tmp" "$@"
}
touch /etc/subuid /etc/subgid
expect with_names run --rm --subuidname lent davit/demo $maps_in
check [ "$(shown)" = " 0 300000 1000
 1000 400000 10
 0 500000 2000" ]
expect_fail 125 with_names run --rm --subuidname lent --subgidname other davit/demo true
check_error 'davit: no ids of "other" in /etc/subgid: add NAME:FIRST:COUNT there'

test "another container's user namespace is shared, and with it the rights over what it owns"
expect davit run --rm --userns container:peer davit/demo readlink /proc/self/ns/user
check_output "$(readlink "/proc/$(pid_of peer)/ns/user")"
expect davit run --rm --userns container:peer --pid container:peer --ipc container:peer --network container:peer --cap-add NET_ADMIN davit/demo sh -c 'cat /proc/1/comm; touch /dev/shm/seen; ip addr add 10.99.0.5/32 dev lo && echo set; kill -0 1 && echo reached'
check_output 'sleep
set
reached'
expect davit exec peer ls /dev/shm
check_output seen
expect davit run -d --name guest --userns container:peer davit/demo sleep 1000
expect davit exec -u 7 guest sh -c 'echo mine >/dev/stdout'
check_output mine
expect davit restart -t 0 guest
expect davit exec guest readlink /proc/self/ns/user
check_output "$(readlink "/proc/$(pid_of peer)/ns/user")"
shim=$(shim_of guest)
kill -KILL "$shim"
eventually 3 pid_gone "$shim"
expect davit exec guest sh -c 'id -u; echo again >/dev/stdout'
check_output '0
again'
expect davit restart -t 0 guest
expect davit rm -f guest

test "so is one that a file names"
expect davit run --rm --userns "ns:/proc/$(pid_of peer)/ns/user" davit/demo readlink /proc/self/ns/user
check_output "$(readlink "/proc/$(pid_of peer)/ns/user")"
touch /run/kept && mount --bind "/proc/$(pid_of peer)/ns/user" /run/kept
expect davit run --rm --userns ns:/run/kept davit/demo sh -c 'readlink /proc/self/ns/user; touch /x; stat -c %u:%g /x /dev/null; echo reopened >/dev/stdout; ping -q -c 1 127.0.0.1 | grep -c "1 packets received"'
check_output "$(readlink "/proc/$(pid_of peer)/ns/user")
0:0
0:0
reopened
1"
expect davit run -d --name there --userns ns:/run/kept davit/demo sleep 1000
expect davit explain --hood --part identity there
check grep -q '0 to 65535 are 1879048192 and on' <<<"$out"
expect davit exec there sh -c 'echo told >/dev/stdout'
check_output told
expect davit rm -f there
umount /run/kept
refused '--userns ns:/etc/passwd: this is no user namespace: .*' --userns ns:/etc/passwd davit/demo true
refused '--userns ns:/proc/self/ns/net: this is no user namespace: .*' --userns ns:/proc/self/ns/net davit/demo true
refused '--userns ns:/nowhere: [Nn]o such file or directory' --userns ns:/nowhere davit/demo true
unshare -U sleep 1000 &
without=$!
lives_apart() { [ "$(readlink "/proc/$without/ns/user")" != "$(readlink /proc/self/ns/user)" ]; }
eventually 3 lives_apart
echo 5 100 1 >"/proc/$without/uid_map"
echo 5 100 1 >"/proc/$without/gid_map"
refused '--userns ns:.*: the container.s id 0 is not mapped in it, .*' --userns "ns:/proc/$without/ns/user" davit/demo true
mount --bind "/proc/$without/ns/user" /run/kept
refused 'the user namespace that was asked for has no root: .*' --userns ns:/run/kept davit/demo true
umount /run/kept
kill "$without"
wait "$without" 2>/dev/null

test "what the kernel would refuse, or nobody could live with, is said before"
refused 'keep-id is only supported in rootless mode: .*' --userns keep-id davit/demo true
refused '--userns: invalid USER mode' --userns what davit/demo true
refused '--uidmap: the container.s id 0 is not mapped, .*' --uidmap 1:5:1 davit/demo true
refused '--uidmap 5:100:1: overlaps with 0:5:10 in the ids of the container: .*' --uidmap 0:5:10 --uidmap 5:100:1 davit/demo true
refused '--uidmap 15:7:1: overlaps with 0:5:10 in the ids of the host: .*' --uidmap 0:5:10 --uidmap 15:7:1 davit/demo true
refused '--uidmap 0:5:0: the count must be 1 or more' --uidmap 0:5:0 davit/demo true
refused '--uidmap 0:5:4294967295: reaches beyond the last id, 4294967294' --uidmap 0:5:4294967295 davit/demo true
refused '--uidmap: 341 maps are more than the kernel.s 340' $(for n in $(seq 0 340); do echo "--uidmap $n:$n"; done) davit/demo true
refused '--userns auto cannot be combined with --uidmap, .*' --userns auto --uidmap 0:5:10 davit/demo true
refused '--userns private: say which ids are its own with --uidmap or --subuidname, .*' --userns private davit/demo true
refused 'privileged mode is incompatible with --userns container:peer: .*' --userns container:peer --privileged davit/demo true
refused '--userns auto cannot be combined with --pid of another: .*, or share that container.s user namespace, too' --userns auto --pid container:peer davit/demo true
refused 'user 1001, group [0-9]+: the user namespace has no id for one of them.*' --userns 0:100000:1000 -u 1001 davit/demo true
refused 'No such container: nobody' --userns container:nobody davit/demo true
expect davit stop -t 0 peer
refused 'cannot join the user namespace of a non running container: .*' --userns container:peer davit/demo true
expect davit rm peer

test "idmap shows a bind's owners as the container's, and changes none of them"
mkdir "$flow_tmp/src" "$flow_tmp/src/sub"
for who in 0:0 7:8 4000:4000; do touch "$flow_tmp/src/f${who%:*}"; chown "$who" "$flow_tmp/src/f${who%:*}"; done
chmod 700 "$flow_tmp/src"
mount -t tmpfs below "$flow_tmp/src/sub"
owners='stat -c "%n %u:%g" /s/f*'
bind() { # MODE COMMAND - of a container with 1,000 ids
	expect davit run --rm --userns auto:size=1000 -v "$flow_tmp/src:/s:$1" davit/demo sh -c "$2"
}
bind idmap "$owners; touch /s/made; stat -c %u:%g /s/sub"
check_output '/s/f0 0:0
/s/f4000 65534:65534
/s/f7 7:8
65534:65534'
check [ "$(stat -c %u:%g "$flow_tmp/src/made" "$flow_tmp/src/f7")" = "0:0
7:8" ]
rm "$flow_tmp/src/made"
bind ro "$owners 2>&1 | grep -o 'Permission denied' | head -n 1"
check_output 'Permission denied'
bind 'idmap=@uids=0-0-1#7-100-1;gids=0-0-1#8-200-1' "$owners"
check_output '/s/f0 0:0
/s/f4000 65534:65534
/s/f7 100:200'
bind "idmap=uids=0-$first_id-1#7-$((first_id + 3))-1" "$owners"
check_output '/s/f0 0:0
/s/f4000 65534:65534
/s/f7 3:8'
expect davit run --rm --userns auto --mount "type=bind,src=$flow_tmp/src,dst=/s,idmap,readonly" -v "$flow_tmp/src/f7:/f:idmap" -v vol:/v:idmap davit/demo sh -c 'stat -c %u:%g /f /v; touch /s/x 2>&1 | grep -o "Read-only file system"'
check_output '7:8
0:0
Read-only file system'
expect davit run --rm -v "$flow_tmp/src:/s:idmap=uids=0-1000-1#7-0-1;gids=0-0-100" davit/demo sh -c "$owners; touch /s/made; stat -c %u /s/made"
check_output '/s/f0 1000:0
/s/f4000 65534:65534
/s/f7 0:8
.*'
expect davit run -d --name again --userns auto -v "$flow_tmp/src:/s:idmap" davit/demo sleep 1000
expect davit explain --hood --part mounts again
check grep -q "/s .* its owners shown through a map" <<<"$out"
expect davit explain --hood --part capabilities again
check grep -q 'MKNOD .* May not, for only the host.s root is let: .*: make device files' <<<"$out"
check grep -q 'NET_RAW .* May, with what its user namespace owns: craft packets' <<<"$out"
expect davit explain --hood --part namespaces again
check grep -q 'net  *own .* Its own: interfaces, addresses, ports and packet filter are not the host.s\.' <<<"$out"
check [ -z "$(grep 'another user namespace owns it' <<<"$out")" ]
expect davit run -d --name lodger --userns auto --network container:again davit/demo sleep 1000
expect davit explain --hood --part namespaces lodger
check grep -q 'net  *own .* Shared with again: .*; another user namespace owns it, so its root has no rights over it' <<<"$out"
expect davit rm -f lodger
expect davit restart -t 0 again
expect davit exec again stat -c %u:%g /s/f7
check_output 7:8
expect davit rm -f again
umount "$flow_tmp/src/sub"
refused 'mount /s: idmap: the container has no user namespace .*' -v "$flow_tmp/src:/s:idmap" davit/demo true
refused 'mount /proc with mapped ids: its file system cannot show them' --userns auto -v /proc:/p:idmap davit/demo true
refused 'invalid mode: U: changing the owner .*' --userns auto -v "$flow_tmp/src:/s:U" davit/demo true
refused '.*idmap: a map is FILES-HOST-COUNT, .*' --userns auto -v "$flow_tmp/src:/s:idmap=uids=0-1" davit/demo true
refused '.*idmap: what is shared with the host .*' --userns auto -v "$flow_tmp/src:/s:idmap,shared" davit/demo true
refused '.*a volume has the ids that its containers know: .*' --userns auto -v 'vol:/s:idmap=uids=0-0-1' davit/demo true
refused '.*behind @ there is an id that the container has none for' --userns auto:size=10 -v "$flow_tmp/src:/s:idmap=@uids=0-5-10" davit/demo true

test "--strict gives ids of its own, unless something else is said"
expect davit run --rm --strict davit/demo sh -c 'tr -s " " </proc/self/uid_map; grep NoNewPrivs /proc/self/status'
check_output ' 0 [0-9]+ 65536
NoNewPrivs:.1'
expect davit run --rm --strict --userns host davit/demo $maps_in
check grep -q 4294967295 <<<"$out"
expect davit run --rm --strict --pid host davit/demo $maps_in
check grep -q 4294967295 <<<"$out"
DAVIT_KERNEL=5.15 expect davit run --rm --strict davit/demo $maps_in
check grep -q 4294967295 <<<"$out"
expect davit create --name said --strict davit/demo true
check [ "$(field said '{{.HostConfig.UsernsMode}} {{len .HostConfig.IDMappings.UidMap}}')" = 'auto 1' ]
expect davit rm said
expect davit create --name said --uidmap 0:100000:10 davit/demo true
check [ "$(field said '{{.HostConfig.UsernsMode}} {{.HostConfig.IDMappings.GidMap}}')" = 'private [0:100000:10]' ]
expect davit rm said

test "with mapped ids nobody reaches the host's files, other containers' or the kernel's switches"
expect davit run -d --name other --userns auto -v secret:/v davit/demo sh -c 'echo secret >/v/f; sleep 1000'
expect davit run --rm --userns auto --cap-add ALL -v /var/lib/davit:/store -v /run/davit:/state davit/demo sh -c '
	ls /store/containers /store/volumes /state 2>&1 | grep -c "Permission denied"
	for at in /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /sys/kernel/uevent_helper /proc/sysrq-trigger; do (echo x >$at) 2>/dev/null && echo "wrote $at"; done
	mount -t proc p /mnt 2>/dev/null && (echo x >/mnt/sys/kernel/core_pattern) 2>/dev/null && echo wrote
	mount -o remount,rw /proc/sys 2>/dev/null; (echo x >/proc/sys/kernel/core_pattern) 2>/dev/null && echo wrote
	mknod /tmp/sda b 8 0 2>/dev/null && echo made
	mknod /dev/mem c 1 1 2>/dev/null && echo made
	chown 100000 /tmp 2>/dev/null && echo given
	kill -9 1 2>/dev/null; umount /store 2>/dev/null; cat /store/volumes/secret/_data/f 2>/dev/null && echo seen
	true'
check_output 3
expect davit run --rm --userns auto -v secret:/v davit/demo cat /v/f
check_output secret
expect davit rm -f other
