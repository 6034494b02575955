. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "what was written comes back, each stream to its own"
davit run --name two davit/demo sh -c 'echo a; sleep 0.03; echo b >&2; sleep 0.03; echo c' >/dev/null 2>&1
expect davit logs two
check_output 'a
c'
check_error b
expect sh -c 'davit logs two 2>&1'
check_output 'a
b
c'

test "--tail shows the last lines of both, -t their times"
expect sh -c 'davit logs --tail 2 two 2>&1'
check_output 'b
c'
expect davit logs --tail 0 two
check_output ''
expect sh -c 'davit logs -t two 2>&1'
check [ "$(grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z [abc]$' <<<"$out")" = 3 ]
check [ "$out" = "$(sort <<<"$out")" ]

test "--since and --until cut at a time"
second=$(sed -n '2s/ .*//p' <<<"$out")
expect sh -c "davit logs --since $second two 2>&1"
check_output 'b
c'
expect sh -c "davit logs --until $second two 2>&1"
check_output 'a
b'
expect sh -c 'davit logs --since 10m two 2>&1'
check_output 'a
b
c'
expect davit logs --since 2099-01-01T00:00:00Z two
check_output ''
expect_fail 1 davit logs nobody
check_error 'davit: No such container: nobody'
davit rm two >/dev/null

test "a line without an end, an empty one and bytes that are no text come back as they were"
davit run --name raw davit/demo sh -c 'printf "one\n\n\000\377\033[31m\ntail"' >"$flow_tmp/shown"
davit logs raw >"$flow_tmp/logged"
check cmp "$flow_tmp/shown" "$flow_tmp/logged"
check [ "$(wc -c <"$flow_tmp/logged")" = 17 ]
davit rm raw >/dev/null

test "-f follows from the beginning, two at once, and ends with the container"
davit run -d --name fol davit/demo sh -c 'for i in $(seq 100); do echo $i; echo e$i >&2; sleep 0.005; done' >/dev/null
davit logs -f fol >"$flow_tmp/f1" 2>"$flow_tmp/e1" &
first=$!
timeout 10 davit logs -f fol >"$flow_tmp/f2" 2>/dev/null
check [ $? = 0 ]
wait $first
check [ $? = 0 ]
seq 100 >"$flow_tmp/wanted"
check cmp "$flow_tmp/wanted" "$flow_tmp/f1"
check cmp "$flow_tmp/wanted" "$flow_tmp/f2"
check [ "$(tr -d e <"$flow_tmp/e1" | cmp - "$flow_tmp/wanted" && echo same)" = same ]

test "-f of what has ended, and of what was never started"
expect timeout 5 davit logs -f --tail 1 fol
check_error e100
davit start fol >/dev/null
expect timeout 10 davit logs -f --tail 2 fol
check [ "$(tail -n 1 <<<"$out")" = 100 ]
check [ "$(davit logs fol 2>/dev/null | wc -l)" = 200 ]
davit rm fol >/dev/null
leaks_check

test "a log of 200 MB comes back whole"
davit run --name big davit/demo sh -c 'yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c 200000000' >/dev/null
yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c 200000000 | sha256sum >"$flow_tmp/wanted"
davit logs big | sha256sum >"$flow_tmp/got"
check cmp "$flow_tmp/wanted" "$flow_tmp/got"
expect davit logs --tail 3 big
check [ "$(wc -l <<<"$out")" = 3 ]
davit rm big >/dev/null

test "a log is rotated at line ends, and what is kept is read as one"
davit run --name rot --log-opt max-size=100k --log-opt max-file=3 davit/demo seq 1 60000 >/dev/null
id=$(field rot '{{.Id}}')
check [ "$(ls /var/lib/davit/containers/$id | grep -cE '^log(\.[0-9]+)?$')" = 3 ]
for file in /var/lib/davit/containers/$id/log /var/lib/davit/containers/$id/log.[0-9]; do
	check [ "$(stat -c %s "$file")" -le 102500 ]
done
davit logs rot >"$flow_tmp/kept"
first=$(head -n 1 "$flow_tmp/kept")
check [ "$first" -gt 1 ]
seq "$first" 60000 >"$flow_tmp/wanted"
check cmp "$flow_tmp/wanted" "$flow_tmp/kept"
expect davit logs --tail 2 rot
check_output '59999
60000'
gone=$(od -An -tu8 -j24 -N8 /var/lib/davit/containers/$id/log.index.2 | tr -d ' ')
check [ "$((gone + $(wc -c <"$flow_tmp/kept")))" = "$(seq 1 60000 | wc -c)" ]

test "the screen tells what is gone, finds a line, and saves what is kept to a file"
out=$(cd "$flow_tmp" && "$OLDPWD/tests/support/on-terminal" --size 24x80 --timeout 20 raw wait:rot send:l \
	wait:60000 send:g wait:rotated 'send:/^59998$\r' 'wait:1 of 1' send:S 'wait:Save all to' 'send:\r' \
	'wait:Saved' send:qqq end -- davit) || check false
check cmp "$flow_tmp/kept" "$flow_tmp/rot.log"
check [ ! -e "$flow_tmp/rot.log.part" ]
davit rm rot >/dev/null

test "a follower goes on over a rotation"
davit run -d --name rotf --log-opt max-size=20k --log-opt max-file=5 davit/demo sh -c 'for i in $(seq 40); do seq $((i*1000)) $((i*1000+299)); sleep 0.02; done' >/dev/null
timeout 20 davit logs -f rotf >"$flow_tmp/followed"
for i in $(seq 40); do seq $((i * 1000)) $((i * 1000 + 299)); done >"$flow_tmp/wanted"
check cmp "$flow_tmp/wanted" "$flow_tmp/followed"
davit rm rotf >/dev/null
leaks_check
