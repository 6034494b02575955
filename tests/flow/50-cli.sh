. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# The command line's grammar, words and exit codes, on a store with davit/demo.
davit image bootstrap demo >/dev/null

test "a flag that nobody knows is refused with docker's words and code"
expect_fail 125 davit run --nonsense davit/demo
check_error "davit: unknown flag: --nonsense
See 'davit run --help'."
expect_fail 125 davit ps -aZ
check_error "davit: unknown shorthand flag: 'Z' in -Z
See 'davit ps --help'."

test "a flag that docker has and davit not yet is refused by name"
expect_fail 125 davit run --link-local-ip 169.254.0.9 davit/demo
check_error 'davit: --link-local-ip is not supported yet'
expect_fail 125 davit exec --privileged x true
check_error 'davit: --privileged is not supported yet'

test "an unknown command names a near one"
expect_fail 1 davit psx
check_error "davit: unknown command: davit psx; did you mean 'davit ps'?
See 'davit --help'."

test "operands are counted"
expect_fail 1 davit rename one
check_error "davit: 'davit rename' requires 2 arguments
See 'davit rename --help'."
expect_fail 1 davit ps one
check_error "davit: 'davit ps' accepts no arguments
See 'davit ps --help'."

test "clusters are pointed elsewhere"
for word in service stack swarm node; do
	expect_fail 1 davit $word ls
	check_error "davit: '$word' needs a cluster, .* compose file, .* davit-runtime, the OCI runtime"
done

test "both spellings are one command"
expect davit container run --rm davit/demo echo same
check_output 'same'
for spelling in 'ps -a' 'container ls -a' 'container list -a' 'container ps -a'; do
	expect davit $spelling --format '{{.ID}}'
	check_output ''
done
expect davit image ls --format '{{.Repository}}:{{.Tag}}'
check_output 'davit/demo:latest'

test "run hands on the exit code, the streams and the standard input"
expect_fail 7 davit run --rm davit/demo sh -c 'echo out; echo err >&2; exit 7'
check_output 'out'
check_error 'err'
expect sh -c 'echo in | davit run --rm -i davit/demo cat'
check_output 'in'
expect sh -c 'davit run --rm davit/demo head -c 3000000 /dev/zero | (sleep 1; wc -c)'
check_output '3000000'

test "what cannot be run has docker's codes and leaves nothing"
expect_fail 127 davit run --rm davit/demo nope
expect_fail 126 davit run --rm davit/demo /etc
expect_fail 125 davit run --rm --pull never nope/nope true
check_error 'davit: No such image: nope/nope:latest'
expect_fail 125 davit run --rm 'Bad Name' true
expect davit ps -aq
check_output ''

test "a command whose output cannot be written says so"
expect_fail 1 sh -c 'davit images >/dev/full'
check_error 'davit: write to standard output: No space left on device'
expect_fail 1 sh -c 'davit run --rm davit/demo echo x >/dev/full'
check_error 'davit: write to standard output: No space left on device'

test "a reader that leaves ends a command quietly"
expect bash -c 'davit run --name yes davit/demo sh -c "while :; do echo y; done" | head -n 1'
check_output 'y'
check_error ''
expect davit rm -f yes

test "the id goes to --cidfile, which is never overwritten"
expect davit run -d --cidfile "$flow_tmp/cid" --name main davit/demo sleep 1000
[ "$out" = "$(cat "$flow_tmp/cid")" ] && [ ${#out} = 64 ] || fail "printed $out"
expect_fail 125 davit run --cidfile "$flow_tmp/cid" davit/demo true
check_error "davit: container ID file found, .*"

test "the environment comes from options, files and ourselves"
printf '# no\nFILE=1\nOURS\nBOTH=file\n' >"$flow_tmp/env"
OURS=us expect davit run --rm -e OURS -e UNSET -e BOTH=option --env-file "$flow_tmp/env" \
	davit/demo sh -c 'echo $FILE $OURS $BOTH ${UNSET-none}'
check_output '1 us option none'
printf 'a b=c\n' >"$flow_tmp/env"
expect_fail 125 davit run --rm --env-file "$flow_tmp/env" davit/demo true
check_error ".*: variable 'a b' contains whitespaces"

test "a name in use is a conflict"
expect_fail 1 davit create --name main davit/demo
check_error 'davit: Conflict. The container name "/main" is already in use by container ".*".*'

test "exec tells apart what failed"
expect davit exec -e A=b main sh -c 'echo $A'
check_output 'b'
expect_fail 5 davit exec main sh -c 'exit 5'
expect_fail 127 davit exec main nope
expect_fail 1 davit exec nobody true
check_error 'davit: No such container: nobody'

test "without a terminal -it is refused"
expect_fail 1 sh -c 'davit exec -it main sh </dev/null'
check_error 'davit: the input device is not a TTY'

test "signals are handed on"
davit run --rm --name hears davit/demo sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' &
eventually 5 catches hears TERM
kill -TERM $!
wait $!
[ $? = 3 ] || fail "not the container's own code"

test "Ctrl-P Ctrl-Q leaves it running, and the terminal as it was"
expect on-terminal 'wait:# ' 'send:printf "\\033[?1049h\\033[?25l"\r' 'wait:\x1b[?1049h\x1b[?25l' 'send:\x10\x11' -- \
	sh -c 'davit run -it --name shell davit/demo sh; echo "code $?"; stty -a | grep -o " icanon"'
case $out in
*$'\033[?1049l\033[?25h'*'read escape sequence'*'code 0'*' icanon'*) ;;
*) fail "shown: $out" ;;
esac
expect davit ps --format '{{.Names}} {{.State}}' --filter name=shell
check_output 'shell running'
expect on-terminal raw 'send:exit 9\r' -- sh -c 'davit attach shell; echo "code $?"'
case $out in *'code 9'*) ;; *) fail "shown: $out" ;; esac
expect davit rm shell

test "logs are cut, stamped and followed"
expect davit run --name log davit/demo sh -c 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three'
expect sh -c 'davit logs -f log 2>&1 | sort'
check_output 'one
three
two'
expect davit logs -n 1 log
check_output 'three'
expect sh -c "davit logs -t log 2>/dev/null | sed 's/^[0-9-]*T[0-9:]*\.[0-9]\{9\}Z //'"
check_output 'one
three'
expect davit logs --until 1h log
check_output ''
expect davit rm log

test "templates are Go's, with Go's complaints"
expect davit inspect -f '{{.Name}} {{.State.Running}} {{json .Config.Cmd}} {{index .Config.Labels "x"}}|' main
check_output '/main true ["sleep","1000"] |'
expect_fail 1 davit inspect -f '{{.Nope}}' main
check_error 'davit: template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'
expect_fail 64 davit inspect -f '{{' main
check_error 'davit: template parsing error: template: :1: unclosed action'
expect davit ps --format 'table {{.Names}}\t{{.Image}}'
check_output 'NAMES     IMAGE
main      davit/demo'

test "inspect shows what there is and tells what there is not"
expect_fail 1 davit inspect nobody
check_output '[]'
check_error 'davit: No such object: nobody'

test "one operation on many names goes as far as it can"
expect davit create --name other davit/demo
expect_fail 1 davit rm other nobody
check_output 'other'
check_error 'davit: No such container: nobody'
expect davit rm -f nobody
check_error 'davit: No such container: nobody'

test "completion offers commands, options and names"
complete_words() {
	bash -c '. <(davit completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _davit 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
expect complete_words davit container unp
check_output 'unpause'
expect complete_words davit exec --det
check_output '--detach
--detach-keys'
expect complete_words davit stop -t 1 ma
check_output 'main'
expect complete_words davit run dav
check_output 'davit/demo:latest'

expect davit rm -f main

test "an archive is loaded with docker's line, quietly or not"
cd "$flow_tmp" || exit 1
echo content >file && tar -cf layer.tar file
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
	"$(sha256sum layer.tar | cut -d' ' -f1)" >config.json
printf '[{"Config":"config.json","RepoTags":["my/image:1"],"Layers":["layer.tar"]}]' >manifest.json
tar -cf image.tar manifest.json config.json layer.tar
expect davit load -q -i image.tar
check_output 'Loaded image: my/image:1'
expect davit load -i image.tar
check_output '.*Loaded image: my/image:1'
expect_fail 1 davit load -i layer.tar
check_error 'davit: load.*'
expect davit images my/image --format '{{.Repository}} {{.Tag}}'
check_output 'my/image 1'
