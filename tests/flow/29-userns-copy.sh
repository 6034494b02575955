# User namespaces with the copy driver: refused where the file system cannot show mapped owners, else
# nobody notices.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
store=/var/lib/davit
mkdir -p /tmp/below/{lower,upper,work} /tmp/moved
mount -t overlay below $store \
	-o lowerdir=/tmp/below/lower,upperdir=/tmp/below/upper,workdir=/tmp/below/work || exit 1
warm

test "a store on an overlay says what it cannot, before anything is made"
expect_fail 125 davit run --rm --userns auto davit/demo true
check_error "davit: --userns auto: $store lies on an overlay, which cannot show mapped owners: give --root a directory on ext4, .*"
expect davit run --rm --strict davit/demo cat /proc/self/uid_map
check grep -q 4294967295 <<<"$out"
expect davit ps -aq
check_output ''

test "on a file system that can, a copied tree is shown through the maps"
cp -a $store/. /tmp/moved
umount $store
mount --bind /tmp/moved $store
expect davit info --format '{{.Driver}}'
check_output copy
expect davit run -d --name writes --userns auto:size=1000 -v data:/v davit/demo sh -c 'mkdir /dir; touch /dir/f /v/f; chown 33:44 /dir/f /v/f; stat -c %u:%g /bin /bin/sh /etc; sleep 1000'
eventually 5 davit exec writes sh -c '[ "$(stat -c %u:%g /dir/f /v/f | uniq)" = 33:44 ]'
expect davit logs writes
check_output '0:0
0:0
0:0'
check [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(field writes '{{.State.Pid}}')/status")" = 1879048192 ]
check [ "$(stat -c %u:%g "$store/containers/$(field writes '{{.Id}}')/root/dir/f" $store/volumes/data/_data/f | uniq)" = 33:44 ]
expect davit exec writes sh -c 'mknod /dev/x c 1 3 2>&1 | grep -o "Operation not permitted"; echo x >/dev/null && echo fine'
check_output 'Operation not permitted
fine'
expect davit diff writes
check grep -qx 'A /dir/f' <<<"$out"
echo given >"$flow_tmp/given"
expect davit cp "$flow_tmp/given" writes:/dir/given
expect davit exec writes stat -c %u:%g /dir/given
check_output 0:0
expect davit commit writes kept
expect davit run --rm kept stat -c %u:%g /dir/f
check_output 33:44
expect davit restart -t 0 writes
expect davit exec -u 33 writes sh -c 'echo mine >/dir/f && cat /dir/f'
check_output mine
expect davit rm -f writes
umount $store
