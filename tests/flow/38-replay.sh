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
eventually 5 catches web TERM
expect davit stop -t 5 web
let_go() { davit explain --stop $1 | grep -q 'let go of its root'; }
eventually 5 let_go web
expect davit explain --stop web
says 'davit stop -t 5 web (pid'
says 'send SIGTERM to its first process'
says 'of the 5.00 s it had'
says 'ended with exit code 3'
says 'let go of its root file system'
check between "$(span stop web 'it ended by itself' TookUs)" 190000 4900000
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
davit stop -t 2 deaf >/dev/null &
eventually 2 sh -c 'davit explain --stop deaf 2>/dev/null | grep -q SIGTERM'
expect davit explain --stop deaf
says 'still going on'
says 'it has 2.00 s to end by itself'
wait $!
expect davit explain --stop deaf
says 'it did not end within 2.00 s'
says 'the time is up: send SIGKILL'
says 'ended by hand, so no policy starts it again'
check between "$(span stop deaf 'did not end within' TookUs)" 1990000 9000000

test "what its policy did is a series of waits that grow"
davit run -d --name few --restart on-failure:2 davit/demo sh -c 'exit 7' >/dev/null
eventually 5 is_in_state few exited
expect davit explain --restart few
says 'policy on-failure:2: again, attempt 1'
says 'wait 100 ms'
says 'wait 200 ms'
says 'attempt 2: the same plan again'
says 'policy on-failure:2: that was all'
check between "$(span restart few 'wait 200 ms' TookUs)" 199000 9000000

test "the last attempt is told step by step, by the clocks of that launch"
steps() { # FILTER: of the spans from the last attempt's beginning to its program
	davit explain --restart --format json few | jq -r "[.Spans[]] | (map(.Words | test(\"^attempt 2\")) | index(true)) as \$from |
		(map(.Words | test(\"^become sh\")) | index(true)) as \$to | .[\$from:\$to+1] | $1"
}
check [ "$(steps '.[1].Lane')" = monitor ]
check [ "$(steps '[.[2:][].Lane] | unique | join(" ")')" = container ]
check [ "$(steps 'length > 10')" = true ]
check [ "$(steps '[.[].Result] | unique | join(" ")')" = 0 ]
check [ "$(steps '(. == sort_by(.FromUs))')" = true ]
check [ "$(davit explain --restart --format json few | jq '[.Spans[] | select(.Words | test("^become sh"))] | length')" = 1 ]

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
check between "$(span stop again 'the same plan again' TookUs)" 100 9000000

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

# ---- pulls ----

registry=127.0.0.1:5000
cat >"$flow_tmp/registry.yml" <<-END
	version: 0.1
	log: {level: error, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $flow_tmp/registry}}
	http: {addr: $registry}
END
docker-registry serve "$flow_tmp/registry.yml" >"$flow_tmp/registry.log" 2>&1 &
registry_pid=$!
eventually 10 curl -sf "http://$registry/v2/"
put() { # LAYOUT:TAG NAME:TAG
	skopeo --insecure-policy copy -q --all --dest-tls-verify=false "oci:$1" "docker://$registry/$2"
}
cd "$flow_tmp" || exit 1
seq 1 300000 >numbers
make-image three --tag t --cmd /bin/true --layer busybox --layer numbers=@numbers --layer a=1 b=2 >/dev/null
make-image four --tag t --cmd /bin/true --layer busybox --layer numbers=@numbers --layer a=1 b=2 --layer c=3 >/dev/null
put three:t three:latest && put four:t four:latest || fail "no images"

test "a pull is told with its names, its bytes, its hashes, and a lane a layer"
davit pull -q $registry/three >/dev/null
expect davit explain --pull $registry/three
says 'ask what latest names now'
says 'fetch the manifest'
says 'config: its digest is the image'
says '3 layers, 0 of them here before'
davit explain --pull --format json $registry/three >pull
check [ "$(jq '.Lanes | length' pull)" = 4 ]
check [ "$(jq '[.Spans[] | select(.Words | startswith("download"))] | length' pull)" = 3 ]
check [ "$(jq '[.Spans[] | select(.Words | startswith("unpack"))] | length' pull)" = 3 ]
check [ "$(jq '[.Spans[] | select(.Words | startswith("download")) | .Bytes] | add' pull)" = \
	"$(skopeo inspect --raw --tls-verify=false docker://$registry/three | jq '[.layers[].size] | add')" ]
check jq -e '.TotalUs as $t | all(.Spans[]; .FromUs >= 0 and .FromUs + .TookUs <= $t + 0.01)' pull >/dev/null
check jq -e '[.Spans[] | select(.Words | startswith("unpack")) | .Bytes] | max > 2000000' pull >/dev/null

test "what shows a blob is right shows it"
proof=$(jq -r '[.Spans[] | select(.Proof | startswith("sha256sum"))][-1].Proof' pull)
check [ "$($proof | cut -d' ' -f1)" = "${proof##*/}" ]

test "what was here already is told as that, and the bytes are only those that came"
davit pull -q $registry/four >/dev/null
expect davit explain --pull $registry/four
says '4 layers, 3 of them here before'
check [ "$(grep -c 'here already, unpacked' <<<"$out")" = 3 ]
check [ "$(grep -c ' download' <<<"$out")" = 1 ]

test "a pull that brings nothing leaves the record of the one that did; it goes with the image"
davit pull -q $registry/four >/dev/null
expect davit explain --pull $registry/four
says '4 layers, 3 of them here before'
id=$(davit image inspect -f '{{.Id}}' $registry/four)
check [ -s "/var/lib/davit/cache/pulls/${id#sha256:}" ]
davit rmi $registry/four >/dev/null
check [ ! -e "/var/lib/davit/cache/pulls/${id#sha256:}" ]

test "a pull that goes on can be watched, and its job keeps the record"
head -c 30000000 /dev/urandom >random
make-image slow --tag t --cmd /bin/true --layer random=@random >/dev/null && put slow:t slow:latest || fail "no image"
job=$(davit jobs start pull $registry/slow)
seen=0
for _ in $(seq 200); do
	davit explain --pull "$job" >out 2>/dev/null && grep -q 'still going on' out && seen=1
	[ $seen = 1 ] && grep -q 'download' out && break
	[ "$(davit jobs ls --format '{{.State}}' | head -1)" = done ] && break
done
check [ $seen = 1 ]
eventually 20 sh -c "davit explain --pull $job | grep -q 'the layers get their place'"
check [ "$(davit explain --pull --format json "$job" | jq -r .Open)" = false ]
davit image rm $registry/slow >/dev/null

test "an image that was not pulled says so; with recording off no pull is recorded"
expect_fail 1 davit explain --pull davit/demo
check_error 'davit: no pull of davit/demo is on record.*'
DAVIT_RECORD=off davit pull -q $registry/four >/dev/null
expect_fail 1 davit explain --pull $registry/four
kill $registry_pid

# ---- builds ----

mkdir context && cd context || exit 1
cat >Dockerfile <<-END
	FROM davit/demo AS one
	RUN sleep 0.3; echo 1 >/one
	FROM davit/demo AS two
	RUN sleep 0.3; echo 2 >/two
	FROM davit/demo
	COPY --from=one /one /
	COPY --from=two /two /
	RUN sleep 0.2
END
number() { # WORDS: of the step in the last build
	davit explain --build --format json | jq -r --arg w "$1" \
		'[.Spans[].Words | select(contains($w))][0] | capture("#(?<n>[0-9]+)").n'
}
part() { # STEP WORDS FIELD
	davit explain --build --step "$1" --format json | jq -r --arg w "$2" --arg f "$3" \
		'[.Spans[] | select(.Words | test($w))][0][$f]'
}

test "a build is told with its steps side by side"
davit build -q . >/dev/null 2>&1
expect davit explain --build
says 'RUN sleep 0.3; echo 1'
says 'Time went to: launching'
davit explain --build --format json >build
check jq -e '[.Spans[] | select(.Words | contains("sleep 0.3"))] | (.[0].FromUs + .[0].TookUs) > .[1].FromUs and (.[1].FromUs + .[1].TookUs) > .[0].FromUs' build >/dev/null

test "a step is told by where its time went, and the command's is the command's"
step=$(number 'RUN sleep 0.2')
expect davit explain --build --step "$step"
for words in 'has the key' 'it was never built here' 'launch its container' 'its command ran' \
	'compare what it wrote' 'gets its row'; do
	says "$words"
done
check between "$(part "$step" 'its command ran' TookUs)" 200000 9000000
step=$(number 'COPY --from=one')
expect davit explain --build --step "$step"
says 'write the files where they go'
says 'hash its tar: diff id sha256:'

test "what was built before is told as that"
davit build -q . >/dev/null 2>&1
expect davit explain --build
says 'RUN sleep 0.2: cached'
expect davit explain --build --step "$(number 'RUN sleep 0.2')"
says 'done before, its layer is known'

test "a step can be watched while it is at it"
printf 'FROM davit/demo\nRUN %s\n' "$held" >Dockerfile
davit build -q . >/dev/null 2>&1 &
at_it() { davit explain --build --step "$(number /held/go)" 2>/dev/null | grep -q 'its command runs'; }
eventually 5 at_it
expect davit explain --build
says 'still going on'
go_on
wait $!
expect davit explain --build --step "$(number /held/go)"
says 'its command ran'

test "a build and a step that are not there are refused"
expect_fail 1 davit explain --build 0123456789ab
check_error 'davit: no such job: 0123456789ab'
expect_fail 1 davit explain --build --step 77
expect_fail 1 davit explain --stop --step 1 again
cd "$flow_tmp" || exit 1

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
