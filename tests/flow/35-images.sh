# Images once they are here: names, removal and its rules, history, what they weigh, saving.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

cd "$flow_tmp" || exit 1

hex='[0-9a-f]{64}'
id_of() {
	davit image inspect -f '{{.Id}}' "$1"
}
layers() {
	ls /var/lib/davit/layers | grep -c '^[a-z0-9]*$'
}
# load NAME ENTRY... - an image of busybox and one small layer.
load() {
	local name=$1
	shift
	[ -f "$name.tar" ] || make-image "$name" --tag "$name:latest" --tar --cmd /bin/sh --layer busybox \
		--layer "$@" >/dev/null
	davit load -qi "$name.tar" >/dev/null || fail "no image $name"
}

load one first=1

test "a tag is one more name for the same image"
expect davit tag one two:1
check_output ''
check [ "$(id_of one)" = "$(id_of two:1)" ]
expect davit image tag two:1 localhost:5000/team/three
expect davit images --format '{{.Repository}}:{{.Tag}}' two
check_output 'two:1'
expect davit events --since 1h --until 0s --filter event=tag --format '{{.Actor.Attributes.name}}'
check_output '(.*
)?two:1
localhost:5000/team/three:latest'

test "a name that is none is refused, and so is an image that is not there"
expect_fail 1 davit tag one UPPER
check_error 'davit: .*Error parsing reference: "UPPER" is not a valid repository/tag: .*must be lowercase'
expect_fail 1 davit tag nope other
check_error 'davit: .*No such image: nope:latest'
expect_fail 1 davit tag one scratch
check_error "davit: .*'scratch' is a reserved name"

test "a name goes while others stay, and the image with its last one"
expect davit rmi two:1
check_output 'Untagged: two:1'
expect davit rmi localhost:5000/team/three
check_output 'Untagged: localhost:5000/team/three:latest'
id=$(id_of one)
expect davit image rm one
check_output "Untagged: one:latest
Deleted: $id
Deleted: sha256:$hex
Deleted: sha256:$hex"
check [ "$(layers)" = 0 ]
check [ -z "$(ls /var/lib/davit/trash)" ]
expect davit events --since 1h --until 0s --filter type=image --filter event=delete --format '{{.Actor.ID}}'
check_output "$id"

test "layers that two images share go with the second"
load one first=1
load two second=2
check [ "$(layers)" = 3 ]
expect davit rmi one
check [ "$(grep -c Deleted <<<"$out")" = 2 ]
check [ "$(layers)" = 2 ]
expect davit rmi two
check [ "$(layers)" = 0 ]

test "by id an image goes with its names, but not with those of two repositories"
load one first=1
id=$(id_of one)
davit tag one one:again
davit tag one other
expect_fail 1 davit rmi "${id:7:12}"
check_error "davit: .*conflict: unable to delete ${id:7:12} \(must be forced\) - image is referenced in multiple repositories"
expect davit rmi -f "${id:7:12}"
check [ "$(grep -c '^Untagged: ' <<<"$out")" = 3 ]
expect davit images -aq
check_output ''

test "what is not there is named; forced, that is no failure"
expect_fail 1 davit rmi nope
check_error 'davit: .*No such image: nope:latest'
expect davit rmi -f nope
check_error 'davit: .*No such image: nope:latest'
load one first=1
expect_fail 1 davit rmi nope one
check [ "$(grep -c Deleted <<<"$out")" = 3 ]

test "--platform removes an image that is for it, and touches no other"
load one first=1
arch=$(davit image inspect -f '{{.Architecture}}' one)
expect_fail 1 davit rmi --platform linux/s390x one
check_error 'davit: .*was found but does not provide the specified platform \(linux/s390x\): it is for linux/'"$arch"
expect_fail 1 davit rmi --platform "linux/$arch,linux/s390x" one
expect_fail 1 davit rmi --platform "linux/$arch" --platform linux/s390x one
expect davit rmi -f --platform linux/s390x one
check_output ''
expect_fail 1 davit rmi --platform a/b/c/d one
check_error 'davit: .*"a/b/c/d" is an invalid platform.*'
check id_of one >/dev/null
expect davit rmi --platform "linux/$arch" one
check_output "Untagged: one:latest
Deleted: sha256:$hex
(Deleted: sha256:$hex
)*Deleted: sha256:$hex"
expect_fail 1 davit image inspect one

test "an image below a running container stays, forced or not"
load one first=1
id=$(id_of one)
expect davit run -d --name user one sleep 100
container=$(field user '{{.Id}}')
expect_fail 1 davit rmi one
check_error "davit: .*conflict: unable to remove repository reference \"one\" \(must force\) - container ${container:0:12} is using its referenced image ${id:7:12}"
expect_fail 1 davit rmi -f "$id"
check_error "davit: .*conflict: unable to delete ${id:7:12} \(cannot be forced\) - image is being used by running container ${container:0:12}"
expect davit rmi -f one
check_output 'Untagged: one:latest'
check [ "$(layers)" = 2 ]
expect davit exec user cat /first
check_output '1'
davit kill user >/dev/null

test "an image below a stopped container goes only when forced, and its layers stay for the container"
load one first=1
eventually 5 is_in_state user exited
expect_fail 1 davit rmi "${id:7:20}"
check_error "davit: .*conflict: unable to delete ${id:7:12} \(must be forced\) - image is being used by stopped container ${container:0:12}"
expect davit rmi -f "$id"
check_output "Untagged: one:latest
Deleted: $id"
check [ "$(layers)" = 2 ]
expect davit start user
expect davit exec user cat /first
check_output '1'
expect davit image prune -af
check [ "$(layers)" = 2 ]
expect davit rm -f user
load two second=2
expect davit rmi two
check [ "$(layers)" = 0 ]

test "prune takes what has no name, asks first, and says what it gave back"
load one first=1
load two second=2
davit tag one two >/dev/null
expect_fail 1 davit image prune </dev/null
check_output 'WARNING! This will remove all dangling images.
Are you sure you want to continue\? \[y/N\] '
check_error 'davit: image prune has been cancelled'
expect sh -c 'echo y | davit image prune'
check_output "WARNING! This will remove all dangling images.
Are you sure you want to continue\? \[y/N\] Deleted Images:
deleted: sha256:$hex
deleted: sha256:$hex

Total reclaimed space: [0-9.]+k?B"
expect davit image prune -f
check_output 'Total reclaimed space: 0B'
check [ "$(davit images -q | wc -l)" = 2 ]

test "prune -a leaves what containers use and what its filters leave out"
expect davit create --name user two true
expect davit image prune -af --filter label=no.such
check_output 'Total reclaimed space: 0B'
expect davit image prune -af
check_output 'Total reclaimed space: 0B'
check [ "$(davit images -q | wc -l)" = 2 ]
davit rm user >/dev/null
expect davit image prune -af --filter until=24h
check [ "$(davit images -q | wc -l)" = 0 ]
expect_fail 1 davit image prune -f --filter nonsense=1
check_error "davit: invalid filter 'nonsense'"

test "history tells the steps, newest first, and what each weighs"
load one first=1
expect davit history one
check [ "$(head -n 1 <<<"$out" | tr -s ' ')" = 'IMAGE CREATED CREATED BY SIZE COMMENT' ]
check [ "$(wc -l <<<"$out")" = 3 ]
expect davit history -q one
id=$(id_of one)
check_output "${id:7:12}
<missing>"
expect davit history --no-trunc -q one
check_output "$id
<missing>"
expect davit history --human=false --format '{{.Size}}' one
check [ "$(head -n 1 <<<"$out")" -lt 100 ]
check [ "$(tail -n 1 <<<"$out")" -gt 100000 ]
expect_fail 1 davit history nope
check_error 'davit: No such image: nope:latest'

test "container prune takes what has ended, and nothing else"
davit run -d --name lives one sleep 100 >/dev/null
davit run --name ended --label keep=yes one sh -c 'head -c 100000 /dev/zero >/data' >/dev/null
davit create --name made one true >/dev/null
expect davit container prune -f --filter label!=keep
check [ "$(davit ps -aq | wc -l)" = 2 ]
expect davit container prune -f
check_output "Deleted Containers:
$hex

Total reclaimed space: 1[0-9]{2}(\.[0-9])?kB"
expect davit ps -a --format '{{.Names}}'
check_output 'lives'
davit rm -f lives >/dev/null

# config_of TRANSPORT:WHERE - the digest of an image's config, as skopeo reads it.
config_of() {
	skopeo inspect --config --raw "$1" | sha256sum | sed 's/ .*//; s/^/sha256:/'
}
# tree_of LAYOUT:TAG - all files of an image with their metadata, as umoci unpacks them.
tree_of() {
	rm -rf bundle
	umoci unpack --image "$1" bundle >/dev/null 2>&1 || fail "umoci cannot unpack $1"
	(cd bundle/rootfs && find . -printf '%p %y %m %U:%G %s %n %l %T@\n' | grep -v '^\. ' | sort | sha256sum)
}

test "what is saved is read by skopeo, as either kind of archive, and by umoci, and is the same image"
davit image prune -af >/dev/null
load one first=1 d/ "l=>first" "s->first" "%1777" 2>/dev/null || load one first=1
davit tag one other/name:v2
id=$(id_of one)
expect davit save -o saved.tar one other/name:v2
check_output ''
check [ "$(stat -c %a saved.tar)" = 600 ]
check [ "$(config_of docker-archive:saved.tar:one:latest)" = "$id" ]
check [ "$(config_of docker-archive:saved.tar:docker.io/other/name:v2)" = "$id" ]
check [ "$(config_of oci-archive:saved.tar:v2)" = "$id" ]
mkdir saved && tar -xf saved.tar -C saved
check [ "$(cat saved/oci-layout)" = '{"imageLayoutVersion":"1.0.0"}' ]
check [ "$(tree_of saved:latest)" = "$(tree_of one:one:latest)" ]
check sh -c 'cd saved/blobs/sha256 && for f in *; do [ "$(sha256sum <$f)" = "$f  -" ] || exit 1; done'

test "the blobs are those that came, bit for bit, and the manifest is too"
check [ "$(cd saved/blobs/sha256 && ls | sort)" = "$(cd one/blobs/sha256 && ls | sort)" ]

test "davit loads what it saved: the same ids, and it can be saved again, the same"
davit image prune -af >/dev/null
check [ "$(davit images -q | wc -l)" = 0 ]
expect davit load -i saved.tar
check_output '(.*Pull complete
)*Loaded image: one:latest
Loaded image: other/name:v2'
check [ "$(id_of one)" = "$id" ]
expect sh -c 'davit save one other/name:v2 | cmp - saved.tar'

test "several images share their blobs, an id saves no name, a name without tag saves all"
load two second=2
davit tag two two:b
expect sh -c 'davit save one two >both.tar'
check [ "$(tar -tf both.tar | grep -c 'blobs/sha256/.')" = 7 ]
check [ "$(tar -xOf both.tar manifest.json | jq -c '[.[].RepoTags]')" = '[["one:latest"],["two:b","two:latest"]]' ]
expect sh -c "davit save $id | tar -xOf - manifest.json | jq -c '.[0].RepoTags'"
check_output null
expect sh -c 'davit save one:latest >>appended.tar'
expect tar -tf appended.tar

test "what cannot be saved says why and leaves nothing"
expect_fail 1 davit save -o nope.tar one nope
check_error 'davit: .*No such image: nope:latest'
check [ -z "$(ls nope.tar* 2>/dev/null)" ]
expect_fail 1 davit save -o /nowhere/x.tar one
check_error 'davit: save: /nowhere/x.tar: No such file or directory'
expect_fail 1 sh -c 'davit save one >/dev/full'
check_error 'davit: save: write: No space left on device'
expect_fail 1 davit save -o /dev/full one
check_error 'davit: save: /dev/full: No space left on device'
expect_fail 1 script -qec 'davit save one' /dev/null
check_output '.*cowardly refusing to save to a terminal. Use the -o flag or redirect.?'
make-image plain --tag plain:latest --tar --compress none --layer a=1 >/dev/null
davit load -qi plain.tar >/dev/null
rm "${DAVIT_ROOT:-/var/lib/davit}"/layers/*/headers # as if it were older than they are
expect_fail 1 davit save -o plain2.tar plain
check_error 'davit: layer [0-9a-f]{12} is not what it was, or was made by an older davit.*'
check [ -z "$(ls plain2.tar* 2>/dev/null)" ]

test "layers in zstd, and docker's own manifests, are saved and loaded again"
davit image prune -af >/dev/null
make-image zed --tag zed:latest --tar --compress zstd --layer busybox --layer z=1 >/dev/null
davit load -qi zed.tar >/dev/null
skopeo --insecure-policy copy -q --format v2s2 oci:one:one:latest docker-archive:old.tar:old:1
davit load -qi old.tar >/dev/null
id=$(id_of zed)
expect davit save -o zed2.tar zed
check [ "$(config_of docker-archive:zed2.tar)" = "$id" ]
mkdir zed2 && tar -xf zed2.tar -C zed2
check [ "$(jq -r '.[0].Layers[]' zed2/manifest.json | xargs -I{} head -c 4 zed2/{} | xxd -p)" = 28b52ffd28b52ffd ]
davit rmi zed >/dev/null
expect davit load -qi zed2.tar
check [ "$(id_of zed)" = "$id" ]

test "inspect tells a layer's tree from the content it came as"
davit image prune -af >/dev/null
load one first=1
expect davit image inspect -f '{{range .Content.Layers}}{{.DiffID}} {{.Digest}} {{.Kept}}{{"\n"}}{{end}}' one
check_output "$(paste -d ' ' <(skopeo inspect --config --raw oci:one:one:latest | jq -r '.rootfs.diff_ids[]') \
	<(skopeo inspect --raw oci:one:one:latest | jq -r '.layers[].digest') | sed 's/$/ true/')"
make-image bare --tag bare:latest --tar --compress none --layer q=1 >/dev/null
davit load -qi bare.tar >/dev/null
expect davit image inspect -f '{{range .Content.Layers}}{{.Kept}}{{end}} {{.Content.Size}}' bare
check_output 'false 0'

test "system df adds up what is on the disk and what nobody uses"
davit image prune -af >/dev/null
expect davit system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
check_output 'Images 0 0 0B 0B
Containers 0 0 0B 0B
Local Volumes 0 0 0B 0B
Build Cache 0 0 0B 0B'
load one first=1
load two second=2
davit run --name wrote one sh -c 'head -c 100000 /dev/zero >/data' >/dev/null
expect davit system df
check [ "$(head -n 1 <<<"$out" | tr -s ' ')" = 'TYPE TOTAL ACTIVE SIZE RECLAIMABLE' ]
check grep -qE '^Images +2 +1 +[0-9.]+MB +[0-9]+B \(0%\)$' <<<"$out"
check grep -qE '^Containers +1 +0 +1[0-9.]+kB +1[0-9.]+kB \(100%\)$' <<<"$out"
expect davit system df -v
check grep -qE '^one +latest +[0-9a-f]{12} .* 1$' <<<"$out"
check grep -qE '^[0-9a-f]{12} +one +"sh -c .* exited +wrote$' <<<"$out"
davit rm wrote >/dev/null

test "a container made while its image is removed is whole, or is not made"
davit image prune -af >/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	load one first=1
	for k in 1 2 3 4; do
		davit create --name c$k --pull never one cat /first >/dev/null 2>&1 &
	done
	davit rmi -f one >/dev/null 2>&1
	wait
	for who in $(davit ps -aq); do
		expect davit start -a "$who"
		check_output 1
		davit rm "$who" >/dev/null
	done
done
load two second=2
expect davit rmi two
expect davit image prune -af
check [ "$(layers)" = 0 ]
check [ -z "$(ls /var/lib/davit/trash /var/lib/davit/staging | grep -v ':$')" ]

test "prune takes only what has the label that was asked for"
make-image tagged --tag tagged:latest --tar --layer t=1 >/dev/null
davit load -qi tagged.tar >/dev/null
expect davit image prune -af --filter label=stage=test
check [ "$(davit images -q | wc -l)" = 1 ]
expect davit image prune -af --filter label!=stage=test
check [ "$(davit images -q | wc -l)" = 0 ]
