. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# Published ways out of a container, tried: what a hostile image brings along.
warm
make-image /tmp/first --tag first --tar --layer x=y >/dev/null && davit rmi "$(davit load -q -i /tmp/first.tar | sed 's/.*: //')" >/dev/null
leaks_mark
canary=/tmp/canary
mkdir -p $canary
sh_in='davit/demo sh -c'
images=

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm "$@"
}
image() { # NAME ARGS... - of make-image after --layer busybox
	local name=$1
	shift
	images+=" $name"
	make-image "$flow_tmp/$name" --tag "$name" --tar --layer busybox "$@" >/dev/null
	davit tag "$(davit load -q -i "$flow_tmp/$name.tar" | sed 's/.*: //')" "$name" || fail "no image $name"
}
untouched() { # nothing was made where links and races lead to
	[ -z "$(ls -A $canary)" ] || fail "in $canary: $(ls -lA $canary)"
}

test "a /dev, /proc or /sys that is a link leads nowhere (CVE-2026-41579, CVE-2019-19921, CVE-2023-28642)"
for place in dev proc sys; do
	image "link-$place" "!$place" --layer "$place->../../../../../tmp/canary"
	expect_fail 125 davit run --rm "link-$place" true
	check grep -q "symbolic link\|not a directory\|/$place" <<<"$err"
	untouched
done
image link-etc '!etc' --layer 'etc->/tmp/canary'
davit run --rm link-etc true >/dev/null 2>&1
untouched

test "a console, shm or mqueue that is a link is not followed out (CVE-2025-52565)"
image link-console 'dev/console->../../../../../tmp/canary/console' 'dev/shm->/tmp/canary' 'dev/pts->/tmp/canary'
expect on-terminal -- davit run --rm -t link-console sh -c 'stat -c %t:%T /dev/console; ls -d /dev/shm /dev/pts'
untouched

test "what hides a file is the host's own null, not the image's (CVE-2025-31133)"
image link-null 'dev/null->/proc/sys/kernel/core_pattern'
inside link-null sh -c 'stat -c "%n %F %t:%T" /dev/null; for f in kcore keys timer_list interrupts; do test ! -e /proc/$f || stat -c "$f %F %t:%T" /proc/$f; done | grep -v "character special file 1:3"; echo x > /dev/null; cat /proc/sys/kernel/core_pattern'
check_output "/dev/null character special file 1:3
$(cat /proc/sys/kernel/core_pattern)"

test "nothing is mounted over or below /proc (CVE-2019-16884, CVE-2023-27561)"
for target in /proc /proc/self /proc/self/attr /proc/sys/kernel /x/../proc/1 //proc//self; do
	expect_fail 125 davit run --rm -v "$canary:$target" davit/demo true
	check grep -q 'inside /proc' <<<"$err"
	expect_fail 125 davit run --rm --tmpfs "$target" davit/demo true
	expect_fail 125 davit run --rm --mount "type=volume,src=vol,dst=$target" davit/demo true
done
image link-into 'trap->/proc/sys'
expect_fail 125 davit run --rm -v "$canary:/trap/kernel" link-into true
expect_fail 126 davit run --rm -w /trap/kernel/new link-into true
untouched
davit volume rm -f vol >/dev/null

test "an image's volumes and working directory stay inside it"
image wild --config '{"Volumes":{"/tmp/../../../../../../tmp/canary/v":{}},"WorkingDir":"/../../../tmp/canary/w"}'
inside wild sh -c 'pwd; ls -d /tmp/canary/v'
check_output '/tmp/canary/w
/tmp/canary/v'
untouched
image worse --config "{\"Volumes\":{\"$canary:/x\":{}}}"
expect_fail 125 davit run --rm worse ls /x
check grep -q 'is no path' <<<"$err"
image root-volume --config '{"Volumes":{"/":{}}}'
expect_fail 125 davit run --rm root-volume true
untouched

test "labels, annotations and foreign words of an image drive nothing"
image loud --config '{"Labels":{"davit.privileged":"true","com.docker.volume.anonymous":"","io.podman.annotations.privileged":"TRUE","io.containerd.restart.loguri":"binary:///bin/sh","run.oci.handler":"sh","com.docker.compose.project":"x"},"Privileged":true,"Binds":["/:/host"],"host_config":{"Privileged":true},"HostConfig":{"Privileged":true,"Binds":["/:/host"],"CapAdd":["ALL"],"PidMode":"host"},"annotations":{"davit.io/privileged":"true"}}'
inside loud sh -c 'grep -E "^(CapEff|Seccomp):" /proc/self/status; ls / | grep -c host; ls -d /proc/[0-9]* | wc -l'
check grep -q 'CapEff:	00000000a80425fb' <<<"$out"
check grep -q 'Seccomp:	2' <<<"$out"
check [ "$(sed -n '3p' <<<"$out")" = 0 ]
check [ "$(sed -n '4p' <<<"$out")" -le 4 ]
expect davit create --name loud --annotation io.containerd.restart.loguri=binary:///bin/sh loud true
check [ "$(field loud '{{.HostConfig.Privileged}} {{.HostConfig.PidMode}} {{.HostConfig.Binds}}')" = 'false  []' ]
expect davit rm loud

test "users are numbers or names to the letter (CVE-2024-40635, CVE-2026-30892)"
for user in 2147483648 4294967296 4294967295 4294967295:0 0:2147483648 -1 1x 0x0 ' 0' '+0' 1:x 99999999999999999999; do
	expect_fail 125 davit run --rm -u "$user" davit/demo id -u
done
for user in 1:1:0 '1 0:0' 65534/0; do
	expect_fail 125 davit run --rm -u "$user" davit/demo id -u
done
image big --user 4294967296
expect_fail 125 davit run --rm big id
image bigger --user 2147483648:0
expect_fail 125 davit run --rm bigger id
inside -u 1 davit/demo id
check_output 'uid=1 gid=0\(root\) groups=0\(root\).*|uid=1\(.*\) gid=.*'
inside -u 1: davit/demo id -u
check_output 1
inside -u :1 davit/demo sh -c 'id -u; id -g'
check_output '0
1'
expect davit run -d --name target davit/demo sleep 1000
for user in 2147483648 4294967296 -1 1x; do
	davit exec -u "$user" target id -u >/dev/null 2>&1 && fail "exec -u $user"
done
expect davit exec -u 1 target id -u
check_output 1

test "the groups of a process are those it was given, its own among them (CVE-2022-36109)"
for row in '0|0' '1234|0' '1234:77|77' '1234:77+99|77 99' '0:5|5' ':7|7'; do
	user=${row%|*}
	more=${user#*+}
	[ "$more" = "$user" ] && more=
	inside -u "${user%+*}" ${more:+--group-add $more} $sh_in 'grep ^Groups: /proc/self/status'
	check [ "$(sed 's/Groups:[[:space:]]*//; s/ *$//' <<<"$out")" = "${row#*|}" ]
	expect davit exec -u "${user%+*}" target sh -c 'grep ^Groups: /proc/self/status'
	[ "$more" ] || check [ "$(sed 's/Groups:[[:space:]]*//; s/ *$//' <<<"$out")" = "${row#*|}" ]
done

test "nothing is inheritable and nothing ambient, in run, in exec and with all privileges (CVE-2022-24769)"
for how in '' '-u 1000' --privileged '--cap-add ALL' --strict; do
	inside $how $sh_in 'grep -E "^Cap(Inh|Amb)" /proc/self/status | cut -f2 | sort -u'
	check_output 0000000000000000
done
expect davit exec target sh -c 'grep -E "^Cap(Inh|Amb)" /proc/self/status | cut -f2 | sort -u'
check_output 0000000000000000

test "a sysctl is one value of one name, and never the host's (CVE-2022-0811)"
for sysctl in kernel.core_pattern=x kernel.shm_rmid_forced/../core_pattern=1 'kernel.msgmax=1
kernel.core_pattern=x' net.ipv4.ip_forward+kernel.core_pattern=1 kernel.shmmax net/../kernel/core_pattern=x \
	vm.overcommit_memory=1 fs.suid_dumpable=2 net.core.somaxconn=$'1\n2' kernel.shm*=1; do
	expect_fail 125 davit run --rm --sysctl "$sysctl" davit/demo true
done
expect_fail 125 davit run --rm --network host --sysctl net.core.somaxconn=9 davit/demo true
expect_fail 125 davit run --rm --ipc host --sysctl kernel.shmmax=9 davit/demo true
inside --sysctl net.core.somaxconn=99 --sysctl kernel.msgmax=4096 $sh_in 'cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax'
check_output '99
4096'
check [ "$(cat /proc/sys/kernel/core_pattern)" = "$(davit exec target cat /proc/sys/kernel/core_pattern)" ]
expect davit rm -f target

test "masks cover what tells of other tenants: power, heat, interrupts"
inside --read-only $sh_in 'for f in /proc/interrupts /proc/timer_list /proc/keys; do test ! -e $f || wc -c <$f; done; ls /sys/devices/virtual/powercap /sys/firmware /sys/devices/system/cpu/cpu*/thermal_throttle 2>/dev/null | grep -v : | wc -w'
check [ "$(grep -vc '^0$' <<<"$out")" = 0 ]
davit rmi -f $images >/dev/null
leaks_check
