. "${0%/*}/../support/flow.sh"
# What a newcomer meets first: the demo without a terminal, and the tour of the README as written.
demo=$flow_root/assets/demo/demo
readme=$flow_root/README.md

states() {
	davit ps -a --format '{{.Names}} {{.State}}' | sort
}
living="demo-backup exited
demo-batch paused
demo-flaky running
demo-mailer exited
demo-shell running
demo-web running
demo-worker running"

test "the demo without a terminal prints its containers and the screen"
expect "$demo"
check [ "$err" = "" ]
check [ "$(grep -c ' demo-[a-z]' <<<"$out")" -ge 14 ] # each in the list and on the screen
check grep -q '^ davit   1 Containers   2 Images' <<<"$out"
check grep -q '^ 7 containers · 4 running · 1 paused · 1 failed' <<<"$out"
check grep -q '^> ● demo-web ' <<<"$out"
check grep -q '✗ demo-mailer .*exit 1' <<<"$out"
check grep -q 'GET .* HTTP/1.1" [24]0' <<<"$out"
check [ "$(states)" = "$living" ]

test "its containers say what a reader should see"
expect davit logs demo-mailer
check_output 'mailer 2.1 starting'
check_error 'mailer: /etc/mailer.conf: No such file or directory'
expect davit logs demo-backup
check_output 'saved [0-9]+ files, [0-9]+ bytes'
eventually 10 sh -c 'davit logs demo-web 2>/dev/null | grep -q " 200 "'
eventually 10 sh -c 'davit logs demo-web 2>&1 >/dev/null | grep -q "favicon.ico.* 404 0"'
eventually 10 sh -c 'davit logs demo-worker | grep -q "^job 2 done: 12 MB"'
expect davit exec demo-web wget -qO - http://127.0.0.1/
check grep -q 'It works' <<<"$out"

test "the demo run again keeps what is there and starts what was stopped"
ids=$(davit ps -aq --no-trunc --filter name=demo- | sort)
davit stop -t 5 demo-web >/dev/null
davit unpause demo-batch >/dev/null
davit rm -f demo-worker >/dev/null
expect "$demo"
check [ "$err" = "" ]
check [ "$(states)" = "$living" ]
check [ "$(davit ps -aq --no-trunc --filter name=demo- | sort | grep -cxFf - <(echo "$ids"))" = 6 ]

test "a container that has a name of the demo by chance is left alone"
davit rm -f demo-web >/dev/null
davit create --name demo-web davit/demo true >/dev/null
expect "$demo" up
check_error 'demo: demo-web is not a container of the demo, left as it is'
check [ "$(davit inspect --format '{{.State.Status}}' demo-web)" = created ]

test "demo-clean removes the demo's containers and no other"
davit create --name mine davit/demo true >/dev/null
expect "$demo" down
check_output ''
check [ "$(states)" = 'demo-web created
mine created' ]
expect "$demo" down
davit rm demo-web mine >/dev/null

test "the demo needs root and says so"
expect_fail 1 setpriv --reuid 65534 --clear-groups "$demo"
check_error 'demo: starting containers needs root: sudo make demo'

# ---- the README ----

# tour - the commands and answers of the README's marked blocks, one after another.
tour() {
	awk '/^<!-- tour/ { marked = 1; next }
		/^```/ { inside = marked && $0 == "```console"; marked = 0; next }
		inside' "$readme"
}

# same - what differs from one run to the next, made the same.
same() {
	sed -E 's/\b[0-9a-f]{64}\b/ID64/g; s/\b[0-9a-f]{12}\b/ID12/g
		s/\b(Less than a|About a|[0-9]+) (second|minute)s?\b/TIME/g
		s/\*/ /g; s/[0-9]+(\.[0-9]+)?/N/g; s/ +/ /g; s/ $//'
}

run_tour() {
	local line
	while IFS= read -r line; do
		case $line in '$ '*) echo "$line"; bash -c "${line#\$ }" 2>&1 </dev/null ;; esac
	done < <(tour)
}

test "the README's tour does what it says"
davit ps -aq | xargs -r davit rm -f >/dev/null
DAVIT_ROOT=/var/lib/davit/newcomer DAVIT_RUN_ROOT=/run/davit-newcomer
export DAVIT_ROOT DAVIT_RUN_ROOT
run_tour >"$flow_tmp/tour"
check [ "$(tour | grep -c '^\$')" -ge 9 ]
diff <(tour | same) <(same <"$flow_tmp/tour") >"$flow_tmp/diff" ||
	fail "README (<) and reality (>): $(cat "$flow_tmp/diff")"
check [ "$(davit ps -aq)" = "" ]
unset DAVIT_ROOT DAVIT_RUN_ROOT

test "every file the README names is there"
for file in $(grep -oE '\]\([^)h][^)]*\)' "$readme" | tr -d '])('); do
	check [ -e "$flow_root/$file" ]
done
