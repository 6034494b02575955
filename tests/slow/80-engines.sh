# podman, docker and containerd with davit-runtime below them: what their users do, and the commands of docs/runtime.md.
# sandbox: --store tmpfs --size 2G
. "${0%/*}/../support/flow.sh"
R=$(command -v davit-runtime)
store=/var/lib/davit
mkdir -p $store/engines /run/engines/bin && cd $store/engines || exit 1
# crun, which takes turns with ours, refuses a hybrid host that left a controller on v2.
controllers=/sys/fs/cgroup/unified/cgroup.controllers
[ ! -e $controllers ] || mount --bind /dev/null $controllers
for program in iptables ip6tables; do ln -s "$(command -v $program-nft)" /run/engines/bin/$program; done
PATH=/run/engines/bin:$PATH
make-image layout --cmd sh --env PATH=/bin --layer busybox >/dev/null
skopeo copy -q --insecure-policy oci:layout:latest docker-archive:bb.tar:bb:latest
skopeo copy -q --insecure-policy oci:layout:latest docker-archive:ctr.tar:docker.io/library/bb:latest
loop='trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done'

milliseconds() {
	local began=$(date +%s%N)
	"$@" >/dev/null 2>&1 || fail "$*: failed"
	echo $((($(date +%s%N) - began) / 1000000))
}
# no_slower WITH-OURS WITH-THEIRS, in milliseconds
no_slower() {
	echo "     ours $1 ms, theirs $2 ms"
	check [ "$1" -le "$2" ]
}

# ---- podman ----

limits=$(printf '"nofile=%s:%s","nproc=%s:%s"' "$(ulimit -Hn)" "$(ulimit -Hn)" "$(ulimit -Hu)" "$(ulimit -Hu)")
cat >containers.conf <<END
[containers]
default_ulimits = [$limits]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "davit"
[engine.runtimes]
davit = ["$R"]
END
export CONTAINERS_CONF=$PWD/containers.conf
podman() {
	command podman --root "$store/engines/podman" --runroot /run/engines/podman --storage-driver overlay "$@"
}

test "podman: run, exit codes, a tty"
expect podman load -q -i bb.tar
expect_fail 5 podman run --rm --network none bb sh -c 'echo hello; exit 5'
check_output hello
expect_fail 127 podman run --rm --network none bb nosuch
check grep -q 'executable file not found in $PATH' <<<"$err"
expect_fail 126 podman run --rm --network none bb /etc
expect on-terminal 'wait:/dev/pts/0' 'send:hello\r' 'wait:got hello' -- podman --root "$store/engines/podman" \
	--runroot /run/engines/podman --storage-driver overlay run --rm -it --network none bb sh -c 'tty; read x; echo got $x'

test "podman: logs, exec, pause, stop, start, kill, rm"
expect podman run -d --name one --network none bb sh -c "$loop"
eventually 5 sh -c "command podman --root $store/engines/podman --runroot /run/engines/podman --storage-driver overlay logs one | grep -q up"
expect_fail 4 podman exec one sh -c 'exit 4'
expect_fail 127 podman exec one nosuch
expect podman pause one
check [ "$(podman inspect -f '{{.State.Status}}' one)" = paused ]
expect podman unpause one
expect podman top one
expect podman stop one
check [ "$(podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' one)" = 'exited 3' ]
expect podman start one
expect podman kill one
expect podman wait one
check_output 137
expect podman rm one

test "podman: a pod shares its namespaces"
expect podman pod create --name pod --infra-image bb --infra-command 'sleep 1000' --network none
expect podman run -d --pod pod --name member bb sleep 1000
expect podman run --rm --pod pod bb readlink /proc/self/ns/net
shared=$out
expect podman exec member readlink /proc/self/ns/net
check_output "${shared//[\[\]]/.}"
expect podman pod rm -f -t 0 pod

test "podman: limits, a read-only root, a user namespace, --privileged"
expect podman run --rm --network none -m 64m --pids-limit 20 --read-only --tmpfs /x bb \
	sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max; touch /x/y && echo tmpfs; touch /y 2>&1; true'
check_output '67108864
20
tmpfs
touch: /y: Read-only file system'
expect podman run --rm --network none --uidmap 0:100000:5000 --gidmap 0:100000:5000 bb cat /proc/self/uid_map
check_output ' *0 +100000 +5000'
expect podman run --rm --network host --privileged bb true

test "podman is no slower than with crun"
for n in 1 2 3 4 5; do
	ours[n]=$(milliseconds podman --runtime "$R" run --rm --network none bb true)
	theirs[n]=$(milliseconds podman --runtime crun run --rm --network none bb true)
done
no_slower "$(printf '%s\n' "${ours[@]}" | sort -n | sed -n 3p)" "$(printf '%s\n' "${theirs[@]}" | sort -n | sed -n 3p)"

test "podman without root"
for file in passwd group subuid subgid; do
	[ -e /etc/$file ] || touch /etc/$file
	cp /etc/$file /tmp/$file && mount --bind /tmp/$file /etc/$file
done
echo 'ann:x:1234:1234::/tmp/ann:/bin/sh' >>/etc/passwd
echo 'ann:x:1234:' >>/etc/group
echo 'ann:200000:65536' | tee /etc/subuid >/etc/subgid
mkdir -p /tmp/ann /run/user/1234
cp bb.tar /tmp/ann/
cp "$R" "${R%/*}/davit-seccomp" /tmp/ # where an ordinary user may look
sed "s|$R|/tmp/davit-runtime|" containers.conf >/tmp/ann/containers.conf
chown -R 1234:1234 /tmp/ann /run/user/1234
ann() {
	(cd /tmp/ann && setpriv --reuid 1234 --regid 1234 --clear-groups env -i PATH=/usr/bin:/bin:/usr/sbin HOME=/tmp/ann \
		XDG_RUNTIME_DIR=/run/user/1234 CONTAINERS_CONF=/tmp/ann/containers.conf podman --storage-driver overlay "$@")
}
expect ann load -q -i bb.tar
expect ann run --rm --network none bb sh -c 'id -u; cat /proc/self/uid_map; echo x >/dev/null && echo dev'
check_output '0
 *0 +1234 +1
 *1 +200000 +65536
dev'
expect ann run -d --name one --network host bb sleep 1000
expect ann exec one id -u
check_output 0
expect ann rm -f -t 0 one

# ---- docker ----

export DOCKER_HOST=unix:///run/engines/docker.sock DOCKER_CONFIG=$PWD
docker() { /usr/bin/docker "$@"; }
echo '{"runtimes": {"davit": {"path": "'"$R"'"}}, "default-runtime": "davit"}' >daemon.json
dockerd --config-file daemon.json --data-root "$PWD/docker" --exec-root /run/engines/docker --pidfile /run/engines/docker.pid -H $DOCKER_HOST \
	--storage-driver overlay2 >dockerd.log 2>&1 &
dockerd=$!

test "docker: run, exit codes, a tty"
eventually 20 /usr/bin/docker version
expect docker load -q -i bb.tar
expect_fail 5 docker run --runtime davit --rm --network none bb sh -c 'echo hello; exit 5'
check_output hello
expect_fail 127 docker run --runtime davit --rm --network none bb nosuch
expect_fail 126 docker run --runtime davit --rm --network none bb /etc
expect on-terminal 'wait:/dev/pts/0' 'send:hello\r' 'wait:got hello' -- /usr/bin/docker run --runtime davit --rm -it --network none bb \
	sh -c 'tty; read x; echo got $x'

test "docker: a bridge network, logs, exec, pause, update, stop, start, kill, rm"
expect docker run -d --name one bb sh -c "$loop"
check [ "$(docker inspect -f '{{.HostConfig.Runtime}}' one)" = davit ]
eventually 5 sh -c '/usr/bin/docker logs one | grep -q up'
expect docker exec one ip addr show dev eth0
check grep -q 'inet 172\.' <<<"$out"
expect_fail 4 docker exec one sh -c 'exit 4'
expect_fail 126 docker exec one nosuch
expect docker pause one
check [ "$(docker inspect -f '{{.State.Status}}' one)" = paused ]
expect docker unpause one
expect docker top one
expect docker update -m 64m --memory-swap 128m one
expect docker exec one cat /sys/fs/cgroup/memory/memory.limit_in_bytes
check_output 67108864
expect docker stop one
check [ "$(docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' one)" = 'exited 3' ]
check grep -q bye <<<"$(docker logs one)"
expect docker start one
expect docker kill one
expect docker wait one
check_output 137
expect docker rm one

test "docker: namespaces of another container, --init, a user, limits"
expect docker run --runtime davit -d --name donor --ipc shareable --network none bb sleep 1000
expect docker run --runtime davit --rm --network container:donor --pid container:donor --ipc container:donor bb \
	sh -c 'ps | grep -c "sleep 1000"'
check [ "$out" -ge 1 ]
expect docker rm -f donor
expect docker run --runtime davit --rm --network none --init -u 1000:1001 -w /w -m 64m --cap-drop ALL \
	--security-opt no-new-privileges --hostname hh bb sh -c 'id -u; pwd; hostname; grep NoNewPrivs /proc/self/status; ps | head -2 | tail -1'
check grep -q docker-init <<<"$out"
check grep -q '^NoNewPrivs:.1$' <<<"$out"

test "docker is no slower than with runc"
for n in 1 2 3 4 5; do
	ours[n]=$(milliseconds docker run --runtime davit --rm --network none bb true)
	theirs[n]=$(milliseconds docker run --runtime runc --rm --network none bb true)
done
no_slower "$(printf '%s\n' "${ours[@]}" | sort -n | sed -n 3p)" "$(printf '%s\n' "${theirs[@]}" | sort -n | sed -n 3p)"
kill $dockerd
wait $dockerd

# ---- containerd, and so Kubernetes ----

cat >containerd.toml <<END
version = 2
root = "$PWD/containerd"
state = "/run/engines/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/engines/containerd.sock"
END
containerd -c containerd.toml >containerd.log 2>&1 &
containerd=$!
ctr() { command ctr -a /run/engines/containerd.sock "$@"; }
bb=docker.io/library/bb:latest

test "containerd: run, exit codes, a tty"
eventually 20 ctr -a /run/engines/containerd.sock version
expect ctr image import ctr.tar
expect_fail 5 ctr run --rm --runc-binary "$R" $bb one sh -c 'echo hello; exit 5'
check_output hello
expect_fail 1 ctr run --rm --runc-binary "$R" $bb two nosuch
check grep -q 'executable file not found' <<<"$err"
expect on-terminal 'wait:/dev/pts/0' 'send:hello\r' 'wait:got hello' -- ctr -a /run/engines/containerd.sock run -t --rm --runc-binary "$R" $bb \
	tty sh -c 'tty; read x; echo got $x'

test "containerd: exec, pause, metrics, kill, delete"
expect ctr run -d --seccomp --runc-binary "$R" $bb one sh -c "$loop"
expect ctr task exec --exec-id x one grep '^Seccomp:' /proc/self/status
check_output 'Seccomp:.2'
expect ctr task pause one
check grep -q PAUSED <<<"$(ctr task ls)"
expect ctr task resume one
expect ctr task metrics one
check grep -q memory <<<"$out"
expect ctr task ps one
expect ctr task kill one
eventually 5 sh -c 'ctr -a /run/engines/containerd.sock task ls | grep -q STOPPED'
ctr task delete one 2>/dev/null
expect ctr container rm one

test "ctr is no slower than with crun"
for n in 1 2 3 4 5; do
	ours[n]=$(milliseconds ctr run --rm --runc-binary "$R" $bb a$n true)
	theirs[n]=$(milliseconds ctr run --rm --runc-binary "$(command -v crun)" $bb b$n true)
done
no_slower "$(printf '%s\n' "${ours[@]}" | sort -n | sed -n 3p)" "$(printf '%s\n' "${theirs[@]}" | sort -n | sed -n 3p)"
kill $containerd
wait $containerd

test "nothing of davit is left running, and no record"
check [ -z "$(grep -ls '^davit-runtime' /proc/[0-9]*/comm)" ]
check [ -z "$(ls /run/davit-runtime 2>/dev/null | grep -v seccomp)" ]
