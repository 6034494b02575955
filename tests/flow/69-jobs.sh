# Jobs: work in a process of its own that outlives whoever started it, seen and ended by all.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
davit image bootstrap --quiet demo >/dev/null
cd "$flow_tmp" || exit 1

# context NAME COMMAND... - a directory with a Dockerfile that runs them.
context() {
	local name=$1
	shift
	mkdir -p "$name"
	{ echo FROM davit/demo; printf 'RUN %s\n' "$@"; } >"$name/Dockerfile"
}
# state JOB - one word.
state() {
	davit jobs ls -a --format '{{.ID}} {{.State}}' | sed -n "s/^$1 //p"
}
is() {
	[ "$(state "$1")" = "$2" ]
}
start() {
	expect davit jobs start "$@"
	job=$out
}
process_of() {
	cut -d' ' -f1 "/var/lib/davit/jobs/$1/process"
}
running() {
	is "$1" running && [ -s "/var/lib/davit/jobs/$1/process" ]
}

context quick 'echo hello'
context slow 'echo begun' 'sleep 60'
context failing 'echo before; exit 7'

test "a job outlives the terminal it was started on"
context two "$held && echo still here"
expect_fail 129 on-terminal raw 'run:until [ -s id ]; do sleep 0.05; done' hangup end -- \
	sh -c 'stty raw; davit jobs start build -t two two >id; exec sleep 300'
job=$(cat id)
eventually 5 running "$job"
eventually 5 go_on
expect davit jobs follow "$job"
check [ "$(grep -c 'still here' <<<"$out")" -ge 1 ]
check is "$job" done
expect davit run --rm --network none two true

test "nobody is its parent, and it is in a session of its own"
start build slow
eventually 5 running "$job"
pid=$(process_of "$job")
expect ps -o ppid=,tty= -p "$pid"
check [ "$(awk '{print $1}' <<<"$out")" = 1 ]
check [ "$(awk '{print $2}' <<<"$out")" = '?' ]

test "every davit sees it, and any ends it"
expect davit jobs ls -q
check [ "$(grep -c "$job" <<<"$out")" = 1 ]
expect davit jobs ls --format '{{.Kind}} {{.What}} {{.State}} {{.Command}}'
check_output 'build slow running davit build slow'
leaves="$job: canceled; finished steps stay in the build cache; no image is made and nothing is tagged"
expect davit jobs cancel "${job:0:6}"
check_output "$leaves"
check is "$job" canceled
expect_fail 1 davit jobs cancel "$job"
check_error "davit: job $job has ended already"

test "a job that was ended leaves nothing"
start build slow
eventually 5 running "$job"
davit jobs cancel "$job" >/dev/null
davit jobs rm "$job" >/dev/null
leaks_mark
start build slow
eventually 5 running "$job"
expect davit jobs cancel "$job"
expect davit jobs rm "$job"
leaks_check

test "one that was killed is lost, and never running"
start build slow
eventually 5 running "$job"
kill -9 "$(process_of "$job")"
eventually 2 is "$job" lost
expect_fail 1 davit jobs follow "$job"
check [ "$(tail -n 1 <<<"$err")" = "davit: job $job was killed: how it ended is not known" ]
expect_fail 1 davit jobs cancel "$job"
check_error "davit: job $job has ended already"

test "what does not listen is killed after a while"
context deaf 'echo x' 'sleep 60'
start build deaf
eventually 5 running "$job"
kill -STOP "$(process_of "$job")"
expect davit jobs cancel "$job"
check is "$job" canceled

test "its exit code and its last words are kept"
start build failing
expect_fail 1 davit jobs follow "$job"
check [ "$(grep -c 'exit code: 7' <<<"$err$out")" -ge 1 ]
check is "$job" failed
expect davit jobs ls -a --filter state=failed --format '{{.ID}} {{.ExitCode}}'
check_output "$job 1"

test "a build at a prompt is seen by others, and says why each step is done"
echo one >quick/file && echo 'COPY file /' >>quick/Dockerfile
expect davit build -t quick quick
expect davit jobs ls -a --format '{{.What}} {{.State}} {{.Command}} {{.Image}}' --filter kind=build
check [ "$(head -n 1 <<<"$out")" = "quick done davit build -t quick quick $(davit image inspect quick --format '{{.Id}}')" ]
echo two >quick/file
start build -t quick quick
expect davit jobs follow "$job"
check [ "$(grep -c 'because file changed' <<<"$out")" = 1 ]

test "what a step says is kept up to a limit, and its end always"
context chatty 'i=0; while [ $i -lt 90000 ]; do echo this is line $i of very many; i=$((i+1)); done'
start build chatty
expect davit jobs follow "$job"
check [ "$(grep -c 'is left out, but for its end' <<<"$out")" = 1 ]
check [ "$(grep -c 'line 0 of very' <<<"$out")" = 1 ]
check [ "$(grep -c 'line 80000 of very' <<<"$out")" = 0 ]
check [ "$(grep -c 'line 89999 of very' <<<"$out")" = 1 ]
check [ "$(stat -c %s "/var/lib/davit/jobs/$job/events")" -lt 8000000 ]

test "an image of what was before a step, and a step done anew"
context steps 'echo before >/mark' 'cat /proc/sys/kernel/random/uuid >/uuid' 'exit 5'
expect_fail 1 davit build steps
expect davit build -q --stop-before 4 steps
image=$out
expect davit run --rm --network none "$image" cat /mark /uuid
before=$out
expect davit build -q --stop-before 4 steps
check [ "$(davit run --rm --network none "$out" cat /mark /uuid)" = "$before" ]
expect davit build -q --stop-before 4 --redo 3 steps
check [ "$(davit run --rm --network none "$out" cat /mark /uuid)" != "$before" ]
expect_fail 1 davit build --stop-before 9 steps
check_error "(.*
)?davit: no step of this build is at line 9 of Dockerfile"

test "what was before a step has its variables and arguments, and a step that failed says so the next time"
mkdir -p args && printf 'FROM davit/demo\nARG WHO=me\nENV SET=1\nRUN echo $WHO; exit 3\nENV LATER=1\n' >args/Dockerfile
expect_fail 1 davit build args
expect davit build -q --stop-before 4 args
expect davit run --rm --network none "$out" sh -c 'echo $WHO $SET $LATER.'
check_output 'me 1 .'
expect_fail 1 davit build args
expect_fail 1 davit jobs follow "$(davit jobs ls -aq --filter kind=build | head -n 1)"
check [ "$(grep -c 'because it was not finished the last time' <<<"$out$err")" = 1 ]

test "builds wait for their turn"
jobs=
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
	start build -t "slow$n" slow
	jobs="$jobs $job"
	[ "$(nproc)" -lt 16 ] && [ "$n" -gt "$(nproc)" ] && [ "$n" -gt 2 ] && break
done
check is "$job" queued
expect davit jobs cancel $jobs
check is "$job" canceled

test "a pull is one too, and what nobody has seen is listed"
registry_start
make-image small --tag t --layer a=1 >/dev/null && registry_push small:t small:t
start pull 127.0.0.1:5000/small:t
eventually 5 is "$job" done
expect davit jobs ls -q
check [ "$(grep -c "$job" <<<"$out")" = 1 ]
expect davit jobs follow "$job"
check [ "$(grep -c 'Pull complete' <<<"$out")" = 1 ]
expect davit jobs ls -q
check [ "$(grep -c "$job" <<<"$out")" = 0 ]
start pull 127.0.0.1:5000/none
eventually 5 is "$job" failed
start save -o small.tar 127.0.0.1:5000/small:t
eventually 5 is "$job" done
check [ "$(grep -c '"Saved"' "/run/davit/jobs/$job/events")" = 1 ]

test "a reboot loses no build that was over, and says lost of the others"
start build -t kept quick
kept=$job
eventually 10 is "$kept" done
start build slow
eventually 5 running "$job"
kill -9 "$(process_of "$job")"
eventually 2 is "$job" lost
find /run/davit -mindepth 1 -delete 2>/dev/null
check is "$kept" done
check is "$job" lost
expect davit jobs follow "$kept"
check [ "$(grep -c hello <<<"$out")" -ge 1 ]

test "what cannot be a job is refused by name"
expect_fail 1 davit jobs start run davit/demo
check_error "davit: 'run' cannot be a job: .*"
expect_fail 1 davit job-run "$kept"
check_error "davit: job-run is only started by davit itself"
expect_fail 1 davit jobs follow nosuch
check_error "davit: no such job: nosuch"

test "forgetting takes what is over, and only that"
start build slow
eventually 5 running "$job"
expect_fail 1 davit jobs rm "$job"
check_error "davit: job $job is not over: cancel it first"
expect davit jobs rm --all
expect davit jobs ls -a -q
check_output "$job"
expect davit jobs cancel "$job"
expect davit jobs rm "$job"
check [ -z "$(davit jobs ls -aq)" ]
