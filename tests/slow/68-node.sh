# The book's classic example as it is printed, but for two things that are named: the base is what
# `davit image bootstrap debian` makes, and Node and npm are Debian's packages.
# sandbox: --uplink --store ext4 --size 6G
. "${0%/*}/../support/flow.sh"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null HOME=/root
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

work=$flow_tmp/work repos=$flow_tmp/repos
mkdir -p "$repos" "$work/greeting"
git init -q -b main "$work"
cat >"$work/Dockerfile" <<'X'
FROM debian:bookworm
LABEL maintainer="nobody@example.com"
RUN apt-get -o Acquire::Retries=3 -qq update && apt-get -o Acquire::Retries=3 -qq install -y --no-install-recommends nodejs npm
COPY . /src
WORKDIR /src
RUN npm install --no-audit --no-fund
EXPOSE 8080
ENTRYPOINT ["node", "./app.js"]
X
cat >"$work/package.json" <<'X'
{"name": "web", "version": "1.0.0", "private": true, "dependencies": {"greeting": "file:./greeting"}}
X
echo '{"name": "greeting", "version": "1.0.0", "main": "index.js"}' >"$work/greeting/package.json"
echo 'module.exports = (who) => `Hello from ${who}\n`;' >"$work/greeting/index.js"
cat >"$work/app.js" <<'X'
const greeting = require("greeting");
require("http").createServer((request, response) => response.end(greeting(require("os").hostname()))).listen(8080);
X
git -C "$work" add -A && git -C "$work" commit -qm first
git clone -q --bare "$work" "$repos/app.git"
python3 "$flow_root/tests/support/git-server" 8418 "$repos" 2>>"$flow_tmp/server.log" &
eventually 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/8418"
page() {
	curl -s -m 2 http://127.0.0.1:8080/
}

test "a Debian image is made from this machine's packages"
expect davit image bootstrap -q debian:bookworm

test "the application is built from its repository's URL, with Node and npm installed on the way"
expect davit build --progress plain -t web http://127.0.0.1:8418/app.git
expect davit run --rm --network none --entrypoint sh web -c 'node --version; npm --version; ls node_modules'
check grep -qx greeting <<<"$out"

test "it runs with a published port, and its page is fetched"
expect davit run -d --name web1 -p 8080:8080 web
eventually 20 page
expect page
check_output "Hello from $(davit inspect -f '{{.Config.Hostname}}' web1)"
expect davit rm -f web1

test "nothing of it is done a second time"
expect davit build --progress plain -t web http://127.0.0.1:8418/app.git
check [ "$(grep -c CACHED <<<"$err")" = 4 ]
