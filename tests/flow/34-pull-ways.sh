# The ways a pull is told and bounded: modes of progress, warnings, IPv6, memory, and one round trip.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1
faulty-registry --log requests --size 300000 >port &
eventually 5 [ -s port ]
faulty=127.0.0.1:$(cat port)

forget_everything() {
	find /var/lib/davit -mindepth 1 -delete
}

# peak CMD... - runs it, and says how many kilobytes it had at most.
peak() {
	python3 -c 'import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)' "$@"
}

test "without a terminal there is a line for what is news"
expect davit pull $faulty/ok
check_output "Using default tag: latest
latest: Pulling from ok
([0-9a-f]{12}: (Pulling fs layer|Pull complete)
){6}Digest: sha256:[0-9a-f]{64}
Status: Downloaded newer image for $faulty/ok:latest
$faulty/ok:latest"

test "as JSON every event is an object on its own line, also a failure"
forget_everything
expect davit pull --progress json $faulty/ok
check [ "$(jq -s 'map(select(.id and .status == "Pull complete")) | length' <<<"$out")" = 3 ]
check [ "$(jq -s 'map(select(.status == "Downloading" and .progressDetail.total > 300000)) | length > 2' <<<"$out")" = true ]
check [ "$(jq -rs '.[-1].status' <<<"$out")" = "$faulty/ok:latest" ]
check [ "$(wc -l <<<"$out")" = "$(jq -c . <<<"$out" | wc -l)" ]
expect_fail 1 davit pull --progress json $faulty/denied
check [ "$(jq -rs '.[-1].error | test("access denied")' <<<"$out")" = true ]
expect_fail 1 davit pull --progress loud $faulty/ok
check_error '.*invalid progress mode loud: it is auto, plain, tty or json'

test "on a terminal, or when asked for, lines are drawn in place"
forget_everything
expect davit pull --progress tty $faulty/ok
check grep -q $'\033\\[K' <<<"$out"
forget_everything
expect davit pull --progress plain $faulty/ok
check [ "$(grep -c 'Pull complete$' <<<"$out")" = 3 ]

test "a warning that the registry sends is told once, beside the result"
forget_everything
expect davit pull -q $faulty/warns
check_output "$faulty/warns:latest"
check_error 'davit: warning: this registry closes on "Friday"'

test "what a registry allows is told when it is used up"
expect_fail 1 davit pull $faulty/limited-long
check_error ".*too many requests \\(0 of 100 are left, in 360 minutes\\): wait, or log in for a higher limit: You have reached your pull rate limit"

test "a registry is reached by its IPv6 address"
ip link set lo up 2>/dev/null
cat >six.yml <<-YML
	version: 0.1
	log: {level: error, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $flow_tmp/six}}
	http: {addr: ":5006"}
YML
docker-registry serve six.yml >six.log 2>&1 &
eventually 10 curl -fs -g -o /dev/null "http://[::1]:5006/v2/"
expect davit tag $faulty/warns:latest "[::1]:5006/six"
expect davit push -q "[::1]:5006/six"
forget_everything
expect davit pull -q "[::1]:5006/six"
check_output '\[::1\]:5006/six:latest'

test "an image of a hundred layers and 300 MB costs little memory"
make-image thousand --tag t $(for i in $(seq 100); do echo --layer "f$i=$i"; done) >/dev/null || fail "no image"
dd if=/dev/urandom of=noise bs=1M count=100 2>/dev/null
make-image fat --tag t --compress none --layer a=@noise --layer b=@noise x=1 --layer c=@noise y=1 >/dev/null || fail "no image"
for image in thousand fat; do
	skopeo copy -q --insecure-policy --preserve-digests --dest-tls-verify=false oci:$image:t "docker://localhost:5006/$image:t" ||
		fail "skopeo could not push $image"
	expect peak davit pull -q localhost:5006/$image:t
	is_sanitized "the memory of a pull" || check [ "${out##*$'\n'}" -lt 49152 ]
done
