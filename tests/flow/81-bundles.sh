# What a config.json may ask of davit-runtime, and what it gets for lies.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/oci.sh"
B=/tmp/b
bundle $B
davit-runtime run --bundle $B warm
leaks_mark
cp $B/config.json /tmp/config.json
fresh() {
	cp /tmp/config.json $B/config.json
	[ $# = 0 ] || runs $B "$@"
}

test "namespaces are made, shared with the host, or joined by their path"
fresh 'sleep 1000'
expect davit-runtime run --detach --bundle $B pod
P=$(pid_of pod)
fresh 'for n in net ipc uts pid mnt; do readlink /proc/self/ns/$n; done; hostname; ps | grep -c "sleep 1000"' "
	del(.hostname) | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$P/ns/net\"
	elif .type == \"ipc\" or .type == \"uts\" or .type == \"pid\" then .path = \"/proc/$P/ns/\" + .type else . end)"
expect davit-runtime run --bundle $B member
for n in net ipc uts pid; do
	check grep -qF "$(readlink /proc/$P/ns/$n)" <<<"$out"
done
check grep -q '^davit$' <<<"$out"
expect davit-runtime delete --force pod
fresh 'readlink /proc/self/ns/net' 'del(.linux.sysctl) | .linux.namespaces |= map(select(.type != "network"))'
expect davit-runtime run --bundle $B host
check_output "$(readlink /proc/self/ns/net)"

test "a time namespace has clocks of its own"
fresh 'cat /proc/uptime' '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 7}, boottime: {secs: 100000}}'
expect davit-runtime run --bundle $B clock
read -r here _ </proc/uptime
check [ $((${out%%.*} - ${here%%.*})) -ge 99999 ]

test "a user namespace: its maps, its devices, its rights, its limits"
cp -r $B /tmp/mapped && chown -R 100000:100000 /tmp/mapped/rootfs && chmod 700 /tmp/mapped
maps='del(.linux.sysctl) | .linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
mkdir -p /tmp/data && touch /tmp/data/file && chown 0:0 /tmp/data/file
cp /tmp/config.json /tmp/mapped/
runs /tmp/mapped 'id -u; cat /proc/self/uid_map; stat -c %u /data/file; touch /new && stat -c %u /new
	echo x >/dev/null && echo dev; cat /proc/self/oom_score_adj; sh -c "ulimit -n"; mount -t tmpfs x /tmp 2>&1 | tail -1' "$maps |
	.mounts += [{destination: \"/data\", type: \"bind\", source: \"/tmp/data\", options: [\"rbind\", \"idmap\"]}] |
	.process.oomScoreAdj = 321 | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 123, hard: 124}]"
expect davit-runtime run --bundle /tmp/mapped mapped
check_output '0
 *0 +100000 +65536
0
0
dev
321
123
mount: .*'
check [ "$(stat -c %u /tmp/mapped/rootfs/new)" = 100000 ]
runs /tmp/mapped 'sleep 1000'
expect davit-runtime run --detach --bundle /tmp/mapped mapped
expect davit-runtime exec mapped sh -c 'id -u; cat /proc/self/uid_map; touch /from-exec && stat -c %u /from-exec'
check_output '0
 *0 +100000 +65536
0'
P=$(pid_of mapped)
runs /tmp/mapped 'readlink /proc/self/ns/user; id -u; echo $(ps | grep -c "sleep 1000")' "
	del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(
	if .type == \"user\" or .type == \"pid\" then .path = \"/proc/$P/ns/\" + .type else . end)"
expect davit-runtime run --bundle /tmp/mapped joined
check_output "$(readlink /proc/$P/ns/user | sed 's/[][]/\\&/g')
0
[1-9]"
expect davit-runtime delete --force mapped

test "idmapped mounts without a user namespace"
fresh 'stat -c %u /data/file' '.mounts += [{destination: "/data", type: "bind", source: "/tmp/data", options: ["rbind", "idmap"],
	uidMappings: [{containerID: 0, hostID: 4000, size: 10}], gidMappings: [{containerID: 0, hostID: 4000, size: 10}]}]'
expect davit-runtime run --bundle $B idmap
check_output 4000

test "what is mounted below a bind: ro is its own, rro is theirs too"
mkdir -p /tmp/tree/below && mount -t tmpfs below /tmp/tree/below
for word in ro:Read-only:written rro:Read-only:Read-only; do
	fresh 'for d in /tree /tree/below; do touch $d/x 2>&1 && echo written; done' "
		.mounts += [{destination: \"/tree\", type: \"bind\", source: \"/tmp/tree\", options: [\"rbind\", \"${word%%:*}\"]}]"
	davit-runtime run --bundle $B ro >/tmp/out
	check grep -q "$(cut -d: -f2 <<<$word)" <(head -1 /tmp/out)
	check grep -q "$(cut -d: -f3 <<<$word)" <(tail -1 /tmp/out)
	rm -f /tmp/tree/below/x
done
umount /tmp/tree/below

test "a tmpfs can begin with what it covers"
mkdir -p $B/rootfs/full/sub && echo text >$B/rootfs/full/sub/file && ln -s sub/file $B/rootfs/full/link
chmod 700 $B/rootfs/full/sub && chown 7:8 $B/rootfs/full/sub/file
fresh 'cat /full/link; stat -c %u:%g:%a /full/sub/file; stat -c %a /full/sub; grep " /full " /proc/mounts | cut -d" " -f3' '
	.mounts += [{destination: "/full", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
expect davit-runtime run --bundle $B copyup
check_output $'text\n7:8:644\n700\ntmpfs'

test "without a mount at /dev its devices are made in the root"
fresh 'ls -l /dev/null | cut -c1; ls -l /dev/fuse | cut -c1; readlink /dev/fd' '.mounts |= map(select(.destination | startswith("/dev") | not)) |
	.linux.devices = [{type: "c", path: "/dev/fuse", major: 10, minor: 229}]'
expect davit-runtime run --bundle $B nodev
check_output $'c\nc\n/proc/self/fd'
rm -rf $B/rootfs/dev/*

test "a root that is a trap leads nowhere"
mkdir -p /tmp/host && cp -r $B /tmp/trap && rm -rf /tmp/trap/rootfs/{dev,proc,full}
trap_of() {
	cp /tmp/config.json /tmp/trap/
	runs /tmp/trap 'echo ran' "$1"
	flow_run davit-runtime run --bundle /tmp/trap trap
	[ -z "$(ls -A /tmp/host)" ] || fail "made on the host: $(ls -A /tmp/host)"
	[ "$(davit-runtime list --quiet)" = "" ] || fail "left: $(davit-runtime list --quiet)"
}
ln -s ../../host /tmp/trap/rootfs/dev
ln -s ../../host /tmp/trap/rootfs/proc
trap_of .
check [ $flow_code = 1 ]
check_error 'davit-runtime: mount point /proc is behind a symbolic link'
rm /tmp/trap/rootfs/proc && mkdir /tmp/trap/rootfs/proc
trap_of .
check_error 'davit-runtime: mount point /dev is behind a symbolic link'
trap_of '.mounts |= map(select(.destination | startswith("/dev") | not))'
check [ $flow_code = 1 ]
rm /tmp/trap/rootfs/dev && mkdir /tmp/trap/rootfs/dev && ln -s /../../host /tmp/trap/rootfs/data
trap_of '.mounts += [{destination: "/data/x", type: "tmpfs"}]' # its own /host, if any
check [ $flow_code = 0 ]
trap_of '.process.cwd = "/proc/self/fd/5"'
check [ $flow_code = 1 ]
trap_of '.mounts += [{destination: "/proc/sys", type: "tmpfs"}]'
check_error 'davit-runtime: mount /proc/sys: cannot be mounted inside /proc'

test "a shared root tells the host what is mounted in it"
mount -t tmpfs shared /tmp/tree && mount --make-shared /tmp/tree && mkdir /tmp/tree/at
fresh 'mount -t tmpfs inside /tree/at && sleep 1000' '.linux.rootfsPropagation = "rshared" | del(.linux.seccomp) |
	.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) |
	.mounts += [{destination: "/tree", type: "bind", source: "/tmp/tree", options: ["rbind", "rshared"]}]'
expect davit-runtime run --detach --bundle $B shared
eventually 10 mountpoint -q /tmp/tree/at
check [ "$(grep -c "$B/rootfs" /proc/self/mountinfo)" = 0 ]
expect davit-runtime delete --force shared
umount -R /tmp/tree

test "limits and priorities of a process"
fresh 'sh -c "ulimit -n"; cat /proc/self/oom_score_adj; uname -m; cat /proc/self/stat | cut -d" " -f18,19,41; grep -c . /proc/self/status' '
	.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 55, hard: 66}] | .process.oomScoreAdj = 77 |
	.linux.personality = {domain: "LINUX32"} | .process.scheduler = {policy: "SCHED_BATCH", nice: 5} |
	.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0} | .linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: "0"}'
expect davit-runtime run --bundle $B limits
check_output '55
77
i686
25 5 3
.*'

test "users are numbers, whatever /etc/passwd calls them"
printf '1000:x:0:0::/evil:/bin/sh\nuser:x:1000:5::/home/user:/bin/sh\n' >$B/rootfs/etc/passwd
fresh 'id -u; id -g; id -G; echo $HOME' '.process.user = {uid: 1000, gid: 7, additionalGids: [8, 9], username: "root"}'
expect davit-runtime run --bundle $B user
check_output $'1000\n7\n7 8 9\n/home/user'
rm $B/rootfs/etc/passwd

test "hooks are called in their places, with the state, and outside or inside of the container"
hook='{path: "/bin/sh", env: ["PATH=/bin:/usr/bin"], args: ["sh", "-c", ("(echo " + . + " $(readlink /proc/self/ns/mnt) $(tr , \"\\n\" | grep status)) >>/tmp/hooks")]}'
fresh 'cat /tmp/inside' ".hooks = (reduce (\"prestart\", \"createRuntime\", \"createContainer\", \"poststart\", \"poststop\") as \$at ({};
	.[\$at] = [\$at | $hook])) | .hooks.startContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >/tmp/inside; grep CapEff /proc/self/status >/tmp/rights\"]}]"
expect sh -c "davit-runtime create --bundle $B hooks >/tmp/out 2>&1"
expect davit-runtime start hooks
eventually 10 sh -c '[ "$(davit-runtime state hooks | jq -r .status)" = stopped ]'
expect davit-runtime delete hooks
check [ "$(jq -r .id /tmp/out)" = hooks ]
check grep -q 00000000a80425fb $B/rootfs/tmp/rights # what runs inside has no more than what it starts
us=$(readlink /proc/self/ns/mnt)
check [ "$(sed "s/$(sed 's/[][]/\\&/g' <<<"$us")/ours/; s/mnt:[^ ]*/its/" /tmp/hooks)" = 'prestart ours "status":"creating"
createRuntime ours "status":"creating"
createContainer its "status":"creating"
poststart ours "status":"running"
poststop ours "status":"stopped"' ]

test "a hook that fails or hangs ends the creation"
fresh true '.hooks = {createRuntime: [{path: "/bin/false"}]}'
expect_fail 1 davit-runtime create --bundle $B hooks
check_error 'davit-runtime: hooks.createRuntime\[0\]: /bin/false failed with exit code 1'
fresh true '.hooks = {createContainer: [{path: "/bin/sleep", args: ["sleep", "30"], timeout: 1}]}'
expect_fail 1 davit-runtime create --bundle $B hooks
check_error 'davit-runtime: hook /bin/sleep: took longer than 1 seconds'
fresh true '.hooks = {poststop: [{path: "/bin/false"}]}'
expect davit-runtime run --bundle $B hooks
check_error 'davit-runtime: hooks.poststop\[0\]: /bin/false failed with exit code 1'
leaks_check

test "seccomp: the filter is compiled once, and holds"
fresh 'mkdir /tmp/d 2>&1; grep ^Seccomp: /proc/self/status; rm -rf /tmp/d' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
expect davit-runtime run --bundle $B filter
check_output "mkdir: .*: No space left on device
Seccomp:	2"
check [ "$(ls /run/davit-runtime/.seccomp | wc -l)" = 1 ]
expect davit-runtime run --bundle $B filter
expect davit-runtime run --detach --bundle $B filter
davit-runtime delete --force filter
check [ "$(ls /run/davit-runtime/.seccomp | wc -l)" = 1 ]

test "seccomp: a listener is told of the process, and answers for it"
cat >/tmp/listen.py <<'PY'
import ctypes, fcntl, json, os, socket, struct
s = socket.socket(socket.AF_UNIX); s.bind("/tmp/listener"); s.listen(1)
print("ready", flush=True)
c, _ = s.accept()
text, fds, _, _ = socket.recv_fds(c, 10000, 1)
state = json.loads(text)
print(state["fds"], state["metadata"], state["state"]["id"], state["state"]["status"], flush=True)
RECV, SEND = 0xc0502100, 0xc0182101
note = bytearray(80)
fcntl.ioctl(fds[0], RECV, note)
(id,) = struct.unpack_from("Q", note)
fcntl.ioctl(fds[0], SEND, struct.pack("QqiI", id, 0, -28, 0))
PY
python3 /tmp/listen.py >/tmp/listen.out &
eventually 10 grep -q ready /tmp/listen.out
fresh 'mkdir /tmp/d 2>&1' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/tmp/listener", listenerMetadata: "m",
	syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
expect sh -c "davit-runtime create --bundle $B notify >/tmp/out 2>&1"
expect davit-runtime start notify
wait $!
eventually 10 grep -q 'No space left' /tmp/out
check [ "$(tail -1 /tmp/listen.out)" = "['seccompFd'] m notify running" ]
expect davit-runtime delete --force notify
change $B 'del(.linux.seccomp.listenerPath)'
expect_fail 1 davit-runtime create --bundle $B notify
check_error 'davit-runtime: config.json: linux.seccomp: listenerPath: must be set for SCMP_ACT_NOTIFY'

test "an ordinary user runs a bundle of its own, and is told what it cannot have"
mkdir -p /tmp/user /tmp/xdg && oci_rootfs /tmp/user/rootfs && chown -R 1000:1000 /tmp/user /tmp/xdg
as_user() {
	setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all env XDG_RUNTIME_DIR=/tmp/xdg "$@"
}
expect as_user davit-runtime spec --rootless --bundle /tmp/user
runs /tmp/user 'id -u; cat /proc/self/uid_map; echo x >/dev/null && echo dev; touch /x && echo made' '.process.terminal = false'
chown 1000 /tmp/user/config.json
expect as_user davit-runtime run --bundle /tmp/user mine
check_output '0
 *0 +1000 +1
dev
made'
check [ "$(stat -c %u /tmp/user/rootfs/x)" = 1000 ]
runs /tmp/user 'sleep 1000'
expect as_user davit-runtime run --detach --bundle /tmp/user mine
expect as_user davit-runtime exec mine sh -c 'id -u; ps | grep -c "sleep 1000"'
check_output '0
[1-9]'
expect as_user davit-runtime delete --force mine
change /tmp/user '.linux.resources = {memory: {limit: 100000000}}'
expect_fail 1 as_user davit-runtime run --bundle /tmp/user mine
check_error 'davit-runtime: linux.resources: the cgroup davit-runtime/mine is not this user.s to make: no limits without root or delegation'
check [ -z "$(ls /tmp/xdg/davit-runtime | grep -v seccomp)" ]

test "capabilities that are not ours to give are named"
fresh true '.process.capabilities |= map_values(. + ["CAP_SYS_RESOURCE"])'
if capsh --print 2>/dev/null | grep -q '^Bounding.*cap_sys_resource' || [ $((0x$(awk '/CapBnd/ { print $2 }' /proc/self/status) >> 24 & 1)) = 1 ]; then
	expect davit-runtime run --bundle $B caps
else
	expect_fail 1 davit-runtime run --bundle $B caps
	check_error 'davit-runtime: process.capabilities: CAP_SYS_RESOURCE is not ours to give'
fi

test "capabilities that nobody could give are left out with a warning, as in what runc spec writes"
fresh 'grep -E "CapPrm|CapAmb" /proc/self/status' '.process.capabilities = {bounding: ["CAP_KILL", "CAP_FLY"],
	permitted: ["CAP_KILL", "CAP_FLY"], effective: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
expect davit-runtime --log /tmp/said run --bundle $B caps
check_output '.*CapPrm:	0*20
CapAmb:	0*'
check grep -q 'level=warning msg="process.capabilities: unknown, and left out: CAP_FLY"' /tmp/said
check grep -q 'level=warning msg="process.capabilities.ambient: not permitted and inheritable too, and left out: CAP_KILL"' /tmp/said

test "every lie in a config.json gets one sentence that names the member, and nothing is left"
fresh true '.linux.cgroupsPath = "/lies/x" | .linux.resources = {devices: [{allow: false, access: "rwm"},
	{allow: true, type: "c", major: 1, minor: 3, access: "r"}], memory: {limit: 100000000, swap: -1},
	cpu: {shares: 100, quota: 50000, period: 100000, cpus: "0"}, pids: {limit: 100}} |
	.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 100}] | .process.oomScoreAdj = 100 |
	.mounts = [.mounts[0, 1], {destination: "/tmp/x", type: "bind", source: "/tmp", options: ["rbind", "rro"]}] |
	.hooks = {createRuntime: [{path: "/bin/true", args: ["true"], env: ["A=b"], timeout: 5}]} |
	.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
		{names: ["getcwd"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}]} |
	.annotations = {a: "b"} | .linux.devices = [{type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0}] |
	.linux.maskedPaths |= .[0:2] | .linux.readonlyPaths |= .[0:2] | .process.capabilities |= map_values(.[0:2])'
LIES_EVERY=7 expect lie-in-config $B
check grep -q '^[0-9]* tried, [0-9]* refused, 0 badly$' <<<"$out"
printf '{' >$B/config.json
expect_fail 1 davit-runtime create --bundle $B lie
check_error 'davit-runtime: config.json: not valid JSON'
head -c 5000000 /dev/zero >$B/config.json
expect_fail 1 davit-runtime create --bundle $B lie
check_error "davit-runtime: $B/config.json: larger than 4194304 bytes"
expect_fail 1 davit-runtime create --bundle /nowhere lie
check_error 'davit-runtime: bundle /nowhere: No such file or directory'
rmdir /sys/fs/cgroup/*/lies /sys/fs/cgroup/lies 2>/dev/null
leaks_check
