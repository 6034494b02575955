# Loading: archives by other tools give the trees that other tools see; bad ones leave nothing.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
cd "$flow_tmp" || exit 1
store=/var/lib/davit

# What overlay shows of an image, walked.
tree_of() {
	local lower
	lower=$(python3 - "$store/images.db" "$1" <<-'END'
		import sqlite3, sys
		rows = sqlite3.connect(sys.argv[1]).execute(
		    "SELECT layers FROM images JOIN tags ON image = id WHERE name || ':' || tag = ?", sys.argv[2:])
		print(":".join("/var/lib/davit/layers/%s/diff" % i for i in reversed(rows.fetchone()[0].split("\n"))))
	END
	)
	mkdir -p root empty
	case $lower in
	*:*) mount -t overlay -o "ro,lowerdir=$lower" overlay root ;;
	*) mount --bind "$lower" root ;;
	esac || fail "cannot mount $lower"
	walk-tree root
	umount root
}

# Nothing but the frame of an empty store.
check_empty() {
	check [ -z "$(find $store/layers $store/blobs/sha256 $store/staging $store/trash -mindepth 1 |
		head -n 3)" ]
	check [ -z "$(find $store/cache -type f)" ]
}

forget_everything() {
	find $store -mindepth 1 -delete
}

change() {
	umoci unpack --image layout:t bundle >log 2>&1 || fail "umoci: $(cat log)"
	(cd bundle/rootfs && eval "$1") || fail "cannot change the tree"
	umoci repack --image layout:t bundle >log 2>&1 || fail "umoci: $(cat log)"
	rm -rf bundle
}

umoci init --layout layout && umoci new --image layout:t || fail "umoci does not work"
long=$(printf 'n%.0s' {1..250})
change "mkdir -p etc/conf usr/lib d/e/f opq/sub rep goner deep/$long/$long
	ln -s usr/lib lib; echo one >etc/one; chown 12:34 etc/one; chmod 4755 etc/one
	echo two >etc/conf/two; ln etc/one etc/one-hard; ln -s /etc/one etc/abs; echo a >d/e/f/a
	echo x >opq/sub/x; echo y >opq/y; echo r >rep/r; echo g >goner/g; echo l >$long
	python3 -c \"import os; os.setxattr('etc/one', 'user.color', b'blue\\0'); os.setxattr('etc/conf/two',
		'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))\"
	mkfifo fifo; mknod null c 1 3; truncate -s 3000000 sparse; echo end >>sparse
	echo u >\$(printf 'caf\\351'); touch -d '2001-02-03 04:05:06' etc/one; chmod 1777 d; chmod 700 rep"
change "rm -rf goner etc/abs opq rep fifo; mkdir opq fifo; echo new >opq/new; echo file >rep
	echo more >>etc/conf/two; echo b >d/e/f/b; echo in >fifo/in; chown 5:6 usr/lib"
change "echo lib >usr/lib/libx; rm rep opq/new; mkdir -m 750 rep; echo again >rep/again
	ln etc/one etc/one-third"
umoci unpack --image layout:t bundle >log 2>&1
walk-tree bundle/rootfs >wanted
# umoci leaves what nothing names any more in its layout.
skopeo copy -q --insecure-policy oci:layout:t oci:clean:t
skopeo copy -q --insecure-policy oci:layout:t oci-archive:oci.tar:quay.io/some/thing:oci
skopeo copy -q --insecure-policy oci:layout:t docker-archive:docker.tar:some/thing:docker
gzip -k docker.tar
xz -0k docker.tar

test "umoci's tree is ours: a layout, an OCI archive and a docker archive, one image"
expect davit load -qi clean
check_output 'Loaded image ID: sha256:[0-9a-f]{64}'
expect davit load -qi oci.tar
check_output 'Loaded image: quay.io/some/thing:oci'
expect davit load -qi docker.tar
check_output 'Loaded image: some/thing:docker'
expect davit images -q --no-trunc
check [ "$(sort -u <<<"$out" | wc -l)" = 1 ]
tree_of quay.io/some/thing:oci >found
check cmp wanted found
diff wanted found | head -n 5

test "a compressed archive, and one from a pipe, are the same image"
for how in "-qi docker.tar.gz" "-qi docker.tar.xz" "" "|"; do
	forget_everything
	case $how in
	"|") cat docker.tar.gz | davit load -q >out 2>&1 || fail "$(cat out)" ;;
	"") davit load -q <docker.tar >out 2>&1 || fail "$(cat out)" ;;
	*) davit load $how >out 2>&1 || fail "$(cat out)" ;;
	esac
	check [ "$(cat out)" = "Loaded image: some/thing:docker" ]
	tree_of docker.io/some/thing:docker >found
	check cmp wanted found
done

test "several davits load the same image at once, and it is there once"
forget_everything
for i in 1 2 3 4; do
	davit load -qi oci.tar >"out$i" 2>&1 &
	pids[i]=$!
done
for i in 1 2 3 4; do
	wait "${pids[i]}" || fail "$(cat "out$i")"
done
tree_of quay.io/some/thing:oci >found
check cmp wanted found
check [ "$(ls $store/layers | wc -l)" = 3 ]
check [ -z "$(ls $store/staging)" ]

test "a load that is killed at any moment leaves what the next one repairs"
for delay in 0.002 0.005 0.01 0.02 0.03; do
	forget_everything
	davit load -qi oci.tar >/dev/null 2>&1 &
	sleep $delay
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	expect davit load -qi oci.tar
	tree_of quay.io/some/thing:oci >found
	check cmp wanted found
	check [ "$(ls $store/layers | wc -l)" = 3 ]
	check [ -z "$(ls $store/staging $store/trash | grep -v :)" ]
done

test "an archive cut off anywhere is refused in one sentence and leaves nothing"
forget_everything
size=$(stat -c %s docker.tar)
for part in 1 100 512 $((size / 4)) $((size / 2)) $((size - 20000)); do
	head -c $part docker.tar >cut.tar
	expect_fail 1 davit load -qi cut.tar
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_empty
done

test "a blob that does not match its digest is refused and leaves nothing"
for blob in clean/blobs/sha256/*; do
	cp -r clean bad
	python3 -c "import sys; f = open(sys.argv[1], 'r+b'); f.seek(20); b = f.read(1); f.seek(20); f.write(bytes([b[0] ^ 1]))" "bad/${blob#*/}"
	expect_fail 1 davit load -qi bad
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_empty
	rm -r bad
done

test "an archive that climbs out is refused and leaves nothing, here or elsewhere"
for entry in "../../evil=x" "sly->/$flow_tmp sly/evil=x" "sly->../../../tmp sly/evil=x" \
	"mine=>../../../etc/shadow"; do
	make-image climbs --tag t --layer $entry >log 2>&1 || fail "$(cat log)"
	expect_fail 1 davit load -qi climbs
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_empty
	rm -rf climbs
done
check [ ! -e /tmp/evil ] && check [ ! -e "$flow_tmp/evil" ]

test "a full disk is said, and leaves nothing"
mkdir small
mount -t tmpfs -o size=1536k tmpfs small
seq 1 400000 >numbers
make-image big --tag t --layer numbers=@numbers >log 2>&1 || fail "$(cat log)"
expect_fail 1 davit --root "$PWD/small/store" --run-root "$PWD/small/run" load -i big
check_error 'davit: .*[Nn]o space left on device'
check [ -z "$(find small/store/layers small/store/blobs/sha256 small/store/staging -mindepth 1)" ]
umount small

# two_platforms - both.tar: arm:1 and host:1; index/: one name for both.
two_platforms() {
	mkdir platforms && printf 'FROM scratch\nCOPY f /\n' >platforms/Dockerfile && echo f >platforms/f
	davit build -q --platform linux/arm64 -t arm:1 platforms && davit build -q --platform linux/386 -t other:1 platforms &&
		davit save -o both.tar arm:1 other:1 && mkdir index && tar -C index -xf both.tar && python3 - <<'P'
import hashlib, json
index = json.load(open("index/index.json"))
for entry in index["manifests"]:
    manifest = json.load(open("index/blobs/sha256/" + entry["digest"][7:]))
    config = json.load(open("index/blobs/sha256/" + manifest["config"]["digest"][7:]))
    entry.pop("annotations", None)
    entry["platform"] = {"os": config["os"], "architecture": config["architecture"]}
inner = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": index["manifests"]}).encode()
digest = hashlib.sha256(inner).hexdigest()
open("index/blobs/sha256/" + digest, "wb").write(inner)
json.dump({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:" + digest,
    "size": len(inner), "annotations": {"io.containerd.image.name": "docker.io/library/many:1"}}]}, open("index/index.json", "w"))
P
	rm index/manifest.json
}

test "--platform loads only what is for it, and says what there is when nothing is"
forget_everything
expect two_platforms
forget_everything
expect davit load -qi both.tar --platform linux/arm64
check_output 'Loaded image: arm:1'
expect davit images -q
check [ "$(wc -l <<<"$out")" = 1 ]
expect_fail 1 davit load -qi both.tar --platform linux/s390x
check_error 'davit: load: no image of the archive is for linux/s390x: there is linux/(arm64|386)'
expect_fail 1 davit load -qi both.tar --platform nonsense
check_error 'davit: load: "nonsense": unknown operating system or architecture'
for platform in arm64 386; do
	forget_everything
	expect davit load -qi index --platform linux/$platform
	check_output 'Loaded image: many:1'
	check [ "$(davit image inspect -f '{{.Architecture}}' many:1)" = $platform ]
done
forget_everything
expect davit load -qi both.tar --platform linux/arm64,linux/386
check [ "$(davit images -q | wc -l)" = 2 ]
