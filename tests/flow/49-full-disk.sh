. "${0%/*}/../support/flow.sh"
# A store whose disk is full, with blocks smaller than a page.
truncate -s 24M "$flow_tmp/disk"
mkfs.ext4 -q -b 1024 "$flow_tmp/disk"
mkdir "$flow_tmp/small"
mount -o loop "$flow_tmp/disk" "$flow_tmp/small"
export DAVIT_ROOT=$flow_tmp/small/store DAVIT_RUN_ROOT=/run/davit-full
davit run --rm davit/demo true >/dev/null 2>&1
dd if=/dev/zero of="$flow_tmp/small/filling" bs=1k status=none 2>/dev/null

test "on a full disk what writes says so, and what reads goes on"
expect_fail 125 davit run --rm davit/demo true
check grep -q 'No space left on device' <<<"$err"
expect_fail 1 davit rmi davit/demo
check grep -q 'No space left on device' <<<"$err"
expect_fail 1 davit tag davit/demo another
check grep -q 'No space left on device' <<<"$err"
expect davit images -q
check [ "$(wc -l <<<"$out")" = 1 ]
expect davit ps -a

test "with room again everything works, and nothing half-made is left"
rm "$flow_tmp/small/filling"
expect davit doctor
expect davit run --rm davit/demo echo again
check_output again
expect davit rmi davit/demo
check [ "$(davit images -q)" = "" ]
umount "$flow_tmp/small"
