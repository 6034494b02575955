# Images listed, filtered and sorted; what inspect and history tell; what the disk holds.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1

# load NAME TAG ENTRY... - an image of two layers, the lower one the same for all.
load() {
	local name=$1 tag=$2
	shift 2
	rm -rf "$name"
	make-image "$name" --tag "$tag" --tar --layer shared=12345678 --layer "$@" >/dev/null
	davit load -qi "$name.tar" >/dev/null || fail "no image $name"
}
load one one:1 a=1234
load two example.com:5000/team/two:2 b=12345678901
load three three:latest c=1

test "names are sorted by what is asked for"
expect davit images --sort size --format '{{.Repository}}'
check_output 'example.com:5000/team/two
one
three'
expect davit images --sort repository --format '{{.Repository}}:{{.Tag}}'
check_output 'example.com:5000/team/two:2
one:1
three:latest'
expect davit images --sort tag --format '{{.Tag}}'
check_output '1
2
latest'
expect_fail 1 davit images --sort colour
check_error 'davit: .*invalid --sort "colour": it is created, id, repository, size or tag'

test "sizes are told apart: all of it, what others have too, what is its own, what is kept as it came"
expect davit images --format '{{.Repository}} {{.Size}} {{.SharedSize}} {{.UniqueSize}} {{.Platform}}' one
check_output 'one 12B 8B 4B linux/[a-z0-9/]*'
expect davit images --format '{{.ContentSize}}' one
check [ "$out" != 0B ]

test "a tree shows each image once, with all its names"
davit tag one:1 one:again
expect davit images --tree
check [ "$(grep -c '^└─ linux/' <<<"$out")" = 3 ]
check grep -q '^IMAGE  *ID  *DISK USAGE  *CONTENT SIZE  *EXTRA$' <<<"$out"
check [ "$(grep -c '^one:' <<<"$out")" = 2 ]
id=$(davit images -q one:1)
davit rmi one:1 one:again >/dev/null
load one one:1 a=1234
davit tag three one:1
expect davit images --tree
check [ -z "$(grep untagged <<<"$out")" ]
expect davit images --tree -a
check grep -q '^<untagged>  *'"$id" <<<"$out"
expect_fail 1 davit images --tree -q
davit rmi one:1 >/dev/null

test "filters choose by name, label, time and whether there is a name"
expect davit images -q -f dangling=true
check_output "$id"
expect davit images --format '{{.Repository}}' -f 'reference=example.com:5000/*/two'
check_output 'example.com:5000/team/two'
expect davit images --format '{{.Repository}}' -f reference='t*:late*' -f reference=nothing
check_output 'three'
expect davit images -q -f since=three
check_output ''
expect davit images -q -f until=2023-01-01
check_output ''
expect_fail 1 davit images -f colour=red
check_error "davit: .*invalid filter 'colour'"
for nobody in '' @ sha256: no/such; do
	expect davit ps -aq -f ancestor=$nobody
	check_output ''
done
for command in 'images' 'image prune -f' 'volume ls' 'network ls'; do
	expect_fail 1 davit $command --filter dangling=perhaps
	check_error "davit: .*invalid filter 'dangling=\[perhaps\]'"
done
expect_fail 1 davit volume prune -f --filter all=perhaps
check_error "davit: .*invalid filter 'all=\[perhaps\]'"
jq -c '.config.Labels = {"tier": "db", "empty": ""}' three/blobs/sha256/$(jq -r .config.digest three/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' three/index.json) | cut -d: -f2) >config
digest=$(sha256sum config | cut -d' ' -f1)
cp config "three/blobs/sha256/$digest"
jq -c --arg d "sha256:$digest" --argjson s "$(stat -c %s config)" '.config.digest = $d | .config.size = $s' three/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' three/index.json) >manifest
cp manifest "three/blobs/sha256/$(sha256sum manifest | cut -d' ' -f1)"
jq -c --arg d "sha256:$(sha256sum manifest | cut -d' ' -f1)" --argjson s "$(stat -c %s manifest)" \
	'.manifests[0].digest = $d | .manifests[0].size = $s | .manifests[0].annotations[] = "labelled:1"' three/index.json >index
cp index three/index.json
expect davit load -qi three
expect davit images --format '{{.Repository}}' -f label=tier
check_output 'labelled'
expect davit images --format '{{.Repository}}' -f label=tier=db -f label=empty
check_output 'labelled'
expect davit images -q -f label=tier=web
check_output ''
expect davit images --format '{{.Repository}}' -f 'label!=tier' -f dangling=false
check_output 'three
example.com:5000/team/two|example.com:5000/team/two
three'

test "inspect tells content and distribution digests apart, layer by layer"
expect davit image inspect three
manifest=$(jq -r '.[0].Descriptor.digest' <<<"$out")
check [ "$(jq -r '.[0].Descriptor.mediaType' <<<"$out")" = application/vnd.oci.image.manifest.v1+json ]
blob=/var/lib/davit/blobs/sha256/${manifest#*:}
check [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${manifest#*:}" ]
check [ "$(jq -r '.[0].Descriptor.size' <<<"$out")" = "$(stat -c %s "$blob")" ]
check [ "$(jq -c '[.[0].Content.Layers[].DiffID]' <<<"$out")" = "$(jq -c '.[0].RootFS.Layers' <<<"$out")" ]
check [ "$(jq -c '[.[0].Content.Layers[] | {mediaType: .MediaType, digest: .Digest, size: .ContentSize}]' <<<"$out")" = \
	"$(jq -c '[.layers[] | {mediaType, digest, size}]' "$blob")" ]
for layer in $(jq -r '.[0].Content.Layers[] | "\(.Digest)=\(.DiffID)"' <<<"$out"); do
	digest=${layer%%=*}
	check [ "sha256:$(zcat "/var/lib/davit/blobs/sha256/${digest#*:}" | sha256sum | cut -d' ' -f1)" = "${layer#*=}" ]
done
check [ -d "$(jq -r '.[0].GraphDriver.Data.UpperDir' <<<"$out")" ]
check [ -f "$(jq -r '.[0].GraphDriver.Data.LowerDir' <<<"$out")/shared" ]

test "a platform is one to insist on"
arch=$(davit image inspect -f '{{.Architecture}}' three)
expect davit image inspect --platform "linux/$arch" -f '{{.Os}}' three
check_output linux
expect davit history -q --platform "linux/$arch" three
for command in "image inspect" inspect history; do
	expect_fail 1 davit $command --platform linux/s390x three
	check_error "davit: image sha256:[0-9a-f]* was found but does not provide the specified platform \(linux/s390x\): it is for linux/$arch"
done

test "system df -v tells where the store is, and each thing's part of it; also as an object"
expect davit system df -v
check grep -q "^Store: /var/lib/davit (overlay)$" <<<"$out"
expect davit system df -v --format json
check [ "$(jq -r '.Path + " " + .Driver' <<<"$out")" = '/var/lib/davit overlay' ]
check [ "$(jq '[.Images[] | .Size >= .SharedSize] | all' <<<"$out")" = true ]
expect davit system df -v --format '{{range .Images}}{{len .RepoTags}} {{end}}'
check [ "$out" != "${out/0/}" ] # one has no name

test "system prune names what goes, asks, and takes containers before what they hold"
busybox() { make-image base --tag base:1 --tar --layer busybox >/dev/null && davit load -qi base.tar >/dev/null; }
busybox
davit run --name gone --network none base:1 /bin/true
davit run -d --name kept --network none base:1 /bin/sleep 100 >/dev/null
davit run --name old --network none -v /data base:1 /bin/true
expect_fail 1 davit system prune -a <<<n
check_output 'WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all images without at least one container associated to them
  - all build cache

Are you sure you want to continue\? \[y/N\] ?'
check_error 'davit: system prune has been cancelled'
expect_fail 1 davit system prune --volumes --filter label=x <<<n
check grep -q '^  - all anonymous volumes not used by at least one container$' <<<"$out"
check grep -q '^  - label=x$' <<<"$out"
expect_fail 1 davit system prune --volumes --filter until=1h
check_error 'davit: the "until" filter is not supported with "--volumes"'
expect davit system prune -f --filter label=nobody
check_output 'Total reclaimed space: 0B'
davit network create lonely >/dev/null
gone=$(davit inspect -f '{{.Id}}' gone)
expect davit system prune -f
check grep -q "^$gone$" <<<"$out"
check grep -q '^Deleted Networks:$' <<<"$out"
check grep -q '^lonely$' <<<"$out"
check [ "$(davit ps -aq | wc -l)" = 1 ]
check [ "$(davit volume ls -q | wc -l)" = 1 ]
expect davit images -q base:1
check [ -n "$out" ]
expect davit system prune -af --volumes <<<''
check grep -q '^Deleted Volumes:$' <<<"$out"
check grep -q '^Deleted Images:$' <<<"$out"
check [ "$(davit images --format '{{.Repository}}')" = base ]
davit rm -f kept >/dev/null
expect davit system prune -af
check [ -z "$(davit images -q)" ]
check [ -z "$(ls /var/lib/davit/layers)" ]
