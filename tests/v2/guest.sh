# guest.sh - what the tests inside the guest share. Sourced by tests/v2/*.sh, after which everything
# of tests/support/flow.sh and containers.sh is there.
. "${BASH_SOURCE[0]%/*}/../support/flow.sh"
. "${BASH_SOURCE[0]%/*}/../support/containers.sh"

# What takes long is told to the console, to whoever wonders.
eval "flow_$(declare -f test)"
test() {
	[ "${guest_began:-}" ] && [ $((SECONDS - guest_began)) -ge 10 ] &&
		echo "$flow_file: $((SECONDS - guest_began)) s: $flow_sentence" >/dev/ttyS0
	guest_began=$SECONDS
	flow_test "$@"
}

# group_of CONTAINER - its cgroup's directory, as the host sees it.
group_of() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(field "$1" '{{.State.Pid}}')/cgroup")"
}

# limit CONTAINER FILE - the first line of a file in it.
limit() {
	head -n 1 "$(group_of "$1")/$2"
}

# phase - how often this file has rebooted the guest: reboot_and's word, or 0.
phase() {
	cat /var/lib/v2/phase 2>/dev/null || echo 0
}

# reboot_and PHASE [OPTION...] - reboots the guest when the file ends, as systemctl reboot does it; then the
# file begins again, with another phase.
reboot_and() {
	echo "$1" >/var/lib/v2/phase
	shift
	echo "$@" >/var/lib/v2/reboot
}
