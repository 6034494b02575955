. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# What run's options do to the kernel, and what inspect says of them.
warm

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm "$@"
}
refused() { # SENTENCE ARGS... - of davit run, with exit code 125
	local sentence=$1
	shift
	expect_fail 125 davit run --rm "$@"
	check_error "davit: $sentence"
}
sh_in='davit/demo sh -c'

test "every option of docker's is known: done, or refused with a reason"
expect davit run --help
for option in add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile \
	cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems device device-cgroup-rule \
	device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust domainname entrypoint env env-file \
	gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout hostname init \
	interactive ipc isolation kernel-memory label label-file link log-driver log-opt memory memory-reservation memory-swap \
	memory-swappiness mount name no-healthcheck oom-kill-disable oom-score-adj pid pids-limit platform privileged pull quiet \
	read-only restart rm runtime security-opt shm-size stop-signal stop-timeout sysctl tmpfs tty ulimit user userns uts volume \
	volume-driver volumes-from workdir; do
	grep -qE -- "--$option( |$)" <<<"$out" || [ "$option" = add-host ] || fail "--$option is not in the help"
done
refused '--gpus is not supported: .*' --gpus all davit/demo true
refused '--kernel-memory is not supported: .*' --kernel-memory 1g davit/demo true
refused '--link is not supported: join both containers to a network.*' --link a:b davit/demo true
refused '--storage-opt size=1g is not supported: .*' --storage-opt size=1g davit/demo true
refused 'unknown or invalid runtime name: kata' --runtime kata davit/demo true
inside --runtime runc --isolation default --volume-driver local --disable-content-trust davit/demo true
refused 'invalid isolation \(hyperv\).*' --isolation hyperv davit/demo true

test "devices: made, bound outside /dev, allowed as asked and no further"
inside --device /dev/zero:/dev/noughts:r $sh_in 'head -c 4 /dev/noughts | wc -c; ls -l /dev/noughts | cut -c1'
check_output '4
c'
inside --device /dev/zero:/opt/noughts $sh_in 'head -c 3 /opt/noughts | wc -c'
check_output 3
inside $sh_in 'mknod /tmp/loop b 7 0 && (exec 3</tmp/loop) 2>&1 | grep -o "not permitted"'
check_output 'not permitted'
inside --device-cgroup-rule 'b 7:0 rm' $sh_in 'mknod /tmp/loop b 7 0 && (exec 3</tmp/loop) && echo opened; (exec 3>/tmp/loop) 2>&1 | grep -o "not permitted"'
check_output 'opened
not permitted'
refused 'error gathering device information while adding custom device "/dev/nosuch": No such file or directory' --device /dev/nosuch davit/demo true
refused 'error gathering device information while adding custom device "/etc/passwd": not a device node' --device /etc/passwd davit/demo true
refused 'invalid device mode: q' --device /dev/zero:/dev/x:q davit/demo true
refused "invalid device cgroup format 'c 1'" --device-cgroup-rule 'c 1' davit/demo true
inside --privileged $sh_in 'test -c /dev/kmsg && grep Seccomp: /proc/self/status; grep -c " /proc/kcore " /proc/self/mountinfo; true'
check_output 'Seccomp:	0
0'

test "filters and profiles: a file's, none, hidden paths shown"
echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}' >"$flow_tmp/p.json"
inside --security-opt "seccomp=$flow_tmp/p.json" $sh_in 'mkdir /x 2>&1 | grep -o "not supported"; grep Seccomp: /proc/self/status'
check_output 'not supported
Seccomp:	2'
inside --security-opt seccomp=unconfined $sh_in 'grep Seccomp: /proc/self/status'
check_output 'Seccomp:	0'
expect davit run -d --name plain --security-opt seccomp=unconfined davit/demo sleep 1000
expect davit exec plain grep Seccomp: /proc/self/status
check_output 'Seccomp:	0'
expect davit rm -f plain
refused "opening seccomp profile \($flow_tmp/none\) failed: No such file or directory" --security-opt "seccomp=$flow_tmp/none" davit/demo true
echo '{' >"$flow_tmp/bad"
expect_fail 125 davit run --rm --security-opt "seccomp=$flow_tmp/bad" davit/demo true
check grep -q "compacting json for seccomp profile" <<<"$err"
inside --security-opt systempaths=unconfined $sh_in 'grep -c -E " /proc/(kcore|sys|keys) " /proc/self/mountinfo; true'
check_output 0
refused 'invalid --security-opt: "what"' --security-opt what davit/demo true
inside --security-opt label=disable --security-opt apparmor=unconfined --security-opt no-new-privileges:true $sh_in 'grep NoNew /proc/self/status'
check_output 'NoNewPrivs:	1'

test "namespaces of the host are shared when asked"
for space in pid ipc uts; do
	inside --$space host $sh_in "readlink /proc/self/ns/$space"
	check [ "$out" = "$(readlink /proc/self/ns/$space)" ]
done
inside --cgroupns private $sh_in 'readlink /proc/self/ns/cgroup; cut -d: -f3 /proc/self/cgroup | sort -u'
check [ "$(head -n 1 <<<"$out")" != "$(readlink /proc/self/ns/cgroup)" ]
check [ "$(tail -n +2 <<<"$out")" = / ]
inside --uts host davit/demo hostname
check_output "$(hostname)"
inside --ipc none $sh_in 'ls /dev/shm 2>/dev/null; true'
check_output ''
inside --userns host davit/demo true
refused 'conflicting options: hostname and the UTS mode' --uts host --hostname x davit/demo true
refused '--pid: invalid PID mode' --pid what davit/demo true
refused '--uts: invalid UTS mode' --uts what davit/demo true
refused '--userns: invalid USER mode' --userns what davit/demo true
refused '--cgroupns: invalid CGROUP mode' --cgroupns what davit/demo true
refused 'invalid IPC mode: what' --ipc what davit/demo true

test "the end of a container in the host's pid namespace takes its orphans along"
inside --pid host $sh_in 'setsid sleep 5151 & echo $!'
eventually 3 pid_gone "$out"

test "another container's namespaces are shared while it runs"
expect davit run -d --name peer --ipc shareable davit/demo sh -c 'echo there > /dev/shm/f; sleep 1000'
eventually 5 davit exec peer test -s /dev/shm/f
inside --pid container:peer --ipc container:peer $sh_in 'cat /dev/shm/f; echo back > /dev/shm/g; ps | grep -c " [s]leep 1000$"; readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc'
check [ "$out" = "there
1
$(davit exec peer readlink /proc/1/ns/pid)
$(davit exec peer readlink /proc/1/ns/ipc)" ]
expect davit exec peer cat /dev/shm/g
check_output back
expect davit run -d --name guest --pid container:peer davit/demo sleep 2000
expect davit exec guest sh -c 'ps | grep -c " [s]leep [12]000$"'
check_output 2
expect davit restart -t 0 guest
expect davit exec peer sh -c 'ps | grep -c " [s]leep 2000$"'
check_output 1
id=$(field peer '{{.Id}}')
expect davit rm -f peer
eventually 5 is_in_state guest exited
expect_fail 1 davit start guest
check grep -q "cannot join the namespaces of a non running container: $id" <<<"$err"
expect davit rm guest
refused 'No such container: nobody' --pid container:nobody davit/demo true
expect davit create --name own davit/demo true
expect_fail 125 davit run --rm --ipc container:own davit/demo true
check grep -q "non-shareable IPC" <<<"$err"
expect davit rm own

test "--init reaps, passes signals on and ends as the command does"
inside --init $sh_in 'ps | head -n 3 | tail -n 2; cat /proc/1/comm'
check grep -q '^ *1 root .*/sbin/docker-init -- sh' <<<"$out"
expect_fail 7 davit run --rm --init $sh_in 'exit 7'
expect_fail 127 davit run --rm --init davit/demo no-such
expect davit run -d --name init --init davit/demo sh -c '(sleep 0.1 &) ; trap "echo got it; exit 3" USR1; touch /ready; while :; do sleep 0.1; done'
eventually 5 davit exec init sh -c 'test -e /ready && ! grep -qs "^State:.Z" /proc/[0-9]*/status'
expect davit kill -s USR1 init
expect davit wait init
check_output 3
expect davit logs init
check_output 'got it'
expect davit inspect -f '{{.Path}} {{.HostConfig.Init}}' init
check_output 'sh true'
expect davit rm init
check [ "$(stat -c %s "$(dirname "$(command -v davit)")/davit-init")" -lt 12288 ]

test "limits reach the cgroup, in a parent of their own when asked"
v1=$(ls -d /sys/fs/cgroup/memory 2>/dev/null)
inside --cgroup-parent /mine/deep --memory 20m $sh_in 'cat /proc/self/cgroup'
check grep -qE '(:memory:|^0::)/mine/deep/[0-9a-f]{64}$' <<<"$out"
expect davit run -d --name placed --cgroup-parent mine --memory 20m --pids-limit 50 davit/demo sleep 1000
id=$(field placed '{{.Id}}')
dir=$(find /sys/fs/cgroup -path "*/mine/$id" -type d | grep -E 'memory|^/sys/fs/cgroup/mine' | head -n 1)
check [ "$(cat "$dir"/memory.limit_in_bytes "$dir"/memory.max 2>/dev/null)" = 20971520 ]
expect davit stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' placed
check_output '1 .* / 20MiB'
expect davit top placed
expect davit restart -t 0 placed
expect davit rm -f placed
check [ -z "$(find /sys/fs/cgroup -path "*/mine/*" -name "$id")" ]
refused '--cgroup-parent ../x: .*' --cgroup-parent ../x davit/demo true
inside --cpu-period 50000 --cpu-quota 25000 --blkio-weight 300 $sh_in 'true'
if [ "$v1" ]; then
	expect davit run -d --name habits --memory 30m --memory-swappiness 7 --oom-kill-disable davit/demo sleep 1000
	dir=/sys/fs/cgroup/memory/davit/$(field habits '{{.Id}}')
	check [ "$(cat "$dir/memory.swappiness")" = 7 ]
	check grep -q 'oom_kill_disable 1' "$dir/memory.oom_control"
	expect davit rm -f habits
fi
refused 'invalid value: 101, valid memory swappiness range is 0-100' --memory-swappiness 101 davit/demo true
refused 'CPU cfs quota can not be less than 1ms \(i.e. 1000\)' --cpu-quota 10 davit/demo true
refused 'CPU cfs period can not be less than 1ms .*' --cpu-period 10 davit/demo true
refused 'Conflicting options: Nano CPUs and CPU Quota cannot both be set' --cpus 1 --cpu-quota 10000 davit/demo true
refused 'range of blkio weight is from 10 to 1000' --blkio-weight 5 davit/demo true
refused 'bad format: /dev/x' --device-read-bps /dev/x davit/demo true
refused '/dev/nosuch: No such file or directory' --device-write-iops /dev/nosuch:1 davit/demo true

test "logs: three drivers are known, and none keeps nothing"
expect davit run --name quiet --log-driver none davit/demo echo shown
check_output shown
expect_fail 1 davit logs quiet
check_error 'davit: configured logging driver does not support reading'
expect davit rm quiet
inside --log-driver local --log-opt max-size=1m --log-opt max-file=2 davit/demo true
refused 'logging driver syslog is not supported: use json-file, local or none' --log-driver syslog davit/demo true
refused "logger: no log driver named 'what' is registered" --log-driver what davit/demo true

test "groups are added by name, health checks are written down"
inside --group-add nogroup --group-add 99 davit/demo id -G
check_output '0 99 65534'
expect davit create --name well --health-cmd 'test -e /x' --health-interval 1m30s --health-retries 2 --health-start-period 5s davit/demo true
expect davit inspect -f '{{json .Config.Healthcheck}}' well
check_output '{"Test":["CMD-SHELL","test -e /x"],"Interval":90000000000,"StartPeriod":5000000000,"Retries":2}'
expect davit rm well
expect davit create --name ill --no-healthcheck davit/demo true
expect davit inspect -f '{{json .Config.Healthcheck.Test}}' ill
check_output '\["NONE"\]'
expect davit rm ill
refused '--health-timeout cannot be negative' --health-timeout=-1s davit/demo true
refused '--no-healthcheck conflicts with --health-\* options' --no-healthcheck --health-cmd x davit/demo true

test "a platform is one to insist on; a label has a name"
arch=$(davit image inspect -f '{{.Architecture}}' davit/demo)
inside --platform "linux/$arch" davit/demo true
for verb in run create; do
	expect_fail 125 davit $verb --platform linux/s390x davit/demo true
	check_error "davit: image sha256:[0-9a-f]* was found but does not provide the specified platform \(linux/s390x\): it is for linux/$arch"
done
refused '"nonsense": unknown operating system or architecture' --platform nonsense davit/demo true
expect_fail 125 davit run --rm --label =x davit/demo true
check_error "davit: invalid argument \"=x\" for \"-l, --label\" flag: invalid label '=x': empty name
See 'davit run --help'."
refused 'invalid environment variable: =x' -e =x davit/demo true

test "processors that are not there are told with those that are"
refused 'Requested CPUs are not available - requested 4095, available: [0-9,-]*' --cpuset-cpus 4095 davit/demo true
refused 'Invalid value x for cpuset cpus' --cpuset-cpus x davit/demo true
refused 'Invalid value 0- for cpuset mems' --cpuset-mems 0- davit/demo true
refused 'invalid CPU shares \(-1\): value must be a positive integer' --cpu-shares -1 davit/demo true
inside --cpuset-cpus 0 --cpuset-mems 0 davit/demo true

test "inspect shows all of it in docker's shape"
expect davit create --name shown --pid host --uts host --ipc host --annotation a=b --device /dev/zero:/dev/z:r --ulimit nofile=5:6 \
	--cpu-period 20000 --memory-swappiness 3 --sysctl net.core.somaxconn=99 --security-opt no-new-privileges --group-add 9 \
	--tmpfs /t:size=1m --blkio-weight 20 davit/demo true
expect davit inspect -f '{{with .HostConfig}}{{.PidMode}} {{.UTSMode}} {{.IpcMode}} {{.Annotations.a}} {{(index .Devices 0).PathInContainer}} {{(index .Ulimits 0).Hard}} {{.CpuPeriod}} {{.MemorySwappiness}} {{index .Sysctls "net.core.somaxconn"}} {{.SecurityOpt}} {{.GroupAdd}} {{index .Tmpfs "/t"}} {{.BlkioWeight}} {{.Runtime}}{{end}}' shown
check_output 'host host host b /dev/z 6 20000 3 99 \[no-new-privileges\] \[9\] size=1m 20 davit'
expect davit rm shown
rmdir /sys/fs/cgroup/*/mine/deep /sys/fs/cgroup/*/mine /sys/fs/cgroup/mine/deep /sys/fs/cgroup/mine 2>/dev/null
leaks_check
