# What steps made goes to a registry or a directory, and builds on other machines find it there.
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
registry=127.0.0.1:5000
cd "$flow_tmp" || exit 1
registry_start
davit image bootstrap --quiet demo >/dev/null
mkdir ctx
cat >ctx/Dockerfile <<'X'
FROM davit/demo AS tools
RUN echo first >/first && cat /proc/sys/kernel/random/uuid >/made
RUN true
FROM davit/demo
WORKDIR /srv
COPY f /f
COPY --from=tools /made /from/
RUN cp /from/made /copy && ln /from/made /link
X
echo F >ctx/f

# elsewhere CMD... - davit on another machine: a store of its own. fresh: it has a base image, and nothing else.
elsewhere() {
	davit --root "$flow_tmp/other" --run-root "$flow_tmp/other-run" "$@"
}
fresh() {
	rm -rf "$flow_tmp/other"
	elsewhere image bootstrap --quiet demo >/dev/null
}
build() {
	expect elsewhere build --progress plain -t x "$@" ctx
}
# steps STATE - how many of the last build's ended so.
steps() {
	grep -c "^#[0-9]* $1" <<<"$err"
}
id_of() {
	"$@" images -q --no-trunc x
}
show() {
	"$1" run --rm --network none x cat "$2" 2>&1
}

test "every step of a build is found in a registry by another machine, and none is done there"
expect davit build --progress plain -t x --cache-to type=registry,ref=$registry/cache:max,mode=max ctx
check grep -q "writing cache $registry/cache:max" <<<"$err"
fresh
expect elsewhere build --dry-run --cache-from $registry/cache:max ctx
check [ "$(grep -c '^cached ' <<<"$out")" = 6 ]
check [ "$(grep -c "^        at $registry/cache:max$" <<<"$out")" = 6 ]
check [ "$(grep -c '^to do' <<<"$out")" = 0 ]
build --cache-from $registry/cache:max
check [ "$(steps CACHED)" = 6 ]
check [ "$(id_of davit)" = "$(id_of elsewhere)" ]
check [ "$(show elsewhere /copy)" = "$(show davit /from/made)" ]

test "only what the image needs was fetched, and it is kept for the next build"
expect elsewhere builder du -v
check [ "$(grep -c '^Type: *regular' <<<"$out")" = 5 ]
check [ "$(grep -c 'RUN echo first' <<<"$out")" = 0 ]
check [ "$(grep -c 'RUN cp' <<<"$out")" = 1 ]

test "what is in a cache is an image: other tools read it, and a layer is compressed once"
expect skopeo inspect --tls-verify=false docker://$registry/cache:max
check [ "$(skopeo inspect --tls-verify=false --raw docker://$registry/cache:max | jq '.layers | length')" = 4 ]
expect davit tag x $registry/x
expect davit push $registry/x
check [ "$(grep -c ': Mounted from cache' <<<"$out")" = 3 ]

test "mode=min holds the layers of the image alone; without changes that is enough"
expect davit build --quiet --cache-to type=registry,ref=$registry/cache:min ctx
check [ "$(skopeo inspect --tls-verify=false --raw docker://$registry/cache:min | jq '.layers | length')" = 3 ]
fresh
build --cache-from type=registry,ref=$registry/cache:min
check [ "$(steps CACHED)" = 6 ]
check [ "$(id_of davit)" = "$(id_of elsewhere)" ]

test "a step that needs files the cache does not hold has them made"
fresh
echo G >ctx/f
build --cache-from $registry/cache:min
check grep -q 'beginning again without' <<<"$err"
check [ "$(show elsewhere /f)" = G ]
check [ "$(show elsewhere /from/made | wc -c)" = 37 ]
check [ "$(show elsewhere /from/made)" != "$(show davit /from/made)" ]

test "and with mode=max they are fetched: only what comes after the change is done"
fresh
build --cache-from $registry/cache:max
check [ "$(steps CACHED)" = 3 ]
check grep -q 'fetching from cache' <<<"$err"
check [ "$(show elsewhere /f)" = G ]
check [ "$(show elsewhere /from/made)" = "$(show davit /from/made)" ]
echo F >ctx/f

test "a directory is as good as a registry, with a tag for each cache in it"
expect davit build --quiet --cache-to type=local,dest=dir,mode=max --cache-to type=local,dest=dir,tag=two,compression=zstd ctx
check [ "$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' dir/index.json | sort | tr '\n' ' ')" = "latest two " ]
for from in type=local,src=dir type=local,src=dir,tag=two "type=local,src=dir,digest=$(jq -r '.manifests[0].digest' dir/index.json)"; do
	fresh
	build --cache-from "$from"
	check [ "$(steps CACHED)" = 6 ]
	check [ "$(id_of davit)" = "$(id_of elsewhere)" ]
done

test "an image that has its steps with it is a cache itself"
expect davit build --quiet -t $registry/app --cache-to type=inline --push ctx
fresh
build --cache-from $registry/app
check [ "$(steps CACHED)" = 6 ]
check [ "$(show elsewhere /copy)" = "$(show davit /copy)" ]

test "a cache that is not there or is none is a warning, and the build goes on"
fresh
build --cache-from $registry/nothing --cache-from 127.0.0.1:9/x --cache-from $registry/x --cache-from type=local,src=nowhere --cache-from $registry/cache:max
check [ "$(grep -c '^WARN: cache ' <<<"$err")" = 4 ]
check grep -q "cache $registry/x: it holds no steps of builds" <<<"$err"
check [ "$(steps CACHED)" = 6 ]

test "one that cannot be written fails the build, whose image is there, unless ignore-error"
expect_fail 1 davit build --quiet -t y --cache-to 127.0.0.1:9/x ctx
check_error "davit: cache 127.0.0.1:9/x: cannot connect to 127.0.0.1:9: .*"
expect davit image inspect y
expect davit build --progress plain --cache-to type=registry,ref=127.0.0.1:9/x,ignore-error=true ctx
check grep -q '^WARN: cache 127.0.0.1:9/x: ' <<<"$err"

test "bytes that are not what they should be are not taken: the steps are done"
top=$(jq -r '.manifests[] | select(.annotations[]=="latest").digest' dir/index.json | cut -d: -f2)
blob=$(jq -r '.layers[0].digest' "dir/blobs/sha256/$top")
cp -r dir bent
printf X | dd of="bent/blobs/sha256/${blob#*:}" bs=1 seek=20 conv=notrunc status=none
fresh
build --cache-from type=local,src=bent
check grep -q "^WARN: cache bent: the digest does not match: wanted $blob" <<<"$err"
check [ "$(show elsewhere /f)" = F ]
check [ "$(show elsewhere /copy)" != "$(show davit /copy)" ]

test "nor is a layer that is another than its diff id says"
python3 - <<'X'
import hashlib, json, shutil
shutil.copytree("dir", "lies")
def put(data):
    d = hashlib.sha256(data).hexdigest()
    open("lies/blobs/sha256/" + d, "wb").write(data)
    return "sha256:" + d, len(data)
index = json.load(open("lies/index.json"))
entry = [m for m in index["manifests"] if "latest" in m["annotations"].values()][0]
manifest = json.load(open("lies/blobs/sha256/" + entry["digest"][7:]))
layers = manifest["layers"]
layers[0], layers[1] = layers[1], layers[0]
entry["digest"], entry["size"] = put(json.dumps(manifest).encode())
json.dump(index, open("lies/index.json", "w"))
X
fresh
build --cache-from type=local,src=lies
check grep -q '^WARN: cache lies: ' <<<"$err"
check [ "$(show elsewhere /f)" = F ]
check [ "$(show elsewhere /copy)" != "$(show davit /copy)" ]

test "other kinds and options are refused by name"
expect_fail 1 davit build --cache-to type=gha ctx
check_error 'davit: --cache-to: unknown cache exporter: "gha": it is registry, local or inline'
expect_fail 1 davit build --cache-from type=s3,bucket=x ctx
check_error 'davit: --cache-from: unknown cache importer: "s3": it is registry, local'
expect_fail 1 davit build --cache-to type=local,dest=d,compression=estargz ctx
check_error 'davit: --cache-to: compression=estargz of a cache is not supported: it is gzip or zstd'
