# A container reaches what the host reaches: packages, by name.
# sandbox: --uplink --store ext4 --size 4G
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

test "a Debian image is made from this machine's packages"
expect davit image bootstrap -q debian:bookworm

test "apt-get update works in a container on the default bridge"
expect davit run --rm debian:bookworm apt-get -o Acquire::Retries=3 -qq update

test "and on a network of its own, through the resolver"
expect davit network create own
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
expect davit network rm own
