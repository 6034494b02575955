. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
ticker='i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done'

test "start -a of what runs attaches to it; of what is stopped, it ends with its code"
davit run -d --name one davit/demo sh -c "$ticker" >/dev/null
davit start -a --sig-proxy=false one >"$flow_tmp/seen" &
seer=$!
eventually 3 [ -s "$flow_tmp/seen" ]
davit kill one >/dev/null
wait $seer
check [ $? = 137 ]
davit create --name code davit/demo sh -c 'echo said; exit 6' >/dev/null
expect_fail 6 davit start -a code
check_output said
davit create -i --name echoes davit/demo cat >/dev/null
expect sh -c 'echo typed | davit start -a -i echoes'
check_output typed
expect_fail 1 davit start -a one code
check_error 'davit: you cannot start and attach multiple containers at once'
davit rm one code echoes >/dev/null

test "logs -f ends with the removal of a container that goes with its end"
davit run -d --rm --name brief davit/demo sh -c 'echo begun; sleep 0.4; echo done' >/dev/null
expect timeout 10 davit logs -f brief
check_output 'begun
done'
leaks_check

test "--details puts docker's space where nothing is to be told"
davit run --name told davit/demo sh -c 'echo a; echo b' >/dev/null
expect davit logs --details told
check_output ' a
 b'
davit rm told >/dev/null

test "a rename needs a new name, and a free one"
davit create --name old davit/demo true >/dev/null
davit create --name other davit/demo true >/dev/null
expect_fail 1 davit rename old ''
check_error 'davit: Neither old nor new names may be empty'
expect_fail 1 davit rename old old
expect_fail 1 davit rename old other
check grep -q 'Conflict. The container name "/other" is already in use' <<<"$err"
expect davit rename old /new
check [ "$(field new '{{.Name}}')" = /new ]
davit rm new other >/dev/null

test "top reads ps's words: aux, -ef, -o"
davit run -d --name top davit/demo sleep 1000 >/dev/null
expect davit top top aux
check grep -qE '^USER +PID +%CPU +%MEM +VSZ +RSS +TTY +STAT +START +TIME +COMMAND' <<<"$out"
check grep -qE ' +sleep 1000$' <<<"$out"
expect davit top top -eo pid,comm
check [ "$(tail -n 1 <<<"$out" | tr -s ' ')" = "$(field top '{{.State.Pid}}') sleep" ]
expect_fail 1 davit top top -z
davit rm -f top >/dev/null

test "prune takes what a filter lets it, and only what has ended"
davit run --name kept --label keep=yes davit/demo true
davit run --name gone davit/demo true
davit run -d --name runs davit/demo sleep 1000 >/dev/null
expect davit container prune -f --filter label!=keep
check grep -q 'Deleted Containers:' <<<"$out"
check [ "$(davit ps -a --format '{{.Names}}' | sort | xargs)" = 'kept runs' ]
expect davit container prune -f --filter until=1h
check [ "$(davit ps -a --format '{{.Names}}' | sort | xargs)" = 'kept runs' ]
expect davit container prune -f --filter label=keep=yes
check [ "$(davit ps -a --format '{{.Names}}')" = runs ]
davit rm -f runs >/dev/null
leaks_check
