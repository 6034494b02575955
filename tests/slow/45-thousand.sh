#!/bin/bash
# A bridge's end: 1,023 containers fit on one network, the next is told why it does not; another
# network takes it. And one more costs no more than a container without a network does by then.
. "${0%/*}/../support/flow.sh"
. "$flow_root/tests/support/containers.sh"
warm
ulimit -n "$(ulimit -Hn)"

# once - microseconds of one run --rm on that network.
once() {
	local start
	start=$(date +%s%N)
	davit run --rm --network "$1" davit/demo true
	echo $((($(date +%s%N) - start) / 1000))
}
best() {
	for i in 1 2 3 4 5 6 7 8 9; do once "$1"; done | sort -n | head -n 1
}

test "500 containers on each of two networks; the next one waits for none of them"
davit network create --subnet 10.9.0.0/16 even >/dev/null
davit network create --subnet 10.10.0.0/16 odd >/dev/null
for i in $(seq 500); do
	davit run -d --network even davit/demo sleep 100000 >/dev/null || fail "number $i of even"
	davit run -d --network odd davit/demo sleep 100000 >/dev/null || fail "number $i of odd"
done
with=$(best even)
without=$(best none)
echo "  one more: $with us on the network, $without us without one"
check [ "$with" -lt $((without * 3 / 2 + 2000)) ]
check [ "$(davit ps -q | wc -l)" = 1000 ]

test "the figures of a thousand take no more open files than a shell may have"
expect bash -c 'ulimit -Sn 1024; davit stats --no-stream --format "{{.PIDs}}"'
check [ "$(wc -l <<<"$out")" = 1000 ]
check [ "$(sort -u <<<"$out")" = 1 ]

test "a bridge that is full says so"
for i in $(seq 501 1023); do
	davit run -d --network even davit/demo sleep 100000 >/dev/null || fail "number $i of even"
done
expect_fail 125 davit run --rm --network even davit/demo true
check_error 'davit: .*network even is full: a Linux bridge ends at 1,024 ports; .*'
expect davit run --rm --network odd davit/demo true

test "they all go, and leave nothing"
davit rm -f $(davit ps -aq) >/dev/null
davit network prune -f >/dev/null
leaks_check 60
