. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

restarts() { field "$1" '{{.RestartCount}}'; }
has_restarts() { [ "$(restarts "$1")" = "$2" ]; }
dies() { davit events --since 0 --until 0s --filter "container=$1" --filter event=die | wc -l; }

test "no and a clean end under on-failure restart nothing; RestartCount stays 0"
expect_fail 3 davit run --name never davit/demo sh -c 'exit 3'
expect davit run --name clean --restart on-failure davit/demo true
check [ "$(state never) $(restarts never)" = 'exited 0' ]
check [ "$(state clean) $(restarts clean)" = 'exited 0' ]

test "on-failure:3 restarts three times, with docker's pauses, and then gives up"
began=$(date +%s%N)
davit run -d --name few --restart on-failure:3 davit/demo sh -c 'exit 7' >/dev/null
eventually 5 is_in_state few exited
ran=$((($(date +%s%N) - began) / 1000000))
check [ "$(restarts few)" = 3 ]
check [ "$(field few '{{.State.ExitCode}}')" = 7 ]
check [ "$ran" -ge 700 ] # 100 + 200 + 400 ms
check [ "$ran" -le 9000 ]
expect davit inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' few
check_output 'on-failure 3'

test "a start by hand counts from nothing again"
davit start few >/dev/null
check [ "$(restarts few)" -le 1 ]
davit stop few >/dev/null

test "while it waits it is Restarting, with docker's words, and cannot be attached to"
davit run -d --name waits --restart always davit/demo sh -c 'exit 4' >/dev/null
eventually 9 has_restarts waits 5 # the next pause is 3.2 s
eventually 3 is_in_state waits restarting
check [ "$(field waits '{{.State.Restarting}} {{.State.Running}} {{.State.Pid}} {{.State.ExitCode}}')" = 'true true 0 4' ]
expect davit ps --filter name=waits --format '{{.Status}} {{.State}}'
check_output 'Restarting \(4\) .* restarting'
expect_fail 1 davit attach waits
check grep -q 'cannot attach to a restarting container' <<<"$err"
expect_fail 1 davit exec waits true

test "a kill with another signal does not end that, its stop signal does; wait hears it"
expect davit kill -s USR1 waits
check [ "$(state waits)" = restarting ]
davit wait waits >"$flow_tmp/waited" &
sleep 0.1
expect davit kill -s TERM waits
wait $!
check [ "$(cat "$flow_tmp/waited")" = 4 ]
check [ "$(state waits) $(field waits '{{.State.ExitCode}}')" = 'exited 4' ]
davit rm waits few clean never >/dev/null

test "always restarts what ends cleanly; a stop ends it, and a restart begins anew"
davit run -d --name ever --restart always davit/demo sh -c 'sleep 0.05' >/dev/null
eventually 5 has_restarts ever 2
expect davit stop ever
check [ "$(state ever)" = exited ]
sleep 0.3
check [ "$(state ever)" = exited ]
expect davit restart ever
check [ "$(restarts ever)" -le 1 ]
expect davit rm -f ever

test "a signal that is not the stop signal is no stop by hand: always goes on"
davit run -d --name usr --restart always davit/demo sh -c 'trap "exit 9" USR1; while :; do sleep 0.02; done' >/dev/null
eventually 5 catches usr USR1
expect davit kill -s USR1 usr
eventually 3 has_restarts usr 1
eventually 3 is_in_state usr running
eventually 5 catches usr USR1
expect davit kill usr
check [ "$(state usr)" = exited ]
sleep 0.3
check [ "$(state usr)" = exited ]
check [ "$(davit events --since 0 --until 0s --filter container=usr --format '{{.Action}}' | tail -n 2 | xargs)" = 'kill die' ]
expect davit rm usr

test "when its monitor hears that the host goes down, it ends with its stop signal and stays, but not by hand"
davit run -d --name last --restart unless-stopped --stop-signal USR1 davit/demo sh -c 'trap "exit 7" USR1; while :; do sleep 0.05; done' >/dev/null
davit run -d --name waiting --restart always davit/demo sh -c 'sleep 0.1; exit 3' >/dev/null
davit run -d --name still --restart always davit/demo sleep 1000 >/dev/null
davit pause still >/dev/null
eventually 5 catches last USR1
eventually 5 has_restarts waiting 1
kill -URG $(shim_of last) $(shim_of still) $(shim_of waiting)
for c in last waiting still; do eventually 12 is_in_state $c exited; done
check [ "$(field last '{{.State.ExitCode}}')" = 7 ]
check [ "$(field waiting '{{.State.ExitCode}}')" = 3 ]
sleep 0.3
check [ "$(state last) $(state waiting) $(state still)" = 'exited exited exited' ]
expect davit start last
davit rm -f last waiting still >/dev/null

test "so it is when init itself sends SIGTERM, as it does to all that is left; anybody else's means nothing"
expect unshare --pid --fork --mount-proc bash -c '
	. "'"$flow_root"'/tests/support/containers.sh"
	export DAVIT_ROOT=/tmp/other DAVIT_RUN_ROOT=/tmp/other.run
	davit run -d --name last --restart always --network none davit/demo sh -c "trap \"exit 7\" TERM; while :; do sleep 0.05; done"
	until catches last TERM; do sleep 0.05; done
	(kill -TERM "$(shim_of last)"; sleep 0.5)
	state last
	kill -TERM "$(shim_of last)"
	for i in $(seq 100); do is_in_state last exited && break; sleep 0.1; done
	sleep 0.3
	field last "{{.State.Status}} {{.State.ExitCode}}"'
check_output '[0-9a-f]{64}
running
exited 7'

test "a first start that fails is not tried again"
expect_fail 127 davit run -d --name typo --restart always davit/demo no-such-program
sleep 0.3
check [ "$(state typo) $(restarts typo)" = 'created 0' ]
davit rm typo >/dev/null

test "a policy goes on when its monitor was killed in the pause or in the run"
davit run -d --name hard --restart always davit/demo sh -c 'sleep 1; exit 5' >/dev/null
kill -KILL "$(shim_of hard)"
check [ "$(state hard)" = running ]
eventually 5 has_restarts hard 1
expect davit rm -f hard
leaks_check

test "--rm and --restart exclude each other, in docker's words"
expect_fail 125 davit run --rm --restart always davit/demo true
check grep -q 'conflicting options: cannot specify both --restart and --rm' <<<"$err"
expect_fail 125 davit run --restart always:3 davit/demo true
expect_fail 125 davit run --restart sometimes davit/demo true
leaks_check

# ---- davit serve: "the daemon restarts" ----

serve_start() {
	davit serve 2>"$flow_tmp/serve" &
	serve=$!
}
serve_stop() {
	kill -TERM $serve
	wait $serve
	check [ $? = 0 ]
}
said() { grep -q "$1" "$flow_tmp/serve"; }

stops='trap "exit 0" TERM; while :; do sleep 0.02; done'
fails='trap "exit 1" TERM; while :; do sleep 0.02; done'
make_all() {
	local policy
	for policy in no always unless-stopped on-failure; do
		davit run -d --name "$policy" --restart "$policy" davit/demo sh -c "$stops" >/dev/null
		davit run -d --name "$policy-failed" --restart "$policy" davit/demo sh -c "$fails" >/dev/null
	done
	davit create --name fresh --restart always davit/demo sh -c "$stops" >/dev/null
}
all='no always unless-stopped on-failure no-failed always-failed unless-stopped-failed on-failure-failed'
trapped() {
	local c
	for c in $all; do eventually 5 catches $c TERM; done
}
running() { davit ps --format '{{.Names}}' | sort | xargs; }
runs_are() { [ "$(running)" = "$1" ]; }

test "serve starts what docker's daemon would: always even if stopped, on-failure if its code was not 0"
make_all
trapped
expect davit stop $all
serve_start
eventually 10 runs_are 'always always-failed on-failure-failed'
eventually 5 said 'on-failure-failed: started'
sleep 0.2
check runs_are 'always always-failed on-failure-failed'
check [ "$(state fresh)" = created ]

test "a second serve says that one runs already"
expect_fail 1 davit serve
check_error 'davit: davit serve runs here already'

test "its end, polite or not, touches no container; its next start restarts nothing that runs"
pid=$(field always '{{.State.Pid}}')
serve_stop
check runs_are 'always always-failed on-failure-failed'
serve_start
eventually 5 is_in_state always running
kill -KILL $serve
wait $serve 2>/dev/null
check [ "$(field always '{{.State.Pid}}')" = "$pid" ]

test "unless-stopped comes back when nobody stopped it, only then"
davit start unless-stopped >/dev/null
shim=$(shim_of unless-stopped)
pid=$(field unless-stopped '{{.State.Pid}}')
kill -KILL "$shim" "$pid"
eventually 5 pid_gone "$pid" # before anybody looks, and adopts it
eventually 5 pid_gone "$shim"
eventually 3 is_in_state unless-stopped exited
serve_start
eventually 5 is_in_state unless-stopped running
check [ "$(state unless-stopped-failed)" = exited ]

test "serve adopts at once whose monitor is killed, with nobody asking"
id=$(field always '{{.Id}}')
shim=$(shim_of_id "$id")
kill -KILL "$shim"
adopted() { local now; now=$(shim_of_id "$id") && [ "$now" != "$shim" ]; } # without a davit that would adopt it itself
eventually 3 adopted
check [ "$(state always)" = running ]

test "what dies together with its monitor is started again by its policy"
pid=$(field always '{{.State.Pid}}')
kill -KILL "$(shim_of always)" "$pid"
again() { local now; now=$(field always '{{.State.Pid}}') && [ "$now" != 0 ] && [ "$now" != "$pid" ]; }
eventually 5 again
serve_stop

test "serve tells its service manager that it is ready"
python3 - "$flow_tmp/notify" >"$flow_tmp/heard" <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(5)
print(s.recv(200).decode(), flush=True)
PY
listener=$!
eventually 3 [ -S "$flow_tmp/notify" ]
NOTIFY_SOCKET=$flow_tmp/notify davit serve 2>/dev/null &
serve=$!
wait $listener
check grep -q READY=1 "$flow_tmp/heard"
kill -TERM $serve
wait $serve
davit rm -f $all fresh >/dev/null
leaks_check

# ---- davit boot: "the host rebooted" ----

reboot() {
	local pids
	pids=$(grep -ls '^davit-shim' /proc/[0-9]*/comm | tr -cd '0-9\n' | xargs)
	for name in $(davit ps -q); do pids="$pids $(field "$name" '{{.State.Pid}}')"; done
	[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
	for pid in $pids; do eventually 3 pid_gone "$pid"; done
	find /sys/fs/cgroup -depth -type d -path '*davit/*' -exec rmdir {} + 2>/dev/null
	rm -rf /run/davit
	cat /proc/sys/kernel/random/uuid >"$DAVIT_TEST_BOOT_ID"
}

test "after a reboot ps, inspect and logs start nothing and say nothing"
make_all
trapped
expect davit stop always-failed unless-stopped-failed on-failure on-failure-failed
reboot
expect davit ps
check_error ''
expect davit inspect -f '{{.State.Status}} {{.State.ExitCode}}' always
check_output 'exited 255'
check_error ''
expect davit logs always
check_error ''

test "the first run or start offers once, in one line, what a boot would start"
expect davit run --rm davit/demo true
check_error 'davit: since the host booted, restart policies want always, always-failed, unless-stopped and on-failure-failed started: "davit boot" does that'
expect davit run --rm davit/demo true
check_error ''

test "davit boot starts them, once a boot"
expect davit boot
check [ "$(running)" = 'always always-failed on-failure-failed unless-stopped' ]
davit stop always >/dev/null
expect davit boot
check_error ''
check [ "$(state always)" = exited ]

test "where davit boot came first nothing is offered; start offers as run does"
reboot
expect davit boot
expect davit run --rm davit/demo true
check_error ''
reboot
expect davit start no
check grep -q '"davit boot" does that' <<<"$err"

test "a boot that is killed half-way is done by the next"
reboot
for n in 3 5 8; do fault clone3 $n davit boot >/dev/null 2>&1; done
expect davit boot
check [ "$(running)" = 'always always-failed on-failure-failed unless-stopped' ]
davit rm -f $all fresh >/dev/null
leaks_check
