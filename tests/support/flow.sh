# flow.sh - what a flow test is written with. Sourced by tests/flow/*.sh, which `make flow` runs
# with bash, each in a sandbox of its own, under a timeout.
#
#     . "${0%/*}/../support/flow.sh"
#     test "a stopped container keeps its exit code"
#     expect davit run --name one davit/demo false ...
#     expect_fail 125 davit run --name one davit/demo true
#     check_error 'davit: the name one is in use by .*'
#
# A test begins with its sentence and ends where the next begins; it fails once, however much of it
# does. The last line printed is "N passed, N failed".
set -u

flow_root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
flow_file=${0##*/}
flow_tmp=$(mktemp -d /tmp/flow-XXXXXX)
flow_sentence=
flow_broken=0
flow_passed=0
flow_failed=0
export PATH=$flow_root/tests/support:$PATH

[ "${DAVIT_SANDBOX:-}" ] || { echo "$flow_file: run me with tests/support/sandbox" >&2; exit 125; }

flow_close() {
	[ "$flow_sentence" ] || return 0
	if [ $flow_broken = 0 ]; then
		flow_passed=$((flow_passed + 1))
	else
		flow_failed=$((flow_failed + 1))
	fi
	flow_sentence=
}

flow_end() {
	local status=$?
	if [ $status != 0 ] && [ $flow_broken = 0 ]; then
		: "${flow_sentence:=before the first test}"
		fail "the script ended with $status"
	fi
	flow_close
	rm -rf "$flow_tmp"
	echo "$flow_passed passed, $flow_failed failed"
	[ $flow_failed = 0 ] || exit 1
}
trap flow_end EXIT

# test SENTENCE - begins a test. The builtin it hides is still there as [ and [[.
test() {
	flow_close
	flow_sentence=$1
	flow_broken=0
}

# fail WHY... - the current test fails; the rest of it still runs.
fail() {
	[ $flow_broken = 1 ] || echo "FAIL $flow_file: $flow_sentence"
	flow_broken=1
	printf '%s\n' "$*" | sed 's/^/     /'
}

flow_run() {
	flow_command=$*
	"$@" >"$flow_tmp/out" 2>"$flow_tmp/err"
	flow_code=$?
	out=$(cat "$flow_tmp/out")
	err=$(cat "$flow_tmp/err")
}

# expect CMD... - CMD must end with 0. Leaves $out and $err.
expect() {
	expect_fail 0 "$@"
}

# expect_fail CODE CMD... - CMD must end with CODE. Leaves $out and $err.
expect_fail() {
	local code=$1
	shift
	flow_run "$@"
	[ $flow_code = "$code" ] ||
		fail "$flow_command: ended with $flow_code, not $code" "${err:+
stderr: $(head -n 20 "$flow_tmp/err")}"
}

flow_compare() {
	local what=$1 is=$2 wanted=$3
	[[ "$is" =~ ^($wanted)$ ]] || [ "$is" = "$wanted" ] || fail "$flow_command: $what is
$(head -n 20 <<<"$is")
and should be
$wanted"
}

# check_output TEXT, check_error TEXT - the last command's whole stdout or stderr, as it is or as an
# extended regular expression for all of it.
check_output() {
	flow_compare stdout "$out" "$1"
}
check_error() {
	flow_compare stderr "$err" "$1"
}

# check CMD... - a condition, such as: check [ "$out" -gt 3 ]
check() {
	"$@" || fail "not so: $*"
}

# What is given in seconds below is meant for a machine that does nothing else; a busy one gets so many times that.
flow_patience=4

# is_sanitized WHAT - this build is, which WHAT is not held to a limit in: it says so.
is_sanitized() {
	case ${O:-} in *-address* | *-thread*) ;; *) return 1 ;; esac
	echo "  $flow_file: not held to a limit, a sanitizer's is in it: $1"
}

# eventually SECONDS CMD... - CMD must come true within that time.
eventually() {
	local end=$((SECONDS + $1 * flow_patience))
	shift
	until "$@" >"$flow_tmp/out" 2>"$flow_tmp/err"; do
		if [ $SECONDS -ge $end ]; then
			fail "never so: $*" "$(cat "$flow_tmp/out" "$flow_tmp/err")"
			return 1
		fi
		sleep 0.02
	done
}

# ---- builds that wait for the test ----

# What a RUN does that is to go on until the test has looked: $held && ..., then go_on.
held='--mount=type=cache,target=/held timeout 90 sh -c "until [ -e /held/go ]; do sleep 0.05; done"'
go_on() {
	local data
	for data in /var/lib/davit/cache/mounts/*/data; do touch "$data/go" || return; done
}

# ---- leaks ----

# Everything davit could leave on a host, one line each: mounts, cgroups, namespaces, processes,
# zombies, directories of the store and of the run root.
flow_inventory() {
	sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ /mount /' /proc/self/mountinfo
	find /sys/fs/cgroup -mindepth 2 -type d -path '*davit*' | sed 's/^/cgroup /'
	stat -Lc 'netns %i' /proc/[0-9]*/ns/net /run/netns/* 2>/dev/null | sort -u
	stat -Lc 'namespace %i' /proc/[0-9]*/ns/{mnt,pid,uts,ipc,cgroup} 2>/dev/null | sort -u
	sed -n 's/^[0-9]* (\(.*\)) Z .*/zombie \1/p' /proc/[0-9]*/stat 2>/dev/null
	grep -hs '^davit' /proc/[0-9]*/comm | sed 's/^/process /'
	# What is kept of builds is a record, and jobs are forgotten by themselves.
	find /var/lib/davit /run/davit -xdev -mindepth 1 -path '*/davit/jobs' -prune -o -type d -print 2>/dev/null |
		sed 's/^/directory /'
	ls /sys/class/net | sed 's/^/link /'
}

# leaks_mark - what there is now is no leak.
leaks_mark() {
	flow_inventory | sort >"$flow_tmp/before"
}

flow_same() {
	flow_inventory | sort >"$flow_tmp/after"
	cmp -s "$flow_tmp/before" "$flow_tmp/after"
}

# leaks_check [SECONDS] - nothing more and nothing less than at leaks_mark; what is cleaned up
# behind the caller's back gets this long, 3 seconds if not given.
leaks_check() {
	local end=$((SECONDS + ${1:-3} * flow_patience))
	until flow_same; do
		if [ $SECONDS -ge $end ]; then
			fail "left behind (>) or lost (<):
$(diff "$flow_tmp/before" "$flow_tmp/after" | grep '^[<>]')"
			return 1
		fi
		sleep 0.05
	done
}

# ---- a registry ----

# registry_start - the real docker-registry, empty, on 127.0.0.1:5000 of the sandbox.
registry_start() {
	mkdir -p /tmp/registry
	cat >/tmp/registry/config.yml <<-YML
		version: 0.1
		log: {level: error, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: /tmp/registry}, delete: {enabled: true}}
		http: {addr: "127.0.0.1:5000"}
	YML
	docker-registry serve /tmp/registry/config.yml >/tmp/registry/log 2>&1 &
	eventually 10 curl -fs -o /dev/null http://127.0.0.1:5000/v2/
}

# registry_push LAYOUT NAME:TAG - an OCI layout, every architecture of it, to that registry.
registry_push() {
	skopeo copy -q --all --insecure-policy --dest-tls-verify=false "oci:$1" \
		"docker://127.0.0.1:5000/$2"
}
