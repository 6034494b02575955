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
refused '--userns container:peer cannot be combined with --privileged: .*' --userns container:peer --privileged davit/demo true
refused '--userns auto cannot be combined with --pid of another: .*, or share that container.s user namespace, too' --userns auto --pid container:peer davit/demo true
refused 'user 1001, group [0-9]+: the user namespace has no id for one of them.*' --userns 0:100000:1000 -u 1001 davit/demo true
refused 'No such container: nobody' --userns container:nobody davit/demo true
expect davit stop -t 0 peer
refused 'cannot join the user namespace of a non running container: .*' --userns container:peer davit/demo true
expect davit rm peer
