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

context=$flow_tmp/context
mkdir "$context"
echo a >"$context/a"

test "a check that finds something fails and shows where"
printf 'FROM scratch\nMAINTAINER me\nCOPY a /\n' >"$context/Dockerfile"
expect_fail 1 davit build --check "$context"
check_output 'Check complete, 1 warning has been found!

WARNING: MaintainerDeprecated - https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/
Maintainer instruction is deprecated in favor of using label
Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> MAINTAINER me
   3 |     COPY a /
   4 |     
--------------------'
printf 'FROM scratch\nCOPY a /\n' >"$context/Dockerfile"
expect davit build --check "$context"
check_output 'Check complete, no warnings found.'

test "a file may say that a warning fails its build"
printf '# check=error=true\nFROM scratch\nMAINTAINER me\nCOPY a /\n' >"$context/Dockerfile"
expect_fail 1 davit build "$context"
check [ "${err##*$'\n'}" = 'davit: lint violation found for rules: MaintainerDeprecated' ]
expect davit build --build-arg BUILDKIT_DOCKERFILE_CHECK=skip=all "$context"

test "mistakes that only a plan shows are BuildKit's sentences, with their lines"
printf 'FROM scratch AS a\nCOPY --from=b / /\nFROM scratch AS b\nCOPY --from=a / /\n' >"$context/Dockerfile"
expect_fail 1 davit build "$context"
check [ "${err##*$'\n'}" = 'davit: circular dependency detected on stage: a' ]
printf 'FROM scratch\nCOPY a /\n' >"$context/Dockerfile"
expect_fail 1 davit build --target none "$context"
check_error 'davit: target stage "none" could not be found'

test "a target's outline and the list of targets come from the comments above them"
printf '# base has all\nFROM scratch AS base\n# V is the version\nARG V=1\nCOPY a /$V\n' >"$context/Dockerfile"
expect davit build --call outline "$context"
check_output 'TARGET:      base
DESCRIPTION: has all

BUILD ARG   VALUE       DESCRIPTION
V           1           is the version
*'
expect davit build --call targets "$context"
check_output 'TARGET         DESCRIPTION
base .default. has all'

test "what a build commits is told as docker tells it"
cat >"$context/Dockerfile" <<'END'
FROM scratch AS base
ARG V=1
ENV A=$V
FROM base
COPY --chmod=600 a /b/
WORKDIR /w
HEALTHCHECK --interval=1m30s CMD ["/a"]
EXPOSE 80 53/udp
ENTRYPOINT ["/a", "b c"]
END
expect davit build -t told "$context"
expect davit history --no-trunc --format '{{.CreatedBy}}' told
check_output 'ENTRYPOINT \["/a" "b c"\]
EXPOSE \[53/udp 80/tcp\]
HEALTHCHECK &\{\["CMD" "/a"\] "1m30s" "0s" "0s" "0s" '"'"'\\x00'"'"'\}
WORKDIR /w
COPY --chmod=600 a /b/ # buildkit
ENV A=1
ARG V=1'
