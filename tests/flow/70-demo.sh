. "${0%/*}/../support/flow.sh"
# What a newcomer meets first: the demo without a terminal, and the tour of the README as written.
export O=${O:-out/debug} # the sandbox's choice too
demo=$flow_root/assets/demo/demo
readme=$flow_root/README.md

# ---- the README, on a store that was never used ----

# tour [SKIP] - the commands and answers of the README's marked blocks, one after another, but for
# those marked SKIP.
tour() {
	awk -v skip="<!-- tour: ${1:-nothing} -->" '/^<!-- tour/ { marked = $0 != skip; next }
		/^```/ { inside = marked && $0 == "```console"; marked = 0; next }
		inside' "$readme"
}

# same - what differs from one run to the next, made the same: the sleep that ps sees may be the one after it.
same() {
	sed -E 's/\b[0-9a-f]{64}\b/ID64/g; s/\b[0-9a-f]{12}\b/ID12/g
		s/\b(Less than a|About an?|[0-9]+) (second|minute|hour|day|week|month|year)s?\b/TIME/g
		s/\*/ /g; s/[0-9]+(\.[0-9]+)?/N/g; s/ +/ /g; s/ $//' |
		awk '/ root ps$/ { ps = $0 "\n"; next } / root sleep N$/ { print; next } { printf "%s", ps; ps = ""; print }
		END { printf "%s", ps }'
}

# run_tour [SKIP] [AS...] - runs its commands, as somebody else.
run_tour() {
	local skip=${1:-} line
	shift
	while IFS= read -r line; do
		case $line in '$ '*) echo "$line"; "$@" bash -c "${line#\$ }" 2>&1 </dev/null ;; esac
	done < <(tour $skip)
}
# is_as_written SKIP FILE - what was printed is what the README prints.
is_as_written() {
	diff <(tour $1 | same) <(same <"$2") >"$flow_tmp/diff" ||
		fail "README (<) and reality (>): $(cat "$flow_tmp/diff")"
}

test "the README's tour does what it says"
run_tour >"$flow_tmp/tour"
check [ "$(tour | grep -c '^\$')" -ge 9 ]
is_as_written "" "$flow_tmp/tour"
check [ "$(davit ps -aq)" = "" ]
rm -r /tmp/hello

test "the README's tour does what it says for an ordinary user, whom this host lends no cgroup to limit"
user="$flow_root/tests/support/as-user --"
$user davit images 2>&1 | grep -q 'this is a store of your own' || fail "its first line is another"
run_tour limits $user >"$flow_tmp/tour"
is_as_written limits "$flow_tmp/tour"
check [ "$($user davit ps -aq)" = "" ]

test "every file the README names is there"
for file in $(grep -oE '\]\([^)h][^)]*\)' "$readme" | tr -d '])('); do
	check [ -e "$flow_root/$file" ]
done

# ---- the demo ----

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

test "the demo in a terminal opens the screen"
expect shot 100x30 "$demo" <<-END
	wait 7 containers
	until j > ✗ demo-mailer
	wait No such file or directory
	keys q
	wait 5 containers keep running
	end
END
check_output ''

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
check_error 'demo: containers need root for now: use sudo'

# ---- pictures ----

test "a picture has the letters and colours of the terminal, and nothing from elsewhere"
cat >"$flow_tmp/print" <<-'END'
	printf 'plain \033[1;31mbold <red>\033[0m \033[2mfaint\033[22m \033[7mback\033[0m ┌─┐ █ 日本 ✗ end'
	read -r answer
	echo "[$answer]"
END
expect shot 60x4 sh "$flow_tmp/print" <<-END
	wait ✗ end
	text -
	svg $flow_tmp/picture.svg
	keys yes<Enter>
	wait [yes]
	end
END
check [ "$(sed -n 1p <<<"$out")" = 'plain bold <red> faint back ┌─┐ █ 日本 ✗ end' ]
picture=$(cat "$flow_tmp/picture.svg")
check grep -q 'fill="#e06c75" font-weight="bold">bold &#60;red&#62;</text>' <<<"$picture"
check grep -q '<text [^>]*fill="#74767d">faint</text>' <<<"$picture"
check grep -q '<text [^>]*fill="#14171c">back</text>' <<<"$picture"
check grep -q '>&#26085;</text>' <<<"$picture"
check [ "$(grep -c 'http' <<<"$picture")" = 1 ] # the name space
expect python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' "$flow_tmp/picture.svg"

test "what cannot be waited for is named, with the screen"
SHOT_TIMEOUT=1 expect_fail 1 shot 20x2 sh -c 'echo here; sleep 5' <<<'wait there'
check_error "shot: could not do 'wait there'; the screen shows:
here"
expect_fail 1 shot 20x2 sh -c 'exit 3' <<<'press a'
check_error "shot: could not do 'press a'.*"
