# Acting on the screen: what a form says is done as the command line would, on one and on many.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color
davit image bootstrap --quiet demo >/dev/null
cd "$flow_tmp" || exit 1

# screen STEP... - davit's screen, driven; what it showed is in $out.
screen() {
	flow_run on-terminal --size 30x110 --timeout 20 raw see:Containers "$@" send:q sleep:0.2 send:q end -- davit
	[ $flow_code = 0 ] || fail "the screen ended with $flow_code" "$err"
}
inspect() {
	davit inspect --format "$1" "$2"
}

test "a container gets another name, and limits while it runs"
davit run -d --name first --stop-timeout 1 --label com.docker.compose.project=shop davit/demo sleep 1000 >/dev/null
screen see:first send:R 'see:Rename first to' 'send:\x15second\r' see:Renamed \
	send:L see:Limits 'send:48m\t96m\t\t0.5\r' see:Updated
check [ "$(inspect '{{.Name}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}' second)" = "/second 50331648 500000000" ]

test "a new container is what its form says, started or only made"
screen send:n 'see:New container' "send:web\\tsh -c 'sleep 1000'\\t\\tA='two words'\\r" 'see:Started web'
check [ "$(inspect '{{.State.Status}} {{json .Config.Cmd}}' web)" = 'running ["sh","-c","sleep 1000"]' ]
check [ "$(davit exec web sh -c 'echo $A')" = "two words" ]
screen send:n 'see:New container' 'send:made\t\t\t\t\t\t\t\t\t\t\t\t \r' 'see:Created made'
check [ "$(inspect '{{.State.Status}}' made)" = created ]

test "any command runs in a terminal of its own, and what it printed stays"
screen 'send:/name:second\r' 'see:1 of' send:E 'see:Command' "send:sh -c 'echo out of \$HOSTNAME; exit 3'" 'send:\r' \
	'see:ended with exit code 3' 'send:\x1b' 'send:\x1b'
grep -q "out of $(davit inspect --format '{{.Config.Hostname}}' second)" <<<"$out" || fail "its output was not shown"

test "an image without a shell is answered with one beside it"
mkdir -p bare
printf 'FROM davit/demo AS d\nFROM scratch\nCOPY --from=d /bin/busybox /sleep\nCMD ["/sleep", "1000"]\n' >bare/Dockerfile
expect davit build -q -t bare bare
davit run -d --name bare bare >/dev/null
screen 'send:/name:bare\r' 'see:1 of' send:e 'see:Open a debug shell' send:y 'see:~ # ' \
	'send:ls /proc/1/root; cat /proc/1/comm\r' 'see:etc ' 'send:exit\r' 'see:ended with' 'send:\x1b'
check [ "$(davit ps -q | wc -l)" = 3 ]

test "one process is signalled, and only that one"
davit run -d --name two davit/demo sh -c 'sleep 777 & wait; sleep 1000' >/dev/null
screen 'send:/name:two\r' 'see:1 of' send:t 'see:HOST PID' 'see:sleep 777' 'send:j' 'send:K' 'see:please end' 'send:\r' \
	'see:Signal 15 sent' 'send:\x1b' 'send:\x1b'
gone() {
	! davit top two | grep -q 'sleep 777$'
}
eventually 5 gone
check [ "$(inspect '{{.State.Status}}' two)" = running ]

test "many at once: one sentence, each one's end, and what failed tried again"
davit create --name good davit/demo sleep 1000 >/dev/null
davit create --name fine davit/demo sleep 1000 >/dev/null
davit create --name late -v "$flow_tmp/data:/data" davit/demo /data/sleep >/dev/null
screen 'send:/name:good,fine,late\r' 'see:3 of' 'send:*u' 'see:2 started, 1 failed' send:x 'see:/data/sleep' \
	"run:printf '#!/bin/sh\nsleep 1000' >$flow_tmp/data/sleep; chmod +x $flow_tmp/data/sleep" \
	send:r 'see:3 containers started' 'send:\x1b' 'send:\x1b'
check [ "$(inspect '{{.State.Status}}' good)" = running ]
check [ "$(inspect '{{.State.Status}}' late)" = running ]
check [ $flow_code = 0 ]

test "the keys of a group are for all of it"
davit run -d --name third --stop-timeout 1 --label com.docker.compose.project=shop davit/demo sleep 1000 >/dev/null
screen see:third see:shop send:g send:s 'see:Stop 2 containers' 'send:y' 'see:2 containers stopped'
check [ "$(davit ps -q --filter label=com.docker.compose.project=shop)" = "" ]

test "an image is made of a container, and gets another name"
screen 'send:/name:web\r' 'see:1 of' send:C 'see:An image of' 'send:web:now\r' 'see:done in' 'send:\x1b' 'send:\x1b'
check davit image inspect web:now --format '{{.Id}}'
screen send:2 see:web:now 'send:/web\r' 'see:match web' send:T 'see:Another name' 'send:\x15web:kept\r' see:Named 'send:\x1b'
check [ "$(davit image inspect --format '{{.Id}}' web:kept)" = "$(davit image inspect --format '{{.Id}}' web:now)" ]

test "a store that somebody else empties is shown as it is, and a key for what is gone says so"
davit rm -f $(davit ps -aq) >/dev/null 2>&1
davit run -d --name last davit/demo sleep 1000 >/dev/null
screen see:last 'run:davit rm -f last; davit image prune -af' 'see:No containers yet' send:2 'see:No images' send:1 \
	'see:No containers yet'
check [ $flow_code = 0 ]
