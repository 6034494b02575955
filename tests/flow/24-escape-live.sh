. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# Published ways out of a container, tried: what a process in it does while davit works beside it.
warm
probe=$flow_root/out/escape/probe
canary=/tmp/canary
mkdir -p $canary /tmp/probe && cp "$probe" /tmp/probe/
sh_in='davit/demo sh -c'
lent='-v /tmp/probe:/probe:ro'

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm "$@"
}
untouched() {
	[ -z "$(ls -A $canary)" ] || fail "in $canary: $(ls -lA $canary)"
}
programs() { # every program of ours that enters a container
	sha256sum "$(command -v davit)" "$(dirname "$(command -v davit)")"/davit-* | sort
}

test "no program of ours can be written to through /proc (CVE-2019-5736)"
before=$(programs)
expect davit run -d --name nest --init --cap-add SYS_PTRACE --security-opt seccomp=unconfined $lent davit/demo sh -c '/probe/probe overwrite 2500 > /result'
end=$((SECONDS + 2))
while [ $SECONDS -lt $end ]; do
	davit exec nest /proc/self/exe >/dev/null 2>&1
	davit exec nest true >/dev/null 2>&1
	davit exec -d nest sleep 0.01 >/dev/null 2>&1
done
expect davit wait nest
expect davit start nest
eventually 10 is_in_state nest exited
expect davit rm nest
check [ "$(programs)" = "$before" ]
expect_fail 2 davit run --rm --entrypoint /proc/self/exe davit/demo --help
check [ "$(programs)" = "$before" ]
expect davit run --name peek --pid host --cap-add SYS_PTRACE --security-opt seccomp=unconfined $lent davit/demo /probe/probe overwrite 300
check_output 'written 0'
expect davit rm peek
check [ "$(programs)" = "$before" ]

test "a link that is exchanged with a directory leads no mount outside (CVE-2021-30465)"
mkdir -p /tmp/shared/dir && ln -s ../../../../../../tmp/canary /tmp/shared/link
"$probe" swap /tmp/shared/dir /tmp/shared/link 3000 >"$flow_tmp/swaps" &
racer=$!
failures=0
for n in $(seq 60); do
	davit run --rm -v /tmp/shared:/shared --tmpfs "/shared/dir/t$n" davit/demo true >/dev/null 2>&1 || failures=$((failures + 1))
	davit run --rm -v /tmp/shared:/shared -v "/tmp/probe:/shared/dir/b$n" davit/demo true >/dev/null 2>&1 || failures=$((failures + 1))
	davit run --rm -v /tmp/shared:/shared -v "/tmp/probe/probe:/shared/dir/f$n" davit/demo true >/dev/null 2>&1 || failures=$((failures + 1))
done
wait $racer
check [ "$(cat "$flow_tmp/swaps")" -gt 1000 ]
check [ $failures -lt 180 ]
untouched
check [ "$(grep -c canary /proc/self/mountinfo)" = 0 ]

test "nor does it lead a subpath or the copy of an image's files (CVE-2024-23651)"
expect davit run --rm -v racing:/v davit/demo sh -c 'mkdir -p /v/dir/in; ln -s ../../../../../../../../tmp /v/link'
data=/var/lib/davit/volumes/racing/_data
mkdir -p /tmp/in && touch /tmp/in/of-the-host
"$probe" swap $data/dir $data/link 1500 >"$flow_tmp/swaps" &
racer=$!
seen=
for n in $(seq 30); do
	seen+=$(davit run --rm --mount src=racing,dst=/x,volume-subpath=dir/in davit/demo ls /x 2>/dev/null)
	davit run --rm --mount src=racing,dst=/bin,volume-subpath=dir/in davit/demo true >/dev/null 2>&1
done
wait $racer
check [ -z "$(grep of-the-host <<<"$seen")" ]
check [ "$(ls /tmp/in)" = of-the-host ]
expect davit volume rm racing

test "an exec meets a hostile root without harm"
expect davit run -d --name hostile davit/demo sh -c 'rm -f /etc/passwd /etc/group; mkfifo /etc/passwd; ln -s /dev/zero /etc/group; ln -sf /proc/self/exe /bin/evil; printf "#!/proc/self/exe\n" > /bin/script; chmod +x /bin/script; mkdir -p /lib /usr/lib; echo > /lib/libc.so.6; touch /ready; sleep 1000'
eventually 5 davit exec hostile test -e /ready
expect timeout 10 davit exec -u 7 hostile sh -c 'grep ^Uid /proc/self/status'
check_output 'Uid:	7	7	7	7'
timeout 10 davit exec -u someone hostile true >/dev/null 2>&1 && fail "a name out of a pipe"
check [ $? != 124 ]
for program in /bin/evil /bin/script /proc/self/exe /proc/1/exe; do
	timeout 10 davit exec hostile $program >/dev/null 2>&1
	check [ $? != 124 ]
done
expect timeout 10 davit rm -f hostile

test "the session keyring of the caller is not the container's"
own=$("$probe" keyring)
inside --security-opt seccomp=unconfined $lent davit/demo /probe/probe keyring
check [ -n "$out" ]
check [ "$out" != "$own" ]
check grep -q '_ses$' <<<"$out"
expect davit run -d --name keys --security-opt seccomp=unconfined $lent davit/demo sleep 1000
expect davit exec keys /probe/probe keyring
check [ "$out" != "$own" ]
expect davit rm -f keys
inside $lent davit/demo /probe/probe keyring
check_output 'Operation not permitted'

test "crypto and VM sockets are refused, by the old ways of 32-bit programs too"
for family in 38 40; do
	for way in socket socket32; do
		inside $lent davit/demo /probe/probe $way $family
		check_output 'Operation not permitted|Function not implemented'
	done
	inside --strict $lent davit/demo /probe/probe socketcall32 $family
	check_output 'Operation not permitted|Function not implemented'
done
inside $lent davit/demo /probe/probe socket 2
check_output done

test "no terminal but one of its own is in reach (TIOCSTI)"
expect on-terminal -- sh -c 'davit run --rm -i -v /tmp/probe:/probe:ro davit/demo sh -c "/probe/probe tty; /probe/probe tiocsti reboot; readlink /proc/self/fd/0"'
check grep -q 'No such device or address' <<<"$out"
check grep -q 'Not a tty\|Inappropriate ioctl\|not permitted' <<<"$out"
check [ "$(grep -c '/dev/pts' <<<"$out")" = 0 ]
expect on-terminal -- davit run --rm -t -v /tmp/probe:/probe:ro davit/demo sh -c 'readlink /proc/self/fd/0; stat -c %d /dev/pts'
check grep -q '/dev/pts/0\|/dev/console' <<<"$out"

test "the host's cgroups and their release agent are out of reach (CVE-2022-0492)"
inside $sh_in 'for f in /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/*/*/release_agent /sys/fs/cgroup/*/notify_on_release /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs; do if test -e $f && (echo 1 > $f) 2>/dev/null; then echo wrote $f; fi; done; mkdir /tmp/c; mount -t cgroup -o rdma c /tmp/c 2>/dev/null && echo mounted; mkdir /sys/fs/cgroup/new 2>/dev/null && echo made; unshare -UrmC true 2>/dev/null && echo unshared; true'
check_output ''
check [ "$(cat /sys/fs/cgroup/*/release_agent 2>/dev/null | grep -vc '^$')" = 0 ]

test "no abstract socket of ours listens anywhere (CVE-2020-15257)"
expect davit run -d --name sock --network host davit/demo sleep 1000
check [ -z "$(grep '@.*davit' /proc/net/unix)" ]
expect davit rm -f sock
expect davit run -d --name sock davit/demo sleep 1000
check [ -z "$(find /run/davit -maxdepth 0 -perm /077; find /var/lib/davit -mindepth 1 -maxdepth 1 -type d -perm /077)" ]
expect davit rm -f sock

test "what it kills, traces or writes in /proc stays its own"
expect davit run -d --name other davit/demo sleep 1000
pid=$(field other '{{.State.Pid}}')
inside --cap-add SYS_PTRACE --cap-add KILL $sh_in "kill -9 $pid 2>/dev/null && echo killed; ls /proc/$pid 2>/dev/null; echo c > /proc/sysrq-trigger; true"
check_output ''
check [ "$(state other)" = running ]
expect davit rm -f other
leaks_check
