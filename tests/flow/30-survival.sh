. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

ticker='i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done'
ticks() { # WHO - how far its log has come; 0: it is still empty
	local last
	last=$(davit logs "$1" | tail -n 1 | tr -cd 0-9)
	echo "${last:-0}"
}
ticks_on() { # WHO - its log grows
	local before
	before=$(ticks "$1")
	ticked() { [ "$(ticks "$1")" -gt "$before" ]; }
	eventually 5 ticked "$1"
}

test "kill -9 of a foreground run leaves the container running, logging, and open to attach"
davit run --name fore davit/demo sh -c "$ticker" >"$flow_tmp/shown" &
eventually 5 grep -q 'tick 3' "$flow_tmp/shown"
kill -KILL $!
wait $! 2>/dev/null
check [ "$(state fore)" = running ]
check ticks_on fore
davit attach --sig-proxy=false --no-stdin fore >"$flow_tmp/again" &
eventually 5 grep -q tick "$flow_tmp/again"
kill -KILL $!
wait $! 2>/dev/null
check [ "$(state fore)" = running ]

test "its exit code is recorded though nobody watched"
davit exec fore sh -c 'kill -TERM 1' # number one ignores what it does not handle
davit kill -s KILL fore >/dev/null
check [ "$(field fore '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 137' ]
davit rm fore >/dev/null
davit run --name coded davit/demo sh -c 'sleep 1; exit 12' &
eventually 5 is_in_state coded running
kill -KILL $!
wait $! 2>/dev/null
eventually 3 is_in_state coded exited
check [ "$(field coded '{{.State.ExitCode}}')" = 12 ]
davit rm coded >/dev/null
leaks_check

test "kill -9 of a foreground run --rm: the container goes on, and goes when it ends"
davit run --rm --name forerm davit/demo sleep 2 &
eventually 3 is_in_state forerm running
kill -KILL $!
wait $! 2>/dev/null
check [ "$(state forerm)" = running ]
eventually 5 is_gone forerm
leaks_check

test "a closed terminal ends the command and not the container"
on-terminal 'wait:tick 3' hangup -- davit run -it --name closed davit/demo sh -c "$ticker" >/dev/null
check [ "$(state closed)" = running ]
check ticks_on closed
expect on-terminal 'wait:tick' 'send:\x10\x11' -- davit attach closed
davit rm -f closed >/dev/null
leaks_check

test "kill -9 of the monitor: the container goes on, and the next davit adopts it"
davit run -d --name orphan davit/demo sh -c "$ticker" >/dev/null
eventually 3 ticks_on orphan
pid=$(field orphan '{{.State.Pid}}')
kill -KILL "$(shim_of orphan)"
sleep 0.2
check [ -d "/proc/$pid" ]
check [ "$(field orphan '{{.State.Status}} {{.State.Pid}}')" = "running $pid" ]
check ticks_on orphan
expect davit exec orphan echo inside
check_output inside

test "an adopted container can be stopped, and its exit code is not lost where the kernel tells it"
expect davit stop -t 0 orphan
check [ "$(state orphan)" = exited ]
check grep -qE '^(137|255)$' <<<"$(field orphan '{{.State.ExitCode}}')"
check pid_gone "$pid"
expect davit start orphan
check [ "$(state orphan)" = running ]
expect davit rm -f orphan
leaks_check

test "one that ends by itself after its adoption is recorded"
davit run -d --name later davit/demo sh -c 'sleep 0.6; exit 21' >/dev/null
kill -KILL "$(shim_of later)"
check [ "$(state later)" = running ]
expect davit wait later
check grep -qE '^(21|255)$' <<<"$out"
check [ "$(field later '{{.State.ExitCode}}')" = "$out" ]
davit rm later >/dev/null

test "one that ended while nobody watched says that its exit code is lost"
davit run -d --name lost davit/demo sleep 1 >/dev/null
pid=$(field lost '{{.State.Pid}}')
kill -KILL "$(shim_of lost)"
eventually 5 pid_gone "$pid"
check [ "$(field lost '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 255' ]
check grep -q 'exit code lost' <<<"$(field lost '{{.State.Error}}')"
expect davit start lost
expect davit rm -f lost
leaks_check

test "the monitor and the container killed together: exited, 255, and it starts again"
davit run -d --name both davit/demo sh -c "$ticker" >/dev/null
eventually 3 ticks_on both
pid=$(field both '{{.State.Pid}}')
shim=$(shim_of both)
kill -KILL "$shim" "$pid"
eventually 3 pid_gone "$pid"
eventually 3 pid_gone "$shim"
check [ "$(field both '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 255' ]
expect davit start both
check ticks_on both
expect davit rm -f both
leaks_check

test "a monitor killed under --rm: the container is removed after its end all the same"
davit run -d --rm --name gone davit/demo sleep 2 >/dev/null
kill -KILL "$(shim_of gone)"
check [ "$(state gone)" = running ]
eventually 5 is_gone gone
davit run -d --rm --name gone davit/demo sleep 1 >/dev/null
pid=$(field gone '{{.State.Pid}}')
kill -KILL "$(shim_of gone)"
eventually 5 pid_gone "$pid"
check [ -z "$(davit ps -aq)" ]
leaks_check

test "a paused container survives its monitor paused"
davit run -d --name cold davit/demo sh -c "$ticker" >/dev/null
davit pause cold >/dev/null
kill -KILL "$(shim_of cold)"
check [ "$(state cold)" = paused ]
expect davit unpause cold
check ticks_on cold
expect davit rm -f cold
leaks_check

test "one with a terminal loses it with its monitor, and the record says so"
davit run -d -t --name term davit/demo sh -c 'trap "" HUP; while :; do sleep 0.05; done' >/dev/null
eventually 5 catches term HUP
kill -KILL "$(shim_of term)"
check [ "$(state term)" = running ]
says_terminal() { field term '{{.State.Error}}' | grep -q 'terminal lost'; }
eventually 2 says_terminal
expect davit rm -f term
leaks_check

test "monitors killed under load: davit stop and ps agree with what is there"
for i in 1 2 3 4 5; do davit run -d --name "m$i" davit/demo sleep 1000 >/dev/null; done
for i in 1 2 3 4 5; do kill -KILL "$(shim_of "m$i")"; done
check [ "$(davit ps -q | wc -l)" = 5 ]
expect davit stop -t 0 m1 m2 m3 m4 m5
check [ "$(davit ps -q | wc -l)" = 0 ]
expect davit rm m1 m2 m3 m4 m5
leaks_check

reboot() { # the host: its processes, cgroups and run root are gone, its boot id is another
	local pid
	for pid in "$@"; do kill -KILL "$pid"; done
	for pid in "$@"; do eventually 3 pid_gone "$pid"; done
	find /sys/fs/cgroup -depth -type d -path '*davit/*' -exec rmdir {} + 2>/dev/null
	rm -rf /run/davit
	cat /proc/sys/kernel/random/uuid >"$DAVIT_TEST_BOOT_ID"
}

test "after a reboot what ran is exited, what was there is there, and all of it starts again"
davit run -d --name ran davit/demo sh -c "echo before; $ticker" >/dev/null
davit run --name done davit/demo sh -c 'exit 4'
davit create --name made davit/demo true >/dev/null
davit rename made new
eventually 3 ticks_on ran
davit exec ran sh -c 'echo kept > /root/file'
reboot "$(shim_of ran)" "$(field ran '{{.State.Pid}}')"
check [ "$(davit ps -a --format '{{.Names}} {{.State}}' | sort)" = "done exited
new created
ran exited" ]
check [ "$(field ran '{{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}')" = '255 false 0' ]
check [ "$(field done '{{.State.ExitCode}}')" = 4 ]
check [ "$(davit logs ran | head -n 1)" = before ]
expect davit start ran
eventually 3 ticks_on ran
reboot "$(shim_of ran)" "$(field ran '{{.State.Pid}}')"
check [ "$(field ran '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 255' ]
expect davit start ran
expect davit exec ran cat /root/file
check_output kept
expect davit rm -f ran done new
davit run --rm davit/demo true
leaks_check

test "after a reboot with a run root that outlived it, its pids mean nothing"
davit run -d --name ran davit/demo sleep 1000 >/dev/null
shim=$(shim_of ran)
pid=$(field ran '{{.State.Pid}}')
kill -KILL "$shim" "$pid"
eventually 3 pid_gone "$pid"
cat /proc/sys/kernel/random/uuid >"$DAVIT_TEST_BOOT_ID"
check [ "$(field ran '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 255' ]
expect davit rm ran
leaks_check

test "a --rm container that a reboot ended is gone after it"
davit run -d --rm --name brief davit/demo sleep 1000 >/dev/null
reboot "$(shim_of brief)" "$(field brief '{{.State.Pid}}')"
check [ -z "$(davit ps -aq)" ]
davit run --rm davit/demo true
leaks_check
