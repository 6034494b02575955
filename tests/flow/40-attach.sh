. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

test "a container with a terminal shows what is typed, and its exit code comes through"
expect_fail 7 on-terminal 'wait:# ' 'send:echo a$((1+1))b; tty\r' 'wait:a2b' 'wait:/dev/pts/0' 'send:exit 7\r' -- davit run --rm -it davit/demo sh

test "the terminal has the size of the one it is shown on, and follows it"
expect on-terminal --size 33x99 'wait:# ' 'send:stty size\r' 'wait:33 99' 'size:20x70' 'send:until [ "$(stty size)" = "20 70" ]; do sleep 0.05; done; stty size\r' 'wait:\n20 70' 'send:exit\r' -- davit run --rm -it davit/demo sh

test "Ctrl-P Ctrl-Q leaves it running, attach comes back, and the shell is the same"
expect on-terminal 'wait:# ' 'send:X=kept\r' 'wait:# ' 'send:\x10\x11' 'wait:read escape sequence' -- davit run -it --name tt davit/demo sh
check [ "$(state tt)" = running ]
expect on-terminal 'raw' 'send:echo =$X=\r' 'wait:=kept=' 'send:\x10\x11' -- davit attach tt
check [ "$(state tt)" = running ]

test "other keys leave it when they were asked for, and Ctrl-P then goes through"
expect on-terminal 'raw' 'send:a' 'sleep:0.1' 'send:\x18b' 'wait:read escape sequence' -- davit attach --detach-keys ctrl-x,b tt
check [ "$(state tt)" = running ]
expect_fail 1 davit attach --detach-keys nonsense tt
check [ "$(wc -l <<<"$err")" = 1 ]

test "Ctrl-P alone reaches the process once another key follows"
expect on-terminal 'raw' 'send:\x15echo re""ady; cat -v\r' 'wait:ready' 'send:\x10z\r' 'wait:^Pz' 'send:\x04' 'wait:# ' 'send:\x10\x11' -- davit attach tt

test "several see the same terminal"
on-terminal 'raw' "run:touch $flow_tmp/there" 'wait:both-see' 'send:\x10\x11' -- davit attach tt >"$flow_tmp/one" 2>&1 &
eventually 5 test -e "$flow_tmp/there"
expect on-terminal 'raw' 'send:echo both-$((0))see | tr -d 0\r' 'wait:both-see' 'send:\x10\x11' -- davit attach tt
wait $!
check [ $? = 0 ]

test "the exit of an attached container ends the attachment with its code"
expect_fail 3 on-terminal 'raw' 'send:exit 3\r' -- davit attach tt
check [ "$(field tt '{{.State.ExitCode}}')" = 3 ]
expect_fail 1 davit attach tt
check_error 'davit: cannot attach to a stopped container, start it first'
davit start tt >/dev/null
davit pause tt >/dev/null
expect_fail 1 davit attach tt
check_error 'davit: cannot attach to a paused container, unpause it first'
expect davit rm -f tt
leaks_check

test "without a terminal to show it, -t with -i is refused"
expect_fail 1 davit run --rm -it davit/demo true
check_error 'davit: the input device is not a TTY'
leaks_check

test "bytes pass unchanged both ways"
head -c 1000000 /dev/urandom >"$flow_tmp/random"
davit run --rm -i davit/demo cat <"$flow_tmp/random" >"$flow_tmp/back"
check cmp "$flow_tmp/random" "$flow_tmp/back"
davit run -d --name cc davit/demo sleep 1000 >/dev/null
davit exec -i cc cat <"$flow_tmp/random" >"$flow_tmp/back"
check cmp "$flow_tmp/random" "$flow_tmp/back"
davit exec -i cc sh -c 'cat >&2' <"$flow_tmp/random" 2>"$flow_tmp/back"
check cmp "$flow_tmp/random" "$flow_tmp/back"

test "the end of the input is the end of the input"
check [ "$(printf 'one\ntwo' | davit run --rm -i davit/demo wc -c)" = 7 ]
check [ "$(davit exec -i cc wc -c </dev/null)" = 0 ]
check [ "$(davit run --rm davit/demo wc -c </etc/passwd)" = 0 ]

test "stdout and stderr stay apart"
expect davit exec cc sh -c 'echo out; echo err >&2'
check_output out
check_error err

test "exec ends with the code of its process"
expect_fail 5 davit exec cc sh -c 'exit 5'
expect_fail 137 davit exec cc sh -c 'kill -KILL $$'
expect_fail 127 davit exec cc no-such-command
check grep -q no-such-command <<<"$err"
expect_fail 126 davit exec cc /etc/passwd
expect_fail 1 davit exec nobody true

test "exec is as the container is, but for what it asks"
expect davit exec -u demo -e A=b -w /tmp cc sh -c 'id -un; echo $A; pwd; grep CapEff /proc/self/status'
check_output 'demo
b
/tmp
CapEff:	0000000000000000'
expect davit exec cc sh -c 'grep -E "CapEff|Seccomp:" /proc/self/status; for n in pid mnt net uts ipc; do [ $(readlink /proc/self/ns/$n) = $(readlink /proc/1/ns/$n) ] || echo $n; done'
check_output 'CapEff:	00000000a80425fb
Seccomp:	2'

test "exec -d returns at once and goes on"
expect davit exec -d cc sh -c 'while [ ! -e /root/go ]; do sleep 0.05; done; echo done > /root/done'
check_output ''
expect_fail 1 davit exec cc cat /root/done
expect davit exec cc touch /root/go
eventually 5 davit exec cc grep -q done /root/done

test "exec on a terminal is left and goes on, exits and resizes"
expect on-terminal 'wait:# ' 'send:sleep 777\r' 'run:until davit exec cc pidof sleep | grep -q " "; do sleep 0.05; done' 'send:\x10\x11' 'wait:read escape sequence' -- davit exec -it cc sh
check davit exec cc pidof sleep
check [ "$(davit exec cc sh -c 'ps -o args | grep -c "^sleep 777"')" = 1 ]
expect_fail 9 on-terminal --size 40x100 'wait:# ' 'send:stty size; exit 9\r' 'wait:40 100' -- davit exec -it cc sh

test "an exec in a container that does not run, or is paused, is refused"
davit pause cc >/dev/null
expect_fail 1 davit exec cc true
check_error 'davit: Container cc is paused, unpause the container before exec'
davit unpause cc >/dev/null
davit stop -t 0 cc >/dev/null
expect_fail 1 davit exec cc true
check grep -q 'is not running' <<<"$err"
expect davit rm -f cc
leaks_check

test "a reader that stops reading loses nothing when it goes on"
davit run --rm davit/demo sh -c 'seq 200000' | (sleep 0.5; sha256sum) >"$flow_tmp/sum"
check [ "$(cat "$flow_tmp/sum")" = "$(seq 200000 | sha256sum)" ]

test "a reader that goes away does not stop the container"
davit run --name pipe davit/demo sh -c 'seq 200000; echo end' 2>/dev/null | head -n 1 >/dev/null
eventually 5 is_in_state pipe exited
check [ "$(field pipe '{{.State.ExitCode}}')" = 0 ]
check [ "$(davit logs pipe | tail -n 1)" = end ]
davit rm pipe >/dev/null
leaks_check
