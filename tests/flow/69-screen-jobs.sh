# The screen's long work: begun there, seen by every other screen, and done without any.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color
davit image bootstrap --quiet demo >/dev/null
cd "$flow_tmp" || exit 1

context() {
	local name=$1
	shift
	mkdir -p "$name"
	{ echo FROM davit/demo; printf 'RUN %s\n' "$@"; } >"$name/Dockerfile"
}
# screen STEP... - davit's screen, driven; what it showed is in $out.
screen() {
	flow_run on-terminal --size 24x100 --timeout 20 raw see:Containers "$@" -- davit
	[ $flow_code = 0 ] || fail "the screen ended with $flow_code" "$err"
}
state() {
	davit jobs ls -a --format '{{.ID}} {{.State}}' | sed -n "s/^$1 //p"
}
is() {
	[ "$(state "$1")" = "$2" ]
}
form="send:B see:More sleep:0.1 send:\\x15"

test "a build begun on the screen outlives it and its terminal"
context slow "$held && echo still here"
screen $form "send:$flow_tmp/slow\\t\\t\\x15slow:1" sleep:0.1 'send:\r' see:running hangup end
job=$(davit jobs ls -q)
check [ "$(wc -w <<<"$job")" = 1 ]
check is "$job" running
expect davit jobs ls --format '{{.Command}}'
check_output "davit build -t slow:1 $flow_tmp/slow"
held_there() { ls -d /var/lib/davit/cache/mounts/*/data; }
eventually 5 held_there

test "the next screen shows it, and tells how it ended"
screen "see:slow:1 step" "run:touch $(held_there)/go" 'see:done in' send:q end
check [ "$(grep -c 'build slow:1' <<<"$out")" -ge 1 ]
check is "$job" done
expect davit image inspect slow:1 --format '{{.RepoTags}}'

test "two screens see one job, and either ends it"
context long 'sleep 60'
screen $form "send:$flow_tmp/long\\t\\t\\x15long:1" sleep:0.1 'send:\r' see:running sleep:0.3 send:q sleep:0.2 send:q end &
eventually 10 sh -c '[ "$(davit jobs ls -q --filter state=running)" ]'
job=$(davit jobs ls -q --filter state=running)
screen see:long:1 send:J 'see:running  build' 'send:c' 'see:What it leaves' send:y see:canceled 'send:\x1b' sleep:0.2 send:q end
check is "$job" canceled
wait

test "a shell before the step that failed, and nothing is left of it"
context failing 'echo marked >/mark' 'echo compiling; exit 2'
expect_fail 1 davit build -t failing failing
images=$(davit images -aq | sort)
screen send:3 see:failed 'send:\r' see:compiling sleep:0.2 send:e 'see:~ # ' 'send:cat /mark\r' see:marked \
	'send:exit\r' 'see:ended with' sleep:0.2 send:q sleep:0.2 send:q end
check [ $flow_code = 0 ]
same_images() {
	[ "$(davit images -aq | sort)" = "$images" ]
}
eventually 5 same_images
check [ -z "$(davit ps -aq)" ]

test "the Dockerfile is opened at the line, and the build goes on from there"
printf '#!/bin/sh\necho "$@" >%s/edited\nsed -i "s/; exit 2//" "$2"\n' "$flow_tmp" >vi
chmod +x vi
EDITOR=$flow_tmp/vi screen send:3 see:failed 'send:\r' see:compiling sleep:0.2 send:E sleep:0.6 send:r 'see:done in' \
	send:q sleep:0.2 send:q end
check [ "$(cat edited)" = "+3 $flow_tmp/failing/Dockerfile" ]
expect davit run --rm --network none failing cat /mark
check_output marked

test "a pull is a job of the screen"
registry_start
make-image small --tag t --layer a=1 >/dev/null && registry_push small:t small:t
screen send:2 see:images send:P see:Platform 'send:127.0.0.1:5000/small:t\r' 'see:done in' send:q sleep:0.2 send:q end
expect davit image inspect 127.0.0.1:5000/small:t --format '{{.RepoTags}}'
expect davit jobs ls -a --filter kind=pull --format '{{.State}} {{.Command}}'
check_output 'done davit pull 127.0.0.1:5000/small:t'
