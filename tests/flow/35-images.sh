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
