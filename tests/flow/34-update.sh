. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

# limit WHO V1FILE V2FILE - what its cgroup says.
limit() {
	local id
	id=$(field "$1" '{{.Id}}')
	cat /sys/fs/cgroup/*/davit/"$id/$2" 2>/dev/null || cat /sys/fs/cgroup/davit/"$id/$3"
}
mem() { limit "$1" memory.limit_in_bytes memory.max; }
shares() { limit "$1" cpu.shares cpu.weight; }

test "a running container gets other limits at once, and keeps them over a restart and a start"
davit run -d --name one -m 64m davit/demo sleep 1000 >/dev/null
check [ "$(mem one)" = 67108864 ]
launch() { davit explain one | grep -cE "$1"; }
launched=$(launch .)
expect davit update -m 48m --cpus 0.5 --pids-limit 100 --cpu-shares 512 one
check_output one
all_set() {
	check [ "$(mem one)" = 50331648 ]
	check grep -qE '^(50000|50000 100000)$' <<<"$(limit one cpu.cfs_quota_us cpu.max)"
	check [ "$(limit one pids.max pids.max)" = 100 ]
	check grep -qE '^(512|59|60)$' <<<"$(shares one)"
}
all_set
check [ "$(launch .)" = "$launched" ] # what the launch did is as it was
check [ "$(launch 50331648)" = 0 ]
check [ "$(field one '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}}')" = '50331648 500000000 100 512' ]
expect davit restart -t 0 one
all_set
davit stop -t 0 one >/dev/null
expect davit start one
all_set
check [ "$(launch 50331648)" -gt 0 ] # another launch

test "a stopped one gets them with its next start; again and again leaves the plan as small"
davit stop -t 0 one >/dev/null
id=$(field one '{{.Id}}')
expect davit update -m 40m one
size=$(stat -c %s "/var/lib/davit/containers/$id/plan")
for m in 41m 42m 43m 32m; do davit update -m $m one >/dev/null; done
check [ "$(stat -c %s "/var/lib/davit/containers/$id/plan")" = "$size" ]
expect davit start one
check [ "$(mem one)" = 33554432 ]
expect davit explain one
expect davit exec one true

test "what cannot be is refused in docker's words, and changes nothing"
expect_fail 1 davit update -m 1m one
check grep -q "Cannot update container $id: Minimum memory limit allowed is 6MB" <<<"$err"
expect_fail 1 davit update -m 500m one
check grep -q 'update the memoryswap at the same time' <<<"$err"
expect davit update -m 500m --memory-swap 600m one
check [ "$(mem one)" = 524288000 ]
expect_fail 1 davit update --cpu-quota 1000 one
check grep -q 'CPU Quota cannot be updated as NanoCPUs has already been set' <<<"$err"
expect_fail 1 davit update --cpus 1000 one
expect_fail 1 davit update --blkio-weight 5 one
expect_fail 1 davit update --cpuset-cpus 99 one
check [ "$(mem one)" = 524288000 ]
expect_fail 1 davit update -m 64m nobody
check grep -q 'No such container: nobody' <<<"$err"
expect_fail 125 davit update --kernel-memory 5m one

test "a policy changes for what runs, at its next exit, and for the next boot"
davit run -d --name two davit/demo sh -c 'trap "exit 3" USR1; while :; do sleep 0.02; done' >/dev/null
eventually 5 catches two USR1
expect davit update --restart on-failure:2 two
check [ "$(field two '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}')" = 'on-failure 2' ]
davit kill -s USR1 two >/dev/null
restarted() { [ "$(field two '{{.RestartCount}} {{.State.Status}}')" = '1 running' ]; }
eventually 3 restarted
expect davit update --restart no two
eventually 5 catches two USR1
davit kill -s USR1 two >/dev/null
eventually 3 is_in_state two exited
sleep 0.3
check [ "$(field two '{{.RestartCount}} {{.State.Status}}')" = '1 exited' ]
expect davit update --restart always two
check [ "$(davit events --since 0 --until 0s --filter event=update --format '{{.Action}}' | sort -u)" = update ]
davit rm -f one >/dev/null
rm -rf /run/davit # as a reboot does
check [ "$(field two '{{.HostConfig.RestartPolicy.Name}}')" = always ]
davit boot 2>/dev/null
check is_in_state two running
davit run -d --rm --name three davit/demo sleep 1000 >/dev/null
expect_fail 1 davit update --restart always three
check grep -q 'Restart policy cannot be updated because AutoRemove is enabled for the container' <<<"$err"
