# Lessons: every shipped one comes true, and whatever happens in one leaves nothing behind.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
leaks_mark

test "everything that the shipped lessons promise comes true"
expect davit lesson check
check [ "${out##*passed, }" = '0 failed' ]
leaks_check

test "a lesson plays on a plain pipe, and says everything in it"
expect davit lesson 1 </dev/null
check grep -q 'Your first container' <<<"$out"
check grep -q 'hello from inside' <<<"$out"
leaks_check

test "a learner answers, runs, fails a task, asks for the solution, and solves it"
runs() { for ((i = 0; i < $1; i++)); do keys+=('wait:Enter runs it' 'send:\r'); done; }
keys=('wait:Your guess' 'send:b\r')
runs 6
keys+=('wait:Your guess' 'send:z\r' 'wait:A letter from a to b' 'wait:Your guess' 'send:b\r')
runs 2
keys+=('wait:Your guess' 'send:b\r')
runs 4
keys+=('wait:Try it yourself' 'send:davit ps -q\r' 'wait:$ ' 'send:solution\r' 'wait:Ada'
	'send:davit run --name mine davit/demo echo Ada\r' 'wait:Well done' 'wait:Enter takes it' 'send:q\r')
on-terminal --timeout 20 "${keys[@]}" -- davit lesson 1 >"$flow_tmp/play" 2>&1
check [ $? = 0 ]
check grep -q 'Yes. ' "$flow_tmp/play"
check grep -q 'Not quite. It is a: 1' "$flow_tmp/play"
leaks_check

test "a broken lesson names its line"
printf 'title: x\nstep: s\nrunn: y\n' >"$flow_tmp/broken.lesson"
expect_fail 1 davit lesson check "$flow_tmp/broken.lesson"
check grep -q "line 3: no key is called 'runn'" <<<"$err"

test "a lesson that promises too much is told so"
printf 'title: x\nstep: s\nrun: echo one\nexpect: two\nrun: false\ntry: t\ncheck: true\nsolution: true\n' >"$flow_tmp/wrong.lesson"
expect_fail 1 davit lesson check "$flow_tmp/wrong.lesson"
check [ "$out" = '0 passed, 3 failed' ]
check grep -q "line 3: 'two' is not in what it printed" <<<"$err"

test "a terminal of a lesson is one: a shell is left by its keys, and runs on"
cat >"$flow_tmp/attach.lesson" <<'L'
title: x
step: s
terminal: davit run -it --name box davit/demo sh
keys: echo I am here
  ^P^Q
expect: I am here
run: davit ps --format '{{.Names}} {{.State}}'
expect: box running
L
expect davit lesson check "$flow_tmp/attach.lesson"
check_output '2 passed, 0 failed'
leaks_check

test "a killed lesson is cleaned up by the next davit lesson"
cat >"$flow_tmp/long.lesson" <<'L'
title: x
step: s
run: davit run -d --name stays -p 8099:80 davit/demo sleep 1000
run: davit network create own; sleep 100
L
davit lesson check "$flow_tmp/long.lesson" >/dev/null 2>&1 &
checker=$!
eventually 5 sh -c 'ls /sys/class/net | grep -q ^br-'
eventually 5 sh -c 'nft list tables | grep -q davit_'
kill -9 $checker
wait $checker 2>/dev/null
sleep 0.3 # the command that was under way when its shell died
expect davit lesson check "$flow_tmp/attach.lesson"
leaks_check 8
check [ -z "$(nft list tables | grep davit_)" ]

test "two at once do not meet"
davit lesson check "$flow_tmp/attach.lesson" >"$flow_tmp/first" &
expect davit lesson check "$flow_tmp/attach.lesson"
wait $!
check [ "$(cat "$flow_tmp/first")" = '2 passed, 0 failed' ]
leaks_check

test "every shipped lesson has a tape that somebody without rights can play, with all its steps"
davit lesson ls | awk '{print $NF}' >"$flow_tmp/names"
while read -r name; do
	setpriv --reuid 1000 --clear-groups env HOME=/ "$(command -v davit)" lesson "$name" </dev/null >"$flow_tmp/shown" 2>&1 ||
		fail "$name: $(tail -n 1 "$flow_tmp/shown")"
	tr -d '\r' <"$flow_tmp/shown" >"$flow_tmp/text"
	sed -n 's/^step: //p' "$flow_root/assets/lessons/$name.lesson" | while read -r step; do
		grep -qF "  $step" "$flow_tmp/text" || echo "$name: $step"
	done
done <"$flow_tmp/names" >"$flow_tmp/missing"
check [ ! -s "$flow_tmp/missing" ]
check [ "$(wc -l <"$flow_tmp/names")" -ge 15 ]

test "a stretch of work is recorded, played, and printed as text"
printf 'echo one; exit 3\n' >"$flow_tmp/script"
expect_fail 3 davit tape record --title mine "$flow_tmp/mine.cast" sh "$flow_tmp/script"
check [ "$(head -n 1 "$flow_tmp/mine.cast" | jq -r '.version, .title' | tr '\n' ' ')" = '2 mine ' ]
expect davit tape text "$flow_tmp/mine.cast"
check_output one
expect davit tape play -s 10 "$flow_tmp/mine.cast" </dev/null
check grep -q one <<<"$out"
expect_fail 1 davit tape record "$flow_tmp/mine.cast" true
check grep -q 'File exists' <<<"$err"
printf '{"version":1}\n' >"$flow_tmp/bad.cast"
expect_fail 1 davit tape play "$flow_tmp/bad.cast"
check grep -q 'line 1: not an asciicast of version 2' <<<"$err"
