# An image's layers: what each is, what the image is at any height, why a path is what it is, and
# which bytes nobody sees.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1

head -c 3000 /dev/urandom >big
head -c 500 /dev/urandom >small
make-image img --tag img:1 --tar --layer busybox \
	--layer etc/app/ etc/app/conf=one etc/app/other=two opt/tool=@big var/cache/a=@big \
		var/cache/b=@small 'lib->usr/lib' usr/lib/x=@small \
	--layer etc/app/conf=two '!opt/tool' var/cache/! var/cache/c=@small usr/lib/x=@small%755 \
	--layer etc/app/conf=two '!var/cache' opt/tool=back 'opt/link=>opt/tool' >/dev/null
davit load -qi img.tar >/dev/null || fail "no image"

# why PATH: the story's deeds, one "LAYER DEED" a line.
why() {
	davit image why --format json img:1 "$1" | jq -r '.Steps[] | "\(.Layer) \(.Does)"'
}

test "each layer is listed with both its names and the step that made it"
expect davit image layers --no-trunc --format '{{.Layer}} {{.DiffID}} {{.Digest}} {{.MediaType}} {{.Kept}}' img:1
diff_ids=$(davit image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' img:1)
check [ "$(cut -d' ' -f2 <<<"$out")" = "$(sed '/^$/d' <<<"$diff_ids")" ]
check [ "$(cut -d' ' -f3 <<<"$out")" = "$(jq -r '.layers[].digest' img/blobs/sha256/$(jq -r '.manifests[0].digest' img/index.json | cut -d: -f2))" ]
check [ "$(cut -d' ' -f4- <<<"$out" | sort -u)" = 'application/vnd.oci.image.layer.v1.tar+gzip true' ]
expect davit image layers --format '{{.Layer}} {{.CreatedBy}}' img:1
check grep -q '^2 layer etc/app/' <<<"$out"

test "the merged tree is the one that another tool unpacks"
skopeo copy -q --insecure-policy oci:img:img:1 oci:layout:one
umoci --log=error unpack --image layout:one bundle
(cd bundle/rootfs && find . -mindepth 1 -printf '/%P %y\n') | sed 's/ d$/ dir/; s/ f$/ file/; s/ l$/ symlink/' | LC_ALL=C sort >theirs
davit image tree --depth 0 --format json img:1 | jq -r 'select(.Path != "/") | "\(.Path) \(.Type | if . == "hardlink" then "file" else . end)"' | LC_ALL=C sort >ours
cmp -s ours theirs || fail "ours and theirs: $(diff ours theirs | head)"

test "at a lower layer the tree is what it was then, and marks say what that layer did"
expect davit image tree --depth 0 --layer 3 --format json img:1
change() {
	jq -r --arg path "$1" 'select(.Path == $path) | "\(.Change) \(.Layer)"' <<<"$out"
}
check [ "$(change /etc/app/conf)" = 'changed 3' ]
check [ "$(change /etc/app/other)" = 'same 2' ]
check [ "$(change /opt/tool)" = 'removed 2' ]
check [ "$(change /var/cache/a)" = 'removed 2' ]
check [ "$(change /var/cache/c)" = 'added 3' ]
check [ "$(change /usr/lib/x)" = 'metadata 3' ]
expect davit image tree --layer 3 img:1 /etc/app
check_output '  drwxr-xr-x  0:0 .*  app/
~ -rw-r--r--  0:0 .*  ├── conf
  -rw-r--r--  0:0 .*  └── other'
expect_fail 1 davit image tree --layer 5 img:1
check_error 'davit: .*there is no layer 5: the image has 4'
expect_fail 1 davit image tree --layer 1 img:1 /etc/app
check_error 'davit: .*/etc/app does not show at layer 1: see davit image why'

test "a path tells which layers made it what it is"
expect why /etc/app/conf
check_output '2 adds
3 changes
4 repeats'
expect why opt/tool
check_output '2 adds
3 deletes
4 adds'
expect why var/cache/b
check_output '2 adds
3 makes-opaque-above'
expect why var/cache/c
check_output '3 adds
4 deletes-above'
expect davit image why img:1 /lib/x
check grep -q '^/usr/lib/x: layer 3 of 4 is what shows$' <<<"$out"
check grep -q 'copies it to change its mode' <<<"$out"
expect davit image why img:1 /var/cache/c
check grep -q '^/var/cache/c: not in the image any more$' <<<"$out"
expect_fail 1 davit image why img:1 /no/such
check_error 'davit: .*no layer has /no/such'

test "bytes that nobody sees are accounted for, each with its reason"
expect davit image waste --top 0 --format json img:1
fate() {
	jq -r --arg path "$1" '.Lost[] | select(.Path == $path) | "\(.Fate) \(.Bytes) \(.Layer) \(.ByLayer)"' <<<"$out"
}
check [ "$(fate /opt/tool)" = 'deleted 3000 2 3' ]
check [ "$(fate /var/cache/a)" = 'deleted 3000 2 3' ]
check [ "$(fate /var/cache/c)" = 'deleted 500 3 4' ]
check [ "$(fate /usr/lib/x)" = 'metadata 500 2 3' ]
check [ "$(fate /etc/app/conf)" = 'changed 3 2 3
rewritten 3 3 4' ]
check [ "$(jq '([.Fates[].Bytes] | add) == .Bytes' <<<"$out")" = true ]
check [ "$(jq '([.Layers[].Bytes] | add) == .Bytes and ([.Layers[].Lost] | add) == .LostBytes' <<<"$out")" = true ]
expect davit image waste img:1
check grep -q '^deleted by a later layer  *7kB  *4 *$' <<<"$out"

test "an index that is damaged is no tree, and the message says what to do"
id=$(davit image layers --format '{{.Path}}' img:1 | sed -n 2p)
printf x | dd of="/var/lib/davit/${id%/diff}/index" bs=1 seek=300 conv=notrunc status=none
expect_fail 1 davit image tree img:1
check_error 'davit: .*layer 2 .*: the layer index is damaged.*|davit: .*layer 2 .*see davit doctor.*damaged.*'
