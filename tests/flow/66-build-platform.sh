# build --platform: the base that is for it is taken, and one for another platform never.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
registry=127.0.0.1:5000
cd "$flow_tmp" || exit 1
registry_start
mkdir ctx
echo 'FROM scratch
ARG TARGETARCH
LABEL for=$TARGETARCH
COPY Dockerfile /file' >ctx/Dockerfile
for arch in amd64 arm64; do
	davit build -q --platform linux/$arch -t $registry/base:$arch ctx >/dev/null && davit push -q $registry/base:$arch >/dev/null ||
		fail "no base for $arch"
done
entry() { # ARCH
	local raw=$flow_tmp/$1.json
	skopeo inspect --raw --tls-verify=false docker://$registry/base:$1 >"$raw"
	printf '{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:%s", "size": %d, "platform": {"os": "linux", "architecture": "%s"}}' \
		"$(sha256sum <"$raw" | cut -d' ' -f1)" "$(wc -c <"$raw")" "$1"
}
index() { # TAG ARCH...
	local tag=$1 entries= arch
	shift
	for arch; do
		entries=$entries${entries:+,}$(entry "$arch")
	done
	curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary \
		"{\"schemaVersion\": 2, \"mediaType\": \"application/vnd.oci.image.index.v1+json\", \"manifests\": [$entries]}" \
		http://$registry/v2/base/manifests/"$tag" || fail "no index"
}
index both amd64 arm64
index one amd64
davit rmi $registry/base:amd64 $registry/base:arm64 >/dev/null
mkdir on
on() { # BASE, then more of build's words
	printf 'FROM %s\nENV x=y\n' "$1" >on/Dockerfile
	shift
	davit build --progress plain -t on "$@" on
}
built_for() {
	davit image inspect on --format '{{.Architecture}} {{index .Config.Labels "for"}}'
}

test "without --platform it is this machine's"
expect on $registry/base:both
expect built_for
check_output 'amd64 amd64'

test "with it, the base that is here for another platform is not taken: the right one is pulled"
expect on $registry/base:both --platform linux/arm64
expect built_for
check_output 'arm64 arm64'
expect on $registry/base:both
expect built_for
check_output 'amd64 amd64'

test "one that is for another platform alone fails, in words, whether it is here or there"
expect_fail 1 on $registry/base:one --platform linux/arm64
check grep -q 'no image for linux/arm64\|linux/arm64' <<<"$err"
expect davit pull -q $registry/base:one
expect_fail 1 on $registry/base:one --platform linux/arm64
check grep -q 'was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64' <<<"$err"
expect_fail 1 on $registry/base:amd64 --platform linux/arm64

test "FROM --platform decides for its stage"
printf 'FROM --platform=linux/arm64 %s\nENV x=y\n' $registry/base:both >on/Dockerfile
expect davit build -q -t on on
expect built_for
check_output 'arm64 arm64'

test "a platform has its own name in arguments and images, whatever it is called on the command line"
mkdir named && printf 'FROM scratch\nARG TARGETPLATFORM TARGETARCH BUILDPLATFORM\nLABEL t=$TARGETPLATFORM a=$TARGETARCH b=$BUILDPLATFORM\nCOPY Dockerfile /\n' >named/Dockerfile
host=$(davit build -q named | xargs davit image inspect -f '{{.Config.Labels.b}}')
expect davit build -q --platform AARCH64 -t named named
expect davit image inspect -f '{{.Config.Labels.t}} {{.Config.Labels.a}} {{.Config.Labels.b}} {{.Os}}/{{.Architecture}}' named
check_output "linux/arm64 arm64 $host linux/arm64"
