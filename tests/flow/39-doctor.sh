# davit doctor: damages of every kind, made on purpose, are named, and repaired where they can be.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

cd "$flow_tmp" || exit 1
store=/var/lib/davit

make-image one --tag one:1 --tar --layer busybox --layer etc/conf=hello data/empty/ 'data/link->x' \
	--layer '!etc/conf' etc/other=text >/dev/null
head -c 100000 /dev/urandom >blob
make-image two --tag two:1 --tar --layer busybox --layer big=@blob >/dev/null
davit load -qi one.tar >/dev/null
davit load -qi two.tar >/dev/null

sql() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect("/var/lib/davit/images.db")
for row in db.execute(sys.argv[1]): print(*row)
db.commit()' "$1"
}
flip() {
	python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(-40, 2); b = f.read(1); f.seek(-40, 2); f.write(bytes([b[0] ^ 1]))' "$1"
}
# found KIND PROBLEM [REPAIRED]: the last report has exactly this one finding.
found() {
	jq -e --arg kind "$1" --arg problem "$2" --argjson repaired "${3:-false}" \
		'.Findings | length == 1 and .[0].Kind == $kind and (.[0].Problem | test($problem)) and .[0].Repaired == $repaired' \
		>/dev/null <<<"$out" || fail "not the one finding '$2': $(jq -c .Findings <<<"$out")"
}
# mends KIND PROBLEM: named, then repaired, then gone; the images still work.
mends() {
	expect_fail 1 davit doctor --format json
	found "$1" "$2"
	expect davit doctor --repair --format json
	found "$1" "$2" true
	expect davit doctor
	check grep -q 'all is well' <<<"$out"
	check [ "$(davit run --rm --network none one:1 /bin/cat /etc/other)" = text ]
	check [ "$(davit run --rm --network none two:1 /bin/sha256sum /big | cut -d' ' -f1)" = "$(sha256sum blob | cut -d' ' -f1)" ]
}
layer_of() { # IMAGE NUMBER
	davit image layers --format '{{.Path}}' "$1" | sed -n "$2p" | sed 's,layers/\(.*\)/diff,\1,'
}
blob_of() { # IMAGE NUMBER
	davit image layers --no-trunc --format '{{.Digest}}' "$1" | sed -n "$2p" | cut -d: -f2
}

test "a sound store is well, and says what was looked at"
expect davit doctor
check_output '2 images, 4 layers, 8 blobs, 0 containers; [0-9.]*MB read: all is well'

test "a flipped byte, a lost and an added file, another mode and owner in a layer are found and mended"
layer=$(layer_of two:1 2)
flip $store/layers/$layer/diff/big
mends layer 'big is not what was unpacked.*two:1'
rm $store/layers/"$(layer_of one:1 3)"/diff/etc/other
mends layer 'etc/other is not what was unpacked'
echo x >$store/layers/"$layer"/diff/more
mends layer 'has files that were not unpacked'
echo x >$store/layers/"$(layer_of one:1 2)"/diff/data/empty/more
mends layer 'data/empty is not what was unpacked'
chmod 4755 $store/layers/"$layer"/diff/big
mends layer 'big is not what was unpacked'
rm -r $store/layers/"$layer"
mends layer 'No such file'

test "a damaged index is found and written anew"
flip $store/layers/"$layer"/index
mends layer 'the layer index is damaged'
: >$store/layers/"$layer"/index
mends layer 'the layer index is damaged'

test "a layer below a running container is not replaced under it"
davit run -d --name user --network none two:1 /bin/sleep 100 >/dev/null
flip $store/layers/"$layer"/diff/big
expect_fail 1 davit doctor --repair
check grep -q 'a container runs on it: stop it, then repair again' <<<"$out"
davit rm -f user >/dev/null
mends layer 'big is not what was unpacked'

test "a config that is damaged or gone is written again from the database"
id=$(davit image inspect -f '{{.Id}}' one:1)
flip $store/blobs/sha256/"${id#*:}"
mends blob 'its content is not what its digest says'
rm $store/blobs/sha256/"${id#*:}"
mends blob 'its file is missing'

test "rows that are lost are made again"
sql "DELETE FROM image_layers WHERE image = '$id' AND position = 1"
expect_fail 1 davit doctor --format json
check jq -e '.Findings[] | select(.Kind == "image" and (.Problem | test("lost rows")))' >/dev/null <<<"$out"
expect davit doctor --repair
expect davit doctor
layer=$(layer_of one:1 2)
sql "DELETE FROM layers WHERE id = '$layer'"
expect_fail 1 davit doctor --format json
check jq -e '.Findings[] | select(.Kind == "layer" and (.Problem | test("its row is lost; it belongs to .*one:1")))' >/dev/null <<<"$out"
davit doctor --repair >/dev/null
expect davit doctor
check [ "$(davit run --rm --network none one:1 /bin/cat /etc/other)" = text ]
expect davit image why one:1 etc/conf

test "what no row names is taken away"
echo orphan >$store/blobs/sha256/"$(printf 'a%.0s' {1..64})"
mends blob 'no image has it'
mkdir -p $store/layers/abcdefghijklmnopqrstuvwxyz/diff
mends layer 'no image has it'
sql "INSERT INTO tags VALUES ('docker.io/library/ghost', 'x', 'sha256:00', 1)"
mends name 'names an image that is not in the store'

test "a blob that is damaged is forgotten, and the files stay"
blob=$(blob_of two:1 2)
flip $store/blobs/sha256/"$blob"
mends blob 'its content is not what its digest says'
check [ ! -e $store/blobs/sha256/"$blob" ]
check [ "$(davit image layers --format '{{.Kept}}' two:1 | tail -n 1)" = false ]

test "without its blob a damaged layer is named with the way out, and pulling or loading again heals"
flip $store/layers/"$(layer_of two:1 2)"/diff/big
expect_fail 1 davit doctor --repair
check grep -q 'pull or load the image again' <<<"$out"
expect_fail 125 davit run --rm --network none two:1 /bin/true
expect davit load -qi two.tar
expect davit doctor
check [ "$(davit run --rm --network none two:1 /bin/sha256sum /big | cut -d' ' -f1)" = "$(sha256sum blob | cut -d' ' -f1)" ]

test "a container whose image is lost is named"
davit create --name lone --network none one:1 /bin/true >/dev/null
sql "DELETE FROM image_layers WHERE image = '$id'"
sql "DELETE FROM images WHERE id = '$id'"
sql "DELETE FROM tags WHERE image = '$id'"
expect_fail 1 davit doctor
check grep -q '^container .*: its image .* is lost, with its layers$' <<<"$out"
davit rm lone >/dev/null
davit doctor --repair >/dev/null
expect davit doctor

test "killed at any point, a load leaves a store that is well"
calls=openat,openat2,renameat,renameat2,write,pwrite64,mkdirat,linkat,flock,ftruncate
for n in $(seq 10 23 600); do
	fault -f $calls $n davit load -qi one.tar >/dev/null 2>&1
	code=$?
	davit doctor --repair >report 2>&1 || fail "killed at $n: $(cat report)"
	davit doctor >report 2>&1 || fail "killed at $n, repaired: $(cat report)"
	[ $code != 0 ] || break
	davit rmi -f one:1 >/dev/null 2>&1
done
check [ "$n" -gt 50 ]
expect davit load -qi one.tar
check [ "$(davit run --rm --network none one:1 /bin/cat /etc/other)" = text ]
