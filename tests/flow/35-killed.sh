. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# davit is killed at system call after system call of what it does; the next davit must find all or nothing of it.
warm

# What changes something that others see. The rest could as well not have happened.
changes=openat,mkdirat,write,pwrite64,renameat,renameat2,unlinkat,flock,clone3,sendto,sendmsg,connect,fchmodat,fchownat,ftruncate

# steps BEGIN AFTER CMD... - kills CMD at its first, second, … change until it ends by itself; before each, BEGIN, after each
# AFTER. Dense at first, then every third: the tail is long and even.
steps() {
	local begin=$1 after=$2 n=1 code
	shift 2
	while [ $flow_broken = 0 ]; do
		$begin
		fault $changes $n "$@" >"$flow_tmp/said" 2>&1
		code=$?
		$after $n
		[ $code = 137 ] || break
		n=$((n + (n < 12 ? 1 : 3)))
	done
	check [ $n -gt 8 ]
}
nothing() { :; }
holds() { # N - the store is consistent: every container can be listed, looked at and removed, and then nothing is left
	local id
	expect davit ps -aq --no-trunc
	for id in $out; do
		expect davit inspect "$id"
		expect davit rm -f "$id"
	done
	check [ -z "$(davit ps -aq)" ]
	expect davit run --rm --name killed davit/demo true
	leaks_check || fail "killed at step $1"
}

test "create, killed at any step"
steps nothing holds davit create --name killed davit/demo true

test "run -d, killed at any step"
steps nothing holds davit run -d --name killed davit/demo sleep 1000

test "run --rm, killed at any step: it is gone by itself once its container has ended"
gone() {
	local id
	for id in $(davit ps -aq --filter status=created); do davit rm "$id" >/dev/null; done
	eventually 3 is_gone killed
	leaks_check || fail "killed at step $1"
}
steps nothing gone davit run --rm --name killed davit/demo true

test "start, killed at any step"
made() { expect davit create --name killed davit/demo sleep 1000; }
steps made holds davit start killed

test "stop, killed at any step: stopped or running, never between"
running() { expect davit run -d --name killed davit/demo sleep 1000; }
stopped_or_not() {
	check grep -qE '^(running 0|exited 137)$' <<<"$(field killed '{{.State.Status}} {{.State.ExitCode}}')"
	expect davit stop -t 0 killed
	holds "$1"
}
steps running stopped_or_not davit stop -t 0 killed

test "restart, killed at any step"
steps running holds davit restart -t 0 killed

test "rm, killed at any step: there or not there"
steps made holds davit rm killed

test "rm -f of a running one, killed at any step"
steps running holds davit rm -f killed

test "rename, killed at any step: one name or the other"
one_name() {
	check [ "$(davit ps -a --format '{{.Names}}' | grep -cE '^(killed|other)$')" = 1 ]
	holds "$1"
}
steps made one_name davit rename killed other

test "exec, killed at any step, leaves the container alone"
alone() {
	check [ "$(state killed)" = running ]
	expect davit exec killed true
	holds "$1"
}
steps running alone davit exec killed true
