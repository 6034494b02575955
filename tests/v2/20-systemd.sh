# davit on a host whose cgroup tree is systemd's: below one scope that is delegated to it, whatever
# systemd does meanwhile, until the host goes down.
. "${0%/*}/guest.sh"
in_sh="davit/demo sh -c"
tree=/sys/fs/cgroup/system.slice/davit.scope
show() { systemctl show -P "$1" "${2:-davit.scope}"; }
is_active() { [ "$(show ActiveState)" = "$1" ]; }

# Whoever was here before has one already.
! is_active active || systemctl stop davit.scope

test "the first start asks systemd for a scope, which is delegated and without limits of its own"
check [ "$(show ActiveState)" = inactive ]
expect davit run -d --name one -m 64m --cpus 0.5 --pids-limit 50 davit/demo sleep 1000
check [ "$(show ActiveState)" = active ]
check [ "$(show Delegate)" = yes ]
check [ "$(show ControlGroup)" = /system.slice/davit.scope ]
check [ "$(show TasksMax)" = infinity ]
check [ "$(show Transient)" = yes ]
expect davit info -f '{{.CgroupDriver}} {{.CgroupVersion}}'
check_output 'systemd 2'

test "containers and monitors live below it, and so does nobody else"
check [ "$(group_of one)" = "$tree/davit/$(field one '{{.Id}}')" ]
check [ "$(cat $tree/cgroup.procs)" = '' ]
check grep -qx "$(shim_of one)" $tree/davit/monitors/cgroup.procs
check [ "$(cat $(sed 's|.*|/proc/&/comm|' $tree/davit/monitors/cgroup.procs) | sort -u | tr '\n' ' ')" = 'davit-scope davit-shim ' ]
for controller in cpu cpuset io memory pids; do
	check grep -qw $controller "$tree/cgroup.subtree_control" "$tree/davit/cgroup.subtree_control"
done
check [ ! -e /sys/fs/cgroup/davit ]

test "a daemon-reload and a daemon-reexec touch neither containers nor limits"
kept() {
	check [ "$(state one)" = running ]
	check [ "$(limit one memory.max) $(limit one cpu.max) $(limit one pids.max)" = '67108864 50000 100000 50' ]
	expect davit exec one cat /sys/fs/cgroup/memory.max
	check_output 67108864
	expect davit run --rm -m 20m davit/demo cat /sys/fs/cgroup/memory.max
	check_output 20971520
}
expect systemctl daemon-reload
kept
expect systemctl daemon-reexec
kept
systemd-run -q --unit other -p MemoryMax=50M sleep 1000
systemctl stop other
expect systemctl daemon-reload
kept

test "who starts a container may go: it does not live in its service or session"
expect systemd-run -q --wait --unit starter /usr/local/bin/davit run -d --name two davit/demo sleep 1000
check [ "$(state two)" = running ]
check [ "$(group_of two)" = "$tree/davit/$(field two '{{.Id}}')" ]

test "a parent that is asked for is below the scope, too"
expect davit run --rm --cgroup-parent /mine/own --cgroupns host davit/demo cat /proc/self/cgroup
check_output '0::/system.slice/davit.scope/mine/own/[0-9a-f]{64}'

test "a build's steps are there as well"
printf 'FROM davit/demo\nRUN sleep 2\n' >$flow_tmp/Dockerfile
davit build -q $flow_tmp >/dev/null &
building() { ls -d $tree/davit/*/ | grep -qv "monitors\|$(field one '{{.Id}}')\|$(field two '{{.Id}}')"; }
eventually 20 building
wait $!

test "the scope outlives the last container"
davit rm -f one two >/dev/null
eventually 10 no_shims
check is_active active
check [ "$(wc -l <$tree/davit/monitors/cgroup.procs)" = 1 ]
leaks_mark
expect davit run --rm davit/demo true
leaks_check

test "systemctl stop ends containers with their own stop signal, and policies do not start them again"
expect davit run -d --name polite --restart always --stop-signal USR1 $in_sh \
	'trap "echo usr1; exit 7" USR1; trap "echo term; exit 8" TERM; while :; do sleep 0.1; done'
expect davit run -d --name plain --restart unless-stopped $in_sh 'trap "exit 9" TERM; while :; do sleep 0.1; done'
expect davit run -d --name paused davit/demo sleep 1000
expect davit pause paused
began=$SECONDS
sleep 1
expect systemctl stop davit.scope
check [ $((SECONDS - began)) -lt 20 ]
check is_active inactive
check [ ! -e $tree ]
check [ "$(state polite) $(field polite '{{.State.ExitCode}}')" = 'exited 7' ]
check [ "$(davit logs polite)" = usr1 ]
check [ "$(state plain) $(field plain '{{.State.ExitCode}}')" = 'exited 9' ]
check [ "$(state paused)" = exited ]

test "the next start asks again, also when many are the first"
for i in 1 2 3 4 5; do
	davit run --rm -m 30m davit/demo cat /sys/fs/cgroup/memory.max >$flow_tmp/$i 2>&1 &
	jobs[i]=$!
done
wait "${jobs[@]}"
check [ "$(cat $flow_tmp/[1-5] | sort | uniq -c | xargs)" = '5 31457280' ]
check is_active active
check [ "$(wc -l <$tree/davit/monitors/cgroup.procs)" = 1 ]
davit rm -f polite plain paused >/dev/null

test "when the scope's own process is killed, containers go on, and the next start repairs it"
expect davit run -d --name on davit/demo sleep 1000
kill -KILL $(grep -l davit-scope /proc/[0-9]*/comm | tr -dc '0-9\n')
expect davit run --rm davit/demo true
check [ "$(state on)" = running ]
check is_active active
davit rm -f on >/dev/null
eventually 20 is_active inactive
expect davit run --rm davit/demo true
check is_active active

test "davit.service watches over monitors, and its end is not theirs"
cp /usr/local/lib/davit/assets/systemd/davit.service /etc/systemd/system/
systemctl daemon-reload
expect systemctl start davit
check [ "$(show ActiveState davit)" = active ]
davit run -d --name watched davit/demo sleep 1000 >/dev/null
first=$(shim_of watched)
kill -KILL "$first"
adopted() { [ "$(shim_of watched)" ] && [ "$(shim_of watched)" != "$first" ]; }
eventually 20 adopted
check grep -qx "$(shim_of watched)" $tree/davit/monitors/cgroup.procs
check [ "$(state watched)" = running ]
expect systemctl restart davit
check [ "$(state watched)" = running ]
expect systemctl stop davit
check [ "$(state watched)" = running ]
davit rm -f watched >/dev/null
expect systemctl start davit
expect systemctl stop davit.scope
expect davit run --rm davit/demo true
check is_active active
expect systemctl stop davit

test "without a bus to ask on, containers run all the same"
expect systemctl stop davit.scope
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
expect davit run --rm -m 30m davit/demo cat /sys/fs/cgroup/memory.max
check_output 31457280
check is_active inactive
unset DBUS_SYSTEM_BUS_ADDRESS
find $tree -depth -type d -exec rmdir {} + # made by hand, it would stay by hand
