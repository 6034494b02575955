# The shipped lessons as an ordinary user takes them: what differs from root's is said, and true.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
mate() {
	as-user mate -- davit "$@"
}

test "everything that the lessons promise an ordinary user comes true"
mate lesson check >"$flow_tmp/out" 2>"$flow_tmp/err"
check [ $? = 0 ]
check grep -q '^[0-9]* passed, 0 failed' "$flow_tmp/out"
check [ "$(cat "$flow_tmp/err" | grep -v 'not tried here' | grep -v 'a store of your own')" = '' ]
check [ ! -e /run/user/1501/davit/corners ]
check [ ! -e /run/davit-test/home/mate/.local/share/davit/corners ]

test "what is said to one is not said to the other"
check grep -q 'it is your file' <<<"$(mate lesson --auto 9 2>&1 | tr '\n' ' ')"
check grep -q "it is root's file" <<<"$(davit lesson --auto 9 2>&1 | tr '\n' ' ')"
