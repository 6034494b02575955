# podman and containerd where systemd manages their cgroups, with davit-runtime below them.
. "${0%/*}/guest.sh"
. "${0%/*}/../support/oci.sh"
R=/usr/local/bin/davit-runtime
oci_rootfs /tmp/engines/rootfs
show() { systemctl show -P "$2" "$1"; }
is_gone() { [ "$(show "$1" ActiveState)" = inactive ]; }
loop='trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done'

# ---- podman ----

podman() {
	command podman --runtime $R --cgroup-manager systemd --storage-driver vfs --events-backend file "$@"
}
podman_says() { podman "$1" "${@:3}" 2>&1 | grep -q "$2"; }

test "podman asks for a scope with its limits, and runs in it"
expect podman run -d --name one --network none -m 64m --memory-swap 64m --cpus 0.5 --pids-limit 30 --log-driver k8s-file --rootfs /tmp/engines/rootfs sh -c "$loop"
scope=libpod-$(podman inspect -f '{{.Id}}' one).scope
group=/sys/fs/cgroup/machine.slice/$scope
check [ "$(show "$scope" ActiveState) $(show "$scope" ControlGroup)" = "active /machine.slice/$scope" ]
check [ "$(show "$scope" MemoryMax) $(show "$scope" CPUQuotaPerSecUSec) $(show "$scope" TasksMax)" = '67108864 500ms 30' ]
check [ "$(cat "$group"/{memory.max,memory.swap.max,cpu.max,pids.max} | tr '\n' '|')" = '67108864|0|50000 100000|30|' ]
check grep -qx "$(podman inspect -f '{{.State.Pid}}' one)" <(cat "$group/cgroup.procs" "$group"/*/cgroup.procs 2>/dev/null)
expect systemctl daemon-reload
check [ "$(cat "$group/memory.max")" = 67108864 ]

test "podman's exec, pause, update and top go on in it"
expect podman exec one cat /sys/fs/cgroup/pids.max
check_output 30
expect_fail 4 podman exec one sh -c 'exit 4'
expect podman pause one
check grep -q 'frozen 1' "$group/cgroup.events"
expect podman unpause one
expect podman update -m 80m one
check [ "$(cat "$group/memory.max") $(show "$scope" MemoryMax)" = '83886080 83886080' ]
expect podman top one

test "podman's stop, start and rm leave no scope"
eventually 30 podman_says logs up one
expect podman stop -t 60 one
check [ "$(podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' one)" = 'exited 3' ]
eventually 20 is_gone "$scope"
expect podman start one
check [ "$(show "$scope" ActiveState)" = active ]
expect podman rm -f -t 0 one
eventually 20 is_gone "$scope"
check [ ! -e "$group" ]

test "podman run --rm: exit codes, a slice of the user's, no cgroup"
expect_fail 5 podman run --rm --network none --cgroup-parent own.slice --cgroupns host --rootfs /tmp/engines/rootfs sh -c 'cat /proc/self/cgroup; exit 5'
check grep -q '^0::/own.slice/libpod-[0-9a-f]*\.scope' <<<"$out"
expect_fail 127 podman run --rm --network none --rootfs /tmp/engines/rootfs nosuch
eventually 20 eval '[ -z "$(systemctl list-units --plain --no-legend "libpod-*.scope")" ]'

# ---- containerd ----

mkdir -p /tmp/engines/containerd
cat >/tmp/engines/containerd.toml <<END
version = 2
root = "/tmp/engines/containerd"
state = "/run/engines/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/engines.sock"
END
containerd -c /tmp/engines/containerd.toml >/tmp/engines/containerd.log 2>&1 &
containerd=$!
ctr() { command ctr -a /run/engines.sock "$@"; }
with="--runc-binary $R --runc-systemd-cgroup"

test "ctr's container is a scope of systemd's, and its metrics are read there"
eventually 60 ctr version
expect ctr run -d $with --cgroup machine-ctr.slice:ctr:one --memory-limit 50331648 --rootfs /tmp/engines/rootfs one sh -c "$loop"
check [ "$(show ctr-one.scope ActiveState) $(show ctr-one.scope Slice) $(show ctr-one.scope MemoryMax)" = 'active machine-ctr.slice 50331648' ]
check [ "$(cat /sys/fs/cgroup/machine.slice/machine-ctr.slice/ctr-one.scope/memory.max)" = 50331648 ]
expect ctr task exec --exec-id x one sh -c 'echo in; exit 0'
check_output in
expect ctr task pause one
expect ctr task resume one
expect ctr task metrics one
check grep -q memory <<<"$out"

test "ctr's kill and delete leave no scope"
expect ctr task kill -s KILL one
eventually 20 eval 'ctr task ls | grep -q STOPPED'
ctr task delete one >/dev/null 2>&1
expect ctr container rm one
eventually 20 is_gone ctr-one.scope
kill $containerd
wait $containerd
check [ -z "$(davit-runtime list --quiet)" ]
