# Dockerfiles of every kind (tests/build/corpus), built by davit, by docker's BuildKit and by buildah: the same config and the same
# files. Where one of them does not know the syntax, or does another thing, the file's last line says so.
# sandbox: --store ext4 --size 4G
. "${0%/*}/../support/flow.sh"
corpus=$(realpath "${0%/*}/../build/corpus")
cd "$flow_tmp" || exit 1
work=/var/lib/davit/builds # on the disk: docker and buildah put overlays there
mkdir -p "$work/config" /etc/containers
echo '{}' >"$work/config/config.json"
[ -f /etc/containers/policy.json ] || echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
cat >"$work/containers.conf" <<-END2
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "file"
END2
export CONTAINERS_CONF=$work/containers.conf DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config DOCKER_BUILDKIT=1
docker() { /usr/bin/docker "$@"; }
buildah() { /usr/bin/buildah --root "$work/buildah" --runroot "$work/buildah.run" --storage-driver overlay "$@"; }
dockerd --data-root "$work/docker" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
	--storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none >"$work/dockerd.log" 2>&1 &
dockerd=$!

# ---- what they are built from ----

mkdir -p context/tree/sub/deep context/links context/site context/app context/cmd "context/ignored/kept"
cd context || exit 1
for n in one two three; do echo $n >$n.txt; done
echo blank >'with blank.txt'
echo a >tree/a.c && echo b >tree/b.h && echo s >tree/sub/s && echo f >tree/sub/deep/file && chmod 750 tree/sub && chmod 711 tree/b.h
ln -s ../one.txt links/to-one && ln -s /etc/passwd links/absolute && ln -s nothing links/dangling
echo '<p>@VERSION@</p>' >site/index.html && echo 'p{}' >site/style.css
printf 'flask\nrequests\n' >requirements.txt && echo 'print(1)' >app/__main__.py
echo 'module example' >go.mod && echo 'package main' >cmd/main.go
tar -C tree -cf archive.tar . && gzip -kn archive.tar && xz -k archive.tar && bzip2 -k archive.tar && echo text >notreally.tar
for n in a.log b.log keep.log; do echo $n >ignored/$n && echo $n >ignored/kept/$n; done
cd ..
cp -r context small && echo s3cret-token >token
printf '*.md\n**/*.log\n!ignored/kept/*.log\n!**/keep.log\n# a comment\n/tree/sub\n*.tar*\nlinks\n' >context/.dockerignore
mv context ignoring && mv small context

# ---- what they made ----

config_of() { # one JSON of docker's inspect
	jq -S '.[0] | .Config + {Author} | {Author, User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir,
		Labels, StopSignal, Healthcheck, OnBuild, Shell} | with_entries(select(.value and .value != "" and .value != {} and .value != []))
		| if .Labels then .Labels |= del(."io.buildah.version") | if .Labels == {} then del(.Labels) else . end else . end'
}
# buildah has its own order of variables, says of no directory that it is the root, and leaves the files that it mounts over.
as_buildah() {
	jq -S 'if .Env then .Env |= sort else . end | if .WorkingDir == "/" then del(.WorkingDir) else . end'
}
no_stubs() { grep -vE "^b'/etc/(hostname|hosts|resolv.conf)' " ; }
# Times are each build's own.
walk() {
	walk-tree "$1" | tail -n +2 | sed -E 's/^((b"(\\.|[^"])*"|b'"'"'(\\.|[^'"'"'])*'"'"') [0-7]+ [0-9]+:[0-9]+) [0-9]+/\1/'
}
walk_overlay() { # LOWER:… , topmost first
	mkdir -p root
	case $1 in
	*:*) mount -t overlay -o "ro,lowerdir=$1" overlay root ;;
	*) mount --bind "$1" root ;;
	esac || fail "cannot mount $1"
	walk root
	umount root
}
layers='{{.GraphDriver.Data.UpperDir}}{{with .GraphDriver.Data.LowerDir}}:{{.}}{{end}}'
files_of_davit() { walk_overlay "$(davit image inspect -f "$layers" "$1")"; }
files_of_docker() { walk_overlay "$(docker image inspect -f "$layers" "$1")"; }
files_of_buildah() {
	local from
	from=$(buildah from --pull-never "localhost/$1") && walk "$(buildah mount "$from")"
	buildah rm "$from" >/dev/null
}
config_of_davit() { davit image inspect "$1" | config_of; }
config_of_docker() { docker image inspect "$1" | config_of; }
config_of_buildah() { buildah inspect --type image "localhost/$1" | jq '[{Config: .Docker.config, Author: .Docker.author}]' | config_of | as_buildah; }
build_with_davit() { davit build -q "$@"; }
build_with_docker() { docker build --network none --progress plain "$@" 2>&1 | tail -n 12 >&2; return ${PIPESTATUS[0]}; }
build_with_buildah() { buildah build -q --layers --format docker --isolation chroot --pull-never "$@"; }

# The image that all of them begin with.
davit run --rm --network none davit/demo true 2>/dev/null
davit tag davit/demo base:latest
davit save -o base.tar base:latest
eventually 60 docker version || fail "$(tail -n 3 "$work/dockerd.log")"
docker load -qi base.tar >/dev/null || fail 'docker does not read the base'
buildah pull -q docker-archive:base.tar >/dev/null || fail 'buildah does not read the base'
buildah tag "$(buildah images -q | head -n 1)" localhost/base:latest

# same WITH NAME OPTIONS... - as davit made it?
same() {
	local with=$1 name=$2
	shift 2
	if grep -q "^# not .*$with" "$corpus/$name.Dockerfile"; then
		return
	fi
	expect build_with_$with -t "$name" "$@"
	[ $flow_broken = 0 ] || return
	config_of_$with "$name" >theirs
	[ $with = docker ] || { as_buildah <ours.config >ours.sorted && mv ours.sorted ours.config; }
	diff theirs ours.config >difference || fail "$name: $with made another config: $(head -n 8 difference)"
	files_of_$with "$name" >theirs
	if [ $with = buildah ]; then
		no_stubs <theirs >theirs.less && mv theirs.less theirs
		no_stubs <ours.files >ours.less && mv ours.less ours.files
	fi
	diff theirs ours.files >difference || fail "$name: $with made other files: $(head -n 8 difference)"
}
for file in "$corpus"/*.Dockerfile; do
	name=$(basename "$file" .Dockerfile)
	context=context
	[ "$name" != ignore ] || context=ignoring
	options=(-f "$file" --secret "id=token,src=$PWD/token" $context)
	test "$name: davit's build is docker's and buildah's"
	expect build_with_davit -t "$name" "${options[@]}"
	config_of_davit "$name" >ours.config
	files_of_davit "$name" >ours.files
	check [ -s ours.files ]
	same docker "$name" "${options[@]}"
	same buildah "$name" "${options[@]}"
done
kill $dockerd
wait $dockerd
