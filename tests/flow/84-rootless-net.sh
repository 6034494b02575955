#!/bin/bash
# An ordinary user's networks: out, in, among themselves, and nothing left.
. "${0%/*}/../support/flow.sh"
. "$flow_root/tests/support/containers.sh"

run_root=/run/user/1501/davit
mate() {
	as-user mate -- davit "$@"
}
mkdir -p "$flow_tmp/www" && echo outside >"$flow_tmp/www/index.html"
chmod -R a+rX "$flow_tmp"
outside busybox httpd -p 80 -h "$flow_tmp/www"
busybox httpd -p 192.0.2.1:81 -h "$flow_tmp/www"
busybox httpd -p 127.0.0.1:82 -h "$flow_tmp/www"
ip route add default via 192.0.2.2
printf 'nameserver 127.0.0.1\n' >"$flow_tmp/resolv.conf" && chmod 644 "$flow_tmp/resolv.conf"
mount --bind "$flow_tmp/resolv.conf" /etc/resolv.conf
dns-server 127.0.0.1 "$flow_tmp/asked" outside.example=192.0.2.2 &
server=$!
ip -6 route add default via 2001:db8::2

page='mkdir -p /w; echo hello >/w/index.html; exec httpd -f -p 80 -h /w'
# Under a shell: what is process 1 does not hear of a timeout.
get=(sh -c 'timeout 3 wget -q -O - "$0"; exit $?')
# web NAME OPTION... - a web server in a container.
web() {
	local name=$1
	shift
	expect mate run -d --name "$name" "$@" davit/demo sh -c "$page"
	eventually 5 mate exec "$name" "${get[@]}" http://127.0.0.1/
}
unreached() {
	! "$@" >/dev/null 2>&1
}
# of PROGRAM - how many mate has of it.
of() {
	pgrep -c -u mate -x "$1"
}
nothing_left() {
	! pgrep -u mate -x 'davit-uplink|davit-space|pasta|pasta.avx2|passt.avx2' >/dev/null
}

test "the first container with a network reaches the outside, the next ones wait for nothing"
expect mate run --rm davit/demo "${get[@]}" http://192.0.2.2/
check_output outside
expect mate run --rm davit/demo "${get[@]}" http://192.0.2.1:81/ # the host, as others know it
check_output outside
check [ "$(of davit-uplink)" = 1 ]

test "nobody reaches the host's loopback"
check unreached mate run --rm davit/demo "${get[@]}" http://169.254.77.1:82/
check unreached mate run --rm davit/demo "${get[@]}" http://172.17.0.1:82/
expect mate run --rm --add-host host.docker.internal:host-gateway davit/demo "${get[@]}" http://host.docker.internal:81/
check_output outside

test "what the host's network has is not there, what the user's has is not on the host"
expect mate run --rm davit/demo sh -c 'ls /sys/class/net | tr "\n" " "'
check_output 'eth0 lo .*'
check [ -z "$(ip -o link | grep -E 'veth|br-|uplink0')" ]
check [ -z "$(nft list tables)" ]

test "a published port is reached from the outside and from here, and conflicts as everywhere"
web web -p 8080:80
expect curl -s -m 2 http://127.0.0.1:8080/
check_output hello
expect outside curl -s -m 2 http://192.0.2.1:8080/
check_output hello
expect mate run --rm davit/demo "${get[@]}" http://172.17.0.1:8080/ # a neighbour, by the network's gateway
check_output hello
expect mate network inspect --tree
check grep -qE '^outside     pasta, process [0-9]+; published ports: davit-uplink, process [0-9]+$' <<<"$out"
expect mate explain --hood --proofs web
check grep -q 'davit-uplink, process [0-9]*, listens for it' <<<"$out"
check grep -q 'pasta, process [0-9]*, reads it' <<<"$out"
eval "$(grep -o 'nsenter -t [0-9]* -U -n --preserve-credentials ip route.*' <<<"$out" | head -n 1 | sed 's/^/look="as-user mate -- /; s/$/"/')"
expect $look
check grep -q '^default via 169.254.77.1' <<<"$out"
expect mate port web
check_output '80/tcp -> 0.0.0.0:8080'
expect_fail 125 mate run --rm -p 8080:80 davit/demo true
check_error '.*Bind for 0.0.0.0:8080 failed: port is already allocated.*'
expect_fail 125 mate run --rm -p 443:80 davit/demo true
check_error '.*Bind for 0.0.0.0:443 failed: ports below 1024 are root.s: publish a higher one, or .*ip_unprivileged_port_start=443.*'
expect_fail 125 mate run --rm -p 9999:80/sctp davit/demo true
check_error '.*a rootless davit carries TCP and UDP only.*'

test "large answers come whole, and a connection that is closed half stays open for the other half"
expect mate run -d --name echo -p 7000:7000 davit/demo sh -c 'while :; do nc -l -p 7000 -e cat; done'
head -c 3000000 /dev/urandom >"$flow_tmp/sent"
echoes() { # its server listens anew after every connection
	timeout 10 python3 - "$flow_tmp/sent" <<'P'
import socket, sys, threading
sent = open(sys.argv[1], "rb").read()
s = socket.create_connection(("127.0.0.1", 7000), 5)
s.settimeout(5)
def say():
    s.sendall(sent)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=say, daemon=True).start()
back = b""
while data := s.recv(65536):
    back += data
sys.exit(back != sent)
P
}
eventually 8 echoes 2>/dev/null

test "datagrams find there and back, and the server sees who calls"
expect mate run -d --name who -p 7001:7001 -p 7001:7001/udp davit/demo sleep 1000
cat >"$flow_tmp/who.py" <<'P'
import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 7001))
def answer():
    while True:
        data, who = udp.recvfrom(65536)
        udp.sendto(who[0].encode(), who)
threading.Thread(target=answer, daemon=True).start()
tcp = socket.create_server(("0.0.0.0", 7001))
while True:
    one, who = tcp.accept()
    one.sendall(who[0].encode())
    one.close()
P
cat >"$flow_tmp/ask.py" <<'P'
import socket, sys
tcp = socket.create_connection((sys.argv[1], 7001), 2)
seen = tcp.recv(100).decode()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout(2)
udp.sendto(b"x" * 1400, (sys.argv[1], 7001))
data, who = udp.recvfrom(100)
print(seen, data.decode(), who[0])
P
nsenter -n -t "$(mate inspect -f '{{.State.Pid}}' who)" python3 "$flow_tmp/who.py" &
answering=$!
eventually 5 outside python3 "$flow_tmp/ask.py" 192.0.2.1 2>/dev/null
expect outside python3 "$flow_tmp/ask.py" 192.0.2.1
check_output '192.0.2.2 192.0.2.2 192.0.2.1'
expect python3 "$flow_tmp/ask.py" 192.0.2.1
check_output '192.0.2.1 192.0.2.1 192.0.2.1'
expect python3 "$flow_tmp/ask.py" 127.0.0.1 # which is another's in there: the network's gateway
check_output '172.17.0.1 172.17.0.1 127.0.0.1'
kill $answering

test "containers find each other by name on a network of the user's"
expect mate network create --internal blue
expect mate network create green
web named --network green --network-alias other
expect mate run --rm --network green davit/demo "${get[@]}" http://other/
check_output hello
expect mate run --rm --network green davit/demo "${get[@]}" http://192.0.2.2/
check_output outside
expect mate network connect blue named
expect mate run --rm --network blue davit/demo "${get[@]}" http://named/
check_output hello
check unreached mate run --rm --network blue davit/demo "${get[@]}" http://192.0.2.2/
expect mate network disconnect blue named
expect mate network rm blue
expect mate network ls --format '{{.Name}}'
check_output 'bridge
green
host
none'

test "IPv6 leads out and in, from the host's loopback too"
expect mate network create --ipv6 six
web wide --network six -p 8086:80
expect mate exec wide "${get[@]}" 'http://[2001:db8::2]/'
check_output outside
expect outside curl -s -m 2 'http://[2001:db8::1]:8086/'
check_output hello
expect curl -s -m 2 'http://[::1]:8086/'
check_output hello
expect mate rm -f wide
expect mate network rm six

test "a host that asks itself answers containers too, from its own network"
expect mate run --rm --network green davit/demo "${get[@]}" http://outside.example/
check_output outside
expect mate run --rm davit/demo "${get[@]}" http://outside.example/
check_output outside
kill $server

test "ports change while it runs"
expect mate update --publish-add 8081:80 named
expect curl -s -m 2 http://127.0.0.1:8081/
check_output hello
expect mate update --publish-rm 8081:80 named
expect_fail 7 curl -s -m 2 http://127.0.0.1:8081/

test "pasta that is killed comes back"
old=$(pgrep -u mate -x 'pasta|pasta.avx2|passt.avx2')
check [ "$old" ]
kill -9 "$old"
is_out() {
	mate exec web "${get[@]}" http://192.0.2.2/ >/dev/null 2>&1
}
eventually 5 is_out
check [ "$(pgrep -u mate -x 'pasta|pasta.avx2|passt.avx2')" != "$old" ]

test "when davit-uplink is killed, the next start ties everybody to a new one"
kill -9 "$(pgrep -u mate -x davit-uplink)"
expect_fail 7 curl -s -m 2 http://127.0.0.1:8080/
expect mate run --rm davit/demo "${get[@]}" http://192.0.2.2/
check_output outside
expect curl -s -m 2 http://127.0.0.1:8080/
check_output hello
sleep 4 # it would end, if nobody were tied
expect mate exec web "${get[@]}" http://192.0.2.2/
check_output outside

test "a keeper that is killed takes no network with it"
kill -9 "$(sed -n 's/^pid //p' $run_root/keeper)"
expect mate run --rm davit/demo "${get[@]}" http://192.0.2.2/
check_output outside
expect curl -s -m 2 http://127.0.0.1:8080/
check_output hello

test "when davit-uplink and the keeper are killed at once, the next start finds what is left of both"
kill -9 "$(sed -n 's/^pid //p' $run_root/keeper)" "$(pgrep -u mate -x davit-uplink)"
expect mate exec web cat /w/index.html
check_output hello
expect mate run --rm davit/demo "${get[@]}" http://192.0.2.2/
check_output outside
expect curl -s -m 2 http://127.0.0.1:8080/
check_output hello
expect mate exec web "${get[@]}" http://192.0.2.2/
check_output outside
expect mate run --rm --network green davit/demo "${get[@]}" http://other/
check_output hello
check [ "$(pgrep -u mate -cx davit-uplink)" = 1 ]
check [ "$(pgrep -u mate -fc '^davit-shim keeper')" = 1 ]

test "after its monitor is killed a container has its port again"
kill -9 "$(shim_of_id "$(mate inspect -f '{{.Id}}' web)")"
expect mate ps
answers() {
	[ "$(curl -s -m 1 http://127.0.0.1:8080/)" = hello ]
}
eventually 5 answers

test "with the last container everything goes"
expect mate rm -f web echo who named
eventually 8 nothing_left
check [ -z "$(ss -Hltn 'sport = :8080')" ]

test "two users with one subnet do not meet"
stranger() {
	as-user stranger -- davit "$@"
}
web one -p 8080:80
expect stranger run -d --name two -p 8082:80 davit/demo sh -c 'mkdir -p /w; echo strange >/w/index.html; exec httpd -f -p 80 -h /w'
check [ "$(mate inspect -f '{{.NetworkSettings.Gateway}}' one)" = "$(stranger inspect -f '{{.NetworkSettings.Gateway}}' two)" ]
answers_strangely() {
	[ "$(curl -s -m 1 http://127.0.0.1:8082/)" = strange ]
}
eventually 5 answers_strangely
check answers
expect_fail 125 stranger run --rm -p 8080:80 davit/demo true
check_error '.*Bind for 0.0.0.0:8080 failed: port is already allocated.*'
expect stranger rm -f two
expect mate rm -f one

test "a lesson's network goes with the lesson, at once, whatever waits for more elsewhere"
mkdir -p "$flow_tmp/lesson"
printf 'title: x\nstep: s\nrun: davit run -d --name web -p $PORT:80 davit/demo sleep 100\n' >"$flow_tmp/lesson/net.lesson"
chmod -R a+rX "$flow_tmp/lesson"
eventually 8 nothing_left
expect mate lesson check "$flow_tmp/lesson/net.lesson"
check_output '1 passed, 0 failed'
check nothing_left
cat >"$flow_tmp/lesson/boot.lesson" <<-'END'
	title: x
	step: It boots
	run: davit run -d --name web --restart always -p $PORT:80 davit/demo sleep 100
	run: davit lesson reboot
	run: davit boot
	expect: web: started
	step: Whose it is
	prove: echo root
	only: root
	prove: head -n 1 /proc/$(davit inspect -f '{{.State.Pid}}' web)/uid_map
	only: rootless
	expect: /^ *0 +1501 /
	step: Limits
	needs: limits
	run: davit run --rm --memory 16m davit/demo true
END
chmod a+r "$flow_tmp/lesson/boot.lesson"
expect mate lesson check "$flow_tmp/lesson/boot.lesson"
check_output '4 passed, 0 failed, 1 step not tried'
check nothing_left
check [ ! -e $run_root/corners ]
check [ ! -e /run/davit-test/home/mate/.local/share/davit/corners ]

test "without pasta or /dev/net/tun the default says what to do; internal networks, none and host work"
eventually 8 nothing_left
chmod 600 /dev/net/tun
expect_fail 125 mate run --rm davit/demo true
check_error '.*lead out through /dev/net/tun, and opening that says: [Pp]ermission denied; without it there is --network none, --network host, and networks that are --internal.*'
expect mate run --rm --network host davit/demo true
expect mate run --rm --network none davit/demo true
expect mate network create --internal inner
web inner --network inner
expect mate run --rm --network inner davit/demo "${get[@]}" http://inner/
check_output hello
expect mate rm -f inner
chmod 666 /dev/net/tun
