. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

# image NAME HEALTHCHECK - busybox with that health check.
image() {
	make-image "$flow_tmp/$1" --tar --cmd sleep --cmd 1000 --layer busybox --config "$2" >/dev/null &&
		davit tag "$(davit load -q -i "$flow_tmp/$1.tar" | sed 's/.*: //')" "$1"
}
ms=1000000
check_of() { # TEST INTERVAL_MS MORE - docker's object
	echo "{\"Healthcheck\": {\"Test\": $1, \"Interval\": $(($2 * ms))${3:+, $3}}}"
}

test "images with health checks load"
expect image flips "$(check_of '["CMD-SHELL", "echo looked; test -e /tmp/well"]' 100 '"Retries": 2')"
expect image slow "$(check_of '["CMD", "sh", "-c", "echo begun; sleep 30"]' 100 "\"Timeout\": $((200 * ms)), \"Retries\": 1")"
expect image starts "$(check_of '["CMD-SHELL", "test -e /tmp/well"]' 60000 "\"StartPeriod\": $((60000 * ms)), \"StartInterval\": $((50 * ms)), \"Retries\": 1")"
expect image none '{"Healthcheck": {"Test": ["NONE"]}}'
expect image typo "$(check_of '["CMD", "no-such-program"]' 100 '"Retries": 1')"
expect image loud "$(check_of '["CMD-SHELL", "head -c 10000 /dev/zero | tr \\\\0 x"]' 100)"
warm

test "who has no check is asked as scripts ask"
expect davit create --name plain davit/demo true
expect davit inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{json .Config.Healthcheck}}' plain
check_output 'none null'
expect_fail 1 davit inspect -f '{{.State.Health.Status}}' plain
check_error '.*at <.State.Health.Status>: map has no entry for key "Health"'
expect davit rm plain

health() { field "$1" '{{.State.Health.Status}}'; }
is_health() { [ "$(health "$1")" = "$2" ]; }
last() { field "$1" '{{json .State.Health.Log}}' | jq -r ".[-1]$2"; }
statuses() { davit events --since 0 --until 0s --filter "container=$1" --format '{{.Action}}' | grep health_status; }

test "a check is starting, then unhealthy after its retries, healthy after one success, and so on"
davit run -d --name flip flips >/dev/null
check is_health flip starting
expect davit ps --filter name=flip --format '{{.Status}}'
check_output 'Up .* \(health: starting\)'
eventually 3 is_health flip unhealthy
check [ "$(field flip '{{.State.Health.FailingStreak}}')" -ge 2 ]
check [ "$(last flip .ExitCode) $(last flip .Output)" = '1 looked' ]
expect davit ps --filter health=unhealthy --format '{{.Names}} {{.Status}}'
check_output 'flip Up .* \(unhealthy\)'
davit exec flip touch /tmp/well
eventually 3 is_health flip healthy
check [ "$(field flip '{{.State.Health.FailingStreak}}')" = 0 ]
davit exec flip rm /tmp/well
eventually 3 is_health flip unhealthy
check [ "$(statuses flip)" = 'health_status: unhealthy
health_status: healthy
health_status: unhealthy' ]

test "five results are kept, oldest first, with their times"
has_five() { [ "$(field flip '{{len .State.Health.Log}}')" = 5 ]; }
eventually 3 has_five
check [ "$(field flip '{{json .State.Health.Log}}' | jq -r '[.[].Start] == ([.[].Start] | sort)')" = true ]
check [ "$(field flip '{{json .State.Health.Log}}' | jq -r '[.[] | .End >= .Start] | all')" = true ]
check [ "$(field flip '{{len .State.Health.Log}}')" = 5 ]

test "a paused container is left alone, and looked at again afterwards"
davit pause flip >/dev/null
before=$(last flip .Start)
sleep 0.4
check [ "$(last flip .Start)" = "$before" ]
expect davit ps --filter name=flip --format '{{.Status}}'
check_output 'Up .* \(Paused\)'
davit unpause flip >/dev/null
looks_again() { [ "$(last flip .Start)" != "$before" ]; }
eventually 3 looks_again

test "its monitor's successor goes on checking"
kill -KILL "$(shim_of flip)"
before=$(last flip .Start)
eventually 3 looks_again
davit exec flip touch /tmp/well
eventually 3 is_health flip healthy

test "who is stopped is unhealthy, as docker says; a start begins anew"
davit stop -t 0 flip >/dev/null
check is_health flip unhealthy
davit start flip >/dev/null
check grep -qE 'starting|healthy' <<<"$(health flip)"
davit rm -f flip >/dev/null
leaks_check

test "what takes too long is killed, with what it said; checks are no execs in the events"
davit run -d --name late slow >/dev/null
eventually 3 is_health late unhealthy
check [ "$(last late .ExitCode)" = -1 ]
check [ "$(last late .Output)" = 'Health check exceeded timeout (200ms): begun' ]
check [ -z "$(davit events --since 0 --until 0s --filter container=late --format '{{.Action}}' | grep exec)" ]
davit rm -f late >/dev/null
leaks_check

test "within its start period failures do not count, the first success does"
davit run -d --name new starts >/dev/null
looked_thrice() { [ "$(field new '{{len .State.Health.Log}}')" -ge 3 ]; }
eventually 5 looked_thrice
check is_health new starting
check [ "$(field new '{{.State.Health.FailingStreak}}')" = 0 ]
davit exec new touch /tmp/well
eventually 3 is_health new healthy
davit rm -f new >/dev/null

test "what cannot be executed counts as failed, and the result says why"
davit run -d --name typo typo >/dev/null
eventually 3 is_health typo unhealthy
check [ "$(last typo .ExitCode)" = -1 ]
check grep -q 'no-such-program' <<<"$(last typo .Output)"
davit rm -f typo >/dev/null

test "4096 bytes of the output are kept"
davit run -d --name loud loud >/dev/null
eventually 3 is_health loud healthy
check [ "$(last loud .Output | tr -d '\n' | wc -c)" = 4099 ]
check [ "$(last loud .Output | tail -c 5 | tr -d '\n')" = x... ]
davit rm -f loud >/dev/null

test "NONE is none; inspect shows docker's object; ps filters"
davit run -d --name none none >/dev/null
check [ "$(davit inspect none | jq '.[0].State.Health')" = null ]
check [ "$(field none '{{json .Config.Healthcheck}}')" = '{"Test":["NONE"]}' ]
expect davit ps --filter health=none --format '{{.Names}}'
check_output none
davit run -d --name conf starts >/dev/null
check [ "$(field conf '{{json .Config.Healthcheck}}' | jq -cS .)" = '{"Interval":60000000000,"Retries":1,"StartInterval":50000000,"StartPeriod":60000000000,"Test":["CMD-SHELL","test -e /tmp/well"]}' ]
davit rm -f none conf >/dev/null
leaks_check

test "a wrong check is refused at creation, in docker's words"
expect image odd '{"Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5}}'
expect_fail 125 davit run -d odd
check grep -q 'Interval in Healthcheck cannot be less than 1ms' <<<"$err"
expect image unknown '{"Healthcheck": {"Test": ["RUN", "true"]}}'
expect_fail 125 davit run -d unknown
check grep -q "Unknown healthcheck type 'RUN'" <<<"$err"
