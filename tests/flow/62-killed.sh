# kill -9 at every few system calls of everything that changes a container: the next davit says what is true and sets it
# right. Where it begins is random, so that in time each call has had its turn; make test-slow tries ten times as many.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
every=${KILL_EVERY:-71}

# Which processes run in the container, by its command that nothing else has: pids.
sleepers() {
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' <"$pid/cmdline" 2>/dev/null)" = 'sleep 7777 ' ] && echo "${pid#/proc/}"
	done
}

# What ps says of `victim` must be so, or come to be; then it must be possible to remove it, and nothing may be left.
is_so() {
	local pid
	said=$(davit ps -a --filter 'name=^/victim$' --format '{{.State}}')
	case $said in
	running | paused)
		pid=$(field victim '{{.State.Pid}}')
		[ "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" = 'sleep 7777 ' ]
		;;
	created | exited | restarting | '') [ -z "$(sleepers)" ] ;;
	*) return 1 ;;
	esac
}
judge() { # WHAT
	eventually 3 is_so || fail "$1: said to be '$said'; there are: $(sleepers | xargs)"
	if [ -n "$(davit ps -aq)" ]; then
		davit rm -f victim >"$flow_tmp/rm" 2>&1 || is_gone victim || fail "$1: rm -f: $(cat "$flow_tmp/rm")"
	fi
	davit ps -a >/dev/null
	leaks_check 5 >"$flow_tmp/left" || fail "$1: $(head -n 12 "$flow_tmp/left")"
}

# each WHAT PREPARE KILL... - for N = 1, 1 + every, … until it is never reached: PREPARE, the kill, the judgement.
each() {
	local what=$1 prepare=$2 n=$((1 + RANDOM % every)) code
	shift 2
	while [ $n -lt 2000 ]; do
		$prepare || { fail "$what: cannot be prepared"; return; }
		kill-at "${@/@/$n}" >"$flow_tmp/kill" 2>&1
		code=$?
		[ $code = 4 ] && fail "$what, call $n: it hangs after the kill"
		judge "$what, call $n"
		[ $flow_broken = 0 ] || return
		[ $code = 3 ] && break
		[ $code = 0 ] || [ $code = 4 ] || { fail "kill-at: $code: $(cat "$flow_tmp/kill")"; return; }
		n=$((n + every))
	done
}
nothing() { :; }
runs() {
	davit run -d --name victim davit/demo sleep 7777 >/dev/null
}
created() {
	davit create --name victim davit/demo sleep 7777 >/dev/null
}

test "davit run -d killed at any call"
each 'run -d' nothing @ davit run -d --name victim davit/demo sleep 7777

test "davit run --rm in the foreground killed at any call"
each 'run --rm' nothing @ davit run --rm --name victim davit/demo true

test "davit rm -f killed at any call"
each 'rm -f' runs @ davit rm -f victim

test "davit stop, restart, rename, exec, update killed at any call"
each stop runs @ davit stop -t 0 victim
each restart runs @ davit restart -t 0 victim
each exec runs @ davit exec victim true
each update runs @ davit update --restart always victim

test "the monitor killed at any call of a start"
each 'monitor, start' created -m davit-shim @ davit start victim

# A kill of a monitor that runs already: its pid is known only then.
each_monitor() { # WHAT PREPARE [-m WORD] CMD...
	local what=$1 prepare=$2 n=$((1 + RANDOM % every)) code
	shift 2
	local more=()
	[ "$1" = -m ] && { more=(-m "$2"); shift 2; }
	while [ $n -lt 2000 ]; do
		$prepare || { fail "$what: cannot be prepared"; return; }
		kill-at -p "$(shim_of victim)" "${more[@]}" $n "$@" >"$flow_tmp/kill" 2>&1
		code=$?
		[ $code = 4 ] && fail "$what, call $n: it hangs after the kill"
		judge "$what, call $n"
		[ $flow_broken = 0 ] || return
		[ $code = 3 ] && break
		[ $code = 0 ] || [ $code = 4 ] || { fail "kill-at: $code: $(cat "$flow_tmp/kill")"; return; }
		n=$((n + every))
	done
}
rm_runs() {
	davit run -d --rm --name victim davit/demo sleep 7777 >/dev/null
}

test "the monitor killed at any call of a stop, a restart, an exec, a pause, a removal"
each_monitor 'monitor, stop' runs davit stop -t 0 victim
each_monitor 'monitor, restart' runs davit restart -t 0 victim
each_monitor 'monitor, exec' runs davit exec victim true
each_monitor 'monitor, pause' runs davit pause victim
each_monitor 'monitor, rm -f' runs davit rm -f victim

test "the sweep of a --rm container killed at any call"
each_monitor sweep rm_runs -m sweep davit kill victim

stopped() {
	[ -z "$(davit ps -aq)" ] || return
	davit run -d --name victim --restart always davit/demo sleep 7777 >/dev/null
	davit stop -t 0 victim >/dev/null
}
test "davit boot, and the monitor it starts, killed at any call"
again() { stopped && cat /proc/sys/kernel/random/uuid >"$DAVIT_TEST_BOOT_ID" && davit ps >/dev/null; }
each boot again @ davit boot

test "davit serve, which starts it, killed at any call"
each serve stopped -t 2 @ davit serve

policy() {
	davit run -d --name victim --restart always davit/demo sleep 7777 >/dev/null
}
test "the monitor killed at any call of an exit and a restart by policy"
each_monitor 'monitor, policy' policy davit exec victim kill -KILL -1
