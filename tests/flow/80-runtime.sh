# davit-runtime as podman, docker and containerd call it: one bundle, every command.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/oci.sh"
B=/tmp/b
bundle $B
davit-runtime run --bundle $B warm # what stays of the first: the parents of its cgroups
leaks_mark

test "run is its process: output, input, exit code, and nothing is left"
runs $B 'read line; echo "got $line"; echo no >&2; exit 7'
expect_fail 7 davit-runtime run --bundle $B one <<<hello
check_output 'got hello'
check_error no
runs $B 'kill -KILL $$; sleep 10' '.linux.namespaces |= map(select(.type != "pid"))'
expect_fail 137 davit-runtime run --bundle $B one
leaks_check

test "a created container waits, its process is its caller's child, and nothing of davit stays"
bundle /tmp/wait
runs /tmp/wait 'echo up; trap "exit 3" TERM; while :; do sleep 0.05; done'
expect sh -c "davit-runtime create --bundle /tmp/wait --pid-file /tmp/pid wait >/tmp/out 2>&1"
expect davit-runtime state wait
check [ "$(jq -r '.status, .ociVersion, .bundle' <<<"$out" | tr '\n' ' ')" = 'created 1.2.0 /tmp/wait ' ]
check [ "$(jq -r .pid <<<"$out")" = "$(cat /tmp/pid)" ]
check [ ! -s /tmp/out ]
# The shell that called it is gone: whoever took over its children has it.
check [ "$(awk '/^PPid/ { print $2 }' "/proc/$(cat /tmp/pid)/status")" != 0 ]
check [ "$(grep -hs '^davit-runtime' /proc/[0-9]*/comm | wc -l)" = 1 ] # that process itself, before its exec

test "an id is used once, and a container is started once"
expect_fail 1 davit-runtime create --bundle $B wait
check_error 'davit-runtime: container with given ID already exists: wait'
expect davit-runtime start wait
eventually 10 grep -q up /tmp/out
check [ "$(status_of wait)" = running ]
expect_fail 1 davit-runtime start wait
check_error 'davit-runtime: cannot start an already running container: wait'

test "exec: its exit code, environment, user, directory, and the container's own namespaces"
expect_fail 4 davit-runtime exec --env A=b --user 1000:1001 --cwd /tmp wait sh -c 'echo $A $(id -u):$(id -g) $PWD; exit 4'
check_output 'b 1000:1001 /tmp'
expect davit-runtime exec wait readlink /proc/self/ns/pid
check_output "$(readlink "/proc/$(pid_of wait)/ns/pid")"
expect davit-runtime exec wait cat /proc/self/cgroup
check grep -q ':memory:/davit-runtime/wait$\|^0::/davit-runtime/wait$\|^0::/$' <<<"$out"
expect_fail 255 davit-runtime exec wait nosuch
check_error 'davit-runtime: exec "nosuch": executable file not found in \$PATH'
expect davit-runtime exec --detach --pid-file /tmp/pid wait sleep 1000
check [ "$(tr '\0' ' ' <"/proc/$(cat /tmp/pid)/cmdline")" = 'sleep 1000 ' ]

test "exec takes a process from a file"
jq -n '{args: ["sh", "-c", "id -u; echo $X; exit 9"], cwd: "/", env: ["X=y", "PATH=/bin"], user: {uid: 5, gid: 6}}' >/tmp/process
expect_fail 9 davit-runtime exec --process /tmp/process wait
check_output $'5\ny'
echo '{"args": [], "cwd": "/", "user": {}}' >/tmp/process
expect_fail 255 davit-runtime exec --process /tmp/process wait
check_error 'davit-runtime: process.args: must not be empty'

test "ps, pause, resume"
expect davit-runtime ps --format json wait
check [ "$(jq length <<<"$out")" -ge 2 ]
expect davit-runtime ps wait
check grep -q 'sleep 1000' <<<"$out"
expect davit-runtime pause wait
check [ "$(status_of wait)" = paused ]
expect_fail 255 davit-runtime exec wait true
check_error 'davit-runtime: cannot exec in a paused container (use --ignore-paused to override): wait'
expect_fail 1 davit-runtime pause wait
check_error 'davit-runtime: container wait is not running: paused'
expect davit-runtime resume wait
check [ "$(status_of wait)" = running ]

test "update, events, list"
expect davit-runtime update --memory 64M --pids-limit 50 --cpu-share 512 wait
expect davit-runtime events --stats wait
check [ "$(jq -r '.type, .id, .data.memory.usage.limit' <<<"$out" | tr '\n' ' ')" = 'stats wait 67108864 ' ]
echo '{"memory": {"limit": 33554432}}' >/tmp/resources
expect davit-runtime update --resources /tmp/resources wait
check [ "$(davit-runtime events --stats wait | jq .data.memory.usage.limit)" = 33554432 ]
expect_fail 1 davit-runtime update --memory x wait
check_error 'davit-runtime: --memory: "x" is not a size like 512M'
expect davit-runtime list --format json
check [ "$(jq -r '.[] | .id + " " + .status' <<<"$out")" = 'wait running' ]
expect davit-runtime list --quiet
check_output wait

test "kill, then delete; what is gone is said so in runc's words"
expect_fail 1 davit-runtime delete wait
check_error 'davit-runtime: cannot delete container wait that is not stopped: running'
expect davit-runtime kill wait TERM
eventually 10 sh -c '[ "$(davit-runtime state wait | jq -r .status)" = stopped ]'
expect_fail 1 davit-runtime kill wait KILL
check_error 'davit-runtime: container not running: wait'
expect davit-runtime delete wait
for command in state 'kill wait' start delete; do
	expect_fail 1 davit-runtime ${command% *} wait
	check_error 'davit-runtime: container wait does not exist: container does not exist'
done
expect davit-runtime delete --force wait
leaks_check

test "what cannot be executed is told at the creation"
change $B '.process.args = ["nosuch"] | .linux.namespaces += [{type: "pid"}] | .linux.namespaces |= unique'
expect_fail 1 davit-runtime create --bundle $B bad
check_error 'davit-runtime: exec "nosuch": executable file not found in \$PATH'
change $B '.process.args = ["/etc"]'
expect_fail 1 davit-runtime run --bundle $B bad
check_error 'davit-runtime: exec /etc: is a directory: permission denied'
leaks_check

test "errors go to the log as runc writes it"
expect_fail 1 davit-runtime --log /tmp/log --log-format json run --bundle $B bad
check [ "$(jq -r '.level + " " + .msg' /tmp/log)" = 'error exec /etc: is a directory: permission denied' ]

test "a terminal is sent to the console socket"
runs $B 'tty; stty size; echo to stderr >&2; read line' '.process.terminal = true | .process.consoleSize = {height: 30, width: 90}'
cat >/tmp/console.py <<'PY'
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("/tmp/console"); s.listen(1)
print("ready", flush=True)
c, _ = s.accept()
name, fds, _, _ = socket.recv_fds(c, 100, 1)
text = b""
while b"to stderr" not in text: # a terminal whose session has ended forgets what nobody has read
    text += os.read(fds[0], 1000)
os.write(fds[0], b"\n")
open("/tmp/console.out", "wb").write(text)
PY
python3 /tmp/console.py >/tmp/console.log &
eventually 10 grep -q ready /tmp/console.log
expect davit-runtime run --detach --bundle $B --console-socket /tmp/console tty
wait $!
check [ "$(tr -d '\r' </tmp/console.out)" = $'/dev/pts/0\n30 90\nto stderr' ]
expect davit-runtime delete --force tty
expect_fail 1 davit-runtime create --bundle $B tty
check_error 'davit-runtime: process.terminal: with nobody to relay it, --console-socket must be given'
change $B '.process.terminal = false'
expect_fail 1 davit-runtime create --bundle $B --console-socket /tmp/console tty
check_error 'davit-runtime: --console-socket: only a detached process with a terminal has one to send'

test "in the foreground its terminal is ours, and so are its signals"
runs $B 'tty; read x; echo "got $x"' '.process.terminal = true'
expect sh -c "echo hello | script -qec 'davit-runtime run --bundle $B tty' /dev/null"
check grep -q 'got hello' <<<"$out"
runs $B 'trap "exit 5" TERM; echo up; while :; do sleep 0.05; done' '.process.terminal = false'
davit-runtime run --bundle $B signals >/tmp/signals &
eventually 10 grep -qs up /tmp/signals
kill -TERM $!
wait $!
check [ $? = 5 ]
leaks_check

test "file descriptors are handed on when asked for, and none else"
runs $B 'ls /proc/self/fd; cat <&4'
echo secret >/tmp/secret
expect davit-runtime run --bundle $B --preserve-fds 2 fds 3</dev/null 4</tmp/secret 5</dev/null
check_output $'0\n1\n2\n3\n4\n5\nsecret' # 5 is the directory that ls reads
runs $B 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
expect env LISTEN_FDS=1 davit-runtime run --bundle $B fds 3</tmp/secret
check_output $'1 1\nsecret'
expect_fail 1 davit-runtime run --bundle $B --preserve-fds 2 fds
check_error 'davit-runtime: --preserve-fds: file descriptor 3 is not open'

test "killed at any moment of a creation, it leaves what delete --force takes away"
runs $B 'sleep 1000'
for n in 20 90 140 170 200 230 260 290 320 350; do
	kill-at $n davit-runtime create --bundle $B killed >/dev/null 2>&1
	davit-runtime delete --force killed 2>/tmp/err || fail "at call $n: $(cat /tmp/err)"
done
leaks_check

test "our program cannot be written through /proc/PID/exe"
before=$(sha256sum "$(command -v davit-runtime)")
runs $B 'sleep 1000'
expect davit-runtime create --bundle $B exe
expect sh -c "if echo x >/proc/$(pid_of exe)/exe; then echo written; fi"
check_output ''
check [ "$(sha256sum "$(command -v davit-runtime)")" = "$before" ]
expect davit-runtime delete --force exe

test "features and spec are JSON, and unknown words are refused by name"
expect davit-runtime features
check [ "$(jq -r '.ociVersionMax, (.linux.namespaces | length), .linux.mountExtensions.idmap.enabled' <<<"$out" | tr '\n' ' ')" = '1.2.0 8 true ' ]
expect davit runtime --version
check_output $'davit-runtime version .*\nspec: 1.2.0'
expect_fail 1 davit-runtime checkpoint x
check_error 'davit-runtime: checkpoint: checkpoints are not supported'
expect_fail 3 davit-runtime frob
check_error 'davit-runtime: unknown command "frob"; see davit-runtime --help'
expect_fail 1 davit-runtime run --frob x
check_error 'davit-runtime: unknown option --frob'
expect_fail 1 davit-runtime kill nobody --all KILL # behind the id too, as runc has it
check_error 'davit-runtime: container nobody does not exist: .*'
expect_fail 1 davit-runtime state ../x
check_error 'davit-runtime: container id "../x": only letters, digits, _, \+, - and . are possible'
expect_fail 1 davit-runtime spec --bundle $B
check_error "davit-runtime: $B/config.json: exists; remove it first"
leaks_check

test "as on an older kernel"
for kernel in 5.10 6.1; do
	export DAVIT_KERNEL=$kernel
	bundle /tmp/$kernel
	runs /tmp/$kernel 'id -u; sleep 1000' '.mounts += [{destination: "/tmp", type: "bind", source: "/tmp", options: ["rbind", "ro"]}]'
	expect sh -c "davit-runtime create --bundle /tmp/$kernel old >/tmp/out 2>&1"
	expect davit-runtime start old
	eventually 10 grep -q 0 /tmp/out
	expect davit-runtime exec old sh -c 'touch /tmp/x 2>&1 || echo $?'
	check_output 'touch: /tmp/x: Read-only file system
1'
	expect davit-runtime delete --force old
done
export DAVIT_KERNEL=5.10
change /tmp/5.10 '.mounts[-1].options = ["rbind", "rro"]'
expect_fail 1 davit-runtime create --bundle /tmp/5.10 old
check_error 'davit-runtime: mount /tmp: options of all that is mounted below need Linux 5.12'
change /tmp/5.10 '.mounts[-1].options = ["rbind", "idmap"]'
expect_fail 1 davit-runtime create --bundle /tmp/5.10 old
check_error 'davit-runtime: mount /tmp: idmap: needs Linux 5.12'
unset DAVIT_KERNEL
leaks_check
