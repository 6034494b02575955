. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
ro() { davit --read-only "$@"; }
snapshot() { find /var/lib/davit /run/davit -type f ! -name '*-shm' -printf '%P %s %T@\n' | sort | md5sum; }

test "who only looks sees what there is"
expect davit run -d --name web davit/demo sleep 1000
expect davit volume create data
expect ro ps --format '{{.Names}} {{.Image}}'
check_output 'web davit/demo'
expect ro images -q
check [ -n "$out" ]
expect ro inspect -f '{{.State.Status}}' web
check_output running
expect ro logs web
expect ro volume ls -q
check_output data
expect ro network ls -q
expect ro system df
expect ro stats --no-stream --format '{{.Name}}' web
check_output web
expect ro events --since 1h --until 0s
check grep -q 'container start' <<<"$out"

test "and changes nothing, whatever it asks for"
before=$(snapshot)
for words in "stop web" "rm -f web" "rm --trash web" "pause web" "restart web" "kill web" "rename web other" \
	"create davit/demo true" "tag davit/demo x" "rmi davit/demo" "volume create new" "volume rm data" \
	"network create new" "container prune -f" "volume prune -f" "image prune -f" "system prune -f" "trash empty -f" \
	"pull davit/demo" "load -i /dev/null" "exec web true" "run davit/demo true" "attach web" "update -m 64m web"; do
	flow_run davit --read-only $words </dev/null
	check [ $flow_code != 0 ]
	check grep -q 'read-only' <<<"$err"
	[ $flow_broken = 0 ] || fail "with: $words, which said: $err"
done
check [ "$(state web)" = running ]
check [ "$before" = "$(snapshot)" ]

test "the kernel holds it to that: no file is written, no monitor spoken to, nobody signalled"
strace -f -o /tmp/trace -e trace=seccomp,landlock_restrict_self,prctl davit --read-only ps >/dev/null
check grep -q 'landlock_restrict_self.* = 0' /tmp/trace
check grep -q 'seccomp(SECCOMP_SET_MODE_FILTER.* = 0' /tmp/trace
strace -f -o /tmp/trace -e trace=openat,mkdirat,unlinkat,renameat,renameat2,linkat davit --read-only ps >/dev/null
check [ -z "$(sed -n '/landlock/,$p' /tmp/trace | grep -E 'O_(WRONLY|RDWR|CREAT)' | grep -v '/dev/')" ]

test "without a store there is nothing, and nothing is made"
expect_fail 1 davit --root /tmp/none --run-root /tmp/none-run --read-only ps
check grep -qE '^davit: store /tmp/none' <<<"$err"
check [ ! -e /tmp/none ]

test "after a reboot, without a roster, containers are still seen"
expect davit rm -f web
expect davit create --name kept davit/demo true
mv /run/davit/roster /tmp/roster
expect ro ps -a --format '{{.Names}} {{.State}}'
check_output 'kept created'
check [ ! -e /run/davit/roster ]
mv /tmp/roster /run/davit/roster
expect davit rm kept
