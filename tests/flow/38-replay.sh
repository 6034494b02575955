# Stops, restarts, pulls and builds as they were recorded while they were done.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
says() { # TEXT: it is somewhere in the last command's output
	grep -qF -- "$1" <<<"$out" || fail "does not say '$1': $out"
}
span() { # KIND OPTION WHO WORDS FIELD: of the first span whose words match
	davit explain "--$1" --format json "$2" | jq -r --arg w "$3" --arg f "$4" \
		'[.Spans[] | select(.Words | test($w))][0][$f]'
}
between() { [ "${1%.*}" -ge "$2" ] && [ "${1%.*}" -le "$3" ]; }

test "a stop that is heard says how much of its time it took, and who asked"
davit run -d --name web davit/demo sh -c 'trap "sleep 0.2; exit 3" TERM; while :; do sleep 0.02; done' >/dev/null
sleep 0.1
expect davit stop -t 5 web
expect davit explain --stop web
says 'davit stop -t 5 web (pid'
says 'send SIGTERM to its first process'
says 'of the 5.00 s it had'
says 'ended with exit code 3'
says 'let go of its root file system'
check between "$(span stop web 'it ended by itself' TookUs)" 190000 1500000
check [ "$(span stop web 'its first process ended' Lane)" = container ]
expect davit explain --stop --proofs web
says '> pidfd_send_signal('
says '$ grep SigCgt /proc/'

test "spans lie in their whole, in order"
davit explain --stop --format json web >"$flow_tmp/stop"
check jq -e '.TotalUs as $t | all(.Spans[]; .FromUs >= 0 and .FromUs + .TookUs <= $t + 0.01)' "$flow_tmp/stop" >/dev/null
check jq -e '[.Spans[].FromUs] as $b | $b == ($b | sort)' "$flow_tmp/stop" >/dev/null

test "one that hears nothing is killed when its time is up, and can be watched until then"
davit run -d --name deaf --restart always davit/demo sleep 100 >/dev/null
davit stop -t 1 deaf >/dev/null &
sleep 0.4
expect davit explain --stop deaf
says 'still going on'
says 'it has 1.00 s to end by itself'
wait $!
expect davit explain --stop deaf
says 'it did not end within 1.00 s'
says 'the time is up: send SIGKILL'
says 'ended by hand, so no policy starts it again'
check between "$(span stop deaf 'did not end within' TookUs)" 990000 1500000

test "what its policy did is a series of waits that grow"
davit run -d --name few --restart on-failure:2 davit/demo sh -c 'exit 7' >/dev/null
eventually 5 is_in_state few exited
expect davit explain --restart few
says 'policy on-failure:2: again, attempt 1'
says 'wait 100 ms'
says 'wait 200 ms'
says 'attempt 2: the same plan again'
says 'policy on-failure:2: that was all'
check between "$(span restart few 'wait 200 ms' TookUs)" 199000 900000

test "a stop while it waits ends the wait"
davit run -d --name waits --restart always davit/demo sh -c 'exit 4' >/dev/null
eventually 5 sh -c '[ "$(davit inspect -f "{{.RestartCount}}" waits)" = 4 ]' # the next wait is 1.6 s
expect davit explain --restart waits
says 'It waits for its next attempt.'
expect davit stop waits
expect davit explain --stop waits
says 'it waited to be started again'
expect davit explain --restart waits
says 'Somebody ended its wait'

test "a restart by hand is a stop and the same plan again"
davit run -d --name again davit/demo sleep 100 >/dev/null
expect davit restart -t 0 again
expect davit explain --stop again
says 'asked that it stop and start again'
says 'the same plan again, from clone to exec'
check between "$(span stop again 'the same plan again' TookUs)" 100 1000000

test "the launch is still there, with its plan"
expect davit explain --launch again
says 'launch of again'
says 'from the command to the running process'
check [ "$(davit explain -f json again | jq -r '.steps | length > 10')" = true ]
check [ "$(davit explain -f json again | jq -r '.timeline.Kind')" = launch ]

test "a record stays within its bounds however often its container ends"
id=$(davit inspect -f '{{.Id}}' again)
for _ in $(seq 40); do davit restart -t 0 again >/dev/null; done
yes '{"at":1,"from":1,"to":1,"fact":"filler"}' | head -c 40000 >>"/var/lib/davit/containers/$id/timeline"
davit restart -t 0 again >/dev/null
davit restart -t 0 again >/dev/null
check [ "$(cat "/var/lib/davit/containers/$id/timeline" "/var/lib/davit/containers/$id/timeline.1" | wc -c)" -lt 80000 ]
expect davit explain --stop again
says 'the same plan again'

test "what has no record says so, and one thing is explained at a time"
davit create --name fresh davit/demo true >/dev/null
expect_fail 1 davit explain --stop fresh
check_error 'davit: nobody has stopped fresh yet.*'
expect_fail 1 davit explain --restart fresh
check_error 'davit: fresh was not started again yet.*'
expect_fail 1 davit explain --stop --hood again

test "with recording off nothing is recorded, and all else is as it was"
DAVIT_RECORD=off davit run -d --name silent davit/demo sleep 100 >/dev/null
expect davit exec silent true
expect davit stop -t 0 silent
expect_fail 1 davit explain --stop silent
id=$(davit inspect -f '{{.Id}}' silent)
check [ ! -e "/var/lib/davit/containers/$id/trace" ]
check [ ! -e "/var/lib/davit/containers/$id/timeline" ]
check [ "$(davit inspect -f '{{.State.ExitCode}}' silent)" = 137 ]
expect davit start silent
check [ -e "/var/lib/davit/containers/$id/trace" ]
