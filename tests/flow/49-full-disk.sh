. "${0%/*}/../support/flow.sh"
# A store whose disk is full, with blocks smaller than a page.
truncate -s 24M "$flow_tmp/disk"
mkfs.ext4 -q -b 1024 "$flow_tmp/disk"
mkdir "$flow_tmp/small"
mount -o loop "$flow_tmp/disk" "$flow_tmp/small"
export DAVIT_ROOT=$flow_tmp/small/store DAVIT_RUN_ROOT=/run/davit-full
# fill - to the last block, whatever was given back since.
fill() {
	local n=$((fills++))
	dd if=/dev/zero of="$flow_tmp/small/filling$n" bs=64k status=none 2>/dev/null
	while dd if=/dev/zero of="$flow_tmp/small/filling$n" bs=1k count=1 oflag=append conv=notrunc status=none 2>/dev/null; do :; done
}
until_it_fails() { # CMD... - up to a hundred times; leaves what the failing one said in $err
	for _ in $(seq 100); do
		err=$("$@" 2>&1 >/dev/null) || return 0
	done
	fail "it never failed: $*"
}
fills=0
davit run --rm davit/demo true >/dev/null 2>&1
davit run --name ended davit/demo true
davit run -d --name running davit/demo sleep 1000 >/dev/null
davit volume create kept >/dev/null
davit network create between >/dev/null
mkdir "$flow_tmp/context"
printf 'FROM davit/demo\nRUN echo 1 >/a\nCOPY file /\n' >"$flow_tmp/context/Dockerfile"
head -c 20000 /dev/urandom >"$flow_tmp/context/file"
davit build -q -t built "$flow_tmp/context" >/dev/null
davit create --name made davit/demo true >/dev/null
fill

test "on the screen, too: why it cannot be started, and not that the session is read-only"
flow_run env DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color on-terminal --size 24x100 --timeout 20 raw wait:made 'send:/name:made\r' \
	wait:match send:u 'wait:disk is full' send:qq end -- davit
check [ $flow_code = 0 ]
check [ "$(grep -c 'Read-only session' <<<"$out")" = 0 ]

test "on a full disk what writes says so, and what reads goes on"
expect_fail 125 davit run --rm davit/demo true
check grep -q 'No space left on device' <<<"$err"
until_it_fails davit tag davit/demo another
check grep -q 'No space left on device' <<<"$err"
expect davit images -q
check [ "$(wc -l <<<"$out")" -ge 2 ]
expect davit ps -a

test "but whatever gives room back is done, each with not a block to spare"
for removal in "rmi another" "rmi built" "builder prune -af" "stop -t 0 running" "rm running" "container prune -f" \
	"volume rm kept" "network rm between" "system prune -af --volumes"; do
	fill
	check [ "$(df --output=avail "$flow_tmp/small" | tail -n 1 | tr -d ' ')" = 0 ]
	# Words of a command.
	expect davit $removal
done
check [ "$(davit images -q)" = "" ]
check [ "$(ls "$DAVIT_ROOT/layers")" = "" ]

test "with room again everything works, and nothing half-made is left"
rm "$flow_tmp"/small/filling*
expect davit doctor
expect davit run --rm davit/demo echo again
check_output again
expect davit rmi davit/demo
check [ "$(davit images -q)" = "" ]
umount "$flow_tmp/small"
