# docs/lifecycle.md, typed: the container scenarios of an introductory Docker book.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "a shell inside: its host name is the short id, and its exit is the container's"
expect on-terminal 'wait:# ' 'send:hostname\r' 'wait:# ' 'send:exit\r' -- davit run -it --name box davit/demo sh
check grep -q "$(field box '{{.Id}}' | cut -c1-12)" <<<"$out"
expect davit ps -a --filter name=box --format '{{.Status}}'
check_output 'Exited \(0\) .*'
davit rm box >/dev/null

test "Ctrl-P Ctrl-Q leaves the shell running; attach finds it as it was"
expect on-terminal 'wait:# ' 'send:NOTE=mine\r' 'wait:# ' 'send:\x10\x11' 'wait:read escape sequence' -- davit run -it --name box davit/demo sh
check [ "$(state box)" = running ]
expect on-terminal raw 'send:echo =$NOTE=\r' 'wait:=mine=' 'send:\x10\x11' -- davit attach box
check [ "$(state box)" = running ]

test "exec gives a second shell, and its exit leaves the container running"
expect on-terminal 'wait:# ' 'send:exit\r' -- davit exec -it box sh
check [ "$(state box)" = running ]

test "data survives stop and start"
expect davit exec box sh -c 'echo hello > /root/note; echo gone > /dev/shm/note'
expect davit stop -t 0 box
check [ "$(state box)" = exited ]
expect davit start box
expect davit exec box cat /root/note
check_output hello
expect_fail 1 davit exec box cat /dev/shm/note
expect davit rm -f box

test "volumes survive rm, until they are removed themselves"
expect davit run --rm -v notes:/data davit/demo sh -c 'echo kept > /data/note'
expect davit run --rm -v notes:/data davit/demo cat /data/note
check_output kept
expect davit volume rm notes

test "a polite stop lets it finish; one that does not listen gets SIGKILL when its time is up; kill is at once"
davit run -d --name polite davit/demo sh -c 'trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done' >/dev/null
davit run -d --name deaf davit/demo sleep 1000 >/dev/null
eventually 5 catches polite TERM
expect davit stop polite
check [ "$(field polite '{{.State.ExitCode}}')" = 0 ]
check [ "$(davit logs polite)" = bye ]
began=$(date +%s%N)
expect davit stop -t 1 deaf
check [ $((($(date +%s%N) - began) / 1000000)) -ge 1000 ]
check [ "$(field deaf '{{.State.ExitCode}}')" = 137 ]
expect davit start polite deaf
expect davit kill polite
check [ "$(field polite '{{.State.ExitCode}}')" = 137 ]
expect davit rm -f polite deaf

test "an interrupted stop stops it all the same"
davit run -d --name slow davit/demo sleep 1000 >/dev/null
{ timeout -s KILL 0.2 davit stop -t 1 slow; } >/dev/null 2>&1
check [ "$(state slow)" = running ]
eventually 3 is_in_state slow exited
check [ "$(field slow '{{.State.ExitCode}}')" = 137 ]
davit rm slow >/dev/null

test "--rm sends no signal: it goes when it has ended, with its own code, attached or not"
expect_fail 7 davit run --rm --name brief davit/demo sh -c 'trap "exit 9" TERM HUP INT; sleep 0.3; exit 7'
check is_gone brief
davit run -d --rm --name brief davit/demo sh -c 'sleep 0.3' >/dev/null
eventually 3 is_gone brief
check [ -z "$(davit events --since 0 --until 0s --filter container=brief --filter event=kill)" ]
leaks_check

# ---- the restart policies of the book, with a service restart and with a reboot ----

service_restart() {
	[ -z "${serve:-}" ] || { kill -TERM "$serve" && wait "$serve"; }
	davit serve 2>"$flow_tmp/serve" &
	serve=$!
	eventually 5 settled
}
settled() { [ -e /run/davit/serve.lock ] && ! flock -n /run/davit/serve.lock true; }
up() { davit ps --format '{{.Names}}' | sort | xargs; }
are_up() { [ "$(up)" = "$1" ]; }
obeys='trap "exit 0" TERM; while :; do sleep 0.02; done'

test "a service restart: who runs runs on; always starts even what was stopped, unless-stopped does not"
davit run -d --name runs davit/demo sh -c "$obeys" >/dev/null
davit run -d --name always --restart always davit/demo sh -c "$obeys" >/dev/null
davit run -d --name unless --restart unless-stopped davit/demo sh -c "$obeys" >/dev/null
davit run -d --name failure --restart on-failure davit/demo sleep 1000 >/dev/null
davit run -d --name success --restart on-failure davit/demo sh -c "$obeys" >/dev/null
for c in runs always unless success; do eventually 5 catches $c TERM; done
pid=$(field runs '{{.State.Pid}}')
expect davit stop -t 1 always unless failure success
service_restart
eventually 10 are_up 'always failure runs'
check [ "$(field runs '{{.State.Pid}}')" = "$pid" ]

test "an exit is followed by a restart, whatever the code, until it is stopped"
davit exec always sh -c 'kill -TERM 1'
again() { [ "$(field always '{{.RestartCount}} {{.State.Status}}')" = '1 running' ]; }
eventually 3 again

reboot() {
	kill -TERM "$serve" && wait "$serve"
	serve=
	local pids id
	pids=$(grep -ls '^davit-shim' /proc/[0-9]*/comm | tr -cd '0-9\n' | xargs)
	for id in $(davit ps -q); do pids="$pids $(field "$id" '{{.State.Pid}}')"; done
	kill -KILL $pids 2>/dev/null
	for id in $pids; do eventually 3 pid_gone "$id"; done
	find /sys/fs/cgroup -depth -type d -path '*davit/*' -exec rmdir {} + 2>/dev/null
	rm -rf /run/davit
	cat /proc/sys/kernel/random/uuid >"$DAVIT_TEST_BOOT_ID"
}

test "a reboot: what ran and has a policy runs again, what was stopped only with always"
expect davit start unless
expect davit stop -t 1 always
reboot
check [ -z "$(up)" ]
check [ "$(field runs '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 255' ]
expect davit boot
check [ "$(up)" = 'always failure unless' ]

test "rm of everything"
expect davit stop -t 0 $(davit ps -q)
expect davit rm $(davit ps -aq)
check [ -z "$(davit ps -aq)" ]
leaks_check
