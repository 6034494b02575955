. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# --userns auto: ids of its own for every container, and files on disk that do not know of it.
warm

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm --userns auto "$@"
}
refused() { # SENTENCE ARGS... - of davit run, with exit code 125
	local sentence=$1
	shift
	expect_fail 125 davit run --rm "$@"
	check_error "davit: $sentence"
}
first_of() { # WHO - the host's id of its root, as the kernel has it
	tr -s ' ' <"/proc/$(field "$1" '{{.State.Pid}}')/uid_map" | cut -d' ' -f3
}
sh_in='davit/demo sh -c'

test "root inside is not root outside"
expect davit run -d --name one --userns auto davit/demo sleep 1000
pid=$(field one '{{.State.Pid}}')
check [ "$(tr -s ' ' <"/proc/$pid/uid_map")" = " 0 1879048192 65536" ]
check [ "$(tr -s ' ' <"/proc/$pid/gid_map")" = " 0 1879048192 65536" ]
check [ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" = 1879048192 ]
check [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ]
expect davit exec one id -u
check_output 0
mkdir "$flow_tmp/host"
echo secret >"$flow_tmp/host/secret"
echo open >"$flow_tmp/host/open"
chmod 600 "$flow_tmp/host/secret"
inside -v "$flow_tmp/host:/host" $sh_in 'cat /host/open; cat /host/secret 2>&1 | grep -o "Permission denied"; touch /host/new 2>&1 | grep -o "Permission denied"'
check_output 'open
Permission denied
Permission denied'
mkdir -m 700 "$flow_tmp/deep" && mkdir "$flow_tmp/deep/er" && echo found >"$flow_tmp/deep/er/f"
chown 1234 "$flow_tmp/deep"
inside -v "$flow_tmp/deep/er:/er:ro" -v "$flow_tmp/deep/er/f:/f" $sh_in 'cat /er/f /f'
check_output 'found
found'

test "the ranges of two containers differ, a range that was given back is given again"
expect davit run -d --name two --userns auto:size=1000 davit/demo sleep 1000
check [ "$(first_of two)" = $((1879048192 + 65536)) ]
check [ "$(tr -s ' ' <"/proc/$(field two '{{.State.Pid}}')/uid_map" | cut -d' ' -f4)" = 1000 ]
expect davit rm -f two
for n in 1 2 3 4; do davit create --name "at$n" --userns auto davit/demo true >/dev/null & done
wait
check [ "$(for n in 1 2 3 4; do readlink "/var/lib/davit/containers/$(field "at$n" '{{.Id}}')/ids"; done | sort -u | wc -l)" = 4 ]
expect davit rm at1 at2 at3 at4

test "files keep the container's ids on disk: diff, commit, cp and a restart know nothing of the map"
expect davit run -d --name writes --userns auto davit/demo sh -c 'echo mine >/root/file; mkdir /dir; chown 33:44 /dir; echo told; sleep 1000'
eventually 5 davit exec writes test -d /dir
id=$(field writes '{{.Id}}')
check [ "$(stat -c %u:%g "/var/lib/davit/containers/$id/upper/root/file")" = 0:0 ]
eventually 5 [ "$(stat -c %u:%g "/var/lib/davit/containers/$id/upper/dir")" = 33:44 ]
expect davit diff writes
check grep -qx 'A /dir' <<<"$out"
expect davit exec writes sh -c 'stat -c %u:%g /dir /root/file; rm /etc/issue 2>/dev/null; echo x >/etc/hosts.new; mv /etc/hosts.new /etc/moved'
check_output '33:44
0:0'
echo given >"$flow_tmp/given"
expect davit cp "$flow_tmp/given" writes:/dir/given
expect davit exec writes sh -c 'stat -c %u:%g /dir/given; cat /dir/given; rm /dir/given; echo taken >/dir/taken'
check_output '0:0
given'
expect davit cp writes:/dir/taken "$flow_tmp/taken"
check [ "$(cat "$flow_tmp/taken")" = taken ]
mkdir "$flow_tmp/tree" && echo t >"$flow_tmp/tree/t"
expect davit cp "$flow_tmp/tree" writes:/root/
tar -C "$flow_tmp" --owner=7 --group=8 -cf "$flow_tmp/tree.tar" tree
expect sh -c "davit cp - writes:/dir <$flow_tmp/tree.tar"
expect davit exec writes stat -c %u:%g /root/tree /dir/tree/t
check_output '0:0
7:8'
expect sh -c "davit cp writes:/dir - | tar -tv --numeric-owner"
check grep -Eq ' 7/8 .* dir/tree/t$' <<<"$out"
check grep -Eq ' 33/44 .* dir/$' <<<"$out"
before=$(first_of writes)
expect davit restart -t 0 writes
check [ "$(first_of writes)" = "$before" ]
expect davit exec -u 33:44 writes sh -c 'id -u; cat /etc/moved; cat /root/file 2>&1 | tail -n 1; echo 33 >/dir/of33'
check_output '33
x
.*'
expect davit commit writes kept
expect davit run --rm kept sh -c 'stat -c %u:%g /dir /dir/of33 /etc/moved'
check_output '33:44
33:44
0:0'
expect davit logs writes
check grep -q told <<<"$out"
expect davit rm -f writes

test "volumes are shared under the ids that each container knows"
inside -v data:/v $sh_in 'echo a >/v/a; chown 5:6 /v/a; mkdir /v/sub; echo s >/v/sub/s'
inside -v data:/v $sh_in 'stat -c %u:%g /v /v/a; cat /v/a; echo b >/v/b'
check_output '0:0
5:6
a'
expect davit run --rm -v data:/v $sh_in 'stat -c %u:%g /v/a /v/b'
check_output '5:6
0:0'
inside --mount type=volume,src=data,dst=/s,volume-subpath=sub,readonly $sh_in 'cat /s/s; touch /s/x 2>&1 | grep -o "Read-only file system"'
check_output 's
Read-only file system'
check [ "$(stat -c %u:%g /var/lib/davit/volumes/data/_data/a)" = 5:6 ]

test "users, terminals and standard streams are the container's own"
inside -u 1000:1000 $sh_in 'id -u; echo reopened >/dev/stdout'
check_output '1000
reopened'
inside $sh_in 'echo reopened >/dev/stdout; mount -t tmpfs none /tmp 2>&1 | grep -c denied; cat /sys/class/net/lo/operstate >/dev/null && echo its own network'
check_output 'reopened
.*
its own network'
expect davit exec one sh -c 'echo again >/dev/stdout; echo warned >/dev/stderr'
check_output again
expect davit exec -u 7 one sh -c 'echo seven >/dev/stdout'
check_output seven
inside --cap-drop ALL --read-only --tmpfs /t --shm-size 1m --hostname named --ulimit nofile=64:64 --oom-score-adj 100 $sh_in 'hostname; ulimit -n; touch /t/x && cat /proc/self/oom_score_adj'
check_output 'named
64
100'
# Devices are the container's to open and nobody's to make.
inside --device /dev/zero:/dev/net/nil:r --device /dev/kmsg $sh_in 'stat -c "%u:%g %t:%T" /dev/null /dev/net /dev/net/nil /dev/kmsg; head -c 2 /dev/net/nil | wc -c; for at in /dev/x /tmp/x; do mknod $at c 1 3 2>&1 | grep -o "Operation not permitted"; done; ls -l /dev | grep -c nobody'
check_output "0:0 1:3
0:0 0:0
0:0 1:5
$(stat -c %u:%g /dev/kmsg) 1:b
2
Operation not permitted
Operation not permitted
1"
inside --device /dev/kmsg:/dev/log:r $sh_in '(echo x >/dev/log) 2>&1 | grep -o "Operation not permitted"; true'
check_output 'Operation not permitted'
inside --init --network none $sh_in 'cat /proc/1/comm; ls /sys/class/net'
check_output '.*init
lo'

test "networks, names and published ports work as ever"
inside --cap-add NET_ADMIN $sh_in 'ip addr add 10.99.0.1/32 dev lo && ip addr show dev lo | grep -c 10.99.0.1; ping -q -c 1 127.0.0.1 | grep -c "1 packets received"'
check_output '1
1'
# Its root has rights over its own network alone, and none of them by writing a file of the host's.
inside --cap-add NET_ADMIN --network host $sh_in 'ip addr add 10.99.0.2/32 dev lo 2>&1 | grep -o "Operation not permitted"; ls /sys/class/net/lo/mtu'
check_output 'Operation not permitted
/sys/class/net/lo/mtu'
inside --cap-add NET_ADMIN $sh_in '(echo 1 >/proc/sys/net/ipv4/ip_forward) 2>&1 | grep -o "Read-only file system"'
check_output 'Read-only file system'
expect davit run --rm --userns auto --network container:one --cap-add NET_ADMIN davit/demo sh -c 'ip addr add 10.99.0.3/32 dev lo 2>&1 | grep -o "Operation not permitted"; ls /sys/class/net/eth0/mtu'
check_output 'Operation not permitted
/sys/class/net/eth0/mtu'
expect davit run --rm --network container:one --cap-add NET_ADMIN davit/demo ip addr add 10.99.0.4/32 dev lo
expect davit network create net
expect davit run -d --name web --userns auto --network net -p 127.0.0.1:8123:80 davit/demo sh -c 'while :; do echo served | nc -l -p 80; done'
expect davit run --rm --userns auto --network net davit/demo sh -c 'for i in 1 2 3 4 5 6 7 8 9; do nc -w 2 web 80 </dev/null && break; sleep 0.2; done'
check grep -q served <<<"$out"
reach() { [ "$(exec 3<>/dev/tcp/127.0.0.1/8123 && timeout 2 head -n 1 <&3)" = served ]; }
eventually 5 reach
expect davit rm -f web
expect davit network rm net

test "health checks run, and a killed monitor's container is adopted with its ids"
expect davit run -d --name well --userns auto --health-cmd 'test "$(id -u)" = 0' --health-interval 1s davit/demo sleep 1000
healthy() { [ "$(field well '{{.State.Health.Status}}')" = healthy ]; }
eventually 8 healthy
pid=$(field well '{{.State.Pid}}')
shim=$(shim_of well)
kill -KILL "$shim"
eventually 3 pid_gone "$shim"
expect davit exec well id -u
check_output 0
check [ "$(field well '{{.State.Pid}}')" = "$pid" ]
before=$(first_of well)
expect davit restart -t 0 well
check [ "$(first_of well)" = "$before" ]
expect davit exec well cat /etc/hostname
check_output "$(field well '{{.Config.Hostname}}')"
expect davit rm -f well

test "explain shows the map"
expect davit explain --hood one
check grep -q '0 to 65535 are 1879048192 and on' <<<"$out"
expect davit explain -f json one
check grep -qF 'users (inside, outside, count) 0 1879048192 65536' <<<"$out"
expect davit rm -f one

test "what a user namespace has no rights over is refused by name"
refused 'keep-id is only supported in rootless mode: .*' --userns keep-id davit/demo true
refused '--userns: invalid USER mode' --userns what davit/demo true
refused '--userns auto:colour=5: auto has no option colour=5: .*' --userns auto:colour=5 davit/demo true
refused '--userns auto:size=x: the size is not a number of ids' --userns auto:size=x davit/demo true
refused '--userns auto:size=0: the size is not a number of ids' --userns auto:size=0 davit/demo true
refused 'privileged mode is incompatible with --userns auto: .*: use --userns host' --userns auto --privileged davit/demo true
refused '--userns auto cannot be combined with --pid of another: .*' --userns auto --pid host davit/demo true
refused '--userns auto: no 4000000000 ids are free from 1879048192 to 4294967294: .*' --userns auto:size=4000000000 davit/demo true
DAVIT_KERNEL=5.15 refused '--userns auto needs Linux 5.19 \(layers with mapped ids\): this is 5.15' --userns auto davit/demo true

test "killed at any point of a run, nothing is left"
for delay in 0.002 0.006 0.012 0.02 0.03 0.05; do
	(timeout -s KILL "$delay" davit run --rm --userns auto davit/demo true) >/dev/null 2>&1
done
eventually 5 no_shims
davit system prune -f >/dev/null 2>&1
expect davit ps -aq --filter status=running
check_output ''
davit ps -aq | while read -r left; do davit rm -f "$left" >/dev/null; done
inside davit/demo true
expect davit ps -aq
check_output ''
check [ -z "$(ls /run/davit/c)" ]
check [ "$(grep -c idmapped /proc/self/mountinfo)" = 0 ]
