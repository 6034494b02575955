# kill -9 at every few system calls of a build, of the monitor of its step, of the process that fetches from a cache: nothing
# is left mounted, running or locked, and the next build is whole. Where it begins is random; make test-slow tries more.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
export DAVIT_TEST=1
davit image bootstrap --quiet demo >/dev/null
cd "$flow_tmp" || exit 1
every=${KILL_EVERY:-397}
mkdir ctx
echo hush >secret
cat >ctx/Dockerfile <<'X'
FROM davit/demo AS other
COPY . /src
FROM davit/demo
ARG N
RUN --mount=type=cache,target=/c echo $N >>/c/n; echo $N >/one
RUN --mount=type=secret,id=s wc -c </run/secrets/s >/two
WORKDIR /work
COPY --from=other /src/n /three
X
round=0
build() {
	davit build -q -t victim --squash --build-arg N=$round --secret id=s,src=secret "$@" ctx
}
# Every build has something to do in each stage.
prepare() {
	round=$((round + 1))
	echo $round >ctx/n
}
nothing_left() {
	[ -z "$(ls /var/lib/davit/staging /var/lib/davit/trash | grep -v : | xargs)" ] &&
		[ -z "$(ls /run/davit/b 2>/dev/null)" ] && [ -z "$(ls /var/lib/davit/cache/holders)" ] &&
		! grep -qE 'davit.*(staging|/b/)' /proc/self/mountinfo
}
judge() { # WHAT, then the build's own options
	local what=$1
	shift
	build "$@" >out 2>&1 || { fail "$what: the next build: $(cat out)"; return; }
	davit run --rm --network none victim cat /one /two /three >out 2>&1 || fail "$what: run: $(cat out)"
	[ "$(xargs <out)" = "$round 5 $round" ] || fail "$what: the image has $(xargs <out)"
	# The killed build's step is ended by the one after; a prune looks for what dead processes left.
	davit builder prune -f --filter until=1h >/dev/null
	eventually 5 nothing_left || fail "$what: left: $(ls /var/lib/davit/staging /var/lib/davit/trash /run/davit/b \
		/var/lib/davit/cache/holders 2>&1 | xargs)"
	[ "$(davit ps -aq | wc -l)" = 0 ] || fail "$what: a container is left"
}
# each WHAT KILL... - for N = 1, 1 + every, … until it is never reached; @ stands for N.
each() {
	local what=$1 n=$((1 + RANDOM % every)) code
	shift
	while [ $n -lt 20000 ]; do
		prepare
		kill-at "${@/@/$n}" davit build -q -t victim --squash --build-arg N=$round --secret id=s,src=secret "${more[@]}" ctx >kill 2>&1
		code=$?
		[ $code = 4 ] && fail "$what, call $n: it hangs after the kill"
		[ $code = 0 ] || [ $code = 3 ] || [ $code = 4 ] || { fail "kill-at: $code: $(cat kill)"; return; }
		judge "$what, call $n" "${more[@]}"
		[ $flow_broken = 0 ] || return
		[ $code = 3 ] && break
		n=$((n + every))
	done
}
prepare
build --cache-to "type=local,dest=$flow_tmp/first" >/dev/null && davit rmi -f victim >/dev/null &&
	build --cache-from "type=local,src=$flow_tmp/first" >/dev/null || fail "no build"
mkdir -p /var/lib/davit/cache/ingest
# all_gone - images of victim, those without a name since, and all that builds keep.
all_gone() {
	davit rmi -f victim >/dev/null 2>&1
	davit image prune -f >/dev/null && davit builder prune -af >/dev/null || fail "it cannot be taken away"
}
all_gone
leaks_mark

test "a build killed at any call"
more=()
each build -t 30 @

test "the monitor of its step killed at any call"
every=$(((every + 3) / 4))
each monitor -t 30 -m davit-shim @

test "the process that writes a cache, and the one that fetches from it, killed at any call"
every=$((every * 2))
more=(--cache-to "type=local,dest=$flow_tmp/cache,mode=max")
each cache-write -t 30 -m cache-write @
more=(--cache-from "type=local,src=$flow_tmp/cache")
build "--cache-to=type=local,dest=$flow_tmp/cache,mode=max" >/dev/null
# With nothing of it in the store, so that all is fetched.
prepare() { all_gone; }
each cache-fetch -t 30 -m cache-fetch @
each cache-read -t 30 -m cache-read @

test "the store is whole after all that"
expect davit doctor
all_gone
leaks_check 5 >left || fail "left: $(head -n 12 left)"
