. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# What bad input gets: one sentence, docker's exit code, and nothing made.
warm

refused() { # CODE WHAT CMD... - by CMD, with that code and one sentence that has WHAT in it
	local code=$1 what=$2
	shift 2
	expect_fail "$code" "$@"
	check [ "$(grep -cv "^See '" <<<"$err")" = 1 ]
	check grep -qE "^davit: .*$what" <<<"$err"
	check [ -z "$out" ]
	check [ -z "$(davit ps -aq)" ]
}

test "names of images that are none"
refused 125 'invalid reference format' davit run --pull never 'UPPER' true
refused 125 'invalid reference format' davit run --pull never 'a b' true
refused 125 'nosuch' davit run --pull never nosuch true

test "users, networks and places that are none"
refused 125 'nosuchuser' davit run --rm -u nosuchuser davit/demo true
refused 125 'nowhere' davit run --rm --network nowhere davit/demo true
refused 125 'working directory|workdir' davit run --rm -w relative davit/demo true
refused 126 '/etc/passwd' davit run --rm -w /etc/passwd davit/demo true

test "numbers that are none or too much"
refused 125 memory davit run --rm --memory 1x davit/demo true
refused 125 '[Mm]emory' davit run --rm --memory 1k davit/demo true
refused 125 cpus davit run --rm --cpus x davit/demo true
refused 125 'CPU|cpus' davit run --rm --cpus 1000 davit/demo true
refused 125 ulimit davit run --rm --ulimit nofile davit/demo true
refused 125 'restart' davit run --rm --restart sometimes davit/demo true
refused 125 '[Ss]ignal' davit run --rm --stop-signal NOSIG davit/demo true

test "mounts that cannot be"
refused 125 'absolute|invalid' davit run --rm -v /tmp:relative davit/demo true
refused 125 "destination" davit run --rm -v /tmp:/ davit/demo true
refused 125 'mode|option' davit run --rm -v /tmp:/x:nosuchmode davit/demo true
refused 125 '/proc' davit run --rm -v /tmp:/proc/x davit/demo true
refused 125 'size|tmpfs' davit run --rm --tmpfs /x:size=lots davit/demo true

test "capabilities and options that are none"
refused 125 'NOSUCH' davit run --rm --cap-add NOSUCH davit/demo true
refused 125 'nosuch' davit run --rm --security-opt nosuch davit/demo true
refused 125 'kernel.nosuch' davit run --rm --sysctl kernel.nosuch=1 davit/demo true

test "commands that cannot be run, without --rm: the container stays to be asked"
refused 127 'no-such' davit run --rm davit/demo no-such
refused 126 'passwd' davit run --rm davit/demo /etc/passwd
leaks_check

test "without root and without a home of one's own: it says what is missing, ids too"
refused_user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$(command -v davit)" "$@"; }
expect_fail 125 refused_user run --rm davit/demo true
check grep -q '/etc/subuid has no line for nobody' <<<"$err"
check grep -q 'davit: store .*: Permission denied' <<<"$err"
check [ "$(wc -l <<<"$err")" = 2 ]
expect refused_user keeper stop

test "a disk without room: said once, nothing left"
mkdir /tmp/small && mount -t tmpfs -o size=64k small /tmp/small
expect_fail 125 davit --root /tmp/small/store --run-root /tmp/small/run run --rm davit/demo true
check grep -qiE 'no space|full' <<<"$err"
check [ "$(ls /tmp/small/store/containers 2>/dev/null | wc -l)" = 0 ]
check [ "$(ls /tmp/small/store/staging 2>/dev/null | wc -l)" = 0 ]
umount /tmp/small
leaks_check
