. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# An ordinary user's davit: the same commands, a store of their own, and no rights of root's.
mate() {
	as-user mate -- "$@"
}
inside() { # ARGS... - of davit run
	expect mate davit run --rm --network none "$@"
}
refused() { # SENTENCE ARGS... - of davit run
	local sentence=$1
	shift
	expect_fail 125 mate davit run --rm --network none "$@"
	check_error "davit: $sentence"
}
store=/run/davit-test/home/mate/.local/share/davit
run_root=/run/user/1501/davit

test "the first command says whose store it is, starts the keeper, and shows nothing of root's"
expect davit create --name roots davit/demo true
expect mate davit ps -aq
check_output ''
check_error "davit: this is a store of your own, $store: the system's is root's \(sudo davit\)"
expect mate davit keeper status
check_output "running: process [0-9]+ keeps 65537 user ids, its record is $run_root/keeper"
expect mate davit ps -aq
check_error ''
keeper=$(sed -n 's/^pid //p' $run_root/keeper)
check [ "$(awk '/^VmRSS/ { print $2 }' /proc/$keeper/status)" -lt 400 ]

test "root inside is the user outside, and others are lent ids"
inside davit/demo sh -c 'id -u; tr -s " " </proc/self/uid_map'
check_output '0
 0 1501 1
 1 150100000 65536'
inside -u 33:44 davit/demo id -u
check_output 33
mkdir -m 777 "$flow_tmp/shared"
chmod 755 "$flow_tmp"
inside -v "$flow_tmp/shared:/s" davit/demo sh -c 'echo x >/s/own; echo y >/s/lent; chown 33:44 /s/lent'
check [ "$(stat -c %u:%g "$flow_tmp/shared/own" "$flow_tmp/shared/lent" | tr '\n' ' ')" = "1501:1501 150100032:150100043 " ]

test "run, exec, logs, top, cp, stop, start and rm are those of root"
expect mate davit run -d --name one --network none davit/demo sh -c 'echo said; sleep 1000'
eventually 5 mate davit exec one true
expect mate davit ps --format '{{.Names}} {{.State}}'
check_output 'one running'
expect mate davit logs one
check_output said
expect mate davit exec one sh -c 'echo in; exit 0'
check_output in
expect_fail 3 mate davit exec one sh -c 'exit 3'
expect mate davit top one -o comm
check grep -q sleep <<<"$out"
expect mate davit cp one:/etc/hostname /run/davit-test/home/mate/ # while it runs
expect mate davit explain one
check grep -q 'lay a writable layer' <<<"$out"
expect mate davit restart -t 0 one # after an exec: the monitor is where it was
expect mate davit exec one true
expect mate davit stop -t 0 one
expect mate davit ps -a --format '{{.Names}} {{.State}}'
check_output 'one exited'
expect mate davit start one
expect mate davit rm -f one
check_output one

test "with the host's processes shared, the end takes the orphans along"
expect mate davit run -d --name wide --network none --pid host davit/demo sh -c 'sleep 4711 & sleep 4712'
eventually 5 pgrep -f '^sleep 4711'
expect mate davit top wide
check [ "$(grep -c 'sleep 471' <<<"$out")" = 2 ]
expect mate davit rm -f wide
check_output wide
eventually 3 eval '! pgrep -f "^sleep 471"'

test "a build with RUN, a user of its own and COPY --chown, and what it deleted stays deleted"
mkdir "$flow_tmp/context"
cat >"$flow_tmp/context/Dockerfile" <<-'FILE'
	FROM davit/demo
	RUN mkdir /own && chown 1000:1001 /own && rm /bin/vi && rm -r /var && mkdir /var && touch /var/only
	COPY --chown=7:8 file /file
	USER 1000
	RUN id -u >/tmp/who
	CMD ["cat", "/tmp/who"]
FILE
echo content >"$flow_tmp/context/file"
chmod -R a+rX "$flow_tmp/context"
expect mate davit build -q --network none -t built "$flow_tmp/context"
inside built
check_output 1000
inside built sh -c 'stat -c %u:%g /own /file; echo /var/*; ls /bin/vi 2>&1 | grep -o "No such"'
check_output '1000:1001
7:8
/var/only
No such'

test "diff and commit read what a container wrote, opaque directories and all"
expect mate davit run --name wrote --network none davit/demo sh -c 'rm -r /usr; mkdir /usr; touch /usr/new; chown 5:6 /usr/new; rm /bin/vi'
expect mate davit diff wrote
check grep -qx 'D /bin/vi' <<<"$out"
check grep -qx 'A /usr/new' <<<"$out"
expect mate davit commit wrote committed
inside committed sh -c 'stat -c "%n %u:%g" /usr/*'
check_output '/usr/new 5:6'
expect mate davit save -o /run/davit-test/home/mate/saved.tar committed
expect mate davit rm wrote
expect mate davit rmi committed
expect mate davit load -i /run/davit-test/home/mate/saved.tar
inside committed sh -c 'ls /usr; stat -c %u /usr/new'
check_output 'new
5'

test "volumes keep what was written, with its owners"
inside -v data:/d davit/demo sh -c 'echo kept >/d/f; chown 9:9 /d/f'
inside -v data:/d davit/demo sh -c 'cat /d/f; stat -c %u /d/f'
check_output 'kept
9'
expect mate davit volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=1m small
inside -v small:/d davit/demo sh -c 'df -k /d | tail -n 1 | tr -s " " | cut -d" " -f2'
check_output 1024

test "what needs a right or a cgroup is refused by a sentence that says which"
none='cgroup v1 lends ordinary users no cgroup: it takes cgroup v2, or sudo davit'
grep -q ' - cgroup2 ' /proc/self/mountinfo && ! grep -q ' - cgroup ' /proc/self/mountinfo && none='.*'
refused "limits of memory: $none" -m 100m davit/demo true
refused "limits of cpu: $none" --cpus 1 davit/demo true
refused '--ulimit: RLIMIT_NOFILE: yours is [0-9]+ at most, and only root raises it: .*' --ulimit nofile=99999999 davit/demo true
refused '--oom-score-adj -500: only root makes a process less likely .*' --oom-score-adj -500 davit/demo true
refused '--device /dev/zero:/dev/z:r: .* leave :r out, .*' --device /dev/zero:/dev/z:r davit/demo true
refused '--device-cgroup-rule c 1:1 r: nobody makes devices .*' --device-cgroup-rule 'c 1:1 r' davit/demo true
refused '--userns auto: only root shows .*' --userns auto davit/demo true
expect mate davit run -d --name up --network none davit/demo sleep 1000
expect_fail 1 mate davit pause up
check_error "davit: (pause up: )?$none"
inside --device /dev/zero:/dev/noughts davit/demo sh -c 'head -c 4 /dev/noughts | wc -c'
check_output 4

test "info and doctor tell what is"
expect mate davit info -f '{{json .Rootless}} {{.Driver}} {{index .DriverStatus 0 1}} {{.CgroupDriver}}'
check_output '\{"User":1501,"UIDMap":\["0:1501:1","1:150100000:65536"\],"GIDMap":\["0:1501:1","1:150100000:65536"\]\} overlay overlay mounts, whiteouts and user attributes work here (none|systemd)'
expect mate davit doctor
check grep -q 'all is well' <<<"$out"

test "a container sees neither the keeper nor what the user may not read, and no shim lets it out"
inside davit/demo sh -c 'cat /proc/[0-9]*/comm | sort -u | grep davit; true'
check_output ''
inside -v /:/host:ro davit/demo sh -c 'cat /host/etc/shadow; ls /host/root; ls /host/var/lib/davit/containers; true'
check_output ''
inside --privileged davit/demo sh -c 'mknod /tmp/disk b 254 0; mount -o remount,rw /sys/fs/cgroup; echo x >/proc/sys/kernel/core_pattern; echo b >/proc/sysrq-trigger; true'
check_output ''
check grep -q 'Operation not permitted' <<<"$err"
inside --privileged -v /:/host davit/demo sh -c 'echo x >/host/etc/mark; true'
check [ ! -e /etc/mark ]
expect_fail 1 as-user stranger -- davit --root $store ps
check_error "davit: store $store: Permission denied"
expect_fail 1 davit --root $store --run-root /run/other ps
check_error "davit: store $store is an ordinary user.s: run davit as that user"

test "the screen opens and lists what runs"
TERM=xterm-256color tmux -f /dev/null -L mate new-session -d -x 100 -y 30 "$flow_root/tests/support/as-user mate -- davit"
eventually 5 eval 'tmux -L mate capture-pane -p | grep -q "up .*davit/demo\|davit/demo.* up"'
tmux -L mate kill-server

test "after rm -f of all nothing is left but the keeper, which ends when it is asked to"
expect mate davit rm -f up
eventually 5 eval '! pgrep -f "^davit-shim (launch|adopt)"'
check [ -z "$(ls $store/containers $run_root/c 2>/dev/null | grep -v :)" ]
check [ "$(grep -c ' overlay .*userxattr' /proc/$keeper/mountinfo)" = 0 ]
expect mate davit keeper stop
check pid_gone "$keeper"
expect_fail 1 mate davit keeper status
check_output 'no keeper is running: .*'
