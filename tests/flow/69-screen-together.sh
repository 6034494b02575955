# Screens and command lines side by side, and the terminal that a screen leaves behind.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color
davit image bootstrap --quiet demo >/dev/null
cd "$flow_tmp" || exit 1

# shot SIZE SCRIPT - a shell on a terminal, as the script says; what it showed is in $out.
shot() {
	flow_run "$flow_root/tests/support/shot" "$1" env PS1='$ ' sh <<<"$2"
	[ "$flow_code" = 0 ] || fail "$out" "$err"
}

test "a stop that a command line asked for is seen on the screen while it is under way"
davit run -d --name stubborn davit/demo sh -c 'trap "" TERM; while :; do sleep 0.2; done' >/dev/null
davit stop -t -1 stubborn >/dev/null &
stop=$!
shot 100x24 $'keys davit<Enter>\nwait stubborn\nwait stopping\ntext -\nkeys q\nwait keep\nkeys exit<Enter>\nend'
davit kill stubborn >/dev/null
wait $stop
grep -q '↻ stubborn *stopping' <<<"$out" || fail "the list does not say that it is stopping"
davit start stubborn >/dev/null
shot 100x24 $'keys davit<Enter>\nwait stubborn\nwait running\ntext -\nkeys q\nwait keep\nkeys exit<Enter>\nend'
grep -q '● stubborn *running' <<<"$out" || fail "its next life is not plainly running"

test "what is said on leaving stands below what was attached to, over nothing"
davit run -d --name once -t davit/demo sh -c 'n=0; while :; do n=$((n + 1)); echo "line $n of its output, which is long"; sleep 0.03; done' >/dev/null
shot 100x24 $'keys davit<Enter>\nwait once\nkeys /name:once<Enter>\nwait match\nkeys A\nwait Attached to\nwait of its output\ngone Attached to\nkeys <^P><^Q>\nwait Left once\nkeys <Esc><Esc>\ngone match\nkeys q\nwait keep running\ntext -\nkeys exit<Enter>\nend'
at=$(grep -n 'keep running\.' <<<"$out" | tail -1 | cut -d: -f1)
check [ "$(sed -n "${at}p" <<<"$out" | sed 's/ *$//')" = "2 containers keep running." ]
check [ "$(sed -n "$((at + 1)),\$p" <<<"$out" | grep -c 'of its output')" = 0 ]
davit rm -f stubborn once >/dev/null
