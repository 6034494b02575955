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
	'send:davit run --name mine davit/demo echo Ada\r' 'wait:Well done' 'wait:More to read' 'wait:Enter takes it' 'send:q\r')
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

test "going back does again what was typed into a terminal; r begins the same step again"
cat >"$flow_tmp/again.lesson" <<'L'
title: x
step: one
terminal: davit run -it --name box davit/demo sh
keys: name=Ada
  ^P^Q
step: two
run: davit ps --format '{{.Names}} {{.State}}'; echo >>second; wc -l <second
step: three
terminal: davit attach box
keys: echo "it is $name"
  ^P^Q
L
on-terminal --timeout 30 'wait:Enter gives it this terminal' 'send:s\r' 'wait:Enter runs it' 'send:r\r' \
	'wait:Going back' 'wait:Enter runs it' 'send:\r' 'wait:box running' 'wait:Enter gives it this terminal' 'send:b\r' \
	'wait:Going back' 'wait:Enter runs it' 'send:\r' 'wait:Enter gives it this terminal' 'send:\r' \
	raw 'send:echo "it is $name"\r' 'wait:it is Ada' 'send:\x10\x11' 'wait:That was' -- \
	davit lesson "$flow_tmp/again.lesson" >"$flow_tmp/play" 2>&1
check [ $? = 0 ]
check [ "$(grep -c '^box running' "$flow_tmp/play")" = 2 ]
leaks_check

test "what to read next is in the manual"
for page in $(sed -n 's/^read: //p' "$flow_root"/assets/lessons/*.lesson | sort -u); do
	[ -e "$flow_root/docs/$page.md" ] || fail "there is no page called $page"
done
for lesson in "$flow_root"/assets/lessons/*.lesson; do
	grep -q '^read: ' "$lesson" || fail "$lesson leads to no page"
done

test "on the screen a terminal says above what to type, and comes back by itself; T is a shell, and what was done there counts"
SHOT_TIMEOUT=20 DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color expect shot 80x24 davit <<-END
	wait q quit
	keys 6
	wait Your first container
	keys jjj<Enter>
	wait run it
	keys <Space>
	wait ~ #
	keys name=Ada<Enter><^P><^Q>
	wait You are out again
	keys q
	wait take it
	keys g<Enter>
	wait your guess
	keys SSSSSSSSSSSSS
	wait davit rm hello writer
	keys S
	wait ps -a -q | wc -l
	keys S
	wait Try it yourself
	keys T
	wait lesson$
	keys davit run --name mine davit/demo echo Ada<Enter>
	wait Ada
	keys exit<Enter>
	wait Well done
	wait More to read
	keys q
	wait take it
	keys q
	end
END
leaks_check

test "two at once do not meet"
davit lesson check "$flow_tmp/attach.lesson" >"$flow_tmp/first" &
expect davit lesson check "$flow_tmp/attach.lesson"
wait $!
check [ "$(cat "$flow_tmp/first")" = '2 passed, 0 failed' ]
leaks_check
