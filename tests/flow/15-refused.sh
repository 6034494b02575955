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

test "names and numbers of a network, a volume and their labels"
for noun in network volume; do
	refused 125 "invalid label '=x': empty name" davit $noun create --label =x bad
	refused 125 "invalid label '': empty name" davit $noun create --label '' bad
done
refused 1 'mtu=abc: it takes a number of bytes from 68' davit network create -o com.docker.network.driver.mtu=abc bad
refused 1 'enable_icc=0: it takes true or false' davit network create -o com.docker.network.bridge.enable_icc=0 bad
for range in 127.0.0.0/8 224.0.0.0/24 0.0.0.0/0 ff02::/64; do
	refused 1 "--subnet $range: no bridge can be in" davit network create --subnet $range bad
done
refused 125 'user specified IP address is supported' davit run --rm --network none --ip 10.1.1.1 davit/demo true
expect davit network ls -qf name=bad
check_output ''
expect davit run --rm --network host -p 80:80 davit/demo true
check_error 'davit: WARNING: Published ports are discarded when using host network mode'

test "a name that is empty is called so"
empty='name or ID: value is empty'
for verb in start stop rm kill restart pause logs wait top port diff export 'trash restore' explain; do
	refused 1 "invalid container $empty" davit $verb ''
done
refused 1 "invalid container $empty" davit exec '' true
refused 125 "invalid container $empty" davit run --rm --network container: davit/demo true
refused 125 "invalid network $empty" davit run --rm --network '' davit/demo true
refused 1 "invalid network $empty" davit network rm ''
refused 1 "invalid network $empty" davit network disconnect '' nobody
refused 1 "invalid network $empty" davit network inspect --tree ''
refused 1 'network name is required' davit network connect '' nobody
refused 1 "invalid volume $empty" davit volume rm ''
refused 1 'invalid job: value is empty' davit jobs follow ''
expect_fail 1 davit inspect ''
check_error "davit: invalid object $empty"

test "nothing to do is said, and so is what can never be"
refused 1 'nothing to update: give one flag or more' davit update nobody
for file in env label; do
	refused 125 '/etc: Is a directory' davit run --rm --$file-file /etc davit/demo true
done
expect bash -c 'davit run --rm --env-file <(echo A=b) davit/demo sh -c "echo \$A"'
check_output b

test "a run root is one store's: another one would sweep away what runs"
expect davit create --name kept davit/demo true
expect_fail 1 davit --root "$flow_tmp/other" ps -a
check_error "davit: the run root /run/davit is the store /var/lib/davit's: give $flow_tmp/other another with --run-root"
expect davit --root "$flow_tmp/other" --run-root "$flow_tmp/other.run" ps -aq
check_output ''
expect davit ps -a --format '{{.Names}}'
check_output kept
expect davit rm kept
# One whose store is gone belongs to whoever comes next.
rm -rf --one-file-system "$flow_tmp/other"
expect davit --root "$flow_tmp/third" --run-root "$flow_tmp/other.run" ps -aq

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

test "a build is refused before it begins, and never strews its result over where one stands"
mkdir -p "$flow_tmp/context" && cd "$flow_tmp/context"
echo 'FROM davit/demo' >Dockerfile
refused 1 '--output is empty: give a directory' davit build -o '' .
check [ "$(ls)" = Dockerfile ]
refused 1 '"nonsense": unknown operating system or architecture' davit build --platform nonsense .
refused 1 'invalid ulimit argument: x' davit build --ulimit x .
refused 1 'no step of this build is at line 99' davit build --redo 99 .
refused 125 'invalid label .=x.: empty name' davit build --label =x .
refused 125 'bad format for add-host: "x"' davit build --add-host x .
refused 125 'invalid --allow all' davit build --allow all .
cd /
