# davit-runtime --systemd-cgroup with the real systemd: a scope for each container, with what was asked.
. "${0%/*}/guest.sh"
. "${0%/*}/../support/oci.sh"
B=/tmp/b
bundle $B
runtime="davit-runtime --systemd-cgroup"
tree=/sys/fs/cgroup/machine.slice/machine-test.slice
show() { systemctl show -P "$2" "davit-$1.scope"; }
in_slice() { change $B ".linux.cgroupsPath = \"machine-test.slice:davit:$1\" | ${2:-.}"; }
# Asking all the time keeps systemd from forgetting it, so its state must do.
scope_is_gone() { [ "$(show "$1" ActiveState)" = inactive ] && [ ! -e "$tree/davit-$1.scope" ]; }
dir=$tree/davit-one.scope
read_all() {
	(cd "$dir" && cat memory.max memory.swap.max memory.low cpu.max cpu.weight cpuset.cpus pids.max io.max | tr '\n' '|')
}
disk=$(cat /sys/block/vda/dev)
limits='{memory: {limit: 67108864, swap: 100663296, reservation: 33554432}, pids: {limit: 33},
	cpu: {quota: 50000, period: 100000, shares: 512, cpus: "1", mems: "0"},
	devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"}],
	blockIO: {throttleReadBpsDevice: [{major: '${disk%:*}', minor: '${disk#*:}', rate: 1048576}]}}'

test "create makes a scope in its slice, with the limits in systemd's books and in the files"
runs $B 'echo ready; sleep 1000'
in_slice one ".linux.resources = $limits"
expect $runtime create --bundle $B one
check [ "$(status_of one)" = created ]
check [ "$(show one ActiveState) $(show one Delegate) $(show one Slice) $(show one Transient)" = 'active yes machine-test.slice yes' ]
check [ "$(show one ControlGroup)" = /machine.slice/machine-test.slice/davit-one.scope ]
check [ "$(show one MemoryMax) $(show one MemorySwapMax) $(show one MemoryLow) $(show one TasksMax)" = '67108864 33554432 33554432 33' ]
check grep -qxE '(59|60) 500ms 1 0' <<<"$(show one CPUWeight) $(show one CPUQuotaPerSecUSec) $(show one AllowedCPUs) $(show one AllowedMemoryNodes)"
check [ "$(show one IOReadBandwidthMax)" = "/dev/block/$disk 1048576" ]
check [ "$(show one Description)" = 'davit container one' ]
before=$(read_all)
check grep -qE '^67108864\|33554432\|33554432\|50000 100000\|(59|60)\|1\|33\|'"$disk rbps=1048576 wbps=max riops=max wiops=max\|" <<<"$before"
check [ "$(cat $dir/cgroup.procs)" = "$(pid_of one)" ]

test "start, exec, ps, pause and resume work in it"
expect $runtime start one
check [ "$(status_of one)" = running ]
expect $runtime exec one cat /proc/self/cgroup
check_output '0::/'
expect $runtime ps --format json one
check [ "$(jq length <<<"$out")" -ge 1 ]
expect $runtime pause one
check [ "$(status_of one) $(cat $dir/cgroup.freeze)" = 'paused 1' ]
expect $runtime resume one
check [ "$(status_of one) $(cat $dir/cgroup.freeze)" = 'running 0' ]
expect $runtime events --stats one
check [ "$(jq .data.memory.usage.limit <<<"$out")" = 67108864 ]

test "a daemon-reload changes nothing"
expect systemctl daemon-reload
check [ "$(read_all)" = "$before" ]
systemd-run -q --unit beside --slice machine-test.slice -p MemoryMax=50M -p IOWeight=50 sleep 1000
expect systemctl daemon-reload
check [ "$(read_all)" = "$before" ]
systemctl stop beside
expect $runtime exec one sh -c 'echo >/dev/null && echo null; busybox mknod /dev/other b '"${disk/:/ }"'; head -c 1 /dev/other 2>&1 | grep -o "not permitted"'
check_output $'null\nnot permitted'

test "update tells systemd, too: the next daemon-reload keeps it"
expect $runtime update --memory 80M --memory-swap 80M --pids-limit 44 --cpu-quota 75000 --cpu-period 100000 --cpu-share 1024 --cpuset-cpus 0-1 one
after=$(read_all)
check grep -q '^83886080|0|33554432|75000 100000|100|0-1|44|' <<<"$after"
check [ "$(show one MemoryMax) $(show one TasksMax) $(show one CPUQuotaPerSecUSec) $(show one AllowedCPUs)" = '83886080 44 750ms 0-1' ]
expect systemctl daemon-reload
check [ "$(read_all)" = "$after" ]

test "a name that is taken is refused, and leaves what has it alone"
change $B '.linux.cgroupsPath = "machine-test.slice:davit:one"'
expect_fail 1 $runtime create --bundle $B another
check grep -q 'systemd does not start davit-one.scope' <<<"$err"
check [ "$(status_of one)" = running ]
check [ "$(davit-runtime list --quiet)" = one ]

test "kill and delete leave no scope"
expect $runtime kill one KILL
eventually 10 [ "$(status_of one)" = stopped ]
expect $runtime delete one
eventually 10 scope_is_gone one
runs $B 'sleep 1000'
in_slice two
expect $runtime run --detach --bundle $B two
check [ "$(show two ActiveState)" = active ]
expect $runtime delete --force two
eventually 10 scope_is_gone two

test "neither does an end by itself, nor what the container made below"
runs $B 'mkdir /sys/fs/cgroup/inner && echo made; exit 5' '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options |= map(select(. != "ro"))'
in_slice three
expect_fail 5 $runtime run --bundle $B three
check_output made
eventually 10 scope_is_gone three

test "an OOM kill is the scope's business, not its neighbours'"
runs $B 'x=$(head -c 100000000 /dev/zero | tr "\0" x); echo survived'
in_slice four '.linux.resources = {memory: {limit: 25165824, swap: 25165824}}'
expect_fail 137 $runtime run --bundle $B four
eventually 10 scope_is_gone four

test "without a slice it is system.slice; a slice may be new"
runs $B 'cat /proc/self/cgroup' '.linux.namespaces |= map(select(.type != "cgroup"))'
change $B 'del(.linux.cgroupsPath) | .linux.resources = {}'
expect $runtime run --bundle $B five
check_output '0::/system.slice/davit-five.scope'
change $B '.linux.cgroupsPath = "fresh-new-deep.slice:davit:six"'
expect $runtime run --bundle $B six
check_output '0::/fresh.slice/fresh-new.slice/fresh-new-deep.slice/davit-six.scope'

test "what cannot be is systemd's own sentence, and leaves nothing"
runs $B true
change $B '.linux.cgroupsPath = "machine-test.slice:davit:bad" | .linux.resources = {cpu: {cpus: "77"}}'
expect_fail 1 $runtime run --bundle $B bad
check [ -z "$(davit-runtime list --quiet)" ]
eventually 10 scope_is_gone bad

test "and without --systemd-cgroup a path is a path"
runs $B 'cat /proc/self/cgroup' '.linux.namespaces |= map(select(.type != "cgroup")) | .linux.cgroupsPath = "/plain/here" | .linux.resources = {memory: {limit: 33554432}}'
expect davit-runtime run --bundle $B plain
check_output '0::/plain/here'
check [ ! -e /sys/fs/cgroup/plain/here ]
rmdir /sys/fs/cgroup/plain
