# What this kernel has and the hosts of other tests may not: AppArmor, enforced; time namespaces; user
# namespaces that the host may refuse; idmapped mounts on ext4.
. "${0%/*}/guest.sh"
. "${0%/*}/../support/oci.sh"
in_sh="davit/demo sh -c"
warm
profile=/usr/local/lib/davit/assets/apparmor/davit-default
confined() { expect davit run --rm "$@"; }

test "without the profile containers are not confined, and asking for one that is not loaded is refused"
check [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]
confined davit/demo cat /proc/self/attr/current
check_output unconfined
expect_fail 125 davit run --rm --security-opt apparmor=missing davit/demo true
check grep -q missing <<<"$err"

test "once loaded it is the default, enforced, for exec and health checks as well"
expect apparmor_parser -r "$profile"
confined davit/demo cat /proc/self/attr/current
check_output 'davit-default \(enforce\)'
expect davit run -d --name one davit/demo sleep 1000
check [ "$(cat /proc/$(field one '{{.State.Pid}}')/attr/current)" = 'davit-default (enforce)' ]
expect davit exec one cat /proc/self/attr/current
check_output 'davit-default \(enforce\)'
check [ "$(field one '{{.AppArmorProfile}}')" = davit-default ]
expect davit info
check grep -qi 'apparmor' <<<"$out"

test "it forbids what capabilities and seccomp would have let through"
wide="--cap-add SYS_ADMIN --security-opt seccomp=unconfined"
confined $wide --security-opt apparmor=unconfined $in_sh 'mount -t tmpfs t /mnt 2>/dev/null || { mkdir /mnt && mount -t tmpfs t /mnt; } && echo mounted'
check_output mounted
expect_fail 255 davit run --rm $wide $in_sh 'mkdir -p /mnt; mount -t tmpfs t /mnt && echo mounted'
check grep -q 'ermission denied' <<<"$err"
confined --security-opt systempaths=unconfined $in_sh 'for f in /proc/sysrq-trigger /proc/sys/kernel/domainname /proc/sys/vm/swappiness /proc/sys/fs/file-max; do (echo h >$f) 2>&1 | grep -o "ermission denied\|Read-only"; done | sort | uniq -c | xargs'
check grep -qE '^4 ermission denied|Read-only' <<<"$out"
confined --privileged davit/demo cat /proc/self/attr/current
check_output unconfined

test "it is in nobody's way: signals, stop, pipes, /proc of its own, exec, volumes"
confined $in_sh 'sleep 9 & kill $!; wait $!; echo $?; echo x | cat; ls /proc/1/fd >/dev/null && echo own; cat /proc/1/cmdline >/dev/null && echo read'
check_output $'143\nx\nown\nread'
expect davit run -d --name polite $in_sh 'trap "exit 5" TERM; while :; do sleep 0.1; done'
sleep 1
expect davit stop -t 20 polite
check [ "$(field polite '{{.State.ExitCode}}')" = 5 ]
expect davit kill one
eventually 10 is_in_state one exited
confined -v vol:/v $in_sh 'echo kept >/v/f && cat /v/f'
check_output kept
davit rm -f one polite >/dev/null
davit volume rm vol >/dev/null

test "another profile by its name: the container's, an exec's and a bundle's"
cat >"$flow_tmp/narrow" <<-'P'
	profile narrow flags=(attach_disconnected,mediate_deleted) {
		file,
		capability,
		network,
		signal,
		deny /tmp/forbidden w,
	}
P
expect apparmor_parser -r "$flow_tmp/narrow"
expect_fail 1 davit run --rm --security-opt apparmor=narrow $in_sh 'echo >/tmp/fine && echo >/tmp/forbidden'
check grep -q 'ermission denied' <<<"$err"
bundle /tmp/bundle
runs /tmp/bundle 'cat /proc/self/attr/current' '.process.apparmorProfile = "narrow"'
expect davit-runtime run --bundle /tmp/bundle confined
check_output 'narrow \(enforce\)'
runs /tmp/bundle true '.process.apparmorProfile = "nowhere"'
expect_fail 1 davit-runtime run --bundle /tmp/bundle confined
check grep -q nowhere <<<"$err"
check [ -z "$(davit-runtime list --quiet)" ]

test "a container with ids of its own is confined as well"
confined --userns auto davit/demo cat /proc/self/attr/current
check_output 'davit-default \(enforce\)'

test "a time namespace is another uptime"
runs /tmp/bundle 'cut -d. -f1 /proc/uptime' 'del(.process.apparmorProfile) | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
expect davit-runtime run --bundle /tmp/bundle later
check [ "$out" -gt 1000000 ]

test "idmapped layers and volumes on ext4: root inside is nobody's root, files keep their owners"
expect davit run -d --name mapped --userns auto -v mapped:/v $in_sh 'touch /v/f /root/g; chown 33:33 /v/f; stat -c %u:%g /v/f /root/g /bin/busybox; sleep 1000'
eventually 10 sh -c '[ "$(davit logs mapped | wc -l)" = 3 ]'
check [ "$(davit logs mapped | tr '\n' ' ')" = '33:33 0:0 0:0 ' ]
check [ "$(find /var/lib/davit/volumes/mapped -name f -printf '%U:%G')" = 33:33 ]
check [ "$(awk '/^Uid:/ { print $2 }' /proc/$(field mapped '{{.State.Pid}}')/status)" -gt 100000 ]
davit rm -f mapped >/dev/null
davit volume rm mapped >/dev/null

test "where the host allows no user namespaces, that is the sentence"
max=$(sysctl -n user.max_user_namespaces)
sysctl -qw user.max_user_namespaces=0
expect_fail 125 davit run --rm --userns auto davit/demo true
check grep -q 'max_user_namespaces' <<<"$err"
confined davit/demo true
sysctl -qw user.max_user_namespaces=$max
confined --userns auto davit/demo true
leaks_check 10
