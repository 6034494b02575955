# Pulling: from the docker-registry package on loopback, filled with skopeo, and from one that misbehaves.
. "${0%/*}/../support/flow.sh"

registry=127.0.0.1:5000
cd "$flow_tmp" || exit 1

start_registry() {
	cat >registry.yml <<-END
		version: 0.1
		log: {level: error, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: $flow_tmp/registry}}
		http: {addr: $registry}
	END
	docker-registry serve registry.yml >registry.log 2>&1 &
	registry_pid=$!
	eventually 10 curl -sf "http://$registry/v2/"
}

# put FORMAT LAYOUT:TAG NAME:TAG... - pushes an image.
put() {
	skopeo --insecure-policy copy -q --all --dest-tls-verify=false ${1:+--format "$1"} "oci:$2" \
		"docker://$registry/$3" || fail "skopeo could not push $3"
}

# The content of an image's layers as one line, whatever they are called.
tree_of() {
	(cd "/var/lib/davit/layers" && find . -path '*/diff/*' -type f -printf '%P %m %s\n' |
		sed 's,^[^/]*/,,' | sort | sha256sum)
}

forget_everything() {
	find /var/lib/davit -mindepth 1 -delete
}

seq 1 200000 >numbers
make-image multi --tag all --arch amd64 --arch arm64 --cmd /bin/true \
	--layer busybox --layer "etc/motd=ARCH" numbers=@numbers --layer data/ data/a=1 "!etc/motd" >/dev/null ||
	fail "no image"
for how in gzip zstd none; do
	make-image "one-$how" --tag t --compress $how --layer busybox \
		--layer a=1 b=2%4755 "c->a" "d=>a" --layer numbers=@numbers >/dev/null || fail "no image"
done
start_registry

test "an image of several platforms and layers comes from a real registry"
put "" multi:all multi:latest
expect davit pull $registry/multi
check_output "Using default tag: latest
latest: Pulling from multi
(.*
)*Digest: sha256:[0-9a-f]{64}
Status: Downloaded newer image for $registry/multi:latest
$registry/multi:latest"
check [ "$(grep -c 'Pull complete' <<<"$out")" = 3 ]
digest=$(sed -n 's/^Digest: //p' <<<"$out")
check [ "$digest" = "$(skopeo inspect --raw --tls-verify=false docker://$registry/multi | sha256sum | sed 's/^/sha256:/; s/ .*//')" ]

test "a second pull of the same tag says so"
expect davit pull $registry/multi
check_output "Using default tag: latest
latest: Pulling from multi
Digest: $digest
Status: Image is up to date for $registry/multi:latest
$registry/multi:latest"

test "an image is pulled by digest, and by tag and digest"
forget_everything
expect davit pull -q "$registry/multi@$digest"
check_output "$registry/multi@$digest"
expect davit pull -q "$registry/multi:whatever@$digest"

test "another platform is pulled when asked for, and one that is not there is named"
expect davit pull -q --platform linux/arm64 $registry/multi
expect_fail 1 davit pull --platform linux/s390x $registry/multi
check_error '.*no matching manifest for linux/s390x in the manifest list entries'

test "docker's and OCI's manifests, gzip, zstd and plain layers give the same tree"
forget_everything
put v2s2 one-gzip:t one:docker
put "" one-gzip:t one:gzip
put "" one-zstd:t one:zstd
put "" one-none:t one:none
for tag in docker gzip zstd none; do
	forget_everything
	expect davit pull -q $registry/one:$tag
	tree_of >>trees
done
check [ "$(sort -u trees | wc -l)" = 1 ]

test "layers that another image brought are not fetched again"
expect davit pull $registry/one:gzip
check [ "$(grep -c 'Already exists' <<<"$out")" = 3 ]

test "an image whose layers repeat is pulled"
make-image twice --tag t --layer a=1 --layer a=1 --layer b=2 --layer a=1 >/dev/null
put "" twice:t twice:latest
expect davit pull -q $registry/twice

test "an unknown image, tag and registry are each named"
expect_fail 1 davit pull $registry/multi:nope
check_error ".*manifest for $registry/multi:nope not found.*"
expect_fail 1 davit pull $registry/nobody/here
check_error ".*manifest for $registry/nobody/here:latest not found.*"
expect_fail 1 davit pull 127.0.0.1:1/x
check_error '.*cannot connect to 127.0.0.1:1: Connection refused'
expect_fail 1 davit pull UPPER
check_error '.*must be lowercase'

kill $registry_pid
faulty-registry --log requests --size 400000 >port &
faulty_pid=$!
eventually 5 [ -s port ]
faulty=127.0.0.1:$(cat port)

test "an unchanged tag costs one request"
expect davit pull -q $faulty/ok
: >requests
expect davit pull -q $faulty/ok
check [ "$(cat requests)" = "HEAD /v2/ok/manifests/latest 200" ]

test "what can be got over is got over: login, redirects, breaks, trouble that passes"
for name in bearer redirect-elsewhere early-close ignore-range flaky limited no-head silent single; do
	forget_everything
	expect davit pull -q $faulty/$name
done

test "whatever else goes wrong is one sentence, and nothing is left"
expect davit pull -q $faulty/ok
forget_everything
leaks_mark
while IFS=$'\t' read -r name sentence; do
	forget_everything
	expect_fail 1 timeout 60 davit pull -q $faulty/$name
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_error ".*($sentence).*"
	check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/layers | grep -v ':$')" ]
	check [ -z "$(davit images -q)" ]
done <<-'END'
	wrong-digest	damaged|does not match
	wrong-config	sent wrong bytes: expected sha256:
	wrong-manifest	sent another manifest than asked for
	wrong-diff-ids	the diff id does not match
	too-long	longer than its [0-9]+ bytes
	too-short	ended too early: 1000 of [0-9]+ bytes
	never-complete	closed the connection in the middle
	bad-range	another range than asked for
	redirect-loop	redirects in a circle
	redirect-file	no address we can follow
	always-401	pull access denied for
	basic	no basic auth credentials
	denied	requested access to the resource is denied
	limited-long	You have reached your pull rate limit
	broken	answered HTTP 500
	html	a web page came instead
	not-json	not JSON
	huge	more than the 4194304 bytes
	nested	nested more than
	both	an index and an image at once
	twice	twice
	schema1	schema 1 is not supported
	bad-digest	invalid reference format
	md5	unsupported digest algorithm
	negative	no proper size
	many-layers	at most 127
	no-platform	no matching manifest
	few-diff-ids	1 diff ids for 3 layers
	artifact	no image's
	bomb	blows up more than 1000 times
	zstd-bomb	blows up more than 1000 times
	truncated	compressed data ends too early
	trailing	follows|damaged
	bad-size	longer than its 7 bytes
END

test "bytes left by a killed pull are gone on from, and wrong ones are thrown away"
forget_everything
# has_part BYTES - for eventually: so much of a layer has come.
has_part() { [ -n "$(find /var/lib/davit/cache/ingest -name '*.part' -size "+${1}c" 2>/dev/null)" ]; }
davit pull -q $faulty/slow >/dev/null 2>&1 &
pid=$!
eventually 10 has_part 200
kill -9 $pid
wait $pid 2>/dev/null
check [ -n "$(ls /var/lib/davit/cache/ingest)" ]
: >requests
expect davit pull -q $faulty/slow
check grep -q 'GET .*blobs.* 206 bytes=' requests
check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/cache/ingest | grep -v ':$')" ]
forget_everything
davit pull -q $faulty/slow >/dev/null 2>&1 &
pid=$!
eventually 10 has_part 200
kill -9 $pid
wait $pid 2>/dev/null
for part in /var/lib/davit/cache/ingest/*.part; do
	printf 'rubbish' | dd of="$part" conv=notrunc bs=1 seek=100 2>/dev/null
done
expect davit pull -q $faulty/ok

test "killed at any moment, the next pull completes"
for delay in 0.02 0.05 0.08 0.12 0.16 0.2 0.3 0.5; do
	forget_everything
	davit pull -q $faulty/ok >/dev/null 2>&1 &
	pid=$!
	sleep $delay
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	expect davit pull -q $faulty/ok
	check [ "$(ls /var/lib/davit/layers | wc -l)" = 3 ]
	check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/trash | grep -v ':$')" ]
done

test "an interrupted pull ends at once, with nothing half there"
forget_everything
davit pull -q $faulty/stall >/dev/null 2>interrupted &
pid=$!
eventually 10 has_part 0
kill -INT $pid
SECONDS=0
wait $pid
check [ $? != 0 ]
check [ $SECONDS -lt 10 ]
check [ -z "$(ls /var/lib/davit/staging /var/lib/davit/layers | grep -v ':$')" ]

test "two pulls of one image at once share its layers"
forget_everything
davit pull -q $faulty/slow >/dev/null 2>&1 &
one=$!
expect davit pull -q $faulty/slow
wait $one
check [ $? = 0 ]
check [ "$(ls /var/lib/davit/layers | wc -l)" = 3 ]

test "all tags of a repository are pulled"
forget_everything
expect davit pull -a -q $faulty/ok
check [ "$(davit images -q | wc -l)" = 2 ]
kill $faulty_pid
