. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# Who keeps an ordinary user's namespaces: found, made once, made again, never believed blindly.
mate() {
	as-user mate -- "$@"
}
stranger() {
	AS_USER_RUNTIME=${runtime-/run/user/1502} as-user stranger -- "$@"
}
keepers() { # of user UID
	pgrep -u "$1" -fc '^davit-shim keeper'
}
keeper_of() { # RUN_ROOT
	sed -n 's/^pid //p' "$1/keeper"
}
user_ns() {
	readlink "/proc/$1/ns/user"
}
run_root=/run/user/1501/davit

test "commands that start at once make one keeper, and all come in"
for n in 1 2 3 4 5 6 7 8; do
	mate davit ps -q >"$flow_tmp/ps$n" 2>"$flow_tmp/err$n" && echo fine >>"$flow_tmp/came" &
done
wait
check [ "$(wc -l <"$flow_tmp/came")" = 8 ]
check [ "$(keepers 1501)" = 1 ]
first=$(keeper_of $run_root)
check [ "$(pgrep -u 1501 -f '^davit-shim keeper')" = "$first" ]

test "a keeper that was killed is made again in the user namespace of what runs"
expect mate davit run -d --name up --network none davit/demo sleep 1000
init=$(mate davit inspect -f '{{.State.Pid}}' up)
before=$(user_ns "$first")
kill -9 "$first"
eventually 5 pid_gone "$first"
expect mate davit exec up id -u
check_output 0
second=$(keeper_of $run_root)
check [ "$second" != "$first" ]
check [ "$(user_ns "$second")" = "$before" ]
check [ "$(user_ns "$init")" = "$before" ]

test "asked to end it ends, containers go on, and the next command finds them"
expect mate davit keeper stop
eventually 5 pid_gone "$second"
check [ -d "/proc/$init" ]
expect mate davit ps --format '{{.Names}} {{.State}}'
check_output 'up running'
expect mate davit rm -f up
expect mate davit keeper stop

test "who only looks starts no keeper, and comes into the user namespace of what runs"
looks() { # ARGS... - the same answer as with a keeper, and nothing is left
	expect mate davit --read-only "$@"
	check [ "$(keepers 1501)" = 0 ]
}
expect mate davit run -d --name up --network none -u 33 -v /data davit/demo sleep 1000
init=$(mate davit inspect -f '{{.State.Pid}}' up)
expect mate davit keeper stop
looks ps --format '{{.Names}} {{.State}}'
check_output 'up running'
looks explain --hood --part identity up
check grep -q 150100000 <<<"$out"
looks info -f '{{json .Rootless.UIDMap}}'
check_output '\["0:1501:1","1:150100000:65536"\]'
expect_fail 1 mate davit --read-only exec up true
expect_fail 1 mate davit --read-only rm -f up
check [ "$(keepers 1501)" = 0 ]
expect mate davit rm -f up
expect mate davit keeper stop

test "with nothing running, who only looks has a user namespace for that long"
before=$(ls -A $run_root | sort)
looks ps -aq
check_output ''
looks images -q
looks info -f '{{json .Rootless.UIDMap}}'
check_output '\["0:1501:1","1:150100000:65536"\]'
check [ "$(ls -A $run_root | sort)" = "$before" ]
expect_fail 1 stranger davit --read-only ps
check grep -q '^davit: store /run/davit-test/home/stranger/.local/share/davit: No such file' <<<"$err"
check [ -z "$(ls -A /run/user/1502 /run/davit-test/home/stranger | grep -v :)" ]

test "with nothing running, a new one has the ids as they are lent by now"
lend() { # RANGE - to mate; the files are mounted, so they are written in place
	sed "s/^mate:.*/mate:$1/" /etc/subuid >"$flow_tmp/lent"
	tee /etc/subuid >/etc/subgid <"$flow_tmp/lent"
}
lend 300000000:1000
expect mate davit run --rm --network none davit/demo sh -c 'tr -s " " </proc/self/uid_map'
check_output ' 0 1501 1
 1 300000000 1000'
lend 150100000:65536
expect_fail 1 mate davit doctor
check grep -q 'host mate: the keeper has other ids than /etc/subgid lends now' <<<"$out"
expect mate davit keeper stop

test "a record that names another process leads nowhere"
boot=$(cat /proc/sys/kernel/random/boot_id)
record() { # PID
	printf 'davit-keeper 1\nboot %s\npid %s\nstart %s\n' "$boot" "$1" "$(cut -d' ' -f22 "/proc/$1/stat")" >$run_root/keeper
}
sleep 1000 & roots=$!
mate sleep 1000 & own=$!
expect stranger davit ps -q
theirs=$(keeper_of /run/user/1502/davit)
eventually 5 pgrep -u 1501 -f '^sleep 1000'
for pid in $roots "$(pgrep -u 1501 -f '^sleep 1000')" "$theirs"; do
	record "$pid"
	expect mate davit run --rm --network none davit/demo sh -c 'tr -s " " </proc/self/uid_map | head -n 1'
	check_output ' 0 1501 1'
	check [ "$(keeper_of $run_root)" != "$pid" ]
	check [ "$(user_ns "$(keeper_of $run_root)")" != "$(user_ns "$theirs")" ]
	expect mate davit keeper stop
done
record $roots && sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' $run_root/keeper
expect mate davit ps -q
expect mate davit keeper stop
head -c 100000 /dev/urandom >$run_root/keeper
expect mate davit ps -q
expect mate davit keeper stop
kill $roots "$(pgrep -u 1501 -f '^sleep 1000')"
{ wait $roots $own; } 2>/dev/null

test "a keeper's file that is a link, or a directory, is not followed"
echo precious >"$flow_tmp/precious"
chmod 666 "$flow_tmp/precious"
chmod 755 "$flow_tmp"
rm $run_root/keeper
ln -s "$flow_tmp/precious" $run_root/keeper
expect_fail 125 mate davit ps
check_error "davit: open the keeper's file: .*"
check [ "$(cat "$flow_tmp/precious")" = precious ]
rm $run_root/keeper

test "a run root that is another's, a link or open to others is refused; a missing one is made, closed"
runtime= stranger true
rm -rf /run/user/1502/davit
rmdir /run/user/1502
kill "$theirs"
trap_dir=/tmp/davit-1502
ln -s "$flow_tmp" $trap_dir
export runtime=/nowhere
expect_fail 125 stranger davit ps
check_error "davit: the run root $trap_dir is no directory: .*"
rm $trap_dir
mkdir -m 700 $trap_dir
expect_fail 125 stranger davit ps
check_error "davit: (the run root $trap_dir belongs to user 0, not to you|open the run root $trap_dir): .*"
chown 1502 $trap_dir
chmod 755 $trap_dir
expect_fail 125 stranger davit ps
check_error "davit: the run root $trap_dir is open to others .*"
rmdir $trap_dir
expect stranger davit run --rm --network none davit/demo true
check [ "$(stat -c '%a %u' $trap_dir)" = '700 1502' ]
expect stranger davit keeper stop
unset runtime

test "a store has one run root, whatever a process of its user has in its environment, until that is gone"
mkdir -m 700 /run/other
chown 1501 /run/other
expect mate davit run -d --name kept --network none davit/demo sleep 1000
expect mate env XDG_RUNTIME_DIR=/run/other davit ps --format '{{.Names}} {{.State}}'
check_output 'kept running'
expect mate env XDG_RUNTIME_DIR= davit exec kept true
check [ ! -e /run/other/davit/keeper ]
expect mate davit stop -t 0 kept
expect mate davit keeper stop
mv $run_root "$flow_tmp/gone"
expect mate env XDG_RUNTIME_DIR=/run/other davit run --rm --network none davit/demo true
expect mate env XDG_RUNTIME_DIR=/run/other davit ps -a --format '{{.Names}} {{.State}}'
check_output 'kept exited'
expect mate davit rm kept # where it is by now
mv /run/other/davit "$flow_tmp/gone2"
mv "$flow_tmp/gone" $run_root # its roster knows of one that is no more
expect mate davit ps -aq
check_output ''
expect mate davit keeper stop
eventually 5 eval '! pgrep -u 1501 -f "^davit-shim (launch|adopt)"'
kill $(pgrep -u 1501 -f "^davit-shim keeper") 2>/dev/null

test "without lent ids there is one: said once, with what root must do; other users' files are refused"
loner() {
	AS_USER_SUBIDS=none as-user loner -- "$@"
}
expect loner davit run --rm --network none davit/demo sh -c 'id -u; tr -s " " </proc/self/uid_map; ls -d /dev/pts/ptmx'
check_output '0
 0 1503 1
/dev/pts/ptmx'
check grep -q 'your containers have one user and one group only, .* /etc/subuid has no line for loner: have root say "usermod --add-subuids' <<<"$err"
expect loner davit ps -q
check_error ''
mkdir "$flow_tmp/context"
printf 'FROM davit/demo\nRUN touch /f\nCOPY --chown=5:6 f /g\n' >"$flow_tmp/context/Dockerfile"
touch "$flow_tmp/context/f"
chmod -R a+rX "$flow_tmp/context"
expect_fail 1 loner davit build --network none "$flow_tmp/context"
check grep -q 'usermod --add-subuids' <<<"$err"
expect_fail 1 loner davit doctor
check grep -q 'host loner: has no line in /etc/subuid or /etc/subgid' <<<"$out"
expect loner davit keeper stop

test "without newuidmap it is the same, and says what is missing"
mkdir -p "$flow_tmp/bin"
ln -s "$(command -v env)" "$(command -v true)" "$flow_tmp/bin/"
davit=$(command -v davit)
expect mate env PATH="$flow_tmp/bin" "$davit" ps -q
check_error 'davit: your containers have one user and one group only, .*: newuidmap is not installed: .*'
expect mate davit keeper stop
expect mate davit ps -q
check_error ''
expect mate davit keeper stop

test "a program of the host runs as root of the user namespace, and ends as itself"
expect mate davit keeper run sh -c 'id -u; tr -s " " </proc/self/uid_map'
check_output '0
 0 1501 1
 1 150100000 65536'
mkdir -m 777 "$flow_tmp/theirs"
expect mate davit keeper run sh -c "mkdir $flow_tmp/theirs/d && chown 33 $flow_tmp/theirs/d"
check [ "$(stat -c %u "$flow_tmp/theirs/d")" = 150100032 ]
expect mate davit keeper run rmdir "$flow_tmp/theirs/d"
expect_fail 127 mate davit keeper run /no/such/program
expect mate davit keeper stop

test "root needs no keeper, and says so"
expect_fail 1 davit keeper status
check_error "davit: root's containers need no keeper: .*"
