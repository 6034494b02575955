# What a container finds in /etc/hosts, /etc/hostname and /etc/resolv.conf.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
tab=$'\t'
fixed="127.0.0.1${tab}localhost
::1${tab}localhost ip6-localhost ip6-loopback
fe00::${tab}ip6-localnet
ff00::${tab}ip6-mcastprefix
ff02::1${tab}ip6-allnodes
ff02::2${tab}ip6-allrouters"

# Of the files that a container sees: read NAME OPTIONS... - without resolv.conf's own first line.
read_in() {
	local name=$1
	shift
	expect davit run --rm "$@" davit/demo cat "/etc/$name"
	out=$(grep -v '^# Written by davit' <<<"$out")
}

test "a container has docker's hosts, its name and the host's servers"
read_in hosts --network none
check_output "$fixed"
read_in hostname --network none --hostname moon
check_output moon
printf 'nameserver 10.9.8.7\nnameserver 127.0.0.1\nsearch lan\noptions rotate\n' >/tmp/resolv.conf
mount --bind /tmp/resolv.conf /etc/resolv.conf
read_in resolv.conf --network none
check_output 'nameserver 10.9.8.7
search lan
options rotate'

test "hosts can be added"
read_in hosts --network none --add-host db:10.0.0.5 --add-host six=[fd00::5] --add-host a:::1
check_output "$fixed
10.0.0.5${tab}db
fd00::5${tab}six
::1${tab}a"

test "servers, search domains and options can be given instead of the host's"
read_in resolv.conf --network none --dns 1.1.1.1 --dns ' fd00::1 ' --dns-search a.example \
	--dns-search b.example --dns-option ndots:2 --dns-opt timeout:1
check_output 'nameserver 1.1.1.1
nameserver fd00::1
search a.example b.example
options ndots:2 timeout:1'
read_in resolv.conf --network none --dns-search .
check_output 'nameserver 10.9.8.7
options rotate'

test "on the host's network the files are the host's"
expect davit run --rm --network host davit/demo cat /etc/resolv.conf
check_output "$(cat /etc/resolv.conf)"
expect davit run --rm --network host davit/demo cat /etc/hosts
check_output "$(cat /etc/hosts)"
expect davit run --rm --network host davit/demo hostname
check_output "$(hostname)"
expect davit run --rm --network host --hostname moon davit/demo hostname
check_output moon
read_in resolv.conf --network host --dns 9.9.9.9
check_output 'nameserver 9.9.9.9
search lan
options rotate'

test "a read-only container may still write its own files, and they survive a restart"
expect davit run -d --name edited --network none --read-only davit/demo sh -c \
	'[ -e /etc/.never ] || { echo "10.1.1.1 mine" >>/etc/hosts; echo "nameserver 4.4.4.4" >/etc/resolv.conf; }
	exec sleep 1000'
eventually 5 davit exec edited grep -q 4.4.4.4 /etc/resolv.conf
expect davit exec edited sh -c 'grep -c mine /etc/hosts'
check_output 1
expect davit stop -t 0 edited
expect davit inspect -f '{{.HostsPath}} {{.ResolvConfPath}} {{.HostnamePath}}' edited
read -r hosts conf name <<<"$out"
expect grep -c mine "$hosts"
check_output 1
expect cat "$conf" "$name"
check_output "nameserver 4.4.4.4
$(davit inspect -f '{{.Config.Hostname}}' edited)"
expect davit start edited
expect davit exec edited cat /etc/resolv.conf
check_output 'nameserver 4.4.4.4'
expect davit rm -f edited

test "an untouched resolv.conf follows the host's at the next start"
expect davit create --name follows --network none davit/demo cat /etc/resolv.conf
printf 'nameserver 10.9.8.6\n' >/tmp/resolv.conf
expect davit start -a follows
check [ "$(grep -v '^#' <<<"$out")" = 'nameserver 10.9.8.6' ]
expect davit rm follows

test "what was asked for is in inspect"
expect davit create --name asked --network none --dns 1.1.1.1 --dns-search . --dns-option x:1 \
	--add-host a=host-gateway --add-host b:1.2.3.4 --domainname example.com davit/demo true
expect davit inspect -f '{{json .HostConfig.Dns}} {{json .HostConfig.DnsSearch}} {{json .HostConfig.DnsOptions}} {{json .HostConfig.ExtraHosts}} {{.Config.Domainname}}' asked
check_output '["1.1.1.1"] ["."] ["x:1"] ["a:host-gateway","b:1.2.3.4"] example.com'
expect davit rm asked

test "what is no address or name is refused in docker's words"
refused() {
	expect_fail 125 davit create "$1" "$2" davit/demo
	check [ "$(head -n 1 <<<"$err")" = "davit: invalid argument \"$2\" for \"$1\" flag: $3" ]
}
refused --dns x 'IP address is not correctly formatted: x'
refused --dns 1.2.3.4:53 'IP address is not correctly formatted: 1.2.3.4:53'
refused --dns-search a_b 'a_b is not a valid domain'
refused --dns-search 1.2 '1.2 is not a valid domain'
refused --add-host foo 'bad format for add-host: "foo"'
refused --add-host :1.2.3.4 'bad format for add-host: ":1.2.3.4"'
refused --add-host foo: 'invalid IP address in add-host: ""'
refused --add-host foo:bar 'invalid IP address in add-host: "bar"'

test "a domain name is the container's"
expect davit run --rm --network none --hostname web --domainname example.com davit/demo cat /proc/sys/kernel/domainname
check_output example.com

test "on the default bridge a container finds itself, and the host if asked to"
expect davit run --rm --hostname web --domainname example.com --add-host outside:host-gateway \
	davit/demo tail -n 2 /etc/hosts
check_output "172.17.0.1${tab}outside
172.17.[0-9.]*${tab}web.example.com web"
read_in resolv.conf
check_output 'nameserver 10.9.8.6'

test "where the host asks itself, a container on the default bridge asks it through a resolver"
printf 'nameserver 127.0.0.1\n' >/tmp/resolv.conf
dns-server 127.0.0.1 /tmp/asked outside.example=192.0.2.7 &
server=$!
eventually 5 [ -e /tmp/asked ]
read_in resolv.conf
check_output 'nameserver 127.0.0.11
options ndots:0'
expect davit run --rm davit/demo nslookup outside.example
check grep -q 192.0.2.7 <<<"$out"
expect_fail 1 davit run --rm davit/demo nslookup nobody.example
kill $server

test "in another container's network its files hold"
expect davit run -d --name first --hostname web davit/demo sleep 1000
expect davit exec first cat /etc/hosts
first=$out
expect davit run --rm --network container:first davit/demo cat /etc/hosts
check_output "$first"
expect_fail 125 davit run --rm --network container:first --dns 1.1.1.1 davit/demo true
check_error 'davit: .*conflicting options: dns and the network mode.*'
expect_fail 125 davit run --rm --network container:first --add-host a:1.1.1.1 davit/demo true
check_error 'davit: .*conflicting options: custom host-to-IP mapping and the network mode.*'
expect davit rm -f first

umount /etc/resolv.conf
test "nothing is left"
leaks_check
