# containers.sh - what the flow tests about containers share. Sourced after flow.sh.

# state WHO - docker's word for it; field WHO TEMPLATE - something of its inspect.
state() {
	davit inspect -f '{{.State.Status}}' "$1"
}
field() {
	davit inspect -f "$2" "$1"
}

# is_in_state WHO STATE - for eventually.
is_in_state() {
	[ "$(state "$1" 2>/dev/null)" = "$2" ]
}

# catches WHO SIGNAL - for eventually: its first process has a handler for it, or ignores it.
catches() {
	local bit=$(($(kill -l "$2") - 1)) mask
	for mask in $(sed -n 's/^Sig\(Cgt\|Ign\):\s*/0x/p' "/proc/$(field "$1" '{{.State.Pid}}')/status"); do
		((mask >> bit & 1)) && return 0
	done
	return 1
}

is_gone() {
	! davit inspect "$1" >/dev/null 2>&1
}

# shim_of WHO - the pid of its monitor; comm and arguments, never a guess. shim_of_id ID - without
# asking davit, which would set right what it finds.
shim_of() {
	shim_of_id "$(field "$1" '{{.Id}}')"
}
shim_of_id() {
	local pid
	for pid in /proc/[0-9]*; do
		tr '\0' ' ' 2>/dev/null <"$pid/cmdline" | grep -q "^davit-shim .*$1" || continue
		echo "${pid#/proc/}"
		return
	done
	return 1
}

# pid_gone PID - for eventually: not there, or a zombie.
pid_gone() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

# warm - the demo image and davit's cgroups are there before anything is counted.
warm() {
	davit run --rm davit/demo true >/dev/null 2>&1 || { echo "no container runs here"; exit 1; }
	eventually 5 no_shims
	eventually 5 no_cables
	leaks_mark
}

# no_cables - for eventually: the kernel takes a container's down some time after its end.
no_cables() {
	! ls /sys/class/net | grep -q '^veth'
}

no_shims() {
	! grep -qs '^davit-shim' /proc/[0-9]*/comm
}

no_resolvers() {
	! grep -qs '^davit-dns' /proc/[0-9]*/comm
}

# kill_each BEGIN AFTER CMD... - kills CMD at its first, second, … of each of the calls named in $changes (of openat,
# at every $openat_step-th) until it ends by itself; before each, BEGIN, after each AFTER.
kill_each() {
	local begin=$1 after=$2 call n code step kills=0
	shift 2
	for call in $changes; do
		[ $call = openat ] && step=$openat_step || step=1
		for ((n = 1; !flow_broken && n < 200; n += $step)); do
			$begin
			{ fault "$call" "$n" "$@" >"$flow_tmp/said" 2>&1; } 2>/dev/null
			code=$?
			$after "$call $n"
			[ $code = 137 ] || break
			kills=$((kills + 1))
		done
	done
	check [ $kills -gt 8 ]
}
