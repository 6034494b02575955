# guest.sh - what the tests inside the guest share. Sourced by tests/v2/*.sh, after which everything
# of tests/support/flow.sh and containers.sh is there.
. "${BASH_SOURCE[0]%/*}/../support/flow.sh"
. "${BASH_SOURCE[0]%/*}/../support/containers.sh"

# group_of CONTAINER - its cgroup's directory, as the host sees it.
group_of() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(field "$1" '{{.State.Pid}}')/cgroup")"
}

# limit CONTAINER FILE - the first line of a file in it.
limit() {
	head -n 1 "$(group_of "$1")/$2"
}
