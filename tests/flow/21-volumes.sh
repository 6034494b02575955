. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm

inside() { # ARGS... - of davit run, with the demo image's shell last
	expect davit run --rm "$@"
}
sh_in='davit/demo sh -c'
volumes() { davit volume ls -q; }

test "a volume is made, listed, described and removed under its name"
expect davit volume create --label colour=blue --label size data
check_output data
expect davit volume create data
check_output data
expect davit volume ls
check_output 'DRIVER    VOLUME NAME
local     data'
expect davit volume inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels.colour}}' data
check_output "data local local /var/lib/davit/volumes/data/_data blue"
expect davit volume ls -q -f label=colour=blue -f name=dat
check_output data
expect davit volume ls -q -f label=colour=red
check_output ''
expect davit volume rm data
check_output data
expect_fail 1 davit volume rm data
check_error 'davit: get data: no such volume'
expect_fail 1 davit volume inspect data
expect davit volume rm -f data

test "what is wrong with a volume is said in docker's words"
expect_fail 1 davit volume create x
check_error 'davit: create x: volume name is too short, names should be at least two alphanumeric characters'
expect_fail 1 davit volume create a/b
check grep -q 'includes invalid characters for a local volume name' <<<"$err"
expect_fail 1 davit volume create -o what=1 ab
check_error 'davit: create ab: invalid option: "what"'
expect_fail 1 davit volume create -o type=tmpfs ab
check_error 'davit: create ab: missing required option: "device"'
expect_fail 1 davit volume create -d nfsplugin ab
check_error 'davit: error looking up volume plugin nfsplugin: plugin "nfsplugin" not found'
check [ -z "$(volumes)" ]

test "its data outlives containers, and a container in the way of rm is named"
inside --name writer -v keep:/data $sh_in 'echo kept > /data/file'
inside -v keep:/elsewhere:ro $sh_in 'cat /elsewhere/file; touch /elsewhere/x 2>&1 | grep -o Read-only'
check_output 'kept
Read-only'
expect davit create --name user -v keep:/data davit/demo true
expect_fail 1 davit volume rm keep
check_error "davit: remove keep: volume is in use - \[$(field user '{{.Id}}')\]"
expect davit ps -aq --filter volume=keep --format '{{.Names}} {{.Mounts}}'
check_output 'user keep'
expect davit volume ls -q -f dangling=true
check_output ''
expect davit rm -v user
check [ "$(volumes)" = keep ]

test "anonymous volumes go with --rm and rm -v, never with rm alone"
inside -v /scratch $sh_in 'touch /scratch/x'
check [ "$(volumes)" = keep ]
expect davit create --name anon -v /scratch -v keep:/data davit/demo true
name=$(field anon '{{range .Mounts}}{{if eq .Destination "/scratch"}}{{.Name}}{{end}}{{end}}')
check [ ${#name} = 64 ]
expect davit rm anon
check [ "$(volumes | wc -l)" = 2 ]
expect davit create --name anon -v /scratch davit/demo true
expect davit rm -v anon
check [ "$(volumes | wc -l)" = 2 ]
expect davit volume prune -f
check_output "Deleted Volumes:
$name

Total reclaimed space: [0-9.]+k?B"
check [ "$(volumes)" = keep ]
expect_fail 1 davit volume prune </dev/null
expect davit volume prune -af
check [ -z "$(volumes)" ]

test "a creation that fails leaves no anonymous volume"
expect_fail 125 davit run --rm -v /scratch -v /tmp:/proc/x davit/demo true
expect_fail 125 davit run --rm -v good:/scratch --mount dst=/x,volume-opt=what=1 davit/demo true
expect_fail 125 davit run --rm -v /scratch --mount src=good,dst=/x,volume-subpath=none davit/demo true
check [ "$(volumes | grep -vc '^good$')" = 0 ]
davit volume rm -f good >/dev/null

test "an empty volume takes over what the image has there, once"
inside --mount src=bin,dst=/bin $sh_in 'ls /bin | wc -l; touch /bin/new; rm /bin/ls'
check [ "$out" -gt 100 ]
inside --mount src=bin,dst=/bin davit/demo sh -c 'test -e /bin/new && test ! -e /bin/ls && echo kept'
check_output kept
expect davit create --name nocopy -v bin2:/bin:nocopy davit/demo true
expect davit rm nocopy
check [ -z "$(ls -A /var/lib/davit/volumes/bin2/_data)" ]
check [ "$(stat -c '%U %a %Y' /var/lib/davit/volumes/bin/_data/sh)" = "root 777 $(stat -c %Y /var/lib/davit/layers/*/diff/bin/sh)" ]
davit volume rm bin bin2 >/dev/null

test "another container's volumes are lent, read-only if asked, never filled"
expect davit create --name lender -v lent:/data -v /own -v "$flow_tmp:/host:ro" davit/demo true
inside --volumes-from lender $sh_in 'echo x > /data/f; touch /own/g; touch /host/x 2>&1 | grep -o Read-only'
check_output Read-only
inside --volumes-from lender:ro -v other:/own $sh_in 'cat /data/f; ls /own; touch /data/f 2>&1 | grep -o Read-only'
check_output 'x
Read-only'
check [ "$(volumes | wc -l)" = 3 ]
expect davit rm -v lender
check [ "$(volumes)" = "lent
other" ]
expect_fail 125 davit run --rm --volumes-from nobody davit/demo true
check_error 'davit: No such container: nobody'
davit volume rm lent other >/dev/null

test "a volume can be a file system of its own: shared while somebody runs, gone after"
expect davit volume create -o type=tmpfs -o device=tmpfs -o o=size=2m,uid=1000 mem
expect davit run -d --name one -v mem:/m davit/demo sh -c 'echo here > /m/f; sleep 1000'
eventually 5 [ -s /var/lib/davit/volumes/mem/_data/f ]
inside -v mem:/m $sh_in 'cat /m/f; stat -c %u /m; df -k /m | awk "END { print \$2 }"'
check_output 'here
1000
2048'
expect davit rm -f one
check [ "$(grep -c /volumes/ /proc/self/mountinfo)" = 0 ]
inside -v mem:/m $sh_in 'ls /m'
check_output ''
mkdir -p "$flow_tmp/shown" && echo host >"$flow_tmp/shown/f"
expect davit volume create -o type=none -o o=bind,ro -o "device=$flow_tmp/shown" shown
inside -v shown:/s $sh_in 'cat /s/f; touch /s/x 2>&1 | grep -o Read-only; true'
check_output 'host
Read-only'
expect davit volume create -o type=none -o o=bind -o device=/no/such away
expect_fail 125 davit run --rm -v away:/s davit/demo true
check grep -q "error while mounting volume 'away': failed to mount local volume: mount /no/such.*: No such file or directory" <<<"$err"
expect davit volume rm mem shown away
check [ -f "$flow_tmp/shown/f" ]

test "a subpath is mounted alone, and leads nowhere else"
inside -v sub:/v $sh_in 'mkdir -p /v/a/b; echo deep > /v/a/b/f; ln -s / /v/out; ln -s a/b /v/in; ln -s ../../../etc /v/up'
inside --mount src=sub,dst=/x,volume-subpath=a/b $sh_in 'cat /x/f; ls /x'
check_output 'deep
f'
inside --mount src=sub,dst=/x,volume-subpath=a/b/f,readonly $sh_in 'cat /x'
check_output deep
inside --mount src=sub,dst=/x,volume-subpath=in $sh_in 'cat /x/f'
check_output deep
for path in out up out/etc ../sub a/../../sub; do
	expect_fail 125 davit run --rm --mount "src=sub,dst=/x,volume-subpath=$path" davit/demo true
done
davit volume rm sub >/dev/null

test "binds: recursion, what is read-only below, and a missing source"
mkdir -p "$flow_tmp/b/sub" && mount -t tmpfs below "$flow_tmp/b/sub" && touch "$flow_tmp/b/sub/f"
inside -v "$flow_tmp/b:/x:ro" $sh_in 'for f in /x/n /x/sub/n; do touch $f 2>&1 | grep -o Read-only; done; true'
check_output 'Read-only
Read-only'
inside --mount "type=bind,src=$flow_tmp/b,dst=/x,ro,bind-recursive=writable" $sh_in 'for f in /x/n /x/sub/n; do touch $f 2>&1 | grep -o Read-only; done; true'
check_output Read-only
inside --mount "type=bind,src=$flow_tmp/b,dst=/x,bind-recursive=disabled" $sh_in 'ls /x/sub'
check_output ''
inside --mount "type=bind,src=$flow_tmp/b,dst=/x,ro,bind-recursive=readonly,bind-propagation=rprivate" $sh_in 'touch /x/sub/n 2>&1 | grep -o Read-only'
check_output Read-only
umount "$flow_tmp/b/sub"
expect_fail 125 davit run --rm --mount "type=bind,src=$flow_tmp/none,dst=/x" davit/demo true
check_error "davit: invalid mount config for type \"bind\": bind source path does not exist: $flow_tmp/none"
inside -v "$flow_tmp/none:/x" $sh_in 'touch /x/made'
check [ -f "$flow_tmp/none/made" ]
(cd "$flow_tmp" && inside -v ./none:/x $sh_in 'ls /x' && check_output made)
expect_fail 125 davit run --rm -v "$flow_tmp:/x" -v "$flow_tmp/b:/x/" davit/demo true
check_error 'davit: Duplicate mount point: /x'

test "mounts travel between host and container only when both agreed"
mkdir -p "$flow_tmp/p/n" && mount --bind "$flow_tmp/p" "$flow_tmp/p" && mount --make-private "$flow_tmp/p"
expect_fail 125 davit run --rm -v "$flow_tmp/p:/x:rshared" davit/demo true
check_error "davit: path $flow_tmp/p is mounted on $flow_tmp/p but it is not a shared mount"
mount --make-shared "$flow_tmp/p"
inside --privileged -v "$flow_tmp/p:/x:rshared" $sh_in 'mount -t tmpfs mine /x/n'
check grep -q "$flow_tmp/p/n .* mine " /proc/self/mountinfo
umount "$flow_tmp/p/n"
inside --privileged -v "$flow_tmp/p:/x:rslave" $sh_in 'mount -t tmpfs mine /x/n'
check [ "$(grep -c " mine " /proc/self/mountinfo)" = 0 ]
expect davit run -d --name hears -v "$flow_tmp/p:/x:rslave" davit/demo sleep 1000
mount -t tmpfs told "$flow_tmp/p/n" && touch "$flow_tmp/p/n/told"
expect davit exec hears ls /x/n
check_output told
expect davit rm -f hears
umount "$flow_tmp/p/n" && umount "$flow_tmp/p"

test "a user's mount takes the place of a default one"
inside --tmpfs /dev/shm:size=1m $sh_in 'df -k /dev/shm | awk "END { print \$2 }"; grep -c " /dev/shm " /proc/self/mountinfo'
check_output '1024
1'
inside -v "$flow_tmp/b:/etc/x" -v "$flow_tmp/none:/etc" $sh_in 'ls /etc; ls -d /etc/x'
check grep -q '^made$' <<<"$out"

test "the events tell of a volume: mounted before the start, let go after the end, as docker has it"
inside --name teller -v told:/in:ro $sh_in true
id=$(davit events --since 0 --until 0s --filter container=teller --filter event=start --format '{{.ID}}')
expect davit events --since 0 --until 0s --filter volume=told --format '{{.Action}} {{json .Actor.Attributes}}'
check_output "create \{\"driver\":\"local\"}
mount \{\"container\":\"$id\",\"destination\":\"/in\",\"driver\":\"local\",\"propagation\":\"\",\"read/write\":\"false\"}
unmount \{\"container\":\"$id\",\"driver\":\"local\"}"
expect davit events --since 0 --until 0s --filter volume=told --filter container=teller --format '{{.Action}}'
check_output ''
check [ "$(davit events --since 0 --until 0s --format '{{.Type}} {{.Action}}' | tail -n 7 | xargs)" = \
	'volume create container create volume mount container start container die volume unmount container destroy' ]
davit run -d --name lost -v told:/in davit/demo sleep 1000 >/dev/null
davit rm -f lost >/dev/null
check [ "$(davit events --since 0 --until 0s --filter volume=told --format '{{.Action}}' | tail -n 2 | xargs)" = 'mount unmount' ]
davit volume rm told >/dev/null

test "system df counts volumes and what could go"
expect davit volume create counted
expect davit system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'
check grep -qx 'Local Volumes 1 0' <<<"$out"
davit volume rm counted >/dev/null
leaks_check
