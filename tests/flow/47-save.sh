# save of images whose compressed layers are not there: committed, imported, slimmed, loaded plain.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
cd "$flow_tmp" || exit
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >policy.json

store=${DAVIT_ROOT:-/var/lib/davit}

# tree_as_davit IMAGE DIR, tree_as_umoci ARCHIVE DIR - the merged files of an image, by two hands.
tree_as_davit() {
	davit create --name tree "$1" /x >/dev/null && mkdir "$2" &&
		davit export tree | tar --xattrs --xattrs-include='*' --same-owner -xpf - -C "$2" &&
		davit rm tree >/dev/null
}
tree_as_umoci() {
	skopeo copy -q --insecure-policy "docker-archive:$1" "oci:$2.oci:x" &&
		umoci raw unpack --image "$2.oci:x" "$2" >/dev/null 2>umoci.err
}
same_trees() {
	diff <(walk-tree "$1" | tail -n +2) <(walk-tree "$2" | tail -n +2) >diff.out || fail "$(head -n 5 diff.out)"
}

# other_davit ARG... - with a store of its own.
other_davit() {
	davit --root "$flow_tmp/root" --run-root "$flow_tmp/run" "$@"
}

# digests_hold ARCHIVE - every blob is what it is called, and every diff id is there as a layer.
digests_hold() {
	rm -rf blobs && mkdir blobs && tar -xf "$1" -C blobs &&
		(cd blobs/blobs/sha256 && sha256sum -- * | awk '$1 != $2 { exit 1 }')
}

test "a committed image is saved, and umoci sees the tree that davit sees"
davit run --name work davit/demo sh -c '
	mkdir -p /srv/a/b && echo one >/srv/a/one && ln /srv/a/one /srv/a/two && ln -s one /srv/a/three
	truncate -s 30M /srv/holes && echo x >>/srv/holes; rm /etc/group && rm -r /usr/bin && mkdir /usr/bin && echo y >/usr/bin/y && rm -r /var/log && echo file >/var/log
	touch "/srv/$(printf "l%.0s" $(seq 1 120))" && chmod 4711 /srv/a/one && chown 70000:80000 /srv/a
	echo more >>/etc/passwd'
expect davit commit work saved:1
expect davit save -o saved.tar saved:1
check digests_hold saved.tar
tree_as_davit saved:1 davits
tree_as_umoci saved.tar umocis || fail "$(tail -n 3 umoci.err)"
same_trees davits umocis
check [ "$(stat -c %b "$store"/layers/*/diff/srv/holes)" -lt 1000 ]
check [ -e davits/srv/a/two ] && check [ -f davits/var/log ]

test "buildah sees it too"
with_buildah() {
	buildah --root "$flow_tmp/b" --runroot "$flow_tmp/br" --storage-driver vfs "$@"
}
expect with_buildah from --signature-policy policy.json docker-archive:saved.tar
same_trees davits "$(with_buildah mount "$out" 2>/dev/null)"
with_buildah rm -a >/dev/null

test "what was saved is loaded elsewhere as the same image"
expect other_davit load -q -i saved.tar
check_output 'Loaded image: saved:1'
check [ "$(other_davit image inspect -f '{{.Id}}' saved:1)" = "$(davit image inspect -f '{{.Id}}' saved:1)" ]
expect skopeo inspect --config --insecure-policy docker-archive:saved.tar
check [ "$(jq -r '.rootfs.diff_ids | length' <<<"$out")" = 2 ]
sleep 0.1
expect davit save -o again.tar saved:1
check cmp saved.tar again.tar

test "an archive without compression is loaded, and saved again with the same layers"
skopeo copy -q --insecure-policy docker-archive:saved.tar docker-archive:plain.tar:plain:1
expect other_davit load -q -i plain.tar
expect other_davit save -o plain2.tar plain:1
check digests_hold plain2.tar
expect other_davit rmi plain:1 saved:1

test "a slimmed image keeps its files and its diff ids, and gives its blobs back"
make-image made --tag made:1 --tar --compress gzip --layer busybox etc/kept=yes 'etc/gone=x' \
	--layer '!etc/gone' 'etc/deep/' 'etc/deep/f=text' 'etc/deep/l=>etc/deep/f' 'etc/own%4755:1000:1000=x' >/dev/null
expect davit load -q -i made.tar
image=made:1
check_output "Loaded image: $image"
id=$(davit image inspect -f '{{.Id}}' "$image")
expect davit save -o before.tar "$image"
before=$(find "$store/blobs" -type f | wc -l)
expect davit image slim "$image"
check_output "$image: [0-9.]+ MB given back; .*"
check [ "$(find "$store/blobs" -type f | wc -l)" = $((before - 2)) ]
expect davit save -o after.tar "$image"
check digests_hold after.tar
tree_as_umoci before.tar full || fail "$(tail -n 3 umoci.err)"
tree_as_umoci after.tar slim || fail "$(tail -n 3 umoci.err)"
same_trees full slim
expect other_davit load -q -i after.tar
check [ "$(other_davit image inspect -f '{{.Id}}' "$image")" = "$id" ]
expect davit image slim "$image"
check_output "$image: 0.0 MB given back; .*"
expect_fail 1 davit image slim nothing
check [ "$(davit run --rm "$image" cat /etc/deep/l)" = text ]

test "an image imported and one of this machine's busybox are saved too"
tar -cf busybox.tar /bin/busybox 2>/dev/null
expect davit import busybox.tar imported:1
expect sh -c 'davit save davit/demo imported:1 >two.tar'
check digests_hold two.tar
expect other_davit load -q -i two.tar
check [ "$(wc -l <<<"$out")" = 2 ]

test "a committed image is pushed, and another store pulls the same"
registry_start
expect davit tag saved:1 127.0.0.1:5000/saved:1
expect davit push -q 127.0.0.1:5000/saved:1
expect other_davit pull -q 127.0.0.1:5000/saved:1
check [ "$(other_davit image inspect -f '{{.Id}}' 127.0.0.1:5000/saved:1)" = "$(davit image inspect -f '{{.Id}}' saved:1)" ]
expect skopeo copy -q --insecure-policy --src-tls-verify=false docker://127.0.0.1:5000/saved:1 oci:pushed.oci:x
umoci raw unpack --image pushed.oci:x pushed >/dev/null 2>umoci.err || fail "$(tail -n 3 umoci.err)"
same_trees davits pushed
expect davit rmi 127.0.0.1:5000/saved:1

test "the platform asked for must be the image's"
expect davit save --platform "linux/$(davit image inspect -f '{{.Architecture}}' saved:1)" -o p.tar saved:1
expect_fail 1 davit save --platform linux/s390x -o q.tar saved:1
check_error 'davit: .*was found but does not provide the specified platform \(linux/s390x\).*'
check [ ! -e q.tar ]

test "a layer that was changed by somebody is noticed, and no archive is left"
file=$(echo "$store"/layers/*/diff/srv/a/one | head -n 1)
printf 'oNe' | dd of="$file" conv=notrunc status=none
expect_fail 1 davit save -o bad.tar saved:1
check_error 'davit: layer [0-9a-f]{12} is not what it was.*'
check [ ! -e bad.tar ]
davit rm work >/dev/null
expect davit rmi saved:1 imported:1 "$image"
check [ "$(ls "$store/layers" | wc -l)" = 1 ]
