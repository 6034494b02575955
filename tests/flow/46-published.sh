#!/bin/bash
# Published ports: who reaches them, who holds them, and what is left of them.
. "${0%/*}/../support/flow.sh"
. "$flow_root/tests/support/containers.sh"
warm

page='mkdir -p /w; echo hello >/w/index.html; exec httpd -f -p 80 -h /w'
# web NAME OPTION... - a web server in a container.
web() {
	local name=$1
	shift
	davit run -d --name "$name" "$@" davit/demo sh -c "$page" >/dev/null
	eventually 5 davit exec "$name" sh -c 'echo | nc -w 1 127.0.0.1 80'
}
# from WHO PORT [ADDRESS] - the page as seen from the host, the outside, or a container.
get() {
	curl -s -m 10 "http://$1/"
}
from() {
	davit exec "$1" sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 10 $2 $3 | tail -n 1"
}
elements() {
	nft list table inet davit | grep -cE '[0-9] : [0-9a-f]'
}

test "the book's web server: its page from everywhere"
web webserver -p 80:80
davit run -d --name client davit/demo sleep 1000 >/dev/null
expect get 127.0.0.1
check_output hello
expect get 192.0.2.1
check_output hello
expect outside curl -s -m 10 http://192.0.2.1/
check_output hello
expect from client 192.0.2.1 80
check_output hello
expect from client 172.17.0.1 80
check_output hello
expect from webserver 192.0.2.1 80
check_output hello
expect davit inspect -f '{{json .Config.Cmd}} {{json .NetworkSettings.Ports}}' webserver
check_output '\["sh","-c",.*\] \{"80/tcp":\[\{"HostIp":"0.0.0.0","HostPort":"80"\}\]\}'

test "the same without br_netfilter"
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null
expect from client 192.0.2.1 80
check_output hello
expect from webserver 192.0.2.1 80
check_output hello
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null

test "the server sees who calls, and the port is held without listening"
check [ -z "$(ss -Hltn 'sport = :80')" ]
expect_fail 1 timeout 5 busybox nc -l -p 80
expect davit port webserver
check_output '80/tcp -> 0.0.0.0:80'
expect davit ps --filter name=webserver --format '{{.Ports}}'
check_output '0.0.0.0:80->80/tcp'

test "ps finds containers by what they publish and where they are"
expect davit ps --filter publish=80 --format '{{.Names}}'
check_output webserver
expect davit ps --filter expose=70-90/tcp --filter network=bridge --format '{{.Names}}'
check_output webserver
expect davit ps --filter publish=81 --filter network=host -q
check_output ''

test "a port that is taken says so, and the container that wanted it does not run"
expect_fail 125 davit run -d --name late -p 80:80 davit/demo true
check_error 'davit: .*Bind for 0\.0\.0\.0:80 failed: port is already allocated'
check [ "$(state late)" = created ]
davit rm late >/dev/null
python3 -m http.server -b 127.0.0.1 8099 >/dev/null 2>&1 &
server=$!
eventually 5 get 127.0.0.1:8099
expect_fail 125 davit run --rm -p 8099:80 davit/demo true
check_error 'davit: .*Bind for 0\.0\.0\.0:8099 failed: port is already allocated'
kill $server

test "all forms of -p"
davit run -d --name forms --expose 70-71 -p 127.0.0.1:8081:81 -p 8082-8084:82-84 -p 9000-9010:90 -p 91/udp -p 192.0.2.1::92 davit/demo sleep 1000 >/dev/null
expect sh -c 'davit port forms | sed -E "s/:(3|4|5|6)[0-9]{4}$/:RANDOM/"'
check_output '81/tcp -> 127.0.0.1:8081
82/tcp -> 0.0.0.0:8082
83/tcp -> 0.0.0.0:8083
84/tcp -> 0.0.0.0:8084
90/tcp -> 0.0.0.0:9000
91/udp -> 0.0.0.0:RANDOM
92/tcp -> 192.0.2.1:RANDOM'
expect davit ps --filter name=forms --format '{{.Ports}}'
check_output '.*0.0.0.0:8082-8084->82-84/tcp.*70-71/tcp.*'
davit rm -f forms >/dev/null
expect davit run -d --name all --expose 70 --expose 71/udp -P davit/demo sleep 1000
expect sh -c 'davit port all | sed -E "s/:[0-9]+$/:N/"'
check_output '70/tcp -> 0.0.0.0:N
71/udp -> 0.0.0.0:N'
davit rm -f all >/dev/null
for bad in 80:80:80:80 99999 80:x 80/abc 1-2:1-3 'x:80:80'; do
	expect_fail 125 davit run --rm -p $bad davit/demo true
	check [ "$(wc -l <<<"$err")" = 1 ]
done

test "what is published for the loopback is for the loopback alone"
web local -p 127.0.0.1:8085:80
expect get 127.0.0.1:8085
check_output hello
expect_fail 7 outside curl -s -m 10 http://192.0.2.1:8085/
outside ip route add 127.0.0.1/32 via 192.0.2.1 dev eth0 table local 2>/dev/null
outside ip route del local 127.0.0.0/8 dev lo table local 2>/dev/null
outside curl -s -m 2 --interface eth0 http://127.0.0.1:8085/ && fail "reached from outside"
davit rm -f local >/dev/null

test "UDP goes both ways, and a new container gets the flows of the old one's port"
# answer WHO WORD - a server in that container's network, which answers every datagram with WORD.
answer() {
	nsenter --net=/proc/"$(field "$1" '{{.State.Pid}}')"/ns/net python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 53))
while True: s.sendto(sys.argv[1].encode(), s.recvfrom(100)[1])' "$2" &
	answering=$!
}
# ask - from the same port of the outside every time: one flow, as the kernel sees it.
ask() {
	outside python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40000)); s.settimeout(0.5); s.connect(("192.0.2.1", 5300))
s.send(b"?"); print(s.recv(100).decode().strip())' 2>/dev/null
}
hears() {
	[ "$(ask)" = "$1" ]
}
davit run -d --name u1 -p 5300:53/udp davit/demo sleep 1000 >/dev/null
answer u1 first
eventually 5 hears first
kill $answering
davit rm -f u1 >/dev/null
hears first && fail "a flow outlived its mapping"
davit run -d --name u2 -p 5300:53/udp davit/demo sleep 1000 >/dev/null
answer u2 second
eventually 5 hears second
kill $answering
davit rm -f u2 >/dev/null

test "IPv6: the same port of the host leads in"
davit network create --ipv6 six >/dev/null
web w6 --network six -p 8086:80
expect outside curl -s -m 10 'http://[2001:db8::1]:8086/'
check_output hello
expect davit port w6
check_output '80/tcp -> 0.0.0.0:8086
80/tcp -> \[::\]:8086'
davit rm -f w6 >/dev/null
davit network rm six >/dev/null

test "ports change while it runs"
expect davit update --publish-add 8087:80 webserver
check_output webserver
expect outside curl -s -m 10 http://192.0.2.1:8087/
check_output hello
expect davit update --publish-rm 80 --publish-add 8088:80 webserver
expect get 127.0.0.1:8088
check_output hello
expect_fail 7 get 127.0.0.1:8087
expect davit restart -t 0 webserver
eventually 5 get 127.0.0.1:8088

test "a restart keeps address and port; a stop gives them back"
was=$(field webserver '{{.NetworkSettings.IPAddress}}')
davit restart -t 0 webserver >/dev/null
check [ "$(field webserver '{{.NetworkSettings.IPAddress}}')" = "$was" ]
davit stop -t 0 webserver >/dev/null
expect davit run --rm -p 8088:80 davit/demo true
check [ "$(elements)" = 0 ]
expect davit start webserver
eventually 5 get 127.0.0.1:8088

test "after nft flush ruleset the next davit puts the rules back, and says so"
nft flush ruleset
expect_fail 7 get 127.0.0.1:8088
expect davit run --rm davit/demo true
check_error 'davit: somebody had flushed davit.s rules of the packet filter: they are back'
expect get 127.0.0.1:8088
check_output hello

test "davit serve puts the rules back within a second"
davit serve >/dev/null 2>"$flow_tmp/serve" &
serving=$!
sleep 0.3
nft flush ruleset
eventually 5 get 127.0.0.1:8088
kill -TERM $serving
wait $serving
check grep -q 'they are back' "$flow_tmp/serve"

test "a foreign chain that drops is named, and nobody's rules but ours are touched"
nft -f - <<-NFT
	table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; chain DOCKER-USER { }; }
NFT
foreign=$(nft list table ip filter)
expect davit network inspect --tree
check grep -q "in the way .*FORWARD of table ip filter drops.*DOCKER-USER" <<<"$out"
davit rm -f webserver client >/dev/null
davit run --rm -p 80 davit/demo true
check [ "$(nft list table ip filter)" = "$foreign" ]
nft delete table ip filter

test "kill at any moment leaves no lease, element, cable or namespace after the next davit"
leaks_check
for ms in 0 1 2 3 4 5 6 7 8 10 12 15 20; do
	davit run --rm -p 8090:80 davit/demo sleep 0.05 >/dev/null 2>&1 &
	victim=$!
	sleep 0.$(printf %03d $ms)
	kill -KILL $victim
	wait $victim 2>/dev/null
done
for ms in 0 2 4 6 8 12 20; do
	davit run -d --rm --name prey -p 8090:80 davit/demo sleep 1000 >/dev/null 2>&1 &
	victim=$!
	sleep 0.$(printf %03d $ms)
	for pid in $(grep -ls '^davit-shim' /proc/[0-9]*/comm 2>/dev/null | tr -dc '0-9\n'); do kill -KILL "$pid" 2>/dev/null; done
	wait $victim 2>/dev/null
	davit rm -f prey >/dev/null 2>&1
done
eventually 10 no_shims
davit ps -a >/dev/null
davit rm -f $(davit ps -aq) >/dev/null 2>&1
expect davit run --rm -p 8090:80 davit/demo true
check [ "$(elements)" = 0 ]
leaks_check 5
