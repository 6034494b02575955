# --on-fail shell: where a step failed, with the files, the mounts and the variables that it had.
. "${0%/*}/../support/flow.sh"
cd "$flow_tmp" || exit 1
mkdir ctx && echo bound >ctx/f && printf hidden >token
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("agent")'
cat >ctx/Dockerfile <<'X'
FROM davit/demo
ENV WHO=me
WORKDIR /w
RUN --mount=type=cache,target=/cache echo kept >/cache/k
RUN --mount=type=bind,source=f,target=/b --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t \
	--mount=type=secret,id=tok --mount=type=secret,id=tok,env=TOK --mount=type=ssh \
	--mount=type=bind,target=/all,rw --mount=type=secret,id=nobody echo gone >/gone && false
X
# in_shell COMMAND SEE - what the shell of the failed step answers.
in_shell() {
	on-terminal 'wait:when you leave' 'wait:# ' "send:$1\r" "wait:$2" 'send:exit\r' -- davit build --progress plain --on-fail shell \
		--secret id=tok,src=token --ssh default="$flow_tmp/agent" ctx
}

test "the shell sees what the step saw: bind, cache, tmpfs, secrets, agent, variables"
expect davit run --rm --network none davit/demo true
davit images -aq --no-trunc >before
expect_fail 1 in_shell 'echo =`cat /b /cache/k /run/secrets/tok`=$TOK=$WHO=`pwd`=' '=bound kept hidden=hidden=me=/w='
expect_fail 1 in_shell '[ -S $SSH_AUTH_SOCK ] && echo a""gent' 'agent'
expect_fail 1 in_shell 'echo x >/t/x && cat /t/x >/all/f && cat /all/f && grep -c " /t tmpfs" /proc/mounts' '1'
check [ "$(cat ctx/f)" = bound ]

test "and the files as they were before it; what it cannot change it could not either"
expect_fail 1 in_shell '[ -e /gone ] || echo no""thing; echo >/b || echo no""where' 'nothing'
check grep -q nowhere <<<"$out"
check [ "$(cat ctx/f)" = bound ]

test "nothing of it is left: no image, no mount, no secret, no lock"
davit images -aq --no-trunc >after
check cmp before after
check [ "$(find /run/davit/b -type f 2>/dev/null | wc -l)" = 0 ]
check [ "$(grep -c /var/lib/davit/staging /proc/mounts)" = 0 ]
check [ "$(ls /var/lib/davit/staging | wc -l)" = 0 ]
expect davit builder prune -af
check [ "$(ls /var/lib/davit/cache/mounts | wc -l)" = 0 ]
expect davit doctor
