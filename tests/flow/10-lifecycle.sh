. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "a container goes through created, running, paused, running, exited and away"
expect davit create --name one davit/demo sleep 1000
check_output '[0-9a-f]{64}'
id=$out
check [ "$(state one)" = created ]
expect davit start one
check_output one
check [ "$(state one)" = running ]
expect davit pause one
check [ "$(state one)" = paused ]
expect davit unpause one
check [ "$(state one)" = running ]
expect davit stop -t 0 one
check [ "$(state one)" = exited ]
check [ "$(field one '{{.State.ExitCode}}')" = 137 ]
expect davit rm one
check_output one
check is_gone one
leaks_check

test "run ends with the container's exit code"
expect davit run --rm davit/demo true
expect_fail 1 davit run --rm davit/demo false
expect_fail 42 davit run --rm davit/demo sh -c 'exit 42'
expect_fail 255 davit run --rm davit/demo sh -c 'exit 255'

test "death by a signal is 128 and the signal"
expect_fail 137 davit run --rm davit/demo sh -c 'sleep 9 & kill -KILL $!; wait $!'
expect_fail 143 davit run --rm davit/demo sh -c 'sleep 9 & kill -TERM $!; wait $!'
davit run -d --name sig davit/demo sh -c 'trap "exit 7" USR1; while :; do sleep 0.05; done' >/dev/null
eventually 5 catches sig USR1
expect davit kill -s USR1 sig
expect davit wait sig
check_output 7
expect davit start sig
expect davit kill sig
expect davit wait sig
check_output 137
check [ "$(field sig '{{.State.ExitCode}}')" = 137 ]
expect davit rm sig

test "a command that is not there gives 127, one that cannot be executed 126, davit's own trouble 125"
expect_fail 127 davit run --rm davit/demo no-such-command
check_error '.*"?no-such-command"?.*'
check [ "$(wc -l <<<"$err")" = 1 ]
expect_fail 127 davit run --rm davit/demo /no/such/file
expect_fail 126 davit run --rm davit/demo /etc/passwd
expect_fail 126 davit run --rm davit/demo /etc
expect_fail 125 davit run --rm --no-such-option davit/demo true
expect_fail 125 davit run --rm -u nosuchuser davit/demo true
leaks_check

test "a start that fails leaves a created container that says why, and its code"
expect_fail 127 davit run --name bad davit/demo no-such-command
check [ "$(state bad)" = created ]
check [ "$(field bad '{{.State.ExitCode}}')" = 127 ]
check grep -q no-such-command <<<"$(field bad '{{.State.Error}}')"
expect_fail 1 davit start bad
check grep -q no-such-command <<<"$err"
expect davit rm bad

test "stop sends the stop signal first"
davit run -d --name term davit/demo sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done' >/dev/null
davit run -d --name int --stop-signal INT davit/demo sh -c 'trap "exit 4" INT; trap "exit 5" TERM; while :; do sleep 0.05; done' >/dev/null
eventually 5 catches term TERM
eventually 5 catches int INT
expect davit stop term int
check_output 'term
int'
check [ "$(field term '{{.State.ExitCode}}')" = 3 ]
check [ "$(field int '{{.State.ExitCode}}')" = 4 ]

test "a process that does not listen is killed after the timeout, and not before"
davit run -d --name deaf davit/demo sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null
eventually 5 catches deaf TERM
begin=$(date +%s%N)
expect davit stop -t 1 deaf
took=$((($(date +%s%N) - begin) / 1000000))
check [ "$took" -ge 1000 ]
check [ "$took" -lt 9000 ] # the ten seconds it has where nothing is said
check [ "$(field deaf '{{.State.ExitCode}}')" = 137 ]

test "the container's own stop timeout counts when stop names none"
davit run -d --name own --stop-timeout 0 davit/demo sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null
begin=$(date +%s%N)
expect davit stop own
check [ $((($(date +%s%N) - begin) / 1000000)) -lt 9000 ]
check [ "$(field own '{{.State.ExitCode}}')" = 137 ]

test "the stop goes on when the one who asked for it is gone"
davit start deaf >/dev/null
eventually 5 catches deaf TERM
told() { davit events --since 0 --until 0s --filter container=deaf --format '{{.Action}}' | grep -c '^kill$'; }
before=$(told)
davit stop -t 1 deaf &
eventually 5 eval '[ "$(told)" -gt "$before" ]'
kill -KILL $!
wait $! 2>/dev/null
eventually 5 is_in_state deaf exited
check [ "$(field deaf '{{.State.ExitCode}}')" = 137 ]

test "to stop what is stopped is no mistake; to kill it is"
expect davit stop deaf
check_output deaf
expect_fail 1 davit kill deaf
check grep -q 'is not running' <<<"$err"
expect_fail 1 davit pause deaf
expect_fail 1 davit unpause deaf
expect davit start term
expect davit start term
check_output term
expect_fail 1 davit unpause term
check grep -q 'not paused' <<<"$err"
expect davit pause term
expect_fail 1 davit pause term
check grep -q 'already paused' <<<"$err"

test "a paused container can be stopped"
expect davit stop -t 1 term
check [ "$(state term)" = exited ]
expect davit rm term int deaf own
leaks_check

test "restart gives a running or stopped container a new process"
davit run -d --name again davit/demo sleep 1000 >/dev/null
first=$(field again '{{.State.Pid}}')
expect davit restart -t 0 again
check_output again
check [ "$(state again)" = running ]
check [ "$(field again '{{.State.Pid}}')" != "$first" ]
davit stop -t 0 again >/dev/null
expect davit restart -t 0 again
check [ "$(state again)" = running ]
check [ "$(field again '{{.State.ExitCode}}')" = 0 ]

test "what a container wrote is there after a restart and after a start"
davit exec again sh -c 'echo kept > /root/file'
davit restart -t 0 again >/dev/null
expect davit exec again cat /root/file
check_output kept
davit stop -t 0 again >/dev/null
davit start again >/dev/null
expect davit exec again cat /root/file
check_output kept

test "an exec is told of with its command: made, started and ended"
davit exec again sh -c 'echo two; exit 3' >/dev/null
expect davit events --since 0 --until 0s --filter container=again --filter event=exec_create --filter event=exec_start --filter event=exec_die --format '{{.Action}}|{{.Actor.Attributes.exitCode}}|{{len .Actor.Attributes.execID}}'
check [ "$(tail -n 3 <<<"$out")" = 'exec_create: sh -c echo two; exit 3|<no value>|64
exec_start: sh -c echo two; exit 3|<no value>|64
exec_die|3|64' ]
expect davit events --since 0 --until 0s --filter container=again --filter 'event=exec_start: cat /root/file'
check grep -Eq 'container exec_start: cat /root/file [0-9a-f]{64} \(execID=[0-9a-f]{64}, image=davit/demo, name=again\)$' <<<"$out"

test "a running container is not removed but by force"
expect_fail 1 davit rm again
check_error 'davit: cannot remove container "again": container is running: stop the container before removing or force remove'
expect davit pause again
expect_fail 1 davit rm again
check grep -q 'paused and must be unpaused first' <<<"$err"
expect davit rm -f again
leaks_check

test "rm of an unknown container fails, by force it only says so"
expect_fail 1 davit rm nobody
check_error 'davit: No such container: nobody'
expect davit rm -f nobody
check_error 'davit: No such container: nobody'

test "a container answers to its name, its id and what is unique of it"
davit create --name named davit/demo true >"$flow_tmp/id"
id=$(cat "$flow_tmp/id")
for who in named /named "$id" "${id:0:12}" "${id:0:4}"; do
	check [ "$(field "$who" '{{.Id}}')" = "$id" ]
done

test "an ambiguous prefix is refused"
for i in $(seq 17); do davit create davit/demo true; done >"$flow_tmp/ids"
prefix=$(cat "$flow_tmp/ids" "$flow_tmp/id" | cut -c1 | sort | uniq -d | head -n 1)
expect_fail 1 davit start "$prefix"
check_error "davit: multiple IDs found with provided prefix: $prefix"
expect_fail 1 davit rm "$prefix"
expect davit rm $(cat "$flow_tmp/ids")

test "a name in use is refused and nothing is made"
expect_fail 125 davit run --name named davit/demo true
check_error "davit: Conflict. The container name \"/named\" is already in use by container \"$id\". You have to remove \(or rename\) that container to be able to reuse that name."
expect_fail 1 davit create --name named davit/demo true
check [ "$(davit ps -aq | wc -l)" = 1 ]

test "a name that is none is refused"
for name in -x x 'a b' 'a/b' 'ä' "$(printf 'x%.0s' $(seq 300))"; do
	expect_fail 125 davit run "--name=$name" davit/demo true
	check [ "$(wc -l <<<"$err")" = 1 ]
done
check [ "$(davit ps -aq | wc -l)" = 1 ]

test "rename keeps the id, frees the old name and holds the new one"
expect davit rename named other
check [ "$(field other '{{.Id}} {{.Name}}')" = "$id /other" ]
expect_fail 1 davit rename named third
davit create --name named davit/demo true >/dev/null
expect_fail 1 davit rename named other
check grep -q 'already in use' <<<"$err"
expect_fail 1 davit rename named .bad
expect davit rm named other

test "containers without a name get one of two words"
davit create davit/demo true >"$flow_tmp/id"
check grep -qE '^/[a-z]+_[a-z]+[0-9]?$' <<<"$(field "$(cat "$flow_tmp/id")" '{{.Name}}')"
expect davit rm "$(cat "$flow_tmp/id")"
leaks_check

test "--rm leaves nothing, in the foreground and detached"
expect davit run --rm --name fore davit/demo true
check is_gone fore
leaks_check
expect davit run -d --rm --name back davit/demo sleep 0.3
eventually 5 is_gone back
expect davit run -d --rm --name back davit/demo sleep 1000
expect davit stop -t 0 back
eventually 3 is_gone back
expect_fail 127 davit run -d --rm davit/demo no-such-command
leaks_check

test "wait answers with the exit codes, of what ends later and of what ended before"
davit run -d --name w1 davit/demo sh -c 'sleep 0.3; exit 5' >/dev/null
davit run -d --name w2 davit/demo sh -c 'exit 6' >/dev/null
expect davit wait w1 w2
check_output '5
6'
expect davit wait w1
check_output 5
expect_fail 1 davit wait nobody
davit rm w1 w2 >/dev/null

test "ps shows what runs, -a everything, -q ids, filters what was asked for"
davit run -d --name up davit/demo sleep 1000 >/dev/null
davit run --name down davit/demo sh -c 'exit 3'
davit create --name new davit/demo true >/dev/null
check [ "$(davit ps --format '{{.Names}}')" = up ]
check [ "$(davit ps -a --format '{{.Names}} {{.State}}')" = "new created
down exited
up running" ]
check [ "$(davit ps -aq --no-trunc | grep -cE '^[0-9a-f]{64}$')" = 3 ]
check [ "$(davit ps -q | grep -cE '^[0-9a-f]{12}$')" = 1 ]
check [ "$(davit ps -a --filter status=exited --filter exited=3 --format '{{.Names}}')" = down ]
check [ "$(davit container ls -a --filter name=ne --format '{{.Names}}')" = new ]
check grep -qE '^Exited \(3\) ' <<<"$(davit ps -a --filter name=down --format '{{.Status}}')"
expect davit rm -f up down new
leaks_check

test "a container that fails is started again as often as its policy says"
davit run -d --name flaky --restart on-failure:2 davit/demo sh -c 'echo once; exit 9' >/dev/null
eventually 5 is_in_state flaky exited
check [ "$(field flaky '{{.RestartCount}} {{.State.ExitCode}}')" = "2 9" ]
check [ "$(davit logs flaky | grep -c once)" = 3 ]
expect davit rm flaky

test "one that always restarts does so until it is stopped"
davit run -d --name always --restart always davit/demo sh -c 'echo once; exit 0' >/dev/null
many() { [ "$(davit logs always | grep -c once)" -ge 3 ]; }
eventually 5 many
expect davit stop always
check [ "$(state always)" = exited ]
count=$(davit logs always | grep -c once)
sleep 0.5
check [ "$(davit logs always | grep -c once)" = "$count" ]
expect davit rm always
expect_fail 125 davit run --rm --restart always davit/demo true
check [ "$(wc -l <<<"$err")" = 1 ]
leaks_check

test "start -a shows the output and ends with the code"
davit create --name att davit/demo sh -c 'echo out; echo err >&2; exit 8' >/dev/null
expect_fail 8 davit start -a att
check_output out
check_error err
expect davit rm att

test "several are started, stopped and removed by one command, in the order given"
for i in a1 a2 a3; do davit create --name $i davit/demo sleep 1000 >/dev/null; done
expect davit start a1 a2 a3
check_output 'a1
a2
a3'
expect_fail 1 davit stop -t 0 a1 nobody a3
check_output 'a1
a3'
check_error 'davit: No such container: nobody'
expect davit rm -f a1 a2 a3
leaks_check

test "signals to a foreground run reach the process"
davit run --rm --name front davit/demo sh -c 'trap "exit 33" TERM; echo ready; while :; do sleep 0.05; done' >"$flow_tmp/front" &
eventually 5 grep -q ready "$flow_tmp/front"
kill -TERM $!
wait $!
check [ $? = 33 ]
leaks_check
