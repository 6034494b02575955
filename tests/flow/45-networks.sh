#!/bin/bash
# Networks: made, listed, refused and removed; containers on them, and kept apart by them.
. "${0%/*}/../support/flow.sh"
. "$flow_root/tests/support/containers.sh"
warm

# answers WHO ADDRESS - whether that container reaches the address by ping.
answers() {
	davit exec "$1" ping -c 1 -W 1 "$2" >/dev/null 2>&1
}
silent() {
	! answers "$@"
}
address() {
	field "$1" "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}"
}

test "bridge, host and none are always there and cannot be removed"
expect davit network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
check_output 'bridge bridge local
host host local
none null local'
expect_fail 1 davit network rm bridge
check_error 'davit: bridge is a pre-defined network and cannot be removed'

test "without a word about networks a container is on the default bridge and gets out"
expect davit run --rm davit/demo sh -c 'ip -4 addr show eth0 | grep -o "inet [0-9.]*/16"; ip route | grep -c ^default; ping -c 1 -W 2 192.0.2.2 >/dev/null && echo out'
check_output 'inet 172\.17\.[0-9.]+/16
1
out'

test "no IPv6 that nobody asked for"
expect davit run --rm davit/demo sh -c 'ip -6 addr show eth0 | grep inet6; echo none'
check_output none

test "inspect tells where it is, in docker's shape"
davit run -d --name there davit/demo sleep 1000 >/dev/null
expect davit inspect -f '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Gateway}} {{.NetworkSettings.IPPrefixLen}} {{len .NetworkSettings.Networks.bridge.EndpointID}} {{.NetworkSettings.MacAddress}}' there
check_output 'bridge 172\.17\.0\.1 16 64 02:42:ac:11:[0-9a-f:]+'
check answers there 172.17.0.1
davit rm -f there >/dev/null

test "subnets, gateways, ranges and reserved addresses are taken as given"
expect davit network create --subnet 10.5.0.0/24 --gateway 10.5.0.254 --ip-range 10.5.0.128/30 --aux-address other=10.5.0.129 --label a=b blue
check_output '[0-9a-f]{64}'
expect davit network inspect -f '{{(index .IPAM.Config 0).Subnet}} {{(index .IPAM.Config 0).Gateway}} {{(index .IPAM.Config 0).IPRange}} {{.Labels.a}}' blue
check_output '10.5.0.0/24 10.5.0.254 10.5.0.128/30 b'
for name in one two three; do davit run -d --name $name --network blue davit/demo sleep 1000 >/dev/null; done
expect sh -c 'for n in one two three; do davit inspect -f "{{.NetworkSettings.Networks.blue.IPAddress}}" $n; done | sort'
check_output '10.5.0.128
10.5.0.130
10.5.0.131'

test "a pool that is used up says so, and gives again what came back"
expect_fail 125 davit run --rm --network blue davit/demo true
check_error 'davit: .*no available IPv4 addresses on this network.s address pools: blue \([0-9a-f]{64}\)'
davit rm -f three >/dev/null
expect davit run --rm --network blue davit/demo true

test "an address can be asked for, once, and inside the subnet only"
expect davit run -d --name fixed --network blue --ip 10.5.0.77 --mac-address 02:00:00:00:00:77 davit/demo sleep 1000
check [ "$(address fixed blue)" = 10.5.0.77 ]
expect davit exec fixed cat /sys/class/net/eth0/address
check_output 02:00:00:00:00:77
expect_fail 125 davit run --rm --network blue --ip 10.5.0.77 davit/demo true
check_error 'davit: .*Address already in use'
expect_fail 125 davit run --rm --network blue --ip 10.6.0.1 davit/demo true
check_error 'davit: .*no configured subnet contains IP address 10.6.0.1.*'
expect_fail 125 davit run --rm --ip 172.17.0.9 davit/demo true
check_error 'davit: user specified IP address is supported on user defined networks only'
davit rm -f fixed >/dev/null

test "what cannot be made says why and leaves nothing"
bridges() { ls /sys/class/net | grep -c "^br-"; }
had=$(bridges)
expect_fail 1 davit network create blue
check_error 'davit: network with name blue already exists'
expect_fail 1 davit network create --subnet 10.5.0.0/16 more
check_error 'davit: invalid pool request: Pool overlaps with other one on this address space: 10.5.0.0/24 belongs to network blue'
expect_fail 1 davit network create --subnet 10.300.0.0/16 more
check_error 'davit: invalid CIDR address: 10.300.0.0/16'
expect_fail 1 davit network create --subnet 10.7.0.0/16 --gateway 10.8.0.1 more
check_error 'davit: no matching subnet for gateway 10.8.0.1'
expect_fail 1 davit network create -o com.docker.network.bridge.name=eth0 more
check_error 'davit: network more: a link eth0 exists on this host and is not davit.s: .*'
expect_fail 1 davit network create -d overlay more
check_error 'davit: could not find plugin overlay in v1 plugin registry: plugin not found'
check [ "$(bridges)" = "$had" ]
expect_fail 125 davit run --rm --network nowhere davit/demo true
check_error 'davit: network nowhere not found'

test "networks do not see each other, the host's loopback or its neighbours'"
davit network create green >/dev/null
davit run -d --name far --network green davit/demo sleep 1000 >/dev/null
check answers one "$(address two blue)"
check silent one "$(address far green)"
outside ip route add 10.5.0.0/24 via 192.0.2.1
expect_fail 1 outside busybox ping -c 1 -W 1 "$(address one blue)"
davit exec one ip route add 127.0.0.5 via 10.5.0.254 2>/dev/null
busybox nc -l -s 127.0.0.1 -p 7777 </dev/null >/dev/null 2>&1 &
davit exec one sh -c 'echo | nc -w 1 10.5.0.254 7777' >/dev/null 2>&1 && fail "the host's loopback answers"
kill $! 2>/dev/null

test "an internal network leads nowhere"
davit network create --internal dark >/dev/null
davit run -d --name hid --network dark davit/demo sleep 1000 >/dev/null
davit run -d --name hid2 --network dark davit/demo sleep 1000 >/dev/null
check answers hid "$(address hid2 dark)"
check silent hid 192.0.2.2
expect davit exec hid ip route
check_output '172\.[0-9.]+/16 dev eth0 .*'

test "IPv6 where it is asked for"
davit network create --ipv6 six >/dev/null
davit run -d --name a6 --network six davit/demo sleep 1000 >/dev/null
davit run -d --name b6 --network six davit/demo sleep 1000 >/dev/null
six=$(field a6 '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}')
expect davit exec b6 ping -6 -c 1 -W 2 "$six"
expect davit exec b6 ping -6 -c 1 -W 2 2001:db8::2
davit rm -f a6 b6 >/dev/null

test "several networks at once; connect and disconnect while it runs"
expect davit run -d --name both --network green --network blue davit/demo sleep 1000
check answers both "$(address far green)"
check answers both "$(address one blue)"
expect davit network disconnect blue both
check silent both "$(address one blue)"
check answers both 192.0.2.2
expect davit network connect --ip 10.5.0.99 --alias again blue both
eventually 3 answers one 10.5.0.99
expect_fail 1 davit network connect blue both
check_error 'davit: endpoint with name both already exists in network blue'
expect davit network disconnect green both
check answers both 192.0.2.2
expect davit network inspect -f '{{range .Containers}}{{.Name}} {{end}}' blue
check_output '.*both .*'

test "what was connected stays so over a stop and a start"
davit stop -t 0 both >/dev/null
davit network connect green both
expect davit start both
check answers both "$(address far green)"
check [ "$(address both blue)" = 10.5.0.99 ]

test "the network of another container is shared, and host and none take no other"
expect davit run --rm --network container:one davit/demo sh -c 'ip -4 addr show eth0 | grep -o "10.5.0.[0-9]*/"'
check_output "$(address one blue)/"
davit run -d --name alone --network none davit/demo sleep 1000 >/dev/null
expect_fail 1 davit network connect blue alone
check_error 'davit: container cannot be connected to multiple networks with one of the networks in private \(none\) mode'
expect_fail 125 davit run --rm --network container:nobody davit/demo true
check_error 'davit: No such container: nobody'

test "a network in use is not removed, one that is free goes with its bridge"
expect_fail 1 davit network rm blue
check_error 'davit: error while removing network: network blue id [0-9a-f]{64} has active endpoints'
davit rm -f one two far hid hid2 both alone >/dev/null
expect davit network rm blue
check_output blue
expect davit network prune -f
check_output 'Deleted Networks:
dark
green
six'
check [ -z "$(ls /sys/class/net | grep '^br-')" ]
leaks_check
