# Tapes: what is recorded is an asciicast that others understand, small, and played by anybody; those
# that davit brings fit their lessons.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
export LANG=C.UTF-8
cast() {
	python3 "$flow_root/tests/support/cast-check" "$@"
}

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

test "it is what the format's description asks for: characters whole, resizes, marks, times in order"
printf 'printf "caf\\303"; sleep 0.1; printf "\\251 \\377 \\033[31mred\\033[0m\\n"; sleep 0.3; echo done\n' >"$flow_tmp/odd"
on-terminal --size 24x80 --timeout 10 'wait:red' 'size:30x100' 'wait:done' -- \
	davit tape record "$flow_tmp/odd.cast" sh "$flow_tmp/odd" >/dev/null
expect cast "$flow_tmp/odd.cast"
check grep -q '"r","100x30"' "$flow_tmp/odd.cast"
check grep -q 'é' "$flow_tmp/odd.cast"
expect davit tape text "$flow_tmp/odd.cast"
check grep -q 'café.* red' <<<"$out"

test "asciinema plays it, and sees the same as davit"
their_text() {
	on-terminal --timeout 10 -- asciinema cat "$1" | tr -d '\r'
}
check [ "$(their_text "$flow_tmp/mine.cast")" = one ]
their_text "$flow_root/assets/tapes/01-first.cast" >"$flow_tmp/theirs"
davit tape text "$flow_root/assets/tapes/01-first.cast" >"$flow_tmp/ours"
expect cmp "$flow_tmp/theirs" "$flow_tmp/ours"

test "ten thousand small writes are few events, and nothing of them is lost"
printf 'i=0; while [ $i -lt 10000 ]; do echo line $i; i=$((i+1)); done\n' >"$flow_tmp/many"
expect davit tape record "$flow_tmp/many.cast" sh "$flow_tmp/many" >/dev/null
check [ "$(wc -l <"$flow_tmp/many.cast")" -lt 500 ]
check [ "$(davit tape text "$flow_tmp/many.cast" | tail -n 1)" = 'line 9999' ]
check [ "$(davit tape text "$flow_tmp/many.cast" | wc -l)" = 10000 ]
expect cast "$flow_tmp/many.cast"

test "an hour is less than a megabyte: of lessons, and of the screen with busy containers"
minutes=$(sed -n 's/^minutes: //p' "$flow_root"/assets/lessons/*.lesson | paste -sd+ | bc)
bytes=$(cat "$flow_root"/assets/tapes/*.cast | wc -c)
check [ $((bytes * 60 / minutes)) -lt 1000000 ]
for i in 1 2 3 4; do davit run -d davit/demo sh -c 'while :; do echo a line; sleep 1; done' >/dev/null 2>&1; done
# Twelve seconds of only looking on, and ten things that are done: an hour is the first three hundred
# times, and a hundred things.
screen() { # NAME STEP...
	on-terminal --size 40x120 --timeout 30 sleep:1 "${@:2}" send:q sleep:0.3 send:q -- davit tape record "$flow_tmp/$1.cast" davit >/dev/null
	wc -c <"$flow_tmp/$1.cast"
}
things=()
for key in j l '\x1b' '\r' ']' ']' '\x1b' 2 5 1; do things+=("send:$key" sleep:0.3); done
none=$(screen none) quiet=$(screen quiet sleep:12) busy=$(screen busy "${things[@]}")
hour=$((none + (quiet - none) * 300 + (busy - none) * 10))
echo "  an hour of lessons: $((bytes * 60 / minutes)) bytes; of the screen: $hour"
check [ $hour -lt 1000000 ]
davit rm -f $(davit ps -q) >/dev/null
expect cast "$flow_tmp/quiet.cast" "$flow_tmp/busy.cast"

test "every tape that davit brings is a good one, and fits its lesson: steps, commands, questions, in order"
expect cast "$flow_root"/assets/tapes/*.cast
for tape in "$flow_root"/assets/tapes/*.cast; do
	name=$(basename "$tape" .cast)
	lesson=$flow_root/assets/lessons/$name.lesson
	[ -e "$lesson" ] || { echo "$name: a tape without a lesson"; continue; }
	[ "$(jq -r 'select(type == "object") | .title' "$tape" 2>/dev/null | head -n 1)" = "$(sed -n 's/^title: //p' "$lesson")" ] || echo "$name: another title"
	python3 "$flow_root/tests/support/cast-check" --lesson "$lesson" "$tape"
done >"$flow_tmp/stale" 2>&1
check [ ! -s "$flow_tmp/stale" ]
for lesson in "$flow_root"/assets/lessons/*.lesson; do
	[ -e "$flow_root/assets/tapes/$(basename "$lesson" .lesson).cast" ] || fail "$lesson has no tape: make tapes"
done

test "somebody without any rights sees all steps of all lessons"
davit lesson ls | awk '{print $NF}' >"$flow_tmp/names"
while read -r name; do
	setpriv --reuid 1000 --clear-groups env HOME=/ "$(command -v davit)" lesson "$name" </dev/null >"$flow_tmp/shown" 2>&1 ||
		echo "$name: $(tail -n 1 "$flow_tmp/shown")"
	tr -d '\r' <"$flow_tmp/shown" >"$flow_tmp/text"
	grep -q 'this is a tape of it' "$flow_tmp/text" || echo "$name: no word about the tape"
	sed -n 's/^step: //p' "$flow_root/assets/lessons/$name.lesson" | while read -r step; do
		grep -qF "  $step" "$flow_tmp/text" || echo "$name: $step"
	done
done <"$flow_tmp/names" >"$flow_tmp/missing"
check [ ! -s "$flow_tmp/missing" ]
check [ "$(wc -l <"$flow_tmp/names")" -ge 20 ]

test "on a terminal a tape stops before each effect; Space goes on, n to the next step, q leaves"
on-terminal --timeout 20 'wait: Space goes on, n to the' 'send: ' 'wait:A container lives' 'wait: Space goes on, n to the' 'send: ' 'wait:hello from inside' 'wait: Space goes on, n to the' 'send:n' \
	'wait:The same kernel, another world' 'send:q' -- davit lesson --tape 1 >"$flow_tmp/shown" 2>&1
check [ $? = 0 ]
