# Git repositories become files: what a build from a URL begins with.
. "${0%/*}/../support/flow.sh"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null HOME=/root
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='2021-02-03T04:05:06Z' GIT_COMMITTER_DATE='2021-02-03T04:05:06Z'
work=$flow_tmp/work repos=$flow_tmp/repos
mkdir -p "$repos"

commit() {
	git -C "$1" add -A && git -C "$1" commit -qm "$2"
}
git init -q -b main "$work"
mkdir -p "$work/web/deep"
echo one >"$work/a" && echo page >"$work/web/index.html" && echo x >"$work/web/deep/x"
ln -s ../a "$work/web/link" && printf '#!/bin/sh\n' >"$work/run" && chmod +x "$work/run"
printf '*.bat eol=crlf\n' >"$work/.gitattributes" && printf 'dir\n' >"$work/x.bat"
printf 'evil\n' >"$work/.git/hooks/post-checkout"
commit "$work" first
git -C "$work" tag -a -m one v1
echo two >"$work/a" && commit "$work" second
git -C "$work" checkout -q -b other v1 && echo other >"$work/a" && commit "$work" third
git -C "$work" checkout -q main
git clone -q --bare "$work" "$repos/app.git"
port=8418
python3 "$flow_root/tests/support/git-server" $port "$repos" 2>>"$flow_tmp/server.log" &
python3 "$flow_root/tests/support/git-server" 8419 "$repos" --token sesame 2>>"$flow_tmp/server.log" &
python3 "$flow_root/tests/support/git-server" 8420 "$repos" --stall 2>>"$flow_tmp/server.log" &
for p in 8418 8419 8420; do
	eventually 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$p"
done
davit info >/dev/null
url=http://127.0.0.1:$port/app.git

# fetch NAME URL... - into a directory of the store of that name.
fetch() {
	into=/var/lib/davit/staging/$1
	mkdir -p "$into"
	davit git-fetch --quiet --into "$into" "${@:2}"
}

test "the remote's HEAD is laid out as git itself does it"
expect fetch head $url
git clone -q "$url" "$flow_tmp/clone"
check_output "$(git -C "$work" rev-parse main)"
rm -rf "$flow_tmp/clone/.git"
expect diff -r --no-dereference "$into" "$flow_tmp/clone"
check [ "$(stat -c %a "$into/run")" = 755 ]
check [ "$(stat -c %a "$into/a")" = 644 ]
check [ "$(readlink "$into/web/link")" = ../a ]
check [ "$(stat -c %Y "$into/a")" = 1612325106 ]

test "a branch, a tag and a commit are found, and a directory of them"
expect fetch tag "$url#v1"
check [ "$(cat "$into/a")" = one ]
expect fetch branch "$url#other:web"
check [ "$(ls "$into" | tr '\n' ' ')" = "deep index.html link " ]
commit=$(git -C "$work" rev-parse v1^{commit})
expect fetch commit "$url#$commit"
check_output "$commit"
expect fetch short "$url#${commit:0:10}"
check_output "$commit"

test "the second fetch brings nothing again"
posts=$(grep -c 'POST.*git-upload-pack' "$flow_tmp/server.log")
expect fetch again "$url#main"
check [ "$(grep -c 'POST.*git-upload-pack' "$flow_tmp/server.log")" = "$posts" ]

test "what is not there is named"
expect_fail 1 fetch x1 "$url#nowhere"
check_error "davit: git: $url has no branch, tag or commit nowhere"
expect_fail 1 fetch x2 "$url?tag=main"
check_error "davit: git: $url has no tag main"
expect_fail 1 fetch x3 "$url#main:nowhere"
check_error "davit: git: $url has no directory nowhere"
expect_fail 1 fetch x4 "$url#main:web/link"
check_error "davit: git: $url has no directory web/link"
expect_fail 1 fetch x5 "$url?commit=abcdef#v1"
check_error "davit: git: expected commit abcdef of v1, got $commit"
expect_fail 1 fetch x6 http://127.0.0.1:$port/none.git
check_error "davit: git: cannot read http://127.0.0.1:$port/none.git: .*404.*"
expect_fail 1 fetch x7 http://127.0.0.1:1/none.git
check_error "davit: git: cannot read http://127.0.0.1:1/none.git: .*"

test "a private repository wants its token, and the token stays out of the store"
private=http://127.0.0.1:8419/app.git
expect_fail 1 fetch p1 $private
check_error "davit: git: $private: it is private, or not there: give a token with --secret id=GIT_AUTH_TOKEN,env=NAME"
GIT_AUTH_TOKEN=wrong expect_fail 1 fetch p2 $private
check_error "davit: git: $private: the secret GIT_AUTH_TOKEN was not accepted"
GIT_AUTH_TOKEN=sesame expect fetch p3 $private
check [ "$(cat "$into/a")" = two ]
check [ -z "$(grep -rl sesame /var/lib/davit /run/davit)" ]
expect_fail 1 fetch p4 http://u:hunter2@127.0.0.1:8419/app.git
check [ -z "$(grep hunter2 <<<"$err")" ]

test "submodules come with it, also relative ones, and not from paths of this host"
git init -q -b main "$flow_tmp/super"
git -C "$flow_tmp/super" -c protocol.file.allow=always submodule --quiet add "$url" vendor/app
git -C "$flow_tmp/super" config -f .gitmodules submodule.vendor/app.url ../app.git
commit "$flow_tmp/super" one
git clone -q --bare "$flow_tmp/super" "$repos/super.git"
expect fetch super http://127.0.0.1:$port/super.git
check [ "$(cat "$into/vendor/app/a")" = two ]
expect fetch bare "http://127.0.0.1:$port/super.git?submodules=0"
check [ -z "$(ls "$into/vendor/app")" ]
git -C "$flow_tmp/super" config -f .gitmodules submodule.vendor/app.url "file://$repos/app.git"
commit "$flow_tmp/super" local && git -C "$flow_tmp/super" push -q "$repos/super.git" main
expect_fail 1 fetch evil http://127.0.0.1:$port/super.git
check_error "davit: git: submodule vendor/app: file://.* is not fetched: only https, ssh and git are"

test "a path of this host is read only when it is allowed"
expect_fail 1 fetch l1 "file://$repos/app.git"
check_error "davit: git: file://.*: it is a path of this host.*|davit: git: file://.* is a path of this host: allow it with --allow git.file"
expect fetch l2 --allow-local "file://$repos/app.git#v1"
check [ "$(cat "$into/a")" = one ]

test "the git directory is kept when it is asked for, without hooks and passwords"
expect fetch kept "$url?keep-git-dir=1"
check [ "$(git -C "$into" rev-parse HEAD)" = "$(git -C "$work" rev-parse main)" ]
check [ -z "$(git -C "$into" status --porcelain)" ]
check [ ! -e "$into/.git/hooks/post-checkout" ]

test "names that git does not allow are refused, and nothing is written outside"
hostile() {
	local blob tree
	blob=$(echo x | git -C "$repos/app.git" hash-object -w --stdin)
	tree=$(printf "$1" "$blob" | git -C "$repos/app.git" mktree)
	git -C "$repos/app.git" update-ref refs/heads/hostile \
		"$(git -C "$repos/app.git" commit-tree -m x "$tree")"
}
for name in '.GIT' '..' '.'; do
	hostile "100644 blob %s\t$name\n" 2>/dev/null || continue
	expect_fail 1 fetch "h$RANDOM" "$url#hostile"
done
inner=$(printf '100644 blob %s\tpasswd\n' "$(echo x | git -C "$repos/app.git" hash-object -w --stdin)" |
	git -C "$repos/app.git" mktree)
link=$(printf /etc | git -C "$repos/app.git" hash-object -w --stdin)
python3 - "$repos/app.git" "$link" "$inner" <<'PY'
import subprocess, sys
repo, link, inner = sys.argv[1:]
tree = b"120000 d\0" + bytes.fromhex(link) + b"40000 d\0" + bytes.fromhex(inner)
git = ["git", "-C", repo]
made = subprocess.run(git + ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], input=tree,
                      stdout=subprocess.PIPE, check=True).stdout.decode().strip()
commit = subprocess.run(git + ["commit-tree", "-m", "x", made], stdout=subprocess.PIPE,
                        check=True).stdout.decode().strip()
subprocess.run(git + ["update-ref", "refs/heads/twice", commit], check=True)
PY
before=$(stat -c '%i %Y %s' /etc/passwd)
expect_fail 1 fetch twice "$url#twice"
check [ "$(stat -c '%i %Y %s' /etc/passwd)" = "$before" ]

test "a fetch that stalls can be cancelled, and leaves nothing half-made"
mkdir -p /var/lib/davit/staging/stall
asked() { grep -c '^"POST' "$flow_tmp/server.log"; }
before=$(asked)
davit git-fetch --into /var/lib/davit/staging/stall http://127.0.0.1:8420/app.git >/dev/null 2>&1 &
stalled=$!
eventually 10 eval '[ "$(asked)" -gt "$before" ]'
kill -INT $stalled
sleep 0.2
kill -INT $stalled 2>/dev/null
eventually 10 sh -c "! kill -0 $stalled 2>/dev/null"
expect fetch after "$url#v1"
kill %1 %2 %3 2>/dev/null
