# What a container may use, written and effective on pure cgroup v2.
. "${0%/*}/guest.sh"
in_sh="davit/demo sh -c"

test "this is a host with cgroup v2 and nothing else, run by systemd"
check [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]
check [ "$(grep -c '^0::' /proc/self/cgroup)" = "$(wc -l </proc/self/cgroup)" ]
check [ "$(cat /proc/1/comm)" = systemd ]
expect davit info
check grep -q 'Cgroup Version: 2' <<<"$out"
warm

test "every limit is a file's contents"
disk=$(cat /sys/block/vda/dev)
expect davit run -d --name all -m 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 \
	--cpuset-cpus 1 --cpuset-mems 0 --pids-limit 77 --device-read-bps /dev/vda:1mb --device-write-iops /dev/vda:50 \
	davit/demo sleep 1000
check [ "$(limit all memory.max)" = 67108864 ]
check [ "$(limit all memory.swap.max)" = 33554432 ]
check [ "$(limit all memory.low)" = 33554432 ]
check [ "$(limit all cpu.max)" = '50000 100000' ]
check grep -qxE '59|60' <<<"$(limit all cpu.weight)"
check [ "$(limit all cpuset.cpus)" = 1 ]
check [ "$(limit all cpuset.mems)" = 0 ]
check [ "$(limit all pids.max)" = 77 ]
check [ "$(limit all io.max)" = "$disk rbps=1048576 wbps=max riops=max wiops=50" ]
check [ "$(davit exec all nproc)" = 1 ]

test "docker's default swap is as much again, and -1 is no limit"
expect davit run -d --rm --name swap -m 32m davit/demo sleep 1000
check [ "$(limit swap memory.swap.max)" = 33554432 ]
expect davit run -d --rm --name noswap -m 32m --memory-swap -1 davit/demo sleep 1000
check [ "$(limit noswap memory.swap.max)" = max ]
davit rm -f swap noswap >/dev/null

test "update changes a running container, and the next start knows it"
expect davit update -m 48m --memory-swap 48m --cpus 1.5 --pids-limit 40 --cpuset-cpus 0-1 --cpu-shares 1024 all
updated() {
	check [ "$(limit all memory.max) $(limit all memory.swap.max) $(limit all cpu.max) $(limit all pids.max) $(limit all cpuset.cpus) $(limit all cpu.weight)" = \
		'50331648 0 150000 100000 40 0-1 100' ]
}
updated
expect davit restart -t 0 all
updated
davit rm -f all >/dev/null

test "stats reads what v2 counts"
expect davit run -d --name busy -m 64m davit/demo sh -c 'dd if=/dev/zero of=/f bs=1M count=8 && sync; while :; do :; done'
sleep 2
expect davit stats --no-stream --format '{{.CPUPerc}} {{.MemUsage}} {{.PIDs}} {{.BlockIO}}' busy
check_output '[1-9][0-9.]*% +[0-9.]+[KM]iB / 64MiB +1 .*'
check grep -qE ' / [1-9][0-9.]*[kM]B$' <<<"$out"
davit rm -f busy >/dev/null

test "who takes more memory than allowed is killed, and inspect says why"
expect_fail 137 davit run --name greedy -m 24m --memory-swap 24m davit/demo dd if=/dev/zero of=/dev/null bs=100M count=1
check [ "$(field greedy '{{.State.OOMKilled}}')" = true ]
davit rm greedy >/dev/null
expect davit run -d --name greedy -m 24m --memory-swap 24m $in_sh 'dd if=/dev/zero of=/dev/null bs=100M count=1; sleep 1000'
eventually 20 sh -c "grep -q 'oom_kill [1-9]' $(group_of greedy)/memory.events"
davit stop -t 0 greedy >/dev/null
check [ "$(field greedy '{{.State.OOMKilled}}')" = true ]
davit rm greedy >/dev/null

test "half a processor is half a processor"
expect davit run -d --name half --cpus 0.2 $in_sh 'while :; do :; done'
dir=$(group_of half)
before=$(sed -n 's/usage_usec //p' $dir/cpu.stat)
began=$(date +%s%N)
sleep 4
used=$(($(sed -n 's/usage_usec //p' $dir/cpu.stat) - before))
share=$((used * 100000 / ($(date +%s%N) - began)))
check [ $share -ge 10 ]
check [ $share -le 30 ]
check grep -q 'nr_throttled [1-9]' $dir/cpu.stat
davit rm -f half >/dev/null

test "the pids limit stops a fork bomb and nothing else"
expect_fail 2 davit run --rm --pids-limit 10 $in_sh 'i=0; while i=$((i + 1)); do echo $i; sleep 9 & done'
check [ "$(tail -n 1 <<<"$out")" = 10 ]
check grep -q "can't fork" <<<"$err"

test "a container is no harder to kill than its host's other processes; its monitor is"
expect davit run -d --name score davit/demo sleep 1000
check [ "$(cat /proc/$(field score '{{.State.Pid}}')/oom_score_adj)" = 0 ]
check [ "$(cat /proc/$(shim_of score)/oom_score_adj)" = -999 ]
expect davit exec score cat /proc/self/oom_score_adj
check_output 0
expect davit run --rm --oom-score-adj -500 davit/demo cat /proc/self/oom_score_adj
check_output -500
davit rm -f score >/dev/null

test "reading a disk is held to the rate that was given"
began=$SECONDS
expect davit run --rm --device-read-bps /dev/vda:512kb --device /dev/vda:/dev/disk:r $in_sh \
	'dd if=/dev/disk of=/dev/null bs=64k count=32 iflag=direct'
check [ $((SECONDS - began)) -ge 3 ]

test "pause freezes through cgroup.freeze, and everything about a paused one works"
expect davit run -d --name still $in_sh 'while :; do date +%s%N >/now; sleep 0.1; done'
expect davit pause still
check [ "$(limit still cgroup.freeze)" = 1 ]
check grep -q 'frozen 1' "$(group_of still)/cgroup.events"
one=$(cat /proc/$(field still '{{.State.Pid}}')/root/now)
sleep 1
check [ "$(cat /proc/$(field still '{{.State.Pid}}')/root/now)" = "$one" ]
expect davit unpause still
check [ "$(limit still cgroup.freeze)" = 0 ]
moved() { [ "$(cat /proc/$(field still '{{.State.Pid}}')/root/now)" != "$one" ]; }
eventually 10 moved
davit pause still >/dev/null
expect davit kill still
eventually 10 is_in_state still exited
davit start still >/dev/null
davit pause still >/dev/null
expect davit stop -t 1 still
expect davit rm still

test "nothing of a container in the host's pids outlives it: cgroup.kill"
expect davit run -d --name open --pid host $in_sh '(setsid sleep 4321 &) ; setsid sleep 4321 & sleep 1'
expect davit wait open
check_output 0
gone() { ! grep -qsz '^4321$' /proc/[0-9]*/cmdline; }
eventually 10 gone
davit rm open >/dev/null

test "devices: what is not allowed is refused, by a BPF program"
bpf() { expect davit run --rm "$@"; }
bpf --cap-add MKNOD $in_sh 'mknod /tmp/null c 1 3 && echo x >/tmp/null && echo allowed'
check_output allowed
expect_fail 1 davit run --rm --cap-add MKNOD $in_sh 'mknod /tmp/d b '"${disk/:/ }"' && head -c 1 /tmp/d'
check grep -q 'not permitted' <<<"$err"
expect_fail 1 davit run --rm $in_sh 'mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem'
check grep -q 'not permitted' <<<"$err"
bpf --device /dev/vda:/dev/disk:r $in_sh 'head -c 1 /dev/disk | wc -c; (exec 3>/dev/disk) 2>&1 | grep -o "not permitted"'
check_output $'1\nnot permitted'
bpf --device-cgroup-rule "b $disk rm" $in_sh 'mknod /tmp/d b '"${disk/:/ }"'; head -c 1 /tmp/d >/dev/null && echo read; (exec 3>/tmp/d) 2>&1 | grep -o "not permitted"'
check_output $'read\nnot permitted'
bpf --privileged $in_sh 'mknod /tmp/d b '"${disk/:/ }"' && head -c 1 /tmp/d | wc -c'
check_output 1

test "a container's cgroup is the root of what it sees, and read-only"
expect davit run --rm -m 32m --pids-limit 55 $in_sh 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; grep " - cgroup2 " /proc/self/mountinfo | wc -l; mkdir /sys/fs/cgroup/x 2>&1 | grep -o "Read-only"'
check_output $'0::/\n33554432\n55\n1\nRead-only'
expect davit run --rm --cgroupns host $in_sh 'cat /proc/self/cgroup'
check grep -q '^0::/.*davit.*/[0-9a-f]\{64\}$' <<<"$out"
expect davit run --rm --privileged $in_sh 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine && echo writable'
check_output writable

test "exec enters the container's cgroup"
expect davit run -d --name host -m 30m --cgroupns host davit/demo sleep 1000
expect davit exec host cat /proc/self/cgroup
check [ "/sys/fs/cgroup${out#0::}" = "$(group_of host)" ]
davit rm -f host >/dev/null

test "nothing is left"
eventually 10 no_shims
leaks_check 10

test "a RUN of a build is held by its limits as well"
mkdir -p $flow_tmp/b
printf 'FROM davit/demo\nRUN cat /sys/fs/cgroup/memory.max >/limit\n' >$flow_tmp/b/Dockerfile
expect davit build -q -m 40m -t limited $flow_tmp/b
expect davit run --rm limited cat /limit
check_output 41943040

test "what cannot be on v2 is refused by name"
expect_fail 125 davit run --rm --memory-swappiness 10 davit/demo true
check grep -q 'cgroup v2' <<<"$err"
davit rmi -f limited >/dev/null

