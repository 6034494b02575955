# Lessons that go wrong: interrupted, killed at each step, twice at once, without room, without rights,
# with the terminal closed. Whatever happens, nothing is left, and what cannot be shown is said.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
davit lesson check 1 >/dev/null || fail "lesson 1 does not pass"
leaks_mark

# Everything that a lesson can make, and something in the background. Each line is a step of its own.
cat >"$flow_tmp/all.lesson" <<'L'
title: x
step: s
run: davit run -d --name stays --restart always -p $PORT:80 davit/demo sleep 1000
run: davit network create own; davit run -d --network own -v mine:/data davit/demo sleep 1000
run: printf 'FROM davit/demo\nRUN echo x >/x\n' >Dockerfile; davit build -q -t made .
run: sleep 1000 >/dev/null 2>&1 & davit serve >/dev/null 2>&1 & davit pause stays
run: sh -c 'echo here; exec sleep 100'
L
corners() {
	ls -A /var/lib/davit/corners /run/davit/corners 2>/dev/null | grep '\.'
}
no_corners() {
	[ -z "$(corners)" ] && ! ls /sys/class/net | grep -q '^br-' && ! nft list tables | grep -q davit_ &&
		! pgrep -f 'sleep 1000' >/dev/null
}
nothing_is_left() {
	eventually 30 no_corners || fail "left: $(corners) $(nft list tables) $(ls /sys/class/net) $(pgrep -af 'sleep 1000')"
	leaks_check 15
}

test "Ctrl-C ends a command, and the lesson goes on"
keys=()
for _ in 1 2 3 4; do keys+=('wait:Enter runs it' 'send:\r'); done
keys+=('wait:Enter runs it' 'send:\r' 'wait:here' 'send:\x03' 'wait:interrupted' 'wait:That was')
on-terminal --timeout 30 "${keys[@]}" -- davit lesson "$flow_tmp/all.lesson" >"$flow_tmp/shown" 2>&1
check [ $? = 0 ]
nothing_is_left

test "Ctrl-C at a prompt leaves the lesson"
on-terminal --timeout 20 'wait:Enter runs it' 'send:\r' 'wait:Enter runs it' 'send:\x03' -- \
	davit lesson "$flow_tmp/all.lesson" >"$flow_tmp/shown" 2>&1
check [ $? = 0 ]
nothing_is_left

test "the end of what is typed leaves it, too"
on-terminal --timeout 20 'wait:Enter runs it' 'send:\r' 'wait:Enter runs it' 'send:\x04' -- \
	davit lesson "$flow_tmp/all.lesson" >"$flow_tmp/shown" 2>&1
check [ $? = 0 ]
nothing_is_left

test "killed at each of its steps, nobody has to clean up"
for step in 1 2 3 4 5; do
	keys=()
	for ((i = 1; i < step; i++)); do keys+=('wait:Enter runs it' 'send:\r'); done
	keys+=('wait:Enter runs it' 'send:\r' "run:touch $flow_tmp/at$step")
	on-terminal --timeout 20 "${keys[@]}" 'sleep:60' -- davit lesson "$flow_tmp/all.lesson" >"$flow_tmp/shown" 2>&1 &
	terminal=$!
	eventually 20 [ -e "$flow_tmp/at$step" ]
	sleep 0.1
	lesson=$(pgrep -xf "davit lesson $flow_tmp/all.lesson")
	check [ -n "$lesson" ]
	kill -9 $lesson
	kill $terminal 2>/dev/null
	wait $terminal 2>/dev/null
	nothing_is_left
done

test "where its watcher is killed, too, the next lesson cleans up"
davit lesson check "$flow_tmp/all.lesson" >/dev/null 2>&1 &
lesson=$!
eventually 5 sh -c 'ls /sys/class/net | grep -q ^br-'
kill -9 $(pgrep -f 'lesson sweep') $lesson
wait $lesson 2>/dev/null
check [ -n "$(corners)" ]
expect davit lesson check 1
nothing_is_left

test "the terminal is closed in the middle"
on-terminal --timeout 20 'wait:Enter runs it' 'send:\r' 'wait:Enter runs it' 'send:\r' 'wait:Enter runs it' hangup -- \
	davit lesson "$flow_tmp/all.lesson" >"$flow_tmp/shown" 2>&1
nothing_is_left

test "two at once have ports of their own, and do not meet"
cat >"$flow_tmp/ports.lesson" <<'L'
title: x
step: s
run: davit run -d --name web -p $PORT:80 davit/demo sh -c 'mkdir /w; echo $0 >/w/index.html; exec httpd -f -h /w' $PORT; sleep 0.5
prove: for i in 1 2 3 4 5 6 7 8 9; do davit run --rm --network host davit/demo wget -q -O - http://127.0.0.1:$PORT/ | grep -x $PORT && exit; sleep 0.3; done; exit 1
run: davit ps -q | wc -l; sleep 0.5
expect: /^1$/
L
for i in 1 2 3; do davit lesson check "$flow_tmp/ports.lesson" >"$flow_tmp/out$i" 2>&1 & done
wait
check [ "$(cat "$flow_tmp"/out?)" = '3 passed, 0 failed
3 passed, 0 failed
3 passed, 0 failed' ]
nothing_is_left

test "a step that needs what is not here is named, and passed over"
cat >"$flow_tmp/needs.lesson" <<'L'
title: x
step: the first
run: echo one
step: the second
needs: no-such-program
run: echo two; touch did-it
step: the third
run: test ! -e did-it && echo three
L
expect davit lesson check "$flow_tmp/needs.lesson"
check_output '2 passed, 0 failed, 1 step not tried'
check grep -q 'line 4: not tried here: "the second" needs the program no-such-program, which is not installed' <<<"$err"
expect davit lesson "$flow_tmp/needs.lesson" </dev/null
check grep -q 'This step cannot be shown here: it needs the program no-such-program' <<<"$out"
check grep -q three <<<"$out"
nothing_is_left

test "a full disk is said, and nothing is left on it"
mkdir -p "$flow_tmp/small"
truncate -s 64M "$flow_tmp/disk"
mkfs.ext4 -q "$flow_tmp/disk"
mount -o loop "$flow_tmp/disk" "$flow_tmp/small"
davit --root "$flow_tmp/small/store" --run-root /run/small info >/dev/null
dd if=/dev/zero of="$flow_tmp/small/full" bs=64k 2>/dev/null
expect davit --root "$flow_tmp/small/store" --run-root /run/small lesson 1 </dev/null
check grep -qi 'this lesson cannot be taken here: .*no space left' <<<"$err"
check grep -q 'this is a tape of it' <<<"$err"
check grep -q 'One command, one container' <<<"$out"
rm "$flow_tmp/small/full"
check [ -z "$(ls -A "$flow_tmp/small/store/corners" 2>/dev/null)" ]
eventually 5 umount "$flow_tmp/small"
rm -rf /run/small

test "outside a lesson nobody can play a reboot by mistake"
davit run -d --name real davit/demo sleep 1000 >/dev/null
expect_fail 1 davit lesson reboot
check grep -q 'only in the corner of a lesson' <<<"$err"
check [ "$(davit inspect -f '{{.State.Status}}' real)" = running ]
davit rm -f real >/dev/null

test "a repository that a lesson makes is one that git takes, always the same"
mkdir "$flow_tmp/src" && echo one >"$flow_tmp/src/a" && ln -s a "$flow_tmp/src/b" && printf '#!/bin/sh\n' >"$flow_tmp/src/c" && chmod +x "$flow_tmp/src/c"
expect davit lesson repository -t v1 "$flow_tmp/src" "$flow_tmp/r.git"
first=$out
rm "$flow_tmp/src/b"
expect davit lesson repository -m second "$flow_tmp/src" "$flow_tmp/r.git"
check [ "$(git -C "$flow_tmp/r.git" rev-parse main main~1 v1 | tr '\n' ' ')" = "$out $first $first " ]
check [ "$(git -C "$flow_tmp/r.git" ls-tree -r --name-only main | tr '\n' ' ')" = 'a c ' ]
expect git -C "$flow_tmp/r.git" fsck --strict
echo one >"$flow_tmp/src/a"
ln -s a "$flow_tmp/src/b"
expect davit lesson repository "$flow_tmp/src" "$flow_tmp/again.git"
check_output "$first"
expect_fail 1 davit lesson repository "$flow_tmp/nowhere" "$flow_tmp/again.git"
