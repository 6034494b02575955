# What is under the hood of a container, every row against its proof; and why it ended.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
says() { # TEXT: it is somewhere in the last command's output
	grep -qF -- "$1" <<<"$out" || fail "does not say '$1': $out"
}
value() { # PART NAME CONTAINER: what explain says of it
	davit explain --hood --part "$1" --format json "$3" | jq -r --arg n "$2" '.[] | select(.Name == $n) | .Value'
}

davit volume create kept >/dev/null
mkdir -p "$flow_tmp/host"
davit run -d --name web --memory 64m --pids-limit 20 -p 8080:80 -v kept:/data -v "$flow_tmp/host:/mine" \
	davit/demo sh -c 'while :; do nc -l -p 80; done & sleep 100' >/dev/null
davit run -d --name near --pid host --network container:web davit/demo sleep 100 >/dev/null
pid=$(davit inspect -f '{{.State.Pid}}' web)

test "its namespaces are told by inode, and with whom they are shared"
for kind in pid net mnt uts ipc; do
	inode=$(readlink "/proc/$pid/ns/$kind")
	check [ "$(value namespaces $kind web)" = "own    $(echo "${inode#*[}" | tr -d ])" ]
done
expect davit explain --hood --part namespaces near
says 'Shared with web: interfaces'
says 'HOST'
expect davit explain --hood --part namespaces --beside host near
says '! pid'

test "limits are what their files say"
check [ "$(value cgroups 'memory limit' web)" = 67108864 ]
check [ "$(value cgroups 'processes limit' web)" = 20 ]

test "each mount is told with what stands behind it"
expect davit explain --hood --part mounts web
says 'The volume kept'
says '1 layer of the image below'
says '! /mine'
check [ "$(davit explain --hood --part mounts --format json web | jq length)" = "$(wc -l <"/proc/$pid/mountinfo")" ]

test "a capability that is told as dropped is dropped"
check [ "$(value capabilities SYS_ADMIN web)" = dropped ]
check [ "$(value capabilities CHOWN web)" = kept ]

test "a system call that is told as refused is refused, and one that is not told passes"
check [ "$(value seccomp mount web)" = EPERM ]
expect_fail 1 davit exec web mount -t tmpfs none /mnt
check [ -z "$(value seccomp openat web)" ]
davit run -d --name loose --security-opt seccomp=unconfined davit/demo sleep 100 >/dev/null
check [ "$(value seccomp mode loose)" = off ]

test "a call that is tried is refused by what explain says: the filter, a capability, or nothing"
tried() { # CALL CONTAINER: the verdict
	davit explain --try "$1" --format json "$2" | jq -r '"\(.Verdict) \(.Error)"'
}
davit run -d --name capable --security-opt seccomp=unconfined --cap-add SYS_ADMIN davit/demo sleep 100 >/dev/null
echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mount","ptrace"],"action":"SCMP_ACT_KILL_PROCESS"},
	{"names":["keyctl"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$flow_tmp/killing.json"
davit run -d --name killing --security-opt seccomp="$flow_tmp/killing.json" davit/demo sleep 100 >/dev/null
check [ "$(tried mount web)" = 'refused by the filter EPERM' ]
check [ "$(tried clone3 web)" = 'refused by the filter ENOSYS' ]
check [ "$(tried mount loose)" = 'refused for want of a capability EPERM' ]
check [ "$(tried mount capable)" = 'let through ENODEV' ]
check [ "$(tried unshare capable)" = 'allowed ' ]
check [ "$(tried mount killing)" = 'killed by the filter ' ]
check [ "$(tried keyctl killing)" = 'refused by the filter ENOSYS' ]
check [ "$(tried getpid web)" = 'allowed ' ]
check [ "$(tried socket web)" = 'allowed ' ]
expect davit explain --try reboot loose
says 'because it has no CAP_SYS_BOOT'
expect_fail 1 davit explain --try execve web
check grep -q "'execve' is none of the calls" <<<"$err"

test "every call can be tried everywhere, also by root with all rights, and nothing is different afterwards"
davit run -d --name mighty --privileged davit/demo sleep 100 >/dev/null
before=$(hostname; cut -d' ' -f1-6 /proc/self/mountinfo | wc -l; cat /proc/swaps /proc/modules 2>/dev/null | wc -l)
for call in mount umount2 pivot_root fsopen unshare setns clone3 chroot init_module finit_module delete_module reboot \
	swapon swapoff acct settimeofday sethostname syslog ptrace process_vm_readv bpf perf_event_open userfaultfd \
	io_uring_setup keyctl add_key open_by_handle_at personality socket setgroups getpid; do
	for who in web mighty killing; do
		tried $call $who >>"$flow_tmp/tried" || fail "$call in $who"
	done
done
check [ "$(wc -l <"$flow_tmp/tried")" = 93 ]
check [ "$(hostname; cut -d' ' -f1-6 /proc/self/mountinfo | wc -l; cat /proc/swaps /proc/modules 2>/dev/null | wc -l)" = "$before" ]
check [ "$(state mighty)" = running ]
davit exec mighty true || fail 'it does not run any more'
davit rm -f mighty killing capable >/dev/null

test "processes are told by both their numbers"
check [ "$(value processes "$pid" web | cut -c1-2)" = '1 ' ]

test "a published port is told with its way, and who listens"
eventually 3 sh -c 'davit explain --hood --part network web | grep -q "listens on 80"'
expect davit explain --hood --part network web
says 'port 0.0.0.0:8080'
says 'davit0'
says 'listens on 80'

test "who answers for names is its monitor, and no process inside"
davit network create pen >/dev/null
davit run -d --name named --network pen davit/demo sleep 100 >/dev/null
expect davit explain --hood --part network named
says 'on 127.0.0.11'
says 'Its monitor answers here what names mean'
davit rm -f named >/dev/null

test "every command that proves a row runs"
davit explain --hood --format json web | jq -r '.[].Command' | grep -E '^(cat|readlink|grep Cap|grep NSpid)' |
	sed 's/; capsh.*//' | sort -u >"$flow_tmp/commands"
check [ "$(wc -l <"$flow_tmp/commands")" -gt 20 ]
while read -r line; do
	sh -c "$line" >/dev/null 2>&1 || echo "$line" >>"$flow_tmp/wrong"
done <"$flow_tmp/commands"
check [ ! -e "$flow_tmp/wrong" ]

test "the environment is shown, and what is named like a secret is hidden there and in every proof"
davit run -d --name safe -e DB_PASSWORD=hunter2 -e URL=postgres://me:hunter2@db/x -e 'API_KEY=a "hunter2" \\ b' -e PLAIN=seen \
	davit/demo sh -c 'sleep 100; : --token=hunter2' --password hunter2 >/dev/null
check [ "$(value environment PLAIN safe)" = seen ]
check [ "$(value environment DB_PASSWORD safe)" = … ]
check [ "$(value environment URL safe)" = 'postgres://me:…@db/x' ]
davit explain --hood --format json safe >"$flow_tmp/safe"
for figure in engine 'image davit/demo' 'layers davit/demo' 'files davit/demo' 'merged safe' 'index davit/demo' 'machines safe'; do
	davit explain --figure $figure --format json
done >"$flow_tmp/figures"
check [ -z "$(grep -a hunter2 "$flow_tmp/safe" "$flow_tmp/figures")" ]
{ jq -r '.[].Command' "$flow_tmp/safe"; jq -r '.Boxes[].Command' "$flow_tmp/figures"; } | grep -v '^$' | sort -u >"$flow_tmp/commands"
check [ "$(wc -l <"$flow_tmp/commands")" -gt 60 ]
while read -r line; do
	timeout 10 sh -c "$line" </dev/null 2>&1
done <"$flow_tmp/commands" | grep -av '^[0-9 ]* sh -c\|davit-shim' >"$flow_tmp/proofs"
check grep -q 'PLAIN=seen' "$flow_tmp/proofs"
check [ -z "$(grep -a hunter2 "$flow_tmp/proofs")" ]

test "nor does the screen show them where it shows a container's settings"
LANG=C.UTF-8 expect shot 120x60 davit <<-END
	wait ● safe
	keys /safe<Enter>
	wait match safe
	keys i
	wait RestartCount
	keys /PASSWORD<Enter>
	wait DB_PASSWORD=
	text -
END
check grep -q 'DB_PASSWORD=…' <<<"$out"
check [ -z "$(grep hunter2 <<<"$out")" ]

test "a mount point that a container named is one word in its proof"
davit run -d --name sly --privileged davit/demo sh -c 'mkdir -p "/m;touch /tmp/caught" && mount -t tmpfs none "/m;touch /tmp/caught"; sleep 100' >/dev/null
eventually 3 sh -c 'davit explain --hood --part mounts sly | grep -q caught'
davit explain --hood --part mounts --format json sly | jq -r '.[].Command' | grep caught >"$flow_tmp/sly"
sh "$flow_tmp/sly" >/dev/null 2>&1
check [ ! -e /tmp/caught ]

test "a process that names itself with escape sequences cannot reach the terminal"
davit exec -d web sh -c 'sleep 50; :' "$(printf '\033[31mred')"
eventually 3 sh -c 'davit explain --hood --part processes web | grep -q red'
davit explain --hood --part processes web | LC_ALL=C grep -q "$(printf '\033')"
check [ $? = 1 ]

test "of a stopped one only its records can be had"
davit stop -t 0 web >/dev/null
expect_fail 1 davit explain --hood web
expect davit explain --hood --part records web
says 'config.json'
expect_fail 1 davit explain --hood --part nothing near
check grep -qF "no part is called" <<<"$err"

test "why it ended: by a failure, by memory, by a signal, for want of its command"
davit run --name broke davit/demo sh -c 'echo no such luck >&2; exit 3' 2>/dev/null
expect davit explain --why broke
says 'with exit code 3'
says 'no such luck'
davit run --name greedy --memory 8m davit/demo sh -c 'x=x; while :; do x=$x$x; done' 2>/dev/null
expect davit explain --why greedy
says 'more than their 8 MB of memory'
expect davit explain --why web
says 'davit sent it'
says 'because davit stop -t 0 web (pid'
says 'user 0) asked that it end.'
davit run -d --name deaf davit/demo sleep 1000 >/dev/null
davit stop -t 1 deaf >/dev/null
expect davit explain --why deaf
says 'asked that it end, and it did not within 1.00 s.'
davit start deaf >/dev/null
davit kill deaf >/dev/null
davit wait deaf >/dev/null
expect davit explain --why deaf
says 'because davit kill deaf (pid'
says 'asked for that.'
davit run -d --name tried --restart on-failure:1 davit/demo false >/dev/null
eventually 5 sh -c '[ "$(davit inspect -f "{{.State.Status}} {{.RestartCount}}" tried)" = "exited 1" ]'
expect davit explain --why tried
says 'Its restart policy had started it again 1 time (davit explain --restart tried)'
davit run --name typo davit/demo sleeep 1 2>/dev/null
expect davit explain --why typo
says 'The image has sleep'
davit run --name faulty davit/demo sh -c 'kill -SEGV $$; sleep 1' 2>/dev/null
expect davit explain --why near
says 'It is running'
