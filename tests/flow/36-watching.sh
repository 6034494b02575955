# What runs in a container, and what it uses.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "top shows the container's processes and no others, in the columns of ps -ef"
davit run -d --name busy davit/demo sh -c 'sleep 1000 & while :; do :; done' >/dev/null
davit run -d --name calm davit/demo sleep 2000 >/dev/null
expect davit top busy
check [ "$(head -n 1 <<<"$out" | tr -s ' ')" = 'UID PID PPID C STIME TTY TIME CMD' ]
check [ "$(wc -l <<<"$out")" = 3 ]
check grep -q 'sleep 1000$' <<<"$out"
check [ "$(sed -n 2p <<<"$out" | tr -s ' ' | cut -d ' ' -f 1,2,6)" = "root $(field busy '{{.State.Pid}}') ?" ]

test "top shows host and container pids side by side, and what exec started"
davit exec -d calm sleep 3000
expect davit container top calm -o pid,nspid,args
check [ "$(head -n 1 <<<"$out" | tr -s ' ')" = 'PID NSPID COMMAND' ]
check [ "$(sed -n 2p <<<"$out" | tr -s ' ')" = "$(field calm '{{.State.Pid}}') 1 sleep 2000" ]
check grep -qE '^[0-9]+ +[0-9]+ +sleep 3000$' <<<"$out"

test "a process cannot reach the terminal of who looks at it"
davit exec -d calm sh -c 'exec sleep 4000 "$(printf "\033]0;x\007")"'
davit exec -d calm sh -c 'sleep 4000; : "$(printf x)" '$'\033[2J'
eventually 5 sh -c 'davit top calm | grep -qF "?[2J"'
expect davit top calm
check [ "$(tr -d '\n' <<<"$out" | LC_ALL=C tr -d '\40-\176' | wc -c)" = 0 ]

test "top refuses what does not run, what is not there, and options it does not know"
davit create --name made davit/demo true >/dev/null
expect_fail 1 davit top made
check_error "davit: container $(field made '{{.Id}}') is not running"
expect_fail 1 davit top nope
check_error 'davit: No such container: nope'
expect_fail 1 davit top calm -Z
check_error "davit: option '-Z' of ps is not supported.*"
expect_fail 1 davit top calm -o pid,nonsense
check_error "davit: unknown column 'nonsense' of -o.*"

test "stats shows what runs, in docker's columns"
expect davit stats --no-stream
check [ "$(head -n 1 <<<"$out" | sed 's/   */|/g; s/|$//')" = \
	'CONTAINER ID|NAME|CPU %|MEM USAGE / LIMIT|MEM %|NET I/O|BLOCK I/O|PIDS' ]
check [ "$(wc -l <<<"$out")" = 3 ]
check grep -qE '^[0-9a-f]{12} +calm +0\.[0-9]{2}% +[0-9.]+[KM]?i?B / [0-9.]+[GT]iB +[0-9.]+% +[0-9.]+k?B / [0-9.]+k?B +[0-9.]+[kM]?B / [0-9.]+[kM]?B +[0-9]+' <<<"$out"

test "a busy container has about a processor, and is told from a calm one"
expect davit stats --no-stream --format '{{.CPUPerc}}' busy
check [ "${out%%.*}" -ge 2 ] # of a machine that may have much else to do
check [ "${out%%.*}" -le 130 ]
expect davit stats --no-stream --format '{{.Name}} {{.PIDs}} {{.Container}}' busy
check_output 'busy 2 busy'

test "a container that does not run has dashes; one that is not there is an error"
expect davit stats --no-stream --format '{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' made
check_output '-- -- / -- --'
expect davit stats -a --no-stream --format '{{.Name}}'
check [ "$(wc -l <<<"$out")" = 3 ]
expect_fail 1 davit stats --no-stream nope
check_error 'davit: No such container: nope'

test "the stream goes on until it is interrupted, and redraws a terminal in place"
expect script -qec 'timeout --foreground --preserve-status -s INT 2.5 davit stats busy' /dev/null
check [ "$(grep -c 'CPU %' <<<"$out")" -ge 2 ]
check grep -qF $'\033[H' <<<"$out"
expect timeout -s INT --preserve-status 2.5 davit stats --format '{{.Name}}' busy
check_output 'busy
busy
busy'

test "the stream goes on over a restart, and when the container's monitor is killed"
davit stats --format '{{.PIDs}}' calm >>"$flow_tmp/stream" &
stream=$!
davit restart -t 0 calm >/dev/null
: >"$flow_tmp/stream"
eventually 10 grep -qx 1 "$flow_tmp/stream"
kill -KILL "$(shim_of calm)"
: >"$flow_tmp/stream"
eventually 10 grep -qx 1 "$flow_tmp/stream"
davit stop -t 0 calm >/dev/null
eventually 10 grep -qx -- -- "$flow_tmp/stream"
kill -INT $stream
wait $stream
check [ $? = 0 ]
davit rm -f busy calm made >/dev/null
