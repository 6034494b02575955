. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
export DAVIT_TRASH_TIME=600
trash() { davit trash ls --format '{{.Names}}'; }
in_trash() { ls /var/lib/davit/kept; }
wrote() { # NAME OPTIONS... - one that ended with 3, printed a line and wrote a file
	local name=$1
	shift
	davit run --name "$name" "$@" davit/demo sh -c 'echo said; echo kept > /file; exit 3' >/dev/null
}
empty() { davit trash empty -f >/dev/null; }

test "a container that was removed into the trash comes back as it was"
wrote web --label colour=blue
id=$(field web '{{.Id}}')
expect davit rm --trash web
check_output web
expect_fail 1 davit inspect web
check [ -z "$(davit ps -aq)" ]
check [ "$(trash)" = web ]
expect davit trash ls
check grep -qE "^CONTAINER ID +IMAGE +REMOVED +LEFT +SIZE +NAMES$" <<<"$out"
check grep -qE "^${id:0:12} +davit/demo +.* ago +(10|9) minutes +[0-9.]+kB +web$" <<<"$out"
expect davit trash restore web
check_output web
expect davit inspect -f '{{.Id}} {{.State.Status}} {{.State.ExitCode}} {{.Config.Labels.colour}}' web
check_output "$id exited 3 blue"
expect davit logs web
check_output said
expect davit cp web:/file "$flow_tmp/file"
check [ "$(cat "$flow_tmp/file")" = kept ]
check [ -z "$(in_trash)" ]
expect_fail 3 davit start -a web
check [ "$(davit logs web | wc -l)" = 2 ]
expect davit rm web

test "one that runs is stopped first, by its own signal, and can be started again"
expect davit run -d --name served davit/demo sh -c 'trap "exit 7" TERM; while :; do sleep 0.01; done'
expect davit rm --trash served
expect davit trash restore served
expect davit inspect -f '{{.State.Status}} {{.State.ExitCode}}' served
check_output 'exited 7'
expect davit start served
expect davit rm -f served
check [ -z "$(in_trash)" ]

test "a name that is taken is said, with one that is free"
wrote twice
expect davit rm --trash twice
id=$(davit trash ls -q)
wrote twice
expect_fail 1 davit trash restore twice
check_error "davit: .*the name \"twice\" is in use: davit trash restore --name twice-2 $id brings it back under another"
check [ "$(trash)" = twice ]
expect_fail 1 davit trash restore --name 'not/a name' twice
expect davit trash restore --name twice-2 "$id"
expect davit ps -a --format '{{.Names}}'
check_output 'twice-2
twice|twice
twice-2'
expect davit inspect -f '{{.Name}}' twice-2
expect davit rm twice twice-2
expect_fail 1 davit trash restore twice
check_error 'davit: .*No such container in the trash: twice'

test "ten minutes, and no longer: whoever comes next removes it"
wrote old
DAVIT_TRASH_TIME=1 expect davit rm --trash old
check [ -n "$(in_trash)" ]
sleep 1.1
check [ -z "$(DAVIT_TRASH_TIME=1 davit trash ls -q)" ]
wrote new
DAVIT_TRASH_TIME=1 expect davit rm --trash new
check [ "$(in_trash | wc -l)" = 1 ]
check [ "$(trash)" = new ]
empty
wrote old; wrote plain
DAVIT_TRASH_TIME=1 expect davit rm --trash old
sleep 1.1
DAVIT_TRASH_TIME=1 expect davit rm plain
check [ -z "$(in_trash)" ]

test "at most so much: the oldest goes, and what is more than all of it never comes"
big() { davit run --name "$1" davit/demo sh -c "head -c $2 /dev/zero > /big" >/dev/null; }
export DAVIT_TRASH_SIZE=3000000
big one 1200000; big two 1200000; big three 1200000; big huge 4000000
expect davit rm --trash one
expect davit rm --trash two
check [ "$(trash | sort | xargs)" = 'one two' ]
expect davit rm --trash three
check [ "$(trash | sort | xargs)" = 'three two' ]
expect_fail 1 davit rm --trash huge
check_error "davit: huge is more than the trash holds: 'davit rm -f huge' removes it for good"
check [ "$(state huge)" = exited ]
expect davit rm -f --trash huge
check [ "$(trash | sort | xargs)" = 'three two' ]
check is_gone huge
unset DAVIT_TRASH_SIZE
expect davit system df
check grep -qE '^Trash +2 +0 +2\.[45][0-9]*MB +2\.[45][0-9]*MB \(100%\)$' <<<"$out"
expect davit trash empty two
check grep -qE 'Total reclaimed space: 1\.2[0-9]*MB' <<<"$out"
check [ "$(trash)" = three ]
expect davit system prune -f
check grep -q 'Deleted from the trash:' <<<"$out"
check [ -z "$(in_trash)" ]
expect davit system df
check [ "$(grep -c Trash <<<"$out")" = 0 ]

test "--rm means for good, and no trash means none"
expect davit run -d --rm --name brief davit/demo sleep 1000
expect_fail 1 davit rm --trash brief
check_error "davit: brief was started with --rm and cannot be kept: 'davit rm -f brief' removes it for good"
check [ "$(state brief)" = running ]
expect davit rm -f --trash brief
check [ -z "$(in_trash)" ]
eventually 3 is_gone brief
wrote plain
DAVIT_TRASH_TIME=0 expect_fail 1 davit rm --trash plain
DAVIT_TRASH_TIME=0 expect davit rm -f --trash plain
check [ -z "$(in_trash)" ]

test "volumes: a named one is let go of and taken up again, an anonymous one is kept until the end"
expect davit run --name volumes -v named:/n -v /a davit/demo sh -c 'echo 1 > /n/file; echo 2 > /a/file'
anonymous=$(davit volume ls -q | grep -v '^named$')
expect davit rm --trash -v volumes
expect davit volume prune -f
check [ "$(davit volume ls -q | wc -l)" = 2 ]
expect davit trash restore volumes
expect_fail 1 davit volume rm named
expect davit rm --trash -v volumes
expect davit volume rm named
expect davit trash restore volumes
check_error 'davit: volumes: its volume named is gone; .davit volume create named. makes an empty one'
expect davit volume create named
expect davit rm --trash -v volumes
expect davit trash empty -f
check [ "$(davit volume ls -q)" = named ]
expect davit volume rm named

test "its image may go meanwhile: the layers stay until the trash lets go"
davit tag davit/demo mine:1
make-image /tmp/layout --compress gzip --cmd /bin/sh --layer busybox etc/motd=one >/dev/null
tar -C /tmp/layout -cf /tmp/image.tar .
davit load -i /tmp/image.tar >"$flow_tmp/loaded"
image=$(sed -nE 's/^Loaded image( ID)?: (sha256:)?//p' "$flow_tmp/loaded")
before=$(ls /var/lib/davit/layers | wc -l)
expect davit create --name held --network none "$image" /bin/busybox echo alive
expect davit rm --trash held
expect davit rmi "$image"
check [ "$(ls /var/lib/davit/layers | wc -l)" = "$before" ]
expect davit doctor
expect davit trash restore held
expect davit start -a held
check_output alive
expect davit rm --trash held
empty
expect davit image prune -f
check [ "$(ls /var/lib/davit/layers | wc -l)" = $((before - 1)) ]

test "a full disk is said, and nothing has changed"
wrote full
full() { # CALL N CMD... - the Nth of these calls finds the disk full
	local call=$1 n=$2
	shift 2
	strace -f -o /dev/null -qq -e trace="$call" -e inject="$call:error=ENOSPC:when=$n" "$@"
}
expect_fail 1 full renameat 1 davit rm --trash full
check grep -q 'cannot be put into the trash' <<<"$err"
check [ "$(state full)" = exited ]
check [ -z "$(in_trash)" ]
expect_fail 1 full renameat2 1 davit rm --trash full
check [ "$(state full)" = exited ]
check [ -z "$(in_trash)" ]
expect davit rm --trash full
expect_fail 1 full renameat2 1 davit trash restore full
check [ "$(trash)" = full ]
check [ -z "$(davit ps -aq)" ]
expect davit trash restore full
expect davit rm full

# davit is killed at call after call of what it does: the container is here or in the trash, whole, and never both.
changes='mkdirat write pwrite64 renameat renameat2 unlinkat flock openat'
openat_step=3
here_or_there() {
	local here there
	here=$(davit ps -a --format '{{.Names}}') there=$(trash)
	[ "$here$there" = killed ] || fail "killed at $1: '$here' here, '$there' in the trash"
	[ "$here" ] || expect davit trash restore killed
	expect davit start -a killed
	check_output said
	expect davit rm killed
	empty
	check [ -z "$(in_trash)$(ls /var/lib/davit/containers /var/lib/davit/staging /var/lib/davit/trash | grep -v :)" ]
}
test "a removal into the trash, killed at any step"
made() { davit create --name killed davit/demo echo said >/dev/null; }
kill_each made here_or_there davit rm --trash killed

test "a restore, killed at any step"
removed() { made; davit rm --trash killed >/dev/null; }
kill_each removed here_or_there davit trash restore killed

test "emptying the trash, killed at any step: gone, or still there whole"
gone_or_not() {
	[ "$(trash)" ] && { expect davit trash restore killed; expect davit rm killed; }
	empty
	davit create --name sweeps davit/demo true >/dev/null && davit rm sweeps >/dev/null
	check [ -z "$(davit ps -aq)$(in_trash)" ]
}
kill_each removed gone_or_not davit trash empty -f

test "davit undo takes back the last thing that can be, each once"
expect davit create --name first davit/demo true
expect davit rename first second
expect davit rm --trash second
expect davit undo -f
check_output 'davit trash restore second'
expect davit undo -f
check_output 'davit rename second first'
check [ "$(state first)" = created ]
flow_run davit undo <<<n
check [ $flow_code = 1 ]
expect davit rm first

test "what was done is on record: who, how, how long, how to take it back, and no secrets"
actions() { tr '\0' '\n' </var/lib/davit/actions; }
check [ "$(stat -c %a /var/lib/davit/actions)" = 600 ]
SSH_CONNECTION='192.0.2.7 1 2 3' expect davit run --rm -e DB_PASSWORD=hunter2 -e COLOUR=blue davit/demo true
expect_fail 1 davit stop nobody
actions >"$flow_tmp/actions"
check grep -q 'run --rm -e DB_PASSWORD=… -e COLOUR=blue davit/demo true' "$flow_tmp/actions"
check grep -q '^192.0.2.7$' "$flow_tmp/actions"
expect davit run -d --name named davit/demo true
expect davit create davit/demo true
made=$(davit ps -aq --no-trunc | head -1)
actions >"$flow_tmp/made"
check grep -q '^named$' "$flow_tmp/made"
check grep -q "$made" "$flow_tmp/made"
check grep -q "^$(davit ps -a --format '{{.Names}}' --filter id=$made)$" "$flow_tmp/made"
davit rm -f named $made >/dev/null
check grep -q 'No such container: nobody' "$flow_tmp/actions"
check grep -q '^restore web$' "$flow_tmp/actions"
check [ "$(grep -c hunter2 /var/lib/davit/actions)" = 0 ]

test "nothing is left"
eventually 3 no_shims
empty
rm -rf /var/lib/davit/cache/ingest
leaks_check
