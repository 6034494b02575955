# An ordinary user's davit where their own systemd lends cgroups: limits, pausing and figures, from
# sessions that systemd knows and from processes that it has elsewhere.
. "${0%/*}/guest.sh"
uid=1501
home=/home/mate
run=/run/user/$uid
tree=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service/app.slice/davit.scope
# as_mate CMD... - from this service: nobody of the user's session.
as_mate() {
	setpriv --reuid $uid --regid $uid --clear-groups -- env -u DAVIT_ROOT HOME=$home USER=mate \
		XDG_RUNTIME_DIR=$run "$@"
}
# at_home CMD... - below the user's own systemd.
at_home() {
	as_mate systemd-run --user -q --wait --pipe --collect "$@"
}
mate_field() {
	as_mate davit inspect -f "$2" "$1"
}
group() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(mate_field "$1" '{{.State.Pid}}')/cgroup")"
}

test "without a systemd of theirs there is no cgroup, and a sentence says what to do"
expect useradd -u $uid -m -d $home -s /bin/bash mate
check grep -q '^mate:' /etc/subuid /etc/subgid
expect_fail 125 as_mate env XDG_RUNTIME_DIR= davit run --rm --network none -m 64m davit/demo true
check grep -q 'davit: limits of memory: no systemd of yours lends a cgroup here: log in, or have root say loginctl enable-linger' <<<"$err"
expect as_mate env XDG_RUNTIME_DIR= davit run --rm --network none davit/demo true
as_mate env XDG_RUNTIME_DIR= davit keeper stop
rm -r /tmp/davit-$uid # as when a login ends

test "with one, a start asks for a scope, and limits are files in it"
expect loginctl enable-linger mate
eventually 120 [ -S $run/bus ] || systemctl status user@$uid.service
expect as_mate davit run -d --name one --network none -m 64m --pids-limit 30 davit/demo sleep 1000
check [ "$(group one)" = "$tree/davit/$(mate_field one '{{.Id}}')" ]
check [ "$(cat "$(group one)/memory.max") $(cat "$(group one)/pids.max")" = '67108864 30' ]
expect as_mate davit exec one cat /sys/fs/cgroup/memory.max /proc/self/cgroup
check_output '67108864
0::/'
check [ "$(cat $tree/cgroup.procs)" = '' ]
check [ "$(cat $(sed 's|.*|/proc/&/comm|' $tree/davit/monitors/cgroup.procs) | sort -u | tr '\n' ' ')" = 'davit-scope davit-shim ' ]
expect as_mate davit info -f '{{.CgroupDriver}} {{.CgroupVersion}}'
check_output 'systemd 2'

test "pause, stats, top and update work there as for root"
expect as_mate davit pause one
expect as_mate davit ps --format '{{.State}}'
check_output paused
expect as_mate davit unpause one
expect as_mate davit stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' one
check_output '1 .* / 64MiB'
expect as_mate davit top one -o comm
check grep -q sleep <<<"$out"
expect as_mate davit update -m 80m --memory-swap 80m one
check [ "$(cat "$(group one)/memory.max")" = 83886080 ]

test "who uses more memory than allowed is killed, and the record says so"
expect_fail 137 as_mate davit run --name oom --network none -m 16m --memory-swap 16m davit/demo sh -c 'tail /dev/zero'
expect mate_field oom '{{.State.OOMKilled}}'
check_output true
as_mate davit rm oom >/dev/null

test "a controller that systemd did not pass on is named, with how root passes it on"
if grep -qw cpu "$tree/cgroup.controllers"; then
	expect as_mate davit run --rm --network none --cpus 0.5 davit/demo cat /sys/fs/cgroup/cpu.max
	check_output '50000 100000'
else
	expect_fail 125 as_mate davit run --rm --network none --cpus 0.5 davit/demo true
	check_error 'davit: limits of cpu: your systemd was not given this controller: root gives it with Delegate=.*'
fi

test "from the user's own session it is the same, and what a session started outlives it"
expect at_home davit run -d --name two --network none -m 20m davit/demo sleep 1000
check [ "$(cat "$(group two)/memory.max")" = 20971520 ]
expect as_mate davit ps -q --filter name=two
check [ "$out" ]
expect at_home davit run --rm --network none -m 20m davit/demo cat /sys/fs/cgroup/memory.max
check_output 20971520

test "a reload of the user's systemd takes nothing away"
expect as_mate systemctl --user daemon-reload
check [ "$(cat "$(group one)/memory.max")" = 83886080 ]
expect as_mate davit run --rm --network none -m 20m davit/demo cat /sys/fs/cgroup/memory.max
check_output 20971520

test "a keeper that was killed comes back to the same containers and the same scope"
keeper=$(sed -n 's/^pid //p' $run/davit/keeper)
kill -9 "$keeper"
eventually 5 pid_gone "$keeper"
expect as_mate davit exec one cat /sys/fs/cgroup/memory.max
check_output 83886080
expect as_mate davit pause two
expect as_mate davit unpause two

test "with --userns keep-id they are themselves, below limits"
expect as_mate davit run --rm --network none -m 20m --userns keep-id davit/demo sh -c 'id -u; stat -c %u /bin; cat /sys/fs/cgroup/memory.max'
check_output "$uid
0
20971520"

test "when all are removed no cgroup of theirs is left but the scope's"
expect as_mate davit rm -f one two
gone() { [ "$(ls -d $tree/davit/*/)" = "$tree/davit/monitors/" ]; }
eventually 5 gone
expect as_mate davit keeper stop

test "the end of the user's systemd stops their containers with their own signal"
expect as_mate davit run -d --name last --network none --stop-signal SIGUSR1 davit/demo sh -c 'trap "exit 7" USR1; while :; do sleep 0.1; done'
expect systemctl stop user@$uid.service
stopped() { [ "$(mate_field last '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 7' ]; }
eventually 30 stopped
