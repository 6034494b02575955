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
ip -6 route add default via 2001:db8::2

page='mkdir -p /w; echo hello >/w/index.html; exec httpd -f -p 80 -h /w'
get='timeout 3 wget -q -O -'
# web NAME OPTION... - a web server in a container.
web() {
	local name=$1
	shift
	expect mate run -d --name "$name" "$@" davit/demo sh -c "$page"
	eventually 5 mate exec "$name" $get http://127.0.0.1/
}
# of PROGRAM - how many mate has of it.
of() {
	pgrep -c -u mate -x "$1"
}
nothing_left() {
	! pgrep -u mate -x 'davit-uplink|davit-space|pasta|pasta.avx2|passt.avx2' >/dev/null
}

test "the first container with a network reaches the outside, the next ones wait for nothing"
expect mate run --rm davit/demo $get http://192.0.2.2/
check_output outside
expect mate run --rm davit/demo $get http://192.0.2.1:81/ # the host, as others know it
check_output outside
check [ "$(of davit-uplink)" = 1 ]

test "nobody reaches the host's loopback"
expect_fail 1 mate run --rm davit/demo $get http://169.254.77.1:82/
expect_fail 1 mate run --rm davit/demo $get http://172.17.0.1:82/
expect mate run --rm --add-host host.docker.internal:host-gateway davit/demo $get http://host.docker.internal:81/
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
expect mate run --rm davit/demo $get http://172.17.0.1:8080/ # a neighbour, by the network's gateway
check_output hello
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

test "datagrams find there and back"
expect mate run -d --name udp -p 5353:53/udp davit/demo sleep 1000
cat >"$flow_tmp/echo.py" <<'P'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 53))
while True:
    data, who = s.recvfrom(65536)
    s.sendto(data, who)
P
nsenter -n -t "$(mate inspect -f '{{.State.Pid}}' udp)" python3 "$flow_tmp/echo.py" &
echo_pid=$!
echoed() {
	"$@" python3 - "$flow_tmp" <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"ahoy", ("192.0.2.1", 5353))
data, who = s.recvfrom(100)
sys.exit(data != b"ahoy" or who != ("192.0.2.1", 5353))
P
}
eventually 5 echoed outside
check echoed env
kill $echo_pid

test "containers find each other by name on a network of the user's"
expect mate network create --internal blue
expect mate network create green
web named --network green --network-alias other
expect mate run --rm --network green davit/demo $get http://other/
check_output hello
expect mate run --rm --network green davit/demo $get http://192.0.2.2/
check_output outside
expect mate network connect blue named
expect mate run --rm --network blue davit/demo $get http://named/
check_output hello
expect_fail 1 mate run --rm --network blue davit/demo $get http://192.0.2.2/
expect mate network disconnect blue named
expect mate network rm blue
expect mate network ls --format '{{.Name}}'
check_output 'bridge
green
host
none'

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
	mate exec web $get http://192.0.2.2/ >/dev/null 2>&1
}
eventually 5 is_out
check [ "$(pgrep -u mate -x 'pasta|pasta.avx2|passt.avx2')" != "$old" ]

test "after its monitor is killed a container has its port again"
kill -9 "$(shim_of_id "$(mate inspect -f '{{.Id}}' web)")"
expect mate ps
answers() {
	[ "$(curl -s -m 1 http://127.0.0.1:8080/)" = hello ]
}
eventually 5 answers

test "with the last container everything goes"
expect mate rm -f web echo udp named
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

test "without pasta or /dev/net/tun the default says what to do; internal networks, none and host work"
eventually 8 nothing_left
chmod 600 /dev/net/tun
expect_fail 125 mate run --rm davit/demo true
check_error '.*lead out through /dev/net/tun, and opening that says: [Pp]ermission denied; without it there is --network none, --network host, and networks that are --internal.*'
expect mate run --rm --network host davit/demo true
expect mate run --rm --network none davit/demo true
expect mate network create --internal inner
web inner --network inner
expect mate run --rm --network inner davit/demo $get http://inner/
check_output hello
expect mate rm -f inner
chmod 666 /dev/net/tun
