. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# --userns keep-id: an ordinary user is themselves in a container whose root is somebody they were lent.
mate() {
	as-user mate -- davit "$@"
}
kept() { # ARGS... - of davit run
	expect mate run --rm --network none --userns keep-id "$@"
}
home=/run/davit-test/home/mate
containers=$home/.local/share/davit/containers
as-user mate -- mkdir src

# A program with capabilities, of which python3 knows the extended attribute and nobody else has to.
python3 - "$flow_tmp/caps.tar" <<'END'
import io, struct, sys, tarfile
busybox = open("/bin/busybox", "rb").read()
raw = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)  # version 2, effective; CAP_NET_RAW
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
    info = tarfile.TarInfo("raw/busybox")
    info.mode, info.size = 0o755, len(busybox)
    info.pax_headers = {"SCHILY.xattr.security.capability": raw.decode("utf-8", "surrogateescape")}
    tar.addfile(info, io.BytesIO(busybox))
END
cd "$flow_tmp" && make-image owners --tag latest --cmd sh --env PATH=/bin --user 5 --layer busybox 'web/%755:33:44' 'web/page=x%640:33:44' \
	'bin/su=@/bin/busybox%4755' --layer tar:caps.tar '!web/none' >/dev/null && skopeo copy -q --insecure-policy oci:owners:latest docker-archive:owners.tar:owners:latest
chmod 755 "$flow_tmp" && chmod 644 owners.tar
expect mate load -q -i "$flow_tmp/owners.tar"

test "the user is themselves, root is root, and what the user writes is theirs"
kept -v $home/src:/src davit/demo sh -c 'id -u; id -g; tr -s " " </proc/self/uid_map; stat -c %u:%g / /bin/sh /src; touch /src/mine; touch /etc/no 2>/dev/null || echo refused'
check_output '1501
1501
 0 1 1501
 1501 0 1
 1502 1502 64035
0:0
0:0
1501:1501
refused'
check [ "$(stat -c %u:%g $home/src/mine)" = 1501:1501 ]
kept -u 0 -v $home/src:/src davit/demo sh -c 'id -u; touch /etc/yes && touch /src/roots'
check_output 0
check [ "$(stat -c %u:%g $home/src/roots)" = 150100000:150100000 ]

test "other ids can be kept, below and beyond those that are lent"
expect mate run --rm --network none --userns keep-id:uid=7,gid=8 davit/demo sh -c 'id -u; id -g; tr -s " " </proc/self/gid_map'
check_output '7
8
 0 1 8
 8 0 1
 9 9 65528'
expect mate run --rm --network none --userns keep-id:uid=200000 davit/demo sh -c 'id -u; stat -c %u /bin'
check_output '200000
0'
expect mate run --rm --network none --userns keep-id:uid=0,gid=0 davit/demo sh -c 'id -u; tr -s " " </proc/self/uid_map'
check_output '0
 0 0 1
 1 1 65536'

test "owners, modes and capabilities of an image are what they are"
kept owners sh -c 'id -u; stat -c "%u:%g %a" /web /web/page /bin/su; /raw/busybox grep CapEff /proc/self/status | tr -s "\t" " "'
check_output '1501
33:44 755
33:44 640
0:0 4755
CapEff: 0000000000002000'
kept -u 33 owners cat /web/page
check_output x
kept -u 34:45 owners sh -c 'cat /web/page 2>/dev/null || echo refused'
check_output refused

test "what it wrote is told, copied and committed with the ids that are known inside"
expect mate run --name one --network none --userns keep-id -u 0 owners sh -c 'mkdir /new; echo y >/new/own; chown 1501:1501 /new/own; echo z >/new/roots; rm /web/page'
expect mate diff one
check_output 'A /new
A /new/own
A /new/roots
C /web
D /web/page'
expect sh -c "as-user mate -- davit cp one:/new - | tar -tv --numeric-owner"
check grep -q '1501/1501 .* new/own' <<<"$out"
check grep -q '0/0 .* new/roots' <<<"$out"
expect mate cp one:/new/own $home/own
check [ "$(stat -c %u $home/own)" = 1501 ]
expect mate cp $home/own one:/new/in
expect sh -c "as-user mate -- davit export one | tar -tv --numeric-owner"
check grep -q '33/44 .* web/' <<<"$out"
check grep -q '1501/1501 .* new/own' <<<"$out"
expect mate commit one kept
expect mate run --rm --network none -u 0 kept sh -c 'stat -c "%n %u:%g" /new /new/own /new/roots; ls /web; /raw/busybox true && stat -c %u:%g /raw/busybox'
check_output '/new 0:0
/new/own 1501:1501
/new/roots 0:0
0:0'
expect mate image inspect -f '{{len .RootFS.Layers}}' kept
check_output 3
check [ "$(mate history --format '{{.Size}}' kept | head -1)" = 6B ]

test "it starts again, and exec is who the container is"
expect mate rm one
expect mate run -d --name two --network none --userns keep-id davit/demo sh -c 'touch /tmp/seen; exec sleep 1000'
for round in 1 2; do
	eventually 5 mate exec two test -e /tmp/seen
	expect mate exec two id -u
	check_output 1501
	expect mate exec -u 0 two sh -c 'id -u; touch /etc/by-root && stat -c %u /etc/by-root'
	check_output '0
0'
	expect mate cp two:/etc/by-root $home/again
	expect mate restart -t 0 two
done
expect mate inspect -f '{{.HostConfig.UsernsMode}}' two
check_output keep-id
expect mate explain two
expect mate top two
expect mate rm -f two

test "volumes keep what other containers of the user's know: what their root owns is the user's"
expect mate run --rm --network none -v data:/data davit/demo sh -c 'touch /data/roots; chown 33 /data; touch /data/x'
kept -v data:/data davit/demo stat -c %u /data/roots
check_output 1501
expect mate volume rm data

test "on a network it has an address, rights over nobody else's, and its port"
expect mate network create --internal inner
expect mate run -d --name server --network inner --userns keep-id -u 0 davit/demo sh -c 'mkdir -p /w; echo hello >/w/index.html; exec httpd -f -p 80 -h /w'
expect mate run --rm --network inner --userns keep-id davit/demo sh -c 'until wget -q -O - http://server/; do sleep 0.1; done; ls /sys/class/net | wc -l'
check_output 'hello
2'
expect mate rm -f server
expect mate network rm inner

test "what cannot be is said, and leaves nothing"
before=$(ls $containers)
expect_fail 125 mate run --rm --userns keep-id --privileged davit/demo true
check_error 'davit: privileged mode is incompatible with --userns keep-id: .*'
expect_fail 125 mate run --rm --userns keep-id:name=x davit/demo true
check_error 'davit: --userns keep-id:name=x: keep-id has no option name=x: it has uid=N and gid=N'
expect_fail 125 mate run --rm --userns keep-id:uid=x davit/demo true
check_error 'davit: --userns keep-id:uid=x: x is no id'
expect_fail 125 env AS_USER_SUBIDS=none as-user loner -- davit run --rm --network none --userns keep-id davit/demo true
check grep -q 'you have one id only, and the container needs one more for its root' <<<"$err"
check [ "$(ls $containers)" = "$before" ]
expect mate doctor
