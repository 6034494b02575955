# Kubernetes' way to davit-runtime: containerd with its own CRI service, asked what a kubelet asks. The configuration is that of
# docs/runtime.md.
# sandbox: --store tmpfs --size 2G
. "${0%/*}/../support/flow.sh"
R=$(command -v davit-runtime)
store=/var/lib/davit
mkdir -p $store/cri/net.d /run/cri /tmp/logs && cd $store/cri || exit 1
# crun, which takes turns with ours, refuses a hybrid host that left a controller on v2.
controllers=/sys/fs/cgroup/unified/cgroup.controllers
[ ! -e $controllers ] || mount --bind /dev/null $controllers
# What holds a pod's namespaces waits, and reaps what becomes its child in a shared pid namespace.
make-image pause --entrypoint sh --entrypoint=-c --entrypoint 'trap exit TERM; while :; do sleep 3600 & wait; done' --env PATH=/bin --layer busybox >/dev/null
make-image bb --cmd sh --env PATH=/bin --env FROM=image --layer busybox 'etc/group=root:x:0:
web:x:77:ann
' 'etc/passwd=root:x:0:0::/:/bin/sh
ann:x:55:66::/:/bin/sh
' >/dev/null
for image in pause bb; do
	skopeo copy -q --insecure-policy oci:$image:latest docker-archive:$image.tar:docker.io/library/$image:latest
done
handler() {
	echo "  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.$1]
    runtime_type = \"io.containerd.runc.v2\"
    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.$1.options]
      BinaryName = \"$2\""
}
{
	cat <<-END
		version = 2
		root = "$PWD/containerd"
		state = "/run/cri/containerd"
		[grpc]
		  address = "/run/cri/containerd.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "docker.io/library/pause:latest"
		  restrict_oom_score_adj = true # root has no right to lower it everywhere
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$PWD/net.d"
	END
	handler davit "$R"
	handler crun "$(command -v crun)"
	handler runc "$(command -v runc)"
} >containerd.toml
cat >net.d/10-bridge.conflist <<'END'
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": true,
	"ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
END
export CRI_SOCKET=/run/cri/containerd.sock
serve() {
	containerd -c containerd.toml >>containerd.log 2>&1 &
	containerd=$!
	eventually 20 cri Version
}
serve
for image in pause bb; do ctr -a $CRI_SOCKET -n k8s.io image import $image.tar >/dev/null; done

# pod NAME [JQ] - the configuration of a pod, as the kubelet makes it: in $config.
pod() {
	config=$(jq -n --arg name "$1" '{metadata: {$name, uid: $name, namespace: "default"}, hostname: $name, log_directory: ("/tmp/logs/" + $name),
		linux: {cgroup_parent: ("/kubepods/pod-" + $name), security_context: {namespace_options: {pid: 1}}}}' |
		jq -c "${2:-.} | if .linux.security_context.namespace_options.network == 2 then del(.hostname) else . end")
}
# run_pod - runs what pod made: its id in $pod.
run_pod() {
	expect cri RunPodSandbox "$(jq -n --argjson config "$config" --arg handler "${HANDLER:-davit}" '{$config, runtime_handler: $handler}')"
	pod=$(jq -r .pod_sandbox_id <<<"$out")
	[ "$pod" ] || exit 1
}
# create NAME SCRIPT [JQ] - a container that is to run SCRIPT, in the last pod: its id in $id.
create() {
	local request
	request=$(jq -n --arg pod "$pod" --argjson config "$config" --arg name "$1" --arg script "$2" '{pod_sandbox_id: $pod, sandbox_config: $config,
		config: {metadata: {$name}, image: {image: "docker.io/library/bb:latest"}, command: ["sh", "-c", $script], log_path: ($name + ".log"),
			linux: {security_context: {namespace_options: $config.linux.security_context.namespace_options}}}}' |
		jq -c ".config |= (${3:-.})")
	expect cri CreateContainer "$request"
	id=$(jq -r .container_id <<<"$out")
}
# start NAME SCRIPT [JQ] - creates and starts it.
start() {
	create "$@"
	expect cri StartContainer "{\"container_id\": \"$id\"}"
}
# status ID MEMBER
status() {
	cri ContainerStatus "{\"container_id\": \"$1\"}" | jq -r ".status.$2"
}
is() {
	[ "$(status "$1" "$2")" = "$3" ]
}
running=1 exited=2
# ran NAME SCRIPT [JQ] - starts it, and what it wrote to stdout is in $out once it has ended. Logs are written behind the status's back.
ran() {
	local log=/tmp/logs/${POD:-host}/$1.log
	start "$1" "trap 'echo the end' EXIT; $2" "${3:-.}"
	eventually 10 is "$id" state $exited
	eventually 10 grep -q ' stdout F the end$' "$log"
	out=$(sed -n '/ the end$/d; s/^[^ ]* stdout F //p' "$log")
}
sleeps='sleep 1000'

test "a pod in the host's network: create, start, status, logs, an exit code"
pod host '.linux.security_context.namespace_options.network = 2'
run_pod
ran one 'echo "to stdout $FROM $MORE"; echo to stderr >&2; readlink /proc/self/ns/net; exit 3' '.envs = [{key: "MORE", value: "kubelet"}]'
check_output "to stdout image kubelet
$(readlink /proc/self/ns/net)"
check grep -q '^20[^ ]*Z stderr F to stderr$' /tmp/logs/host/one.log
check [ "$(cri ContainerStatus "{\"container_id\": \"$id\"}" | jq -r '.status | .exit_code, .reason, .started_at <= .finished_at' | tr '\n' ' ')" = '3 Error true ' ]

test "exec: a probe's, with streams, on a terminal, and what is not there"
start two "$sleeps"
check is "$id" state $running
expect_fail 4 cri exec-sync $id sh -c 'echo out; echo err >&2; exit 4'
check_output out
check_error err
expect_fail 5 cri exec $id sh -c 'echo out; echo err >&2; exit 5'
check_output out
check_error err
expect_fail 6 sh -c "echo hello | cri exec -i $id sh -c 'read x; echo got \$x; exit 6'"
check_output 'got hello'
expect_fail 7 sh -c "echo hello | cri exec -i -t $id sh -c 'tty; stty size >/dev/null; read x; echo got \$x; exit 7'"
check grep -q '^/dev/pts/' <<<"$out"
check grep -q 'got hello' <<<"$out"
expect_fail 1 cri exec-sync $id nosuch
check grep -q 'executable file not found in $PATH' <<<"$err"
check is "$id" state $running

test "attach: the streams of the first process, by more than one"
start three 'echo ready; while read x; do echo "got $x"; done' '.stdin = true'
expect sh -c "{ echo hello; sleep 0.1; } | timeout 2 cri attach -i $id | head -1"
check_output 'got hello'
start four 'tty; while read x; do echo "got $x"; done' '.stdin = true | .tty = true'
expect sh -c "{ echo hello; sleep 0.1; } | timeout 2 cri attach -i -t $id | grep -m 1 got"
check grep -q 'got hello' <<<"$out"
check grep -q ' stdout F /dev/pts/0\|/dev/console' /tmp/logs/host/four.log

test "what cannot be started says why, and leaves nothing"
create five '' '.command = ["nosuch"]'
expect_fail 1 cri StartContainer "{\"container_id\": \"$id\"}"
check grep -q 'nosuch.*executable file not found in $PATH' <<<"$err"
check [ "$(status "$id" 'exit_code, .status.reason' | tr '\n' ' ')" = '128 StartError ' ]
create six '' '.command = ["/etc"]'
expect_fail 1 cri StartContainer "{\"container_id\": \"$id\"}"
check grep -qi 'permission denied' <<<"$err"

test "who it is: user, groups, capabilities, seccomp, read-only root, hidden paths"
ran user 'id; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\t" " "; touch /x || wc -c </proc/keys; echo x >/proc/sys/kernel/domainname || echo refused' \
	'.linux.security_context += {run_as_user: {value: 55}, run_as_group: {value: 66}, supplemental_groups: [88], no_new_privs: true, readonly_rootfs: true,
		capabilities: {drop_capabilities: ["ALL"], add_capabilities: ["NET_BIND_SERVICE"]}, seccomp: {profile_type: 0},
		masked_paths: ["/proc/keys"], readonly_paths: ["/proc/sys"]}'
check_output 'uid=55\(ann\) gid=66 groups=(66,)?(77\(web\),88|88,77\(web\))
CapEff: 0{16}
CapBnd: 0000000000000400
NoNewPrivs: 1
Seccomp: 2
0
refused'
ran name 'id -un' '.linux.security_context.run_as_username = "ann"'
check_output ann

test "volumes: read-only, private, from the host and back"
mkdir -p /tmp/v/{ro,slave,shared}
mount --bind /tmp/v/shared /tmp/v/shared && mount --make-shared /tmp/v/shared
mount --bind /tmp/v/slave /tmp/v/slave && mount --make-shared /tmp/v/slave
echo text >/tmp/v/ro/file
start volumes "mkdir /shared/inner; mount -t tmpfs none /shared/inner; touch /shared/inner/seen; $sleeps" '.mounts = [
	{container_path: "/ro", host_path: "/tmp/v/ro", readonly: true}, {container_path: "/slave", host_path: "/tmp/v/slave", propagation: 1},
	{container_path: "/shared", host_path: "/tmp/v/shared", propagation: 2}] | .linux.security_context.capabilities.add_capabilities = ["SYS_ADMIN"]'
expect_fail 1 cri exec-sync $id sh -c 'cat /ro/file; touch /ro/file'
check_output text
check_error 'touch: /ro/file: Read-only file system'
eventually 5 [ -e /tmp/v/shared/inner/seen ]
mkdir /tmp/v/slave/inner && mount -t tmpfs none /tmp/v/slave/inner && touch /tmp/v/slave/inner/seen
expect cri exec-sync $id ls /slave/inner
check_output seen
umount /tmp/v/slave/inner

test "limits, what they are changed to, and what is used"
limits='cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu/cpu.cfs_quota_us'
start limits "$sleeps" '.linux.resources = {memory_limit_in_bytes: 67108864, cpu_shares: 512, cpu_quota: 50000, cpu_period: 100000, cpuset_cpus: "0", oom_score_adj: 999}'
expect cri exec-sync $id sh -c "$limits /sys/fs/cgroup/cpuset/cpuset.cpus /proc/1/oom_score_adj"
check_output '67108864
512
50000
0
999'
expect cri UpdateContainerResources "{\"container_id\": \"$id\", \"linux\": {\"memory_limit_in_bytes\": 134217728, \"cpu_shares\": 256, \"cpu_quota\": 20000, \"cpu_period\": 100000}}"
expect cri exec-sync $id sh -c "$limits"
check_output '134217728
256
20000'
check [ -d /sys/fs/cgroup/memory/kubepods/pod-host/$id ]
expect cri ContainerStats "{\"container_id\": \"$id\"}"
check [ "$(jq -r '.stats | (.memory.working_set_bytes.value | tonumber) > 0, (.cpu.usage_core_nano_seconds.value | tonumber) > 0' <<<"$out" | uniq)" = true ]

test "who runs out of memory is OOMKilled"
start oom 'x=x; while :; do x=$x$x; done' '.linux.resources.memory_limit_in_bytes = 16777216'
eventually 20 is "$id" state $exited
check is "$id" exit_code 137
eventually 5 is "$id" reason OOMKilled

test "stop: a word in time, the kill after it; remove"
start obeys 'trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.05; done'
eventually 5 grep -qs up /tmp/logs/host/obeys.log
expect cri StopContainer "{\"container_id\": \"$id\", \"timeout\": 20}"
check is "$id" exit_code 9
check grep -q bye /tmp/logs/host/obeys.log
expect cri RemoveContainer "{\"container_id\": \"$id\"}"
expect_fail 1 cri ContainerStatus "{\"container_id\": \"$id\"}"
start deaf 'trap "" TERM; while :; do sleep 0.05; done'
expect cri StopContainer "{\"container_id\": \"$id\", \"timeout\": 1}"
check is "$id" exit_code 137

test "a pod of its own network: an address, containers that share it, each with its own processes"
pod web '.linux.sysctls = {"net.ipv4.ip_unprivileged_port_start": "70"}'
run_pod
expect cri PodSandboxStatus "{\"pod_sandbox_id\": \"$pod\"}"
address=$(jq -r .status.network.ip <<<"$out")
check grep -q '^10\.88\.0\.' <<<"$address"
start server 'mkdir /www; echo page >/www/index.html; httpd -f -p 80 -h /www' '.linux.security_context.run_as_user.value = 0'
server=$id
expect curl -fs --retry 20 --retry-connrefused --retry-delay 1 http://$address/index.html
check_output page
start client "$sleeps"
expect cri exec-sync $id sh -c 'wget -qO- http://127.0.0.1/index.html; hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; cat /proc/1/cmdline | tr "\0" " "'
check_output "page
web
70
sh -c $sleeps |page
web
70
$sleeps "
for namespace in net ipc uts; do
	check [ "$(cri exec-sync $server readlink /proc/self/ns/$namespace)" = "$(cri exec-sync $id readlink /proc/self/ns/$namespace)" ]
done
for namespace in pid mnt; do
	check [ "$(cri exec-sync $server readlink /proc/self/ns/$namespace)" != "$(cri exec-sync $id readlink /proc/self/ns/$namespace)" ]
done

test "a debugger's container enters another's processes"
POD=web ran debugger 'ps -o args' ".linux.security_context.namespace_options += {pid: 3, target_id: \"$server\"}"
check grep -q '^httpd -f' <<<"$out"

test "containerd ends and comes back: the pod goes on"
kill $containerd
wait $containerd
serve
check is $server state $running
expect cri exec-sync $server cat /www/index.html
check_output page
expect curl -fs http://$address/index.html

test "a pod that ends takes its containers along"
expect cri StopPodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
check is $server state $exited
expect cri RemovePodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
expect_fail 1 cri ContainerStatus "{\"container_id\": \"$server\"}"

test "a pod that shares its processes"
pod shared '.linux.security_context.namespace_options.pid = 0'
run_pod
start one 'sleep 1234'
start two "$sleeps"
expect cri exec-sync $id sh -c 'ps -o pid,args | grep -c "[s]leep 1234"; ps -o pid,args | grep -c "^ *1 sh -c trap"; kill $(pidof -s sleep) 2>/dev/null; true'
check_output '1
1'
expect cri exec-sync $id sh -c '(sleep 0.01 &); sleep 0.2; ps -o stat | grep -c Z; true'
check_output 0

test "a privileged pod and container: all devices, no filter"
pod strong '.linux.security_context.privileged = true | .linux.security_context.namespace_options.network = 2'
run_pod
POD=strong ran root 'ls /dev/loop-control; grep ^Seccomp: /proc/self/status | tr -s "\t" " "; mount -t tmpfs none /tmp && echo mounted; echo x 2>&1 >/proc/sys/kernel/domainname && cat /proc/sys/kernel/domainname' \
	'.linux.security_context.privileged = true'
check_output '/dev/loop-control
Seccomp: 0
mounted
x'

test "a device, and none beside it"
POD=strong ran device 'head -c 4 /dev/mine | wc -c; ls /dev/loop-control || echo none' '.devices = [{container_path: "/dev/mine", host_path: "/dev/zero", permissions: "r"}]'
check_output '4
none'

# whole HANDLER - a pod with one container from run to removed, in milliseconds.
whole() {
	local began
	n=$((n + 1))
	pod "$1-$n" '.linux.security_context.namespace_options.network = 2'
	began=$(date +%s%N)
	HANDLER=$1 run_pod
	start only true
	eventually 10 is "$id" state $exited
	expect cri StopPodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
	expect cri RemovePodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
	took=$((($(date +%s%N) - began) / 1000000))
}

test "a pod with davit-runtime is no slower than with runc"
n=0
for round in 1 2 3; do
	for runtime in davit crun runc; do
		whole $runtime
		echo $took >>times.$runtime
	done
done
median() { sort -n times.$1 | sed -n 2p; }
echo "     davit $(median davit) ms, crun $(median crun) ms, runc $(median runc) ms"
check [ "$(median davit)" -le "$(median runc)" ]

test "everything is gone with its pods"
for pod in $(cri ListPodSandbox | jq -r '.items[].id'); do
	expect cri StopPodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
	expect cri RemovePodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
done
expect cri ListContainers
check [ "$(jq '.containers | length' <<<"$out")" = 0 ]
kill $containerd
wait $containerd
check [ -z "$(grep -ls '^davit-runtime' /proc/[0-9]*/comm)" ]
# What a kubelet makes for a pod is its own to remove.
check [ -z "$(find /sys/fs/cgroup -path '*/kubepods/pod-*/*' -type d)" ]
check [ -z "$(find /run/containerd/runc /run/davit-runtime -mindepth 1 -not -path '*seccomp*' -not -path '*/k8s.io' 2>/dev/null)" ]
