# The book's classic example: a small web application is built from its repository's URL, run, and
# its page fetched. What it depends on travels in the repository; tests/slow/68-node.sh installs it.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null HOME=/root
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
davit image bootstrap --quiet demo >/dev/null

work=$flow_tmp/work repos=$flow_tmp/repos
mkdir -p "$repos" "$work/vendor/pages" "$work/site"
git init -q -b main "$work"
cat >"$work/Dockerfile" <<'X'
# A small web application
FROM davit/demo
LABEL maintainer="nobody@example.com"
# What it stands on
RUN mkdir -p /usr/local/lib/pages /usr/local/bin
# The application
COPY . /src
WORKDIR /src
# What it depends on
RUN sh ./install.sh
EXPOSE 8080
ENTRYPOINT ["sh", "./app.sh"]
X
cat >"$work/install.sh" <<'X'
set -e
cp vendor/pages/*.sh /usr/local/lib/pages/
ls /usr/local/lib/pages >installed
X
cat >"$work/vendor/pages/render.sh" <<'X'
render() { sed "s/@TITLE@/$1/; s/@HOST@/$(hostname)/"; }
X
cat >"$work/app.sh" <<'X'
. /usr/local/lib/pages/render.sh
mkdir -p /www
render "Hello from a container" <site/index.html >/www/index.html
exec httpd -f -p 8080 -h /www
X
echo '<html><title>@TITLE@</title><body>served by @HOST@</body></html>' >"$work/site/index.html"
echo 'not for the image' >"$work/notes.md" && echo '*.md' >"$work/.dockerignore"
commit() {
	git -C "$work" add -A && git -C "$work" commit -qm "$1" && git -C "$work" push -q "$repos/app.git" HEAD:"${2:-main}"
}
git init -q --bare -b main "$repos/app.git"
commit first
mkdir "$work/inner" && cp -r "$work"/{app.sh,install.sh,vendor,site,Dockerfile} "$work/inner/"
sed -i 's/Hello from a container/Hello from a directory/' "$work/inner/app.sh"
printf 'FROM davit/demo\nCOPY .git/HEAD /\n' >"$work/Kept"
commit inner other
git -C "$work" reset -q --hard HEAD~1
python3 "$flow_root/tests/support/git-server" 8418 "$repos" 2>>"$flow_tmp/server.log" &
python3 "$flow_root/tests/support/git-server" 8419 "$repos" --token sesame 2>>"$flow_tmp/server.log" &
for p in 8418 8419; do
	eventually 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$p"
done
url=http://127.0.0.1:8418/app.git
page() {
	curl -s -m 10 http://127.0.0.1:8080/
}

test "the application is built from its repository's URL"
expect davit build --progress plain -t web "$url"
expect davit image inspect web --format '{{index .Config.Labels "maintainer"}} {{json .Config.ExposedPorts}} {{json .Config.Entrypoint}} {{.Config.WorkingDir}}'
check_output 'nobody@example.com {"8080/tcp":{}} ["sh","./app.sh"] /src'
expect davit run --rm --network none --entrypoint sh web -c 'ls -a; cat installed'
check_output '.
..
.dockerignore
Dockerfile
app.sh
install.sh
installed
site
vendor
render.sh'

test "it runs with a published port, and its page is fetched"
expect davit run -d --name web1 -p 8080:8080 web
eventually 5 page
expect page
check_output "<html><title>Hello from a container</title><body>served by $(davit inspect -f '{{.Config.Hostname}}' web1)</body></html>"
expect davit rm -f web1

test "a second build of the URL fetches nothing new and does nothing"
expect davit build --progress plain -t web "$url"
check [ "$(grep -c CACHED <<<"$err")" = 4 ]
expect davit build --dry-run "$url"
check_output '(.*
)*.*cached.*(
.*)*'

test "a commit later only what it changed is done again, and the old one is still found by name"
old=$(git -C "$work" rev-parse HEAD)
sed -i 's/Hello from a container/Hello again/' "$work/app.sh"
commit second
for at in "$url" "$url#main"; do # one repository is one place, however its commit is named
	expect davit build --dry-run "$at"
	check grep -qF 'app.sh changed' <<<"$out"
	check grep -q '^cached' <<<"$out"
done
expect davit build --progress plain -t web "$url"
check [ "$(grep -c CACHED <<<"$err")" = 1 ]
davit run -d --name web2 -p 8080:8080 web >/dev/null
eventually 5 page
expect page
check grep -q 'Hello again' <<<"$out"
davit rm -f web2 >/dev/null
expect davit build --progress plain -t old "$url#$old"
check [ "$(grep -c CACHED <<<"$err")" = 4 ]

test "a branch and a directory of it are a context of their own"
expect davit build --progress plain -t inner "$url#other:inner"
expect davit run --rm --network none --entrypoint grep inner -c 'Hello from a directory' app.sh
check_output 1
expect davit build -t kept --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1 -f Kept "$url#other"
expect davit run --rm --network none kept cat /HEAD
check_output "$(git --git-dir "$repos/app.git" rev-parse other)"
expect_fail 1 davit build -f Kept "$url#other"
expect_fail 1 davit build "$url#nowhere"
check grep -q nowhere <<<"$err"
expect_fail 1 davit build "$url#main:missing"

test "ADD takes a repository, with its history only when asked"
mkdir "$flow_tmp/add"
cat >"$flow_tmp/add/Dockerfile" <<X
FROM davit/demo
ADD $url#main /app
ADD --keep-git-dir=true $url /kept
ADD --checksum=$old $url#$old /old
X
expect davit build --progress plain -t added "$flow_tmp/add"
expect davit run --rm --network none added sh -c 'ls -d /app/.git; cat /kept/.git/HEAD; grep -h Hello /app/app.sh /old/app.sh' 
check_output "$(git -C "$work" rev-parse HEAD)
render \"Hello again\".*
render \"Hello from a container\".*"
sleep 1.1 # what is kept says nothing of when it was fetched
expect davit build --progress plain -t added "$flow_tmp/add"
check [ "$(grep -c CACHED <<<"$err")" = 3 ]
sed -i "s/checksum=$old/checksum=${old//[0-9]/0}/" "$flow_tmp/add/Dockerfile"
expect_fail 1 davit build "$flow_tmp/add"

test "a private repository's token comes as a secret, and is nowhere afterwards"
private=http://127.0.0.1:8419/app.git
expect_fail 1 davit build -t private $private
export TOKEN=sesame
expect davit build --progress plain -t private --secret id=GIT_AUTH_TOKEN,env=TOKEN $private
check [ -z "$(grep -o sesame <<<"$out$err")" ]
expect davit history --no-trunc private
check [ -z "$(grep -o sesame <<<"$out")" ]
check [ -z "$(grep -rl sesame /var/lib/davit)" ]
