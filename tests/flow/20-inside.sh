. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm "$@"
}
sh_in='davit/demo sh -c'

test "a container has namespaces of its own"
inside $sh_in 'for n in pid mnt net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
cgroups=
[ -f /sys/fs/cgroup/cgroup.controllers ] && cgroups=cgroup # docker's default: private on v2
for n in pid mnt net ipc uts $cgroups; do
	check [ "$(grep "^$n:" <<<"$out")" != "$(readlink "/proc/self/ns/$n")" ]
done
check [ "$(grep -c : <<<"$out")" = 6 ]
inside $sh_in 'readlink /proc/self/ns/user'
check_output "$(readlink /proc/self/ns/user | sed 's/[][]/\\&/g')"

test "its first process is number one and sees nobody else"
inside $sh_in 'echo $$; ls -d /proc/[0-9]* | wc -l'
check_output '1
[23]'

test "its root is its own, and what it writes goes to its own layer"
inside $sh_in 'echo x > /etc/passwd; rm -r /bin/demo; ls / | tr "\n" " "'
check grep -q 'bin .*etc .*proc .*sys' <<<"$out"
inside $sh_in 'head -n 1 /etc/passwd; ls /bin/demo'
check_output 'root:x:0:0:root:/root:/bin/sh
/bin/demo'

test "proc, sys and dev are mounted as docker has them"
inside $sh_in "awk '{ split(\$0, f, \" - \"); split(f[2], g, \" \"); print \$5, g[1] }' /proc/self/mountinfo"
for mount in '/ overlay' '/proc proc' '/dev tmpfs' '/dev/pts devpts' '/dev/shm tmpfs' '/dev/mqueue mqueue' '/sys sysfs'; do
	check grep -qxF "$mount" <<<"$out"
done
inside $sh_in 'stat -c %a /dev/shm; df -k /dev/shm | awk "END { print \$2 }"; for d in null zero full random urandom tty ptmx; do test -c /dev/$d || echo no $d; done; readlink /dev/fd; readlink /dev/stdin'
check_output '1777
65536
/proc/self/fd
/proc/self/fd/0'

test "what must not be read is masked, what must not be written is read-only"
inside $sh_in 'for f in kcore keys timer_list; do test -e /proc/$f && wc -c < /proc/$f; done; ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v : | wc -w'
check grep -vq '[1-9]' <<<"$out"
inside $sh_in 'for f in /proc/sys/kernel/domainname /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_seqnum; do test ! -e $f || (echo x > $f) 2>&1 | grep -q "Read-only" || echo writable $f; done'
check_output ''

test "it holds docker's fourteen capabilities and a seccomp filter"
inside $sh_in 'grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/1/status'
check_output 'CapInh:	0000000000000000
CapPrm:	00000000a80425fb
CapEff:	00000000a80425fb
CapBnd:	00000000a80425fb
CapAmb:	0000000000000000
NoNewPrivs:	0
Seccomp:	2'
inside --cap-drop ALL --cap-add NET_ADMIN $sh_in 'grep -E "^Cap(Bnd|Eff)" /proc/1/status'
check_output 'CapEff:	0000000000001000
CapBnd:	0000000000001000'
inside --security-opt no-new-privileges $sh_in 'grep NoNew /proc/1/status'
check_output 'NoNewPrivs:	1'

test "another user has no capabilities but in the bounding set"
inside -u demo $sh_in 'grep -E "^Cap(Prm|Eff|Bnd)" /proc/1/status'
check_output 'CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	00000000a80425fb'

test "what the filter forbids is refused, not fatal"
inside $sh_in 'mount -t tmpfs none /mnt 2>/dev/null; echo $?; unshare -U true 2>/dev/null; echo $?; reboot -f 2>/dev/null; echo still here'
check_output '[1-9][0-9]*
[1-9][0-9]*
still here'

test "user, group and supplementary groups are set, by name and by number"
inside -u demo davit/demo id
check_output 'uid=1000\(demo\) gid=1000\(demo\) groups=1000\(demo\)'
inside -u 1234:77 --group-add 99 davit/demo id
check_output 'uid=1234 gid=77 groups=(77,)?99'
inside -u demo:nogroup $sh_in 'id -u; id -g; echo $HOME'
check_output '1000
65534
/home'
expect_fail 125 davit run --rm -u nobody2 davit/demo true
check grep -q 'nobody2' <<<"$err"
check [ "$(wc -l <<<"$err")" = 1 ]

test "host name, environment and working directory are as asked"
inside --hostname moon -e A=1 -e B -e HOME=/x -w /tmp/new/dir $sh_in 'hostname; echo $A$HOME; pwd; cat /etc/hostname'
check_output 'moon
1/x
/tmp/new/dir
moon'
printf '# no\nC=3\n\nD=four words\n' >"$flow_tmp/env"
inside --env-file "$flow_tmp/env" -e C=4 $sh_in 'echo $C $D'
check_output '4 four words'

test "limits of the process are docker's, clamped to the host's, or as asked"
inside --ulimit nofile=100:200 --ulimit core=0 $sh_in 'ulimit -Sn; ulimit -Hn; ulimit -Hc'
check_output '100
200
0'

test "a read-only root refuses writes, its tmpfs does not"
inside --read-only --tmpfs /run:size=1m,mode=700 $sh_in 'touch /x 2>&1; touch /run/y && stat -c %a /run; df -k /run | awk "END { print \$2 }"; touch /dev/shm/z && echo shm'
check_output '.*Read-only file system
700
1024
shm'

test "a directory, a file and what is read-only are bound as asked"
mkdir -p "$flow_tmp/dir" && echo data >"$flow_tmp/dir/file"
inside -v "$flow_tmp/dir:/data" -v "$flow_tmp/dir/file:/etc/one:ro" $sh_in 'cat /data/file /etc/one; echo more > /data/new; (echo x > /etc/one) 2>&1 | grep -o "Read-only.*"'
check_output 'data
data
Read-only file system'
check [ "$(cat "$flow_tmp/dir/new")" = more ]

test "a missing source is made, as a directory"
inside -v "$flow_tmp/made/here:/data" $sh_in 'touch /data/x'
check [ -f "$flow_tmp/made/here/x" ]

test "a file cannot be bound on a directory"
expect_fail 125 davit run --rm -v "$flow_tmp/dir/file:/root" davit/demo true
check grep -q "mount /root: a directory and a file" <<<"$err"
check [ "$(wc -l <<<"$err")" = 1 ]
leaks_check

test "a mount on the host goes into an rslave bind, and one made inside stays there"
mkdir -p "$flow_tmp/shared"
mount -t tmpfs shared "$flow_tmp/shared"
mount --make-shared "$flow_tmp/shared"
mkdir "$flow_tmp/shared/sub"
davit run -d --name slave -v "$flow_tmp/shared:/data:rslave" -v "$flow_tmp/shared:/private" davit/demo sleep 1000 >/dev/null
mount -t tmpfs late "$flow_tmp/shared/sub"
touch "$flow_tmp/shared/sub/late"
expect davit exec slave sh -c 'ls /data/sub /private/sub'
check_output '/data/sub:
late

/private/sub:'
umount "$flow_tmp/shared/sub"
davit rm -f slave >/dev/null
umount "$flow_tmp/shared"
leaks_check

cgroup_value() { # WHO v1-controller/file v2-file - as the container's first process has it
	davit exec "$1" sh -c "cat /sys/fs/cgroup/$2 2>/dev/null || cat /sys/fs/cgroup/$3"
}

test "limits arrive in the cgroups of this host"
davit run -d --name lim --memory 64m --cpus 0.5 --pids-limit 20 davit/demo sleep 1000 >/dev/null
check [ "$(cgroup_value lim memory/memory.limit_in_bytes memory.max)" = 67108864 ]
check [ "$(cgroup_value lim pids/pids.max pids.max)" = 20 ]
check grep -qE '^(50000|50000 100000)$' <<<"$(cgroup_value lim cpu/cpu.cfs_quota_us cpu.max)"
check [ "$(field lim '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}')" = "67108864 500000000 20" ]

test "more processes than allowed are refused"
expect davit exec lim sh -c 'for i in $(seq 40); do sleep 5 & done 2>&1 | tail -n 1; true'
check grep -q "can't fork" <<<"$out$err"
davit rm -f lim >/dev/null
leaks_check

test "who uses more memory than allowed is killed, and the record says why"
expect_fail 137 davit run --name oom --memory 16m davit/demo sh -c 'tail /dev/zero'
check [ "$(field oom '{{.State.OOMKilled}} {{.State.ExitCode}}')" = "true 137" ]
davit rm oom >/dev/null
davit run --name fine --memory 16m davit/demo true
check [ "$(field fine '{{.State.OOMKilled}}')" = false ]
davit rm fine >/dev/null

test "the file descriptors of a container are its three"
davit run -d --name fds davit/demo sleep 1000 >/dev/null
expect davit exec fds sh -c 'ls /proc/1/fd | tr "\n" " "'
check_output '0 1 2 '
expect davit exec fds ls /proc/self/fd
check_output '0
1
2
3'
davit rm -f fds >/dev/null

test "no working directory leads out of the container"
for fd in 3 4 5 6 7 8 9 10 11 12 13 14; do
	davit run --rm -w "/proc/self/fd/$fd" davit/demo sh -c 'cat ../../../../../../etc/os-release; ls -d /proc/1/cwd/lib64' >"$flow_tmp/cwd" 2>&1
	check grep -vqi debian "$flow_tmp/cwd"
done
davit run -d --name cwd davit/demo sleep 1000 >/dev/null
for fd in 3 4 5 6 7 8 9 10 11 12; do
	davit exec -w "/proc/self/fd/$fd" cwd sh -c 'cat ../../../../../../etc/os-release' >"$flow_tmp/cwd" 2>&1
	check grep -vqi debian "$flow_tmp/cwd"
done
davit rm -f cwd >/dev/null

test "a link in the image does not lead a bind, a tmpfs or the working directory outside"
mkdir -p /tmp/canary
davit run --name link davit/demo ln -s ../../../../../../tmp/canary /trap
cp -a "$flow_tmp/dir" /tmp/source
expect_fail 125 davit run --rm -v /tmp/source:/proc/self/cwd/x davit/demo true
davit start -a link
davit run --rm -v /tmp/source:/root/x/../../../../tmp/canary/y davit/demo touch /tmp/canary/y/z
check [ -z "$(ls -A /tmp/canary)" ]
check [ -e /tmp/source/z ]
davit rm link >/dev/null

test "with --network none there is loopback, up, and nothing else"
inside --network none $sh_in 'ls /sys/class/net; ip addr show lo | grep -o "127.0.0.1/8"; ping -c 1 -W 1 127.0.0.1 >/dev/null && echo up'
check_output 'lo
127.0.0.1/8
up'

test "with --network host the network is the host's, its name stays the container's"
inside --network host $sh_in 'readlink /proc/self/ns/net; ls /sys/class/net | grep -v ^veth'
check_output "$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')
$(ls /sys/class/net | grep -v ^veth)" # those of containers that just ended take their time to go
expect_fail 125 davit run --rm --network nowhere davit/demo true
check [ "$(wc -l <<<"$err")" = 1 ]

test "an entry point stands before the command"
inside --entrypoint echo davit/demo one 'two  three'
check_output 'one two  three'

test "the host sees none of the container's mounts"
davit run -d --name hidden davit/demo sleep 1000 >/dev/null
check [ "$(grep -c overlay /proc/self/mountinfo)" = "$(grep -c overlay "$flow_tmp/before")" ]
davit rm -f hidden >/dev/null
leaks_check
