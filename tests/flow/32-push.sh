# Pushing: to the docker-registry package on loopback, checked by skopeo and by a second store.
. "${0%/*}/../support/flow.sh"

registry=127.0.0.1:5000
cd "$flow_tmp" || exit 1
registry_start

# What the registry has under NAME:TAG, by somebody else's eyes.
manifest_of() {
	skopeo inspect --raw --tls-verify=false "docker://$registry/$1"
}

# other CMD... - davit on a second, empty store.
other() {
	davit --root "$flow_tmp/other" --run-root "$flow_tmp/other-run" "$@"
}
other_tree() {
	(cd "$1/layers" && find . -path '*/diff/*' ! -type d -printf '%P %y %m %s %l\n' | sed 's,^[^/]*/,,' | sort)
}

make-image come --tag t --layer busybox --layer a=1 b=2%4755 "c->a" "d=>a" --layer "!a" data/ data/e=3 >/dev/null ||
	fail "no image"
registry_push come:t came/from:t
for cmd in true false; do
	make-image plain-$cmd --tag t --compress none --layer busybox only=here --layer x=1 --cmd /bin/$cmd >/dev/null || fail "no image"
done
skopeo copy -q --insecure-policy --preserve-digests --dest-tls-verify=false oci:plain-false:t docker://$registry/tar:t ||
	fail "skopeo could not push a plain tar"
skopeo copy -q --insecure-policy oci:plain-true:t docker-archive:plain.tar:plain:t || fail "no archive"

test "a pulled image is pushed bit for bit, and what is there is not sent again"
expect davit pull -q $registry/came/from:t
expect davit tag $registry/came/from:t $registry/goes/to:new
expect davit push $registry/goes/to:new
check_output "The push refers to repository \[$registry/goes/to\]
([0-9a-f]{12}: Preparing
){3}([0-9a-f]{12}: Mounted from came/from
){3}new: digest: sha256:[0-9a-f]{64} size: [0-9]+"
check [ "$(manifest_of goes/to:new | sha256sum)" = "$(manifest_of came/from:t | sha256sum)" ]
check grep -q "digest: sha256:$(manifest_of goes/to:new | sha256sum | cut -c1-64)" <<<"$out"
expect davit push $registry/goes/to:new
check [ "$(grep -c ': Layer already exists$' <<<"$out")" = 3 ]

test "another registry gets the same bytes, and a second store makes the same tree of them"
cat >second.yml <<-YML
	version: 0.1
	log: {level: error, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $flow_tmp/second}}
	http: {addr: "127.0.0.1:5001"}
YML
docker-registry serve second.yml >second.log 2>&1 &
eventually 10 curl -fs -o /dev/null http://127.0.0.1:5001/v2/
expect davit tag $registry/came/from:t 127.0.0.1:5001/far/away
expect davit push 127.0.0.1:5001/far/away
check [ "$(head -n 1 <<<"$out")" = "Using default tag: latest" ]
check [ "$(grep -c ': Pushed$' <<<"$out")" = 3 ]
expect other pull -q 127.0.0.1:5001/far/away
check [ "$(other_tree "$flow_tmp/other")" = "$(other_tree /var/lib/davit)" ]
check [ "$(skopeo inspect --raw --tls-verify=false docker://127.0.0.1:5001/far/away | sha256sum)" = \
	"$(manifest_of came/from:t | sha256sum)" ]

test "layers that came without compression are compressed once, and remembered"
without=$(find /var/lib/davit/blobs -type f | wc -l)
expect davit pull -q $registry/tar:t
expect davit tag $registry/tar:t $registry/tar:again
expect davit push $registry/tar:again
check [ "$(manifest_of tar:again | sha256sum)" = "$(manifest_of tar:t | sha256sum)" ]
expect davit load -i plain.tar
expect davit tag plain:t $registry/plain:t
before=$(find /var/lib/davit/blobs -type f | wc -l)
expect davit push $registry/plain:t
check [ "$(grep -c ': Pushed$' <<<"$out")" = 2 ]
pushed=$(manifest_of plain:t | sha256sum)
check [ "$(find /var/lib/davit/blobs -type f | wc -l)" = $((before + 2)) ]
expect manifest_of plain:t
check [ "$(grep -o '+gzip"' <<<"$out" | wc -l)" = 2 ]
ls -l --time-style=full-iso /var/lib/davit/blobs/sha256 >blobs
expect davit push $registry/plain:t
check [ "$(grep -c ': Layer already exists$' <<<"$out")" = 2 ]
check [ "$pushed" = "$(manifest_of plain:t | sha256sum)" ]
check [ "$(ls -l --time-style=full-iso /var/lib/davit/blobs/sha256)" = "$(cat blobs)" ]
expect skopeo copy -q --insecure-policy --src-tls-verify=false docker://$registry/plain:t oci:back:t
expect other pull -q $registry/plain:t
expect other run --rm --network none $registry/plain:t cat /x
check_output 1

test "or compressed by zstd when asked for"
expect davit tag plain:t $registry/small:t
expect davit push --compression-format zstd $registry/small:t
expect manifest_of small:t
check [ "$(grep -o '+zstd"' <<<"$out" | wc -l)" = 2 ]
expect skopeo copy -q --insecure-policy --src-tls-verify=false docker://$registry/small:t oci:small:t
expect_fail 1 davit push --compression-format lzma $registry/small:t
check_error '.*unknown compression format lzma: it is gzip or zstd'

test "what was compressed goes with the last image that has the layer"
expect davit rmi plain:t $registry/plain:t $registry/small:t
check [ "$(find /var/lib/davit/blobs -type f | wc -l)" -gt $((without + 4)) ]
expect davit rmi $registry/tar:t $registry/tar:again
check [ "$(find /var/lib/davit/blobs -type f | wc -l)" = "$without" ]

test "a layer of which only the tree is left is made again for its first push"
make-image loaded --tag t --compress none --layer busybox loaded=1 "!gone" "l->x" "h=>loaded" --layer y=2 >/dev/null || fail "no image"
skopeo copy -q --insecure-policy oci:loaded:t docker-archive:loaded.tar:loaded:t || fail "no archive"
expect davit load -i loaded.tar
expect davit tag loaded:t $registry/loaded:t
expect davit push $registry/loaded:t
check [ "$(grep -c ': Pushed$' <<<"$out")" = 2 ]
first=$(manifest_of loaded:t)
expect davit push $registry/loaded:t
check [ "$(grep -c ': Layer already exists$' <<<"$out")" = 2 ]
check [ "$(manifest_of loaded:t)" = "$first" ]
rm -rf "$flow_tmp/other"
expect other pull -q $registry/loaded:t
expect other run --rm --network none $registry/loaded:t cat /loaded
check_output 1

test "after a slim the registry's own blobs still make the same image, elsewhere a new digest is told"
expect davit image slim $registry/came/from:t
expect davit tag $registry/came/from:t $registry/slim/here:t
expect davit push $registry/slim/here:t
check [ "$(grep -c ': Mounted from ' <<<"$out")" = 3 ]
check [ "$(manifest_of slim/here:t | sha256sum)" = "$(manifest_of came/from:t | sha256sum)" ]
expect davit tag $registry/came/from:t localhost:5001/slim/there:t
expect davit push localhost:5001/slim/there:t
check grep -q 'they are made again, and the digest changes' <<<"$out"
check [ "$(grep -c ': Pushed$' <<<"$out")" = 3 ]
rm -rf "$flow_tmp/other"
expect other pull -q localhost:5001/slim/there:t
expect other run --rm --network none localhost:5001/slim/there:t cat /data/e
check_output 3

test "all tags are pushed, and quiet says only what was pushed"
for tag in one two; do
	expect davit tag $registry/came/from:t $registry/many:$tag
done
expect davit push -a $registry/many
check [ "$(grep -c ': digest: sha256:' <<<"$out")" = 2 ]
check [ "$(skopeo list-tags --tls-verify=false docker://$registry/many | jq -c '.Tags|sort')" = '["one","two"]' ]
expect davit push -q $registry/many:one
check_output "$registry/many:one"
expect_fail 1 davit push -a $registry/many:one
check_error ".*tag can't be used with --all-tags/-a"

test "what is not here, and what cannot be a target, is said before anything is sent"
expect_fail 1 davit push $registry/nobody/here
check_error ".*An image does not exist locally with the tag: $registry/nobody/here"
expect_fail 1 davit push -a $registry/nobody/here
check_error ".*An image does not exist locally with the tag: $registry/nobody/here"
expect_fail 1 davit push "$registry/many@sha256:$(printf '%064d' 0)"
check_error '.*cannot push a digest reference.*'

test "the pushed digest is the image's from then on, and the journal knows"
expect davit image inspect $registry/many:one
check grep -q "\"$registry/many@sha256:$(manifest_of many:one | sha256sum | cut -c1-64)\"" <<<"$out"
expect davit events --since 0 --until 0s --filter event=push --format '{{.Actor.Attributes.name}}'
check grep -qx "$registry/many:two" <<<"$out"

test "an image whose layers repeat is pushed"
make-image twice --tag t --layer busybox --layer a=1 --layer a=1 --layer b=2 --layer a=1 >/dev/null
registry_push twice:t twice:t
expect davit pull -q $registry/twice:t
expect davit tag $registry/twice:t 127.0.0.1:5001/twice:t
expect davit push -q 127.0.0.1:5001/twice:t
check [ "$(skopeo inspect --raw --tls-verify=false docker://127.0.0.1:5001/twice:t | sha256sum)" = \
	"$(manifest_of twice:t | sha256sum)" ]

faulty-registry --log requests >port &
faulty_pid=$!
eventually 5 [ -s port ]
faulty=127.0.0.1:$(cat port)
dd if=/dev/urandom of=noise bs=1M count=20 2>/dev/null
make-image big --tag t --layer noise=@noise --layer a=1 >/dev/null || fail "no image"
registry_push big:t big:t
expect davit pull -q $registry/big:t

big=$(manifest_of big:t | sha256sum | cut -c1-64)

test "what can be got over is got over: chunks, lost bytes, breaks, another host, no mount"
for name in ok 413 416 cut flaky elsewhere; do
	expect davit tag $registry/big:t $faulty/push-$name:t
	expect davit push -q $faulty/push-$name:t
	rm -rf "$flow_tmp/other"
	expect other pull $faulty/push-$name:t
	check grep -q "^Digest: sha256:$big" <<<"$out"
done
check grep -q 'PATCH /v2/push-413/' requests
check grep -q 'PATCH .* 416' requests
expect davit tag $registry/big:t $faulty/push-mount-denied:t
expect davit push $faulty/push-mount-denied:t
check [ "$(grep -c ': Pushed$' <<<"$out")" = 2 ]
check grep -q 'POST /v2/push-mount-denied/blobs/uploads/?mount=' requests

test "a blob that another repository there has is mounted, and not sent"
: >requests
expect davit tag $registry/big:t $faulty/push-mount:t
expect davit push $faulty/push-mount:t
check [ "$(grep -c ': Mounted from push-' <<<"$out")" = 2 ]
check [ "$(grep -cE '^(PUT|PATCH) .*blobs' requests)" = 1 ] # the config

test "whatever goes wrong is one sentence"
while IFS=$'\t' read -r name sentence; do
	expect davit tag $registry/big:t $faulty/push-$name:t
	expect_fail 1 timeout 60 davit push -q $faulty/push-$name:t
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_error ".*($sentence).*"
	check [ -z "$(ls /var/lib/davit/staging | grep -v ':$')" ]
done <<-'END'
	nowhere	opened an upload but does not say where
	liar	stored something else than it was sent
	denied	push access denied for .*requested access to the resource is denied
	manifest	manifest invalid
END
kill $faulty_pid

test "--platform pushes an image that is for it, and nothing else"
arch=$(davit image inspect -f '{{.Architecture}}' $registry/came/from:t)
expect davit tag $registry/came/from:t $registry/one/platform:t
expect_fail 1 davit push --platform linux/s390x $registry/one/platform:t
check_error 'davit: .*was found but does not provide the specified platform \(linux/s390x\): it is for linux/'"$arch"
expect_fail 1 manifest_of one/platform:t
expect_fail 1 davit push --platform linux/a/b/c/d $registry/one/platform:t
expect davit push --platform "linux/$arch" $registry/one/platform:t
check [ "$(manifest_of one/platform:t | sha256sum)" = "$(manifest_of came/from:t | sha256sum)" ]
expect skopeo inspect --tls-verify=false docker://$registry/one/platform:t
check grep -q "\"Architecture\": \"$arch\"" <<<"$out"
expect davit tag $registry/came/from:t $registry/one/platform:u
expect davit push -a --platform linux $registry/one/platform
