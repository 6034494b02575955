# One store, eight processes that pull, load, tag, save, list and remove the same images at once.
. "${0%/*}/../support/flow.sh"

seconds=${AT_ONCE_SECONDS:-6}
cd "$flow_tmp" || exit 1

head -c 300000 /dev/urandom >one.bin
head -c 300000 /dev/urandom >two.bin
make-image one --tag one:1 --tar --layer busybox --layer shared=@one.bin --layer a=@one.bin >/dev/null
make-image two --tag two:1 --tar --layer busybox --layer shared=@one.bin --layer b=@two.bin >/dev/null
registry_start
registry_push one:one:1 one:1 2>/dev/null
registry_push two:two:1 two:1 2>/dev/null

# What may be said to who comes too late; anything else is a failure.
late='No such image|conflict: unable to (delete|remove)'

worker() {
	local number=$1 end=$((SECONDS + seconds)) name did
	RANDOM=$number
	for ((did = 0; SECONDS < end || did < 8; did++)); do
		name=$([ $((RANDOM % 2)) = 0 ] && echo one || echo two)
		case $((RANDOM % 9)) in
		0 | 1) set -- davit pull -q "127.0.0.1:5000/$name:1" ;;
		2 | 3) set -- davit load -qi "$name.tar" ;;
		4) set -- davit tag "$name:1" "$name:t$((RANDOM % 3))" ;;
		5) set -- davit rmi -f "$name:1" ;;
		6) set -- davit rmi -f "127.0.0.1:5000/$name:1" ;;
		7) set -- davit save -o "saved.$number" "$name:1" ;;
		8) set -- davit run --rm --pull never --network none "$name:1" /bin/cat /etc/passwd ;;
		esac
		"$@" >"out.$number" 2>"err.$number" || grep -Eq "$late" "err.$number" ||
			echo "$*: $(tail -n 2 "err.$number")" >>"failed.$number"
		echo . >>"done.$number"
	done
}

test "eight processes at once never fail but for what another took away"
for i in 1 2 3 4 5 6 7 8; do
	worker $i &
	pids="${pids:-} $!"
done
# shellcheck disable=SC2086
wait $pids
check [ -z "$(cat failed.* 2>/dev/null)" ]
cat failed.* 2>/dev/null | sort | uniq -c | sort -rn | head -n 5 | sed 's/^/     /'
check [ "$(cat done.* | wc -l)" -gt 60 ]

test "what is left is whole"
for name in one two; do
	expect davit load -qi $name.tar
	expect davit save -o again.tar $name:1
	skopeo inspect --raw --config "oci-archive:again.tar" >config 2>/dev/null
	check [ "sha256:$(sha256sum <config | cut -d' ' -f1)" = "$(davit image inspect -f '{{.Id}}' $name:1)" ]
	check [ "$(davit run --rm --network none $name:1 /bin/sha256sum /shared | cut -d' ' -f1)" = "$(sha256sum one.bin | cut -d' ' -f1)" ]
done
while read -r kept; do
	check [ "$(sha256sum "/var/lib/davit/blobs/sha256/$kept" | cut -d' ' -f1)" = "$kept" ]
done < <(davit image layers --no-trunc --format '{{if eq .Kept "true"}}{{.Digest}}{{end}}' one:1 | sed -n 's/^sha256://p')

# The same, and every fourth is killed within 60 ms; then only what its death explains may fail.
rough_worker() {
	local number=$1 end=$((SECONDS + seconds / 2)) name
	RANDOM=$((number + 100))
	while [ $SECONDS -lt $end ]; do
		name=$([ $((RANDOM % 2)) = 0 ] && echo one || echo two)
		case $((RANDOM % 4)) in
		0) set -- davit pull -q "127.0.0.1:5000/$name:1" ;;
		1) set -- davit load -qi "$name.tar" ;;
		2) set -- davit rmi -f "$name:1" ;;
		3) set -- davit rmi -f "127.0.0.1:5000/$name:1" ;;
		esac
		if [ $((RANDOM % 4)) = 0 ]; then
			timeout -s KILL 0.0$((RANDOM % 6 + 1)) "$@" >/dev/null 2>&1
		else
			"$@" >"out.$number" 2>"err.$number" || grep -Eq "$late" "err.$number" ||
				echo "$*: $(tail -n 2 "err.$number")" >>"failed.$number"
		fi
	done
}

test "eight processes of which some are killed leave a store that is well, or that doctor mends"
pids=
for i in 1 2 3 4 5 6 7 8; do
	rough_worker $i &
	pids="$pids $!"
done
# shellcheck disable=SC2086
wait $pids
check [ -z "$(cat failed.* 2>/dev/null)" ]
davit doctor --repair >report || fail "$(cat report)"
# What a death leaves is left over; nothing that an image needs is ever lost.
check [ -z "$(grep -Ev 'no image has it|^    repaired$|^$|: [0-9]+ found, |: all is well' report)" ]
expect davit doctor
for name in one two; do
	expect davit load -qi $name.tar
	check [ "$(davit run --rm --network none $name:1 /bin/sha256sum /shared | cut -d' ' -f1)" = "$(sha256sum one.bin | cut -d' ' -f1)" ]
done

test "when all images have gone, nothing of them is left"
davit images -aq --no-trunc | sort -u | xargs -r davit rmi -f >/dev/null
davit image prune -af >/dev/null
check [ -z "$(ls /var/lib/davit/layers | head -n 3)" ]
check [ -z "$(ls /var/lib/davit/blobs/sha256 | head -n 3)" ]
check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/trash | grep -v : | head -n 3)" ]

test "what was made is on the disk soon after its maker has ended, also when he was killed"
is_synced() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect("/var/lib/davit/images.db")
sys.exit(db.execute("SELECT count(*) FROM layers").fetchone()[0] == 0 or
	db.execute("SELECT count(*) FROM layers WHERE synced = 0").fetchone()[0])'
}
expect davit load -qi one.tar
eventually 10 is_synced
check [ "$(stat -c %s /var/lib/davit/images.db-wal 2>/dev/null || echo 0)" -lt 100000 ]
python3 -c 'import sqlite3; db = sqlite3.connect("/var/lib/davit/images.db"); db.execute("UPDATE layers SET synced = 0"); db.commit()'
expect_fail 137 fault renameat2 1 davit load -qi two.tar
eventually 10 is_synced
eventually 5 [ -z "$(grep -hs '^davit' /proc/[0-9]*/comm)" ]
