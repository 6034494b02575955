. "${0%/*}/../support/flow.sh"
# How Dockerfiles are read: tests/build/dump/NAME.Dockerfile and what `davit builder dump` makes of it.
cases=$flow_root/tests/build/dump

test "every Dockerfile of the corpus is read as written beside it"
for file in "$cases"/*.Dockerfile; do
	davit builder dump "$file" >"$flow_tmp/dump" 2>"$flow_tmp/error" ||
		fail "${file##*/}: $(cat "$flow_tmp/error")"
	diff -u "${file%.Dockerfile}.dump" "$flow_tmp/dump" || fail "${file##*/} is read otherwise"
done

test "standard input is a Dockerfile too"
[ "$(printf 'FROM a\nRUN ["b", "c"]\n' | davit builder dump -)" = '["from","a"]
["run","b","c"]' ] || fail "another dump"

test "what is refused is shown with its line, and a near word"
expect_fail 1 davit builder dump - <<'END'
FROM a
COPPY x /y
END
check_error 'Dockerfile:2
--------------------
   1 |     FROM a
   2 | >>> COPPY x /y
     |     ^^^^^
   3 |     
--------------------
davit: dockerfile parse error on line 2: unknown instruction: COPPY (did you mean COPY?)'

test "a file that is not there is named"
expect_fail 1 davit builder dump /nowhere
check_error 'davit: /nowhere: No such file or directory'
