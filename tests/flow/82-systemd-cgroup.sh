# --systemd-cgroup: systemd is asked over a real bus, by a manager that does what it is asked. Whether
# systemd itself is content is seen where it runs: tests/v2/40-runtime.sh.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/oci.sh"
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/bus
B=/tmp/b
bundle $B

test "without a bus it says so, and leaves nothing"
change $B '.linux.cgroupsPath = "machine-test.slice:davit:one"'
expect_fail 1 davit-runtime --systemd-cgroup run --bundle $B one
check_error 'davit-runtime: --systemd-cgroup: the system.s D-Bus: No such file or directory'
check [ -z "$(davit-runtime list --quiet)" ]

test "a scope is made in its slice, with the limits, before the process enters it"
fake-systemd /tmp/bus /tmp/calls >/tmp/fake.log 2>&1 &
fake=$!
eventually 10 grep -q ready /tmp/fake.log
runs $B 'cat /proc/self/cgroup' '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 33}, cpu: {quota: 50000, period: 100000, shares: 512}}'
expect davit-runtime --systemd-cgroup run --bundle $B one
check grep -q ':/machine.slice/machine-test.slice/davit-one.scope$\|^0::/$' <<<"$out"
check [ -z "$(grep -v 'machine-test.slice/davit-one.scope$\|:/$' <<<"$out")" ]
call=$(head -1 /tmp/calls)
check [ "$(jq -r '.unit, .mode, .properties.Slice, .properties.Delegate, .properties.MemoryMax, .properties.TasksMax,
	.properties.CPUQuotaPerSecUSec, (.properties.PIDs | length)' <<<"$call" | tr '\n' ' ')" = \
	'davit-one.scope replace machine-test.slice true 67108864 33 500000 1 ' ]
check [ "$(tail -1 /tmp/calls | jq -r '.call + " " + .unit')" = 'stop davit-one.scope' ]
check [ -z "$(find /sys/fs/cgroup -name 'davit-one.scope')" ]

test "limits hold in it, and exec enters it"
runs $B 'sleep 1000'
expect davit-runtime --systemd-cgroup run --detach --bundle $B two
check [ "$(davit-runtime events --stats two | jq .data.memory.usage.limit)" = 67108864 ]
expect davit-runtime exec two cat /proc/self/cgroup
check grep -q 'davit-one.scope' <<<"$out"
expect davit-runtime delete --force two

test "what systemd refuses ends the creation"
change $B '.linux.cgroupsPath = "machine-test.slice:davit:refused"'
expect_fail 1 davit-runtime --systemd-cgroup create --bundle $B three
check_error 'davit-runtime: --systemd-cgroup: systemd does not start davit-refused.scope: org.freedesktop.systemd1.UnitExists: there is one'
check [ -z "$(davit-runtime list --quiet)" ]

test "and leaves what is in the cgroup alone"
for hierarchy in /sys/fs/cgroup/*/; do mkdir -p "$hierarchy/machine.slice/machine-test.slice/davit-refused.scope"; done
sleep 1000 &
other=$!
for hierarchy in /sys/fs/cgroup/{freezer,pids,systemd,unified}/; do [ -d "$hierarchy" ] && echo $other >"$hierarchy/machine.slice/machine-test.slice/davit-refused.scope/cgroup.procs"; done
expect_fail 1 davit-runtime --systemd-cgroup create --bundle $B three
change $B '.linux.cgroupsPath = "/machine.slice/machine-test.slice/davit-refused.scope" | .linux.resources = {cpu: {cpus: "4000"}}'
expect_fail 1 davit-runtime create --bundle $B three
check grep -q '^State:.S' "/proc/$other/status"
change $B '.linux.resources = {}'
kill $other

test "a cgroupsPath that is none is refused by name"
for path in /a/b machine.slice:x a:b:c:d x:y:z -.slice:: a--b.slice:x:y; do
	change $B ".linux.cgroupsPath = \"$path\""
	expect_fail 1 davit-runtime --systemd-cgroup create --bundle $B three
	check_error 'davit-runtime: linux.cgroupsPath: .*'
done
kill $fake
kill $(sed -n 's/^\([0-9]\+\)$/\1/p' /tmp/fake.log)
