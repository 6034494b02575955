. "${0%/*}/../support/flow.sh"
# An ordinary user's davit: the same commands, a store of their own, and no rights of root's.
mate() {
	as-user mate -- "$@"
}
run_root=/run/user/1501/davit

test "the first command says whose store it is, starts the keeper, and shows nothing of root's"
expect davit create --name roots davit/demo true
expect mate davit ps -aq
check_output ''
check_error 'davit: this is a store of your own, .*/mate/.local/share/davit: the system.s is root.s \(sudo davit\)'
expect mate davit keeper status
check_output 'running: process [0-9]+ keeps 65537 user ids, its record is /run/user/1501/davit/keeper'
expect mate davit ps -aq
check_error ''

test "root inside is the user outside, and others are lent ids"
expect mate davit run --rm --network none davit/demo sh -c 'id -u; tr -s " " </proc/self/uid_map'
check_output '0
 0 1501 1
 1 150100000 65536'
expect mate davit run --rm --network none -u 33:44 davit/demo id -u
check_output 33

test "run, exec, logs, top, stop and rm are those of root"
expect mate davit run -d --name one --network none davit/demo sh -c 'echo said; sleep 1000'
eventually 5 mate davit exec one true
expect mate davit ps --format '{{.Names}} {{.State}}'
check_output 'one running'
expect mate davit logs one
check_output said
expect mate davit exec -i one sh -c 'echo in'
check_output in
expect mate davit top one -o comm
check grep -q sleep <<<"$out"
expect mate davit stop -t 1 one
expect mate davit ps -a --format '{{.Names}} {{.State}}'
check_output 'one exited'
expect mate davit start one
expect mate davit rm -f one
check_output one

test "what needs a right or a cgroup is refused by a sentence"
expect_fail 125 mate davit run --rm --network none -m 100m davit/demo true
check_error 'davit: limits of memory: an ordinary user has no cgroup to set them in: .*'
