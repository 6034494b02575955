# Containers find each other by name on networks of their own, and the rest of the world as the
# host does.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"

# A host that asks itself: a server on its loopback knows one name.
printf 'nameserver 127.0.0.1\noptions timeout:1\n' >/tmp/resolv.conf
mount --bind /tmp/resolv.conf /etc/resolv.conf
dns-server 127.0.0.1 /tmp/asked outside.example=192.0.2.7 &
server=$!

networks() {
	davit network create backend && davit network create frontend &&
		davit network create --internal closet
}
expect networks
warm

# address_of WHO NETWORK; finds WHO NAME ADDRESS; does_not_find WHO NAME
address_of() {
	davit inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"
}
found_by() {
	davit exec "$1" nslookup "$2" 2>/dev/null | sed -n '/^Name/,$s/^Address.*: //p' | sort -u
}
finds() {
	flow_command="nslookup $2 in $1" out=$(found_by "$1" "$2")
	check_output "$3"
}
does_not_find() {
	finds "$1" "$2" ''
}

test "containers of a network find each other by name, id, hostname and alias"
expect davit run -d --name web --hostname www1 --network name=backend,alias=www davit/demo sleep 1000
expect davit run -d --name db --network name=backend,alias=www davit/demo sleep 1000
web=$(address_of web backend) db=$(address_of db backend)
finds db web "$web"
finds db WEB.backend "$web"
finds db www1 "$web"
finds db "$(davit inspect -f '{{.Config.Hostname}}' db)" "$db"
finds web db "$db"
finds web www "$(printf '%s\n' "$web" "$db" | sort)"
expect davit exec db ping -c 1 -w 5 web
expect davit exec db nslookup "$web"
check [ "$(grep -c 'name = web.backend' <<<"$out")" = 1 ]

test "a container finds itself in its hosts"
expect davit exec web sh -c 'grep www1 /etc/hosts'
check_output "$web"$'\t'www1

test "names of a network are not known elsewhere"
expect davit run -d --name apart --network frontend davit/demo sleep 1000
expect davit run -d --name plain davit/demo sleep 1000
does_not_find apart web
does_not_find plain web
does_not_find plain plain

test "other names are asked of the host's server, from every network that leads out"
finds web outside.example 192.0.2.7
finds plain outside.example 192.0.2.7
expect davit exec plain grep nameserver /etc/resolv.conf
check_output 'nameserver 127.0.0.11'

test "from an internal network nothing is asked"
expect davit run -d --name shut --network closet davit/demo sleep 1000
expect davit run -d --name shut2 --network closet davit/demo sleep 1000
finds shut shut2 "$(address_of shut2 closet)"
: >/tmp/asked
does_not_find shut outside.example
check [ ! -s /tmp/asked ]

test "a container that ended is not found, and comes back with its next start"
expect davit stop -t 0 db
does_not_find web db
expect davit start db
finds web db "$(address_of db backend)"

test "another name is known at once"
expect davit rename db data
finds web data "$(address_of data backend)"
does_not_find web db

test "a container that is connected is found, and finds"
expect davit network connect --alias late backend apart
finds web apart "$(address_of apart backend)"
finds web late "$(address_of apart backend)"
finds apart web "$web"
expect davit network disconnect backend apart
does_not_find web apart
does_not_find apart web

test "one that was on the default bridge gets names when it is connected"
expect davit network connect backend plain
finds plain web "$web"
expect davit network disconnect backend plain
does_not_find plain web

test "a container may serve DNS on all its addresses"
nsenter -n -t "$(field web '{{.State.Pid}}')" dns-server 0.0.0.0 /tmp/inner inner.example=192.0.2.9 &
inner=$!
eventually 5 [ -e /tmp/inner ]
flow_command="nslookup inner.example in data, of web"
eventually 5 davit exec data nslookup inner.example "$web"
finds web data "$(address_of data backend)"
kill $inner

test "the resolver is nobody in particular, and goes with its container"
check [ "$(pgrep -c -x -u 65533 davit-dns)" -ge 3 ]
expect davit rm -f web data apart plain shut shut2
eventually 5 no_resolvers
expect davit network rm backend frontend closet

kill $server
umount /etc/resolv.conf
