# Logging in and out, mirrors, certificates and proxies: against docker-registry with TLS and a
# password file, and against a registry that wants tokens. /etc is a copy that belongs to this test.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1
export HOME=$flow_tmp
unset DOCKER_CONFIG XDG_RUNTIME_DIR XDG_CONFIG_HOME
config=$HOME/.docker/config.json
mkdir etc etc-work
mount -t overlay overlay -o lowerdir=/etc,upperdir="$flow_tmp/etc",workdir="$flow_tmp/etc-work" /etc || exit 1
rm -rf /etc/davit /etc/docker /etc/containerd/certs.d /etc/containers/registries.conf*

# faulty NAME OPTION... - starts one; its address in $NAME.
faulty() {
	local name=$1
	shift
	faulty-registry --log "$name.log" --size 100000 "$@" >"$name.port" &
	eventually 5 [ -s "$name.port" ]
	printf -v "$name" '127.0.0.1:%s' "$(cat "$name.port")"
}

secret() {
	python3 -c 'import crypt; print("ada:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))'
}

# TLS, a name that no certificate store knows, and a login: what a company has.
mkdir tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls/key.pem -out tls/cert.pem -days 2 \
	-subj /CN=reg.test -addext subjectAltName=DNS:reg.test,DNS:mirror.test 2>/dev/null
secret >htpasswd 2>/dev/null
echo "127.0.0.1 reg.test mirror.test" >>/etc/hosts
cat >registry.yml <<-YML
	version: 0.1
	log: {level: error, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $flow_tmp/registry}}
	http: {addr: "127.0.0.1:5443", tls: {certificate: $flow_tmp/tls/cert.pem, key: $flow_tmp/tls/key.pem}}
	auth: {htpasswd: {realm: here, path: $flow_tmp/htpasswd}}
YML
docker-registry serve registry.yml >registry.log 2>&1 &
eventually 10 curl -ks -o /dev/null https://127.0.0.1:5443/v2/
make-image one --tag t --layer a=1 --layer b=2 >/dev/null || fail "no image"

test "a certificate nobody vouches for is refused, one below certs.d is trusted"
expect_fail 1 davit login -u ada --password-stdin reg.test:5443 <<<secret
check_error '.*reg.test:5443: its certificate is not trusted.*'
mkdir -p /etc/docker/certs.d/reg.test:5443
cp tls/cert.pem /etc/docker/certs.d/reg.test:5443/ca.crt

test "a login is asked of the registry, stored as docker does, and used"
expect_fail 1 davit pull reg.test:5443/one
check_error '.*no basic auth credentials are stored for it'
expect_fail 1 davit login -u ada --password-stdin reg.test:5443 <<<wrong
check_error '.*refuses the given credentials of ada'
check [ ! -e "$config" ]
expect davit login -u ada --password-stdin https://reg.test:5443/v2/ <<<secret
check_output 'Login Succeeded'
check_error ".*stored unencrypted in '$config'.*"
check [ "$(stat -c %a "$config")" = 600 ]
check [ "$(jq -r '.auths["reg.test:5443"].auth' "$config" | base64 -d)" = ada:secret ]
expect skopeo copy -q --insecure-policy --dest-cert-dir /etc/docker/certs.d/reg.test:5443 oci:one:t docker://reg.test:5443/one:latest
expect davit pull -q reg.test:5443/one
expect davit tag reg.test:5443/one reg.test:5443/two
expect davit push -q reg.test:5443/two

test "a second login needs no words, and a password on the command line is warned about"
expect davit login reg.test:5443
check_output 'Authenticating with existing credentials...
Login Succeeded'
expect davit login -u ada -p secret reg.test:5443
check_error '.*WARNING! Using --password via the CLI is insecure. Use --password-stdin.
.*'
expect_fail 1 davit login -p x --password-stdin reg.test:5443
check_error '.*WARNING.*
.*mutually exclusive'
expect_fail 1 davit login --password-stdin reg.test:5443 <<<x
check_error '.*Must provide --username with --password-stdin'
expect_fail 1 davit login nobody.test </dev/null
check_error '.*Cannot perform an interactive login from a non TTY device'

test "logging out takes only that away"
jq '.psFormat = "x" | .auths.other = {auth: "eDp5"}' "$config" >with && cp with "$config"
expect davit logout reg.test:5443
check_output 'Removing login credentials for reg.test:5443'
check [ "$(jq -c . "$config")" = '{"auths":{"other":{"auth":"eDp5"}},"psFormat":"x"}' ]
expect davit logout reg.test:5443
check_output 'Not logged in to reg.test:5443'
expect davit logout
check_output 'Not logged in to https://index.docker.io/v1/'

test "a credential helper keeps the secret instead of the file"
mkdir bin
cat >bin/docker-credential-box <<'HELPER'
#!/bin/bash
read -r -d '' input
case $1 in
store) printf %s "$input" >"$HOME/box" ;;
get) [ -e "$HOME/box" ] && cat "$HOME/box" || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) rm "$HOME/box" ;;
esac
HELPER
chmod +x bin/docker-credential-box
PATH=$PWD/bin:$PATH
echo '{"credHelpers": {"reg.test:5443": "box"}}' >"$config"
expect davit login -u ada --password-stdin reg.test:5443 <<<secret
check_error ''
check [ "$(jq -c .auths "$config")" = '{"reg.test:5443":{}}' ]
check [ "$(jq -r .Secret box)" = secret ]
expect davit pull -q reg.test:5443/one
expect davit logout reg.test:5443
check [ ! -e box ]
check [ "$(jq -c .auths "$config")" = '{}' ]
rm "$config"

test "what podman stored is used as well"
mkdir -p "$HOME/.config/containers"
expect skopeo login --cert-dir /etc/docker/certs.d/reg.test:5443 --authfile "$HOME/.config/containers/auth.json" \
	-u ada -p secret reg.test:5443
expect davit pull -q reg.test:5443/one
rm -r "$HOME/.config"

test "a registry with tokens gives one to stay logged in with, and that is what is stored"
faulty tokens --auth identity
expect_fail 1 davit login -u ada --password-stdin $tokens <<<wrong
check_error '.*refuses the given credentials: incorrect username or password'
expect davit login -u ada --password-stdin $tokens <<<secret
check [ "$(jq -r ".auths[\"$tokens\"].identitytoken" "$config")" = stay ]
check [ "$(jq -r ".auths[\"$tokens\"].auth" "$config" | base64 -d)" = ada: ]
expect davit pull -q $tokens/ok
check grep -q '^POST /token 200' tokens.log
rm "$config"

test "a mirror is asked first, is told whose image it is, and never sees the registry's login"
faulty mirror
faulty origin --auth basic
expect davit login -u ada --password-stdin $origin <<<secret
mkdir -p /etc/containerd/certs.d/$origin
cat >/etc/containerd/certs.d/$origin/hosts.toml <<-TOML
	server = "http://$origin"
	[host."http://$mirror"]
	  capabilities = ["pull", "resolve"]
	  [host."http://$mirror".header]
	    x-who = "davit"
TOML
expect davit pull -q $origin/ok
check grep -q "GET /v2/ok/blobs/.*?ns=${origin/:/%3A} 200" mirror.log
check [ -z "$(grep -E 'Basic|Bearer' mirror.log)" ]
check [ -z "$(grep /v2/ok origin.log)" ]

test "what a mirror does not have, or fails at, comes from the registry itself"
for name in broken denied; do
	sed -i "s,http://$mirror\",http://$mirror/nowhere\",; s,/nowhere/nowhere,/nowhere," /etc/containerd/certs.d/$origin/hosts.toml
	davit rmi -f $origin/ok >/dev/null
	expect davit pull -q $origin/ok
	check grep -q "GET /v2/ok/blobs/.* 200 Basic" origin.log
	sed -i "s,http://$mirror/nowhere\",http://127.0.0.1:1\"," /etc/containerd/certs.d/$origin/hosts.toml
done

test "a push goes to the registry itself"
expect davit tag $origin/ok $origin/push-ok:t
expect davit push -q $origin/push-ok:t
check [ -z "$(grep push-ok mirror.log)" ]
check grep -q 'PUT /v2/push-ok/manifests/t 201 Basic' origin.log
rm -r /etc/containerd/certs.d/$origin

test "a file that cannot be understood is named with its line"
mkdir -p /etc/davit/certs.d/$origin
echo 'server = ' >/etc/davit/certs.d/$origin/hosts.toml
expect_fail 1 davit pull $origin/ok
check_error ".*/etc/davit/certs.d/$origin/hosts.toml: line 1: a value is missing"
rm -r /etc/davit

test "registries.conf sends a name elsewhere, and blocks another"
cat >registries.conf <<-TOML
	[[registry]]
	prefix = "reg.test:5443/team"
	location = "$mirror/ok"
	[[registry]]
	prefix = "evil.test"
	blocked = true
TOML
export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >mirror.log
expect davit pull -q reg.test:5443/team
check grep -q 'HEAD /v2/ok/manifests/latest 200' mirror.log
expect_fail 1 davit pull evil.test/x
check_error '.*registry evil.test is blocked'
unset CONTAINERS_REGISTRIES_CONF

test "daemon.json makes a registry insecure, and mirrors docker.io"
expect_fail 1 davit pull -q mirror.test:${mirror#*:}/ok
mkdir -p /etc/docker
echo "{\"insecure-registries\": [\"mirror.test:${mirror#*:}\"], \"registry-mirrors\": [\"http://$mirror\"]}" >/etc/docker/daemon.json
davit rmi -f reg.test:5443/team >/dev/null
expect davit pull -q mirror.test:${mirror#*:}/ok
rm /etc/docker/daemon.json

test "a proxy is taken from the environment, but not for what is on this machine"
: >mirror.log
export HTTP_PROXY=http://$mirror
davit rmi -f mirror.test:${mirror#*:}/ok >/dev/null
expect davit pull -q --tls-verify=false far.test/ok
check grep -q 'GET http://far.test/v2/ok/blobs/' mirror.log
: >mirror.log
expect_fail 1 davit pull -q 127.0.0.1:1/ok
check [ ! -s mirror.log ]
NO_PROXY=far.test expect_fail 1 davit pull -q --tls-verify=false far.test/ok
check_error '.*cannot find far.test.*'
unset HTTP_PROXY
umount /etc
