# A container reaches what the host reaches: packages, by name.
# sandbox: --uplink --store ext4 --size 4G
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

network_make() {
	local id=$(head -c 32 /dev/urandom | xxd -p -c 64) b
	davit run --rm davit/demo true >/dev/null 2>&1
	b=$(grep -l '"davit0"' /var/lib/davit/networks/*.json | head -1)
	sed -e "s/\"Name\":.*/\"Name\": \"$1\",/; s/\"Id\":.*/\"Id\": \"$id\",/; s/172\.17/172.$2/g; s/davit0/br-${id:0:12}/; s/default_bridge\":.*/default_bridge\": \"false\",/; s/\"Internal\":.*/\"Internal\": $3,/" "$b" >/var/lib/davit/networks/$id.json
}
test "a Debian image is made from this machine's packages"
expect davit image bootstrap -q debian:bookworm

test "apt-get update works in a container on the default bridge"
expect davit run --rm debian:bookworm apt-get -o Acquire::Retries=3 -qq update

test "and on a network of its own, through the resolver"
network_make own 20 false
expect davit run -d --name updater --network own debian:bookworm sleep 1000
expect davit exec updater grep -c '^nameserver 127.0.0.11$' /etc/resolv.conf
expect davit exec updater apt-get -o Acquire::Retries=3 -qq update
check pgrep -x -u 65533 davit-dns

test "a resolver that is not asked for a minute ends, and the next question starts another"
resolver=$(pgrep -x -u 65533 davit-dns)
eventually 75 pid_gone "$resolver"
expect davit exec updater getent hosts updater
check pgrep -x -u 65533 davit-dns
expect davit rm -f updater
eventually 5 no_resolvers
