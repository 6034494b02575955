# Images between engines: what davit saves, pushes and exports is read by umoci, skopeo, buildah, docker and podman, and
# what they write by davit: the same config, the same digests where the form keeps them, the same files to the last attribute.
# sandbox: --store ext4 --size 4G
. "${0%/*}/../support/flow.sh"
cd "$flow_tmp" || exit 1
store=/var/lib/davit
registry=127.0.0.1:5000
wanted=wanted
work=$store/interop # on the disk: docker and podman put overlays there
mkdir -p $work

# ---- the trees ----

# walk_overlay LOWER:… - what an overlay of these directories (topmost first) shows.
walk_overlay() {
	mkdir -p root
	case $1 in
	*:*) mount -t overlay -o "ro,lowerdir=$1" overlay root ;;
	*) mount --bind "$1" root ;;
	esac || fail "cannot mount $1"
	walk-tree root
	umount root
}
by_davit() {
	walk_overlay "$(davit image inspect -f '{{.GraphDriver.Data.UpperDir}}{{with .GraphDriver.Data.LowerDir}}:{{.}}{{end}}' "$1")"
}
by_umoci() { # LAYOUT:TAG
	rm -rf bundle
	umoci --log=error raw unpack --image "$1" bundle && walk-tree bundle
}
by_docker() {
	walk_overlay "$(docker image inspect -f '{{.GraphDriver.Data.UpperDir}}{{with .GraphDriver.Data.LowerDir}}:{{.}}{{end}}' "$1")"
}
by_podman() {
	walk-tree "$(podman image mount "$1")"
	podman image umount "$1" >/dev/null
}
by_buildah() {
	local from
	from=$(buildah from --pull-never "$1") && walk-tree "$(buildah mount "$from")"
	buildah rm "$from" >/dev/null
}
# The root directory's own line is left out: engines set it, and umoci's is its own.
same_tree() { # WHOSE, then the walk on standard input
	tail -n +2 >"$1.tree"
	tail -n +2 "$wanted" | cmp -s - "$1.tree" ||
		fail "$1 sees another tree: $(tail -n +2 "$wanted" | diff - "$1.tree" | head -n 6)"
}
config_of() { # skopeo's TRANSPORT:WHERE
	skopeo inspect --config --raw --tls-verify=false "$1" | sha256sum | sed 's/ .*//; s/^/sha256:/'
}
same_config() {
	check [ "$(config_of "$1")" = "$id" ]
}

# ---- the other engines ----

# shellcheck disable=SC2034
start_engines() {
	cat >"$work/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
	END
	printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
	mkdir -p "$work/config" /etc/containers
	echo '{}' >"$work/config/config.json"
	[ -f /etc/containers/policy.json ] || cp "$work/policy.json" /etc/containers/policy.json
	export CONTAINERS_CONF=$work/containers.conf DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config
	dockerd --data-root "$work/docker" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
		--storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none >"$work/dockerd.log" 2>&1 &
	dockerd=$!
	eventually 60 docker version || fail "$(tail -n 3 "$work/dockerd.log")"
}
docker() {
	/usr/bin/docker "$@"
}
podman() {
	/usr/bin/podman --root "$work/podman" --runroot "$work/podman.run" --storage-driver overlay "$@"
}
buildah() {
	/usr/bin/buildah --root "$work/buildah" --runroot "$work/buildah.run" --storage-driver overlay "$@"
}
forget() {
	docker rmi -f "$@" >/dev/null 2>&1
	podman rmi -f "$@" >/dev/null 2>&1
	buildah rmi -f "$@" >/dev/null 2>&1
	return 0
}

# ---- an image with everything in it ----

# layer NUMBER COMMANDS - a layer out of a directory, by GNU tar: whole seconds, every parent said.
layer() {
	mkdir "l$1"
	(cd "l$1" && eval "$2" && find . -exec touch -hd "@100000000$1" {} +) || fail "cannot make layer $1"
	[ "$1" != 1 ] || touch -d '2001-02-03 04:05:06' l1/etc/one
	tar --sort=name --numeric-owner --xattrs --xattrs-include='user.*' --xattrs-include=security.capability --sparse \
		--format=posix --pax-option=delete=atime,delete=ctime -C "l$1" -cf "l$1.tar" .
}
long=$(printf 'n%.0s' {1..250})
layer 1 "mkdir -p etc/conf usr/lib d/e/f opq/sub rep goner deep/$long/$long empty
	echo one >etc/one; chown 12:34 etc/one; chmod 4755 etc/one; ln etc/one etc/one-hard; ln -s /etc/one etc/abs
	echo two >etc/conf/two; echo a >d/e/f/a; echo x >opq/sub/x; echo y >opq/y; echo r >rep/r; echo g >goner/g
	echo deep >deep/$long/$long/file; echo f >turn; echo old >moved
	python3 -c \"import os; os.setxattr('etc/one', 'user.color', b'blue'); os.setxattr('etc/conf/two',
		'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))\"
	mkfifo fifo; mknod null c 1 3; chown 100000:70000 empty
	echo u >\"\$(printf 'caf\\303\\251')\"; chmod 1777 d; chmod 700 rep"
layer 2 "mkdir -p etc/conf opq fifo turn d/e/f usr/lib; touch .wh.goner etc/.wh.abs opq/.wh..wh..opq .wh.moved
	echo new >opq/new; echo file >rep; echo in >fifo/in; echo in >turn/in; chown 5:6 usr/lib; chmod 1777 d
	printf 'two\nmore\n' >etc/conf/two; echo b >d/e/f/b"
layer 3 "mkdir -p opq usr/lib rep; touch opq/.wh.new; chmod 750 rep; echo again >rep/again; echo file >turn
	echo lib >usr/lib/libx; chown 5:6 usr/lib; echo moved >moved"
layer 4 "truncate -s 3000000 sparse; echo end >>sparse"
make-image all --tag t --layer tar:l1.tar --layer tar:l2.tar --layer tar:l3.tar --layer tar:l4.tar >/dev/null
skopeo copy -q --insecure-policy oci:all:t oci:clean:t
skopeo copy -q --insecure-policy oci:clean:t docker-archive:docker.tar:some/thing:docker
skopeo copy -q --insecure-policy oci:clean:t oci-archive:oci.tar:t
by_umoci clean:t >wanted
id=$(config_of oci:clean:t)
# docker does not read again what it wrote of a sparse member ("could not verify layer data").
make-image solid --tag t --layer tar:l1.tar --layer tar:l2.tar --layer tar:l3.tar >/dev/null
skopeo copy -q --insecure-policy oci:solid:t oci:dense:t
by_umoci dense:t >wanted.dense
start_engines
registry_start
registry_push clean:t thing:t
registry_push dense:t dense:t

test "davit's own tree is umoci's, however the image came"
expect davit load -qi oci.tar
davit tag "$id" oci:t
by_davit oci:t | same_tree davit
davit rmi -f "$id" >/dev/null
expect davit load -qi docker.tar
check [ "$(davit images -q --no-trunc)" = "$id" ]
by_davit some/thing:docker | same_tree davit
davit rmi -f "$id" >/dev/null
expect davit pull -q $registry/thing:t
check [ "$(davit images -q --no-trunc)" = "$id" ]
by_davit $registry/thing:t | same_tree davit
davit tag $registry/thing:t thing:t

test "what davit saved is read by skopeo, umoci, buildah, podman and docker as the same image"
expect davit save -o saved.tar thing:t
same_config docker-archive:saved.tar
same_config oci-archive:saved.tar
skopeo copy -q --insecure-policy oci-archive:saved.tar oci:again:t
check [ "$(skopeo inspect --raw oci:again:t | sha256sum)" = "$(skopeo inspect --raw oci:clean:t | sha256sum)" ]
by_umoci again:t | same_tree umoci
expect buildah pull -q docker-archive:"$PWD/saved.tar"
check [ "sha256:$(buildah images -q --no-trunc thing:t | sed 's/^sha256://')" = "$id" ]
by_buildah thing:t | same_tree buildah
expect podman load -q -i saved.tar
check [ "sha256:$(podman images -q --no-trunc thing:t | sed 's/^sha256://')" = "$id" ]
by_podman thing:t | same_tree podman
expect docker load -q -i saved.tar
check [ "$(docker images -q --no-trunc thing:t)" = "$id" ]
by_docker thing:t | same_tree docker
forget thing:t

test "what davit pushed is pulled by all, under the digest it was pulled by"
davit tag thing:t $registry/pushed:t
expect davit push -q $registry/pushed:t
digest=$(skopeo inspect --raw --tls-verify=false docker://$registry/pushed:t | sha256sum | cut -d' ' -f1)
check [ "$digest" = "$(skopeo inspect --raw oci:clean:t | sha256sum | cut -d' ' -f1)" ]
skopeo copy -q --insecure-policy --src-tls-verify=false docker://$registry/pushed:t oci:pulled:t
by_umoci pulled:t | same_tree umoci
expect docker pull -q $registry/pushed:t
check [ "$(docker images -q --no-trunc $registry/pushed:t)" = "$id" ]
by_docker $registry/pushed:t | same_tree docker
expect podman pull -q --tls-verify=false $registry/pushed:t
by_podman $registry/pushed:t | same_tree podman
expect buildah pull -q --tls-verify=false $registry/pushed:t
by_buildah $registry/pushed:t | same_tree buildah

test "what they write, davit reads: the same id, the same tree"
wanted=wanted.dense
id=$(config_of oci:dense:t)
diff_ids=$(skopeo inspect --config --raw oci:dense:t | jq -c .rootfs.diff_ids)
forget $registry/pushed:t
for engine in docker podman buildah; do
	quiet=$([ $engine = docker ] || echo --tls-verify=false)
	expect $engine pull -q $quiet $registry/dense:t
done
expect docker save -o theirs.docker.tar $registry/dense:t
podman tag $registry/dense:t by/podman:t
expect podman save -q --format docker-archive -o theirs.podman.tar by/podman:t
expect podman save -q --format oci-archive -o theirs.podman-oci.tar by/podman:t
expect buildah push -q $registry/dense:t oci-archive:"$PWD/theirs.buildah.tar":by/buildah:t
# Who compresses a layer anew may write a config of his own: then the layers are the same, and the tree.
same_image() { # IMAGE WHOSE
	check [ "$(davit image inspect -f '{{json .RootFS.Layers}}' "$1")" = "$diff_ids" ]
	by_davit "$1" | same_tree "davit from $2"
}
davit images -aq --no-trunc | sort -u | xargs davit rmi -f >/dev/null
for theirs in docker podman podman-oci buildah; do
	expect davit load -qi theirs.$theirs.tar
	loaded=$(davit images -aq --no-trunc)
	[ $theirs != docker ] || check [ "$loaded" = "$id" ]
	same_image "$loaded" $theirs
	davit rmi -f "$loaded" >/dev/null
done
docker tag $registry/dense:t $registry/by-docker:t
expect docker push -q $registry/by-docker:t
expect podman push -q --tls-verify=false by/podman:t $registry/by-podman:t
for theirs in docker podman; do
	expect davit pull -q $registry/by-$theirs:t
	same_image $registry/by-$theirs:t $theirs
	davit rmi -f $registry/by-$theirs:t >/dev/null
done
forget $registry/dense:t $registry/by-docker:t by/podman:t

test "what davit exported is imported by docker, podman and davit, and unpacked by tar, as the same files"
wanted=wanted
davit pull -q $registry/thing:t >/dev/null
davit create --name tree $registry/thing:t /x >/dev/null
expect davit export -o tree.tar tree
mkdir tarred && tar --xattrs --xattrs-include='*' --same-owner -xpf tree.tar -C tarred
walk-tree tarred | same_tree tar
expect davit import tree.tar flat:t
by_davit flat:t | same_tree davit
expect docker import tree.tar flat:t
by_docker flat:t | same_tree docker
expect podman import -q tree.tar flat:t
by_podman flat:t | same_tree podman
docker create --name tree flat:t /x >/dev/null
expect docker export -o theirs.tar tree
expect davit import theirs.tar theirs:t
# docker puts mount points into what it creates, and exports no user attributes.
plainly() {
	tail -n +2 | sed "s/ \[('user[^]]*\]//; s/  */ /g" |
		grep -Ev "^b'/(\.dockerenv|dev|dev/.*|etc|etc/(hosts|hostname|mtab|resolv.conf)|proc|sys)' "
}
diff <(plainly <wanted) <(by_davit theirs:t | plainly) >diff.out || fail "docker's export is another tree: $(head -n 6 diff.out)"
docker rm tree >/dev/null
davit rm tree >/dev/null
forget flat:t

test "what a container of davit changed is committed, and all others see the same"
davit run --name changed --network none -v /bin/busybox:/bin/busybox:ro $registry/thing:t /bin/busybox sh -c '
	busybox=/bin/busybox; $busybox rm -r /opq /usr; $busybox mkdir /opq; echo c >/opq/c; $busybox ln /d/e/f/a /d/linked
	$busybox rm /rep/again; echo file >/turn2; $busybox chmod 600 /etc/conf/two; $busybox mkdir -p /a/b' 2>run.err || fail "$(cat run.err)"
expect davit commit changed committed:t
by_davit committed:t >wanted
id=$(davit image inspect -f '{{.Id}}' committed:t)
expect davit save -o committed.tar committed:t
same_config docker-archive:committed.tar
skopeo copy -q --insecure-policy docker-archive:committed.tar oci:committed:t
by_umoci committed:t | same_tree umoci
expect docker load -q -i committed.tar
by_docker committed:t | same_tree docker
expect podman load -q -i committed.tar
by_podman committed:t | same_tree podman
davit tag committed:t $registry/committed:t
expect davit push -q $registry/committed:t
docker rmi -f committed:t >/dev/null
expect docker pull -q $registry/committed:t
by_docker $registry/committed:t | same_tree docker
davit rm changed >/dev/null

test "a hard link to a file of a lower layer is one file in davit, as in umoci"
make-image cross --tag cross:1 --tar --layer d/ d/one=text%640:7:8 --layer d/ 'd/two=>d/one' >/dev/null
skopeo copy -q --insecure-policy oci:cross:cross:1 oci:crossed:t
by_umoci crossed:t >wanted
expect davit load -qi cross.tar
by_davit cross:1 | sed 's/0:0 0 //' >davit.tree
check [ "$(grep -c " = b'/d/one'" davit.tree)" = 2 ]
check [ "$(grep -o "'/d/[a-z]*' 100640 7:8" davit.tree | wc -l)" = 2 ]

kill "$dockerd"
wait "$dockerd" 2>/dev/null
umount -R "$work" 2>/dev/null
exit 0
