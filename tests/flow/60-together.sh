. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "fifty runs at once all answer, and nothing is left"
for i in $(seq 50); do
	davit run --rm davit/demo sh -c "echo $i; exit $i" >"$flow_tmp/run$i" 2>&1 &
	pids[i]=$!
done
for i in $(seq 50); do
	wait "${pids[i]}"
	check [ $? = "$i" ]
	check [ "$(cat "$flow_tmp/run$i")" = "$i" ]
done
leaks_check 10

test "fifty names, of which ten are tried five times each: each is given once"
for i in $(seq 50); do davit create --name "n$((i % 10))" davit/demo true >>"$flow_tmp/made" 2>/dev/null & done
wait
check [ "$(davit ps -aq | wc -l)" = 10 ]
check [ "$(sort -u "$flow_tmp/made" | wc -l)" = 10 ]
davit rm n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 >/dev/null
leaks_check

# One of twenty that do as they please to the same five containers.
unruly() {
	local end=$((SECONDS + 8)) n
	RANDOM=$1
	while [ $SECONDS -lt $end ]; do
		n=p$((RANDOM % 5))
		case $((RANDOM % 10)) in
		0 | 1) davit start $n ;;
		2) davit stop -t 0 $n ;;
		3) davit restart -t 0 $n ;;
		4) davit rm -f $n ;;
		5) davit run -d --name $n davit/demo sleep 1000 ;;
		6) davit exec $n true ;;
		7) davit rename $n q${n#p} && davit rename q${n#p} $n ;;
		8) davit pause $n && davit unpause $n ;;
		9) davit update --restart on-failure:2 $n ;;
		esac
	done >/dev/null 2>>"$flow_tmp/said$1"
}

# One that was paused under a name, and renamed before that was used again, stays paused; an exec in it waits until
# somebody thaws it.
thaw_all() {
	local id
	while [ ! -e "$flow_tmp/quiet" ]; do
		for id in $(davit ps -q --filter status=paused); do davit unpause "$id"; done
		sleep 0.2
	done >/dev/null 2>&1
}

test "twenty that start, stop, restart, remove, run, exec, rename, update and pause the same five do no harm"
davit events --since 0 >"$flow_tmp/events" 2>/dev/null &
events=$!
for i in $(seq 20); do unruly "$i" & loud[i]=$!; done
sleep 8
thaw_all & thaw=$!
wait "${loud[@]}"
touch "$flow_tmp/quiet"
wait $thaw
for id in $(davit ps -aq); do davit rm -f "$id" >/dev/null 2>&1; done
check [ -z "$(davit ps -aq)" ]
heard_all() { [ "$(wc -l <"$flow_tmp/events")" = "$(davit events --since 0 --until 0s | wc -l)" ]; }
eventually 10 heard_all
kill $events
wait $events 2>/dev/null
leaks_check 10

test "what they were told was about the containers, not about davit"
grep -hvE 'No such container|already in use|is not running|is running|is paused|already paused|not paused|was stopped meanwhile|ended meanwhile|being changed|is restarting|process is not running|before its exec|was removed|went away|being removed|same name as its current name' "$flow_tmp"/said* | sort | uniq -c | sort -rn >"$flow_tmp/odd"
[ ! -s "$flow_tmp/odd" ] || fail "$(head -n 10 "$flow_tmp/odd")"

test "a follower heard every container's events, in an order that makes sense"
python3 - "$flow_tmp/events" <<'PY' >"$flow_tmp/verdict" 2>&1
import re, sys
state, wrong, count = {}, [], 0
for line in open(sys.argv[1]):
    m = re.match(r"\S+ container (\w+)(?:: .*?)? ([0-9a-f]{64}) ", line)
    if not m:
        continue
    action, who = m[1], m[2]
    count += 1
    was = state.get(who)
    if action == "create":
        if was is not None: wrong.append(f"{who[:12]} created twice")
        state[who] = "made"
    elif was is None: wrong.append(f"{action} of {who[:12]} before its create")
    elif was == "gone": wrong.append(f"{action} of {who[:12]} after its destroy")
    elif action == "start":
        if was == "up": wrong.append(f"{who[:12]} started while up")
        state[who] = "up"
    elif action == "die":
        if was != "up": wrong.append(f"{who[:12]} died while {was}")
        state[who] = "down"
    elif action == "destroy":
        if was == "up": wrong.append(f"{who[:12]} destroyed while up")
        state[who] = "gone"
left = [who[:12] for who, was in state.items() if was != "gone"]
print(count > 100, wrong[:5], left[:5])
PY
check [ "$(cat "$flow_tmp/verdict")" = "True [] []" ]
