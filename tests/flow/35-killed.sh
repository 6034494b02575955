. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# davit is killed at system call after system call of what it does; the next davit must find all or nothing of it.
warm

# What others see, call by call. openat is the most frequent and mostly looks: every fourth of it will do.
changes='mkdirat write pwrite64 renameat renameat2 unlinkat flock clone3 sendto sendmsg connect fchmodat ftruncate openat'
openat_step=4

nothing() { :; }
holds() { # WHERE - the store is consistent: every container can be listed, looked at and removed, and then nothing is left
	local id
	expect davit ps -aq --no-trunc
	for id in $out; do
		expect davit inspect "$id"
		expect davit rm -f "$id"
	done
	check [ -z "$(davit ps -aq)" ]
	expect davit run --rm --name killed davit/demo true
	leaks_check || fail "killed at $1"
}

test "create, killed at any step"
kill_each nothing holds davit create --name killed davit/demo true

test "run -d, killed at any step"
kill_each nothing holds davit run -d --name killed davit/demo sleep 1000

test "run --rm, killed at any step: it is gone by itself once its container has ended"
nobody() { [ -z "$(davit ps -aq)" ]; }
gone() {
	local id
	for id in $(davit ps -aq --filter status=created); do davit rm "$id" >/dev/null; done
	eventually 3 nobody
	leaks_check || fail "killed at $1"
}
kill_each nothing gone davit run --rm --name killed davit/demo true

test "start, killed at any step"
made() { expect davit create --name killed davit/demo sleep 1000; }
kill_each made holds davit start killed

test "stop, killed at any step: stopped or running, never between"
running() { expect davit run -d --name killed davit/demo sleep 1000; }
stopped_or_not() {
	check grep -qE '^(running 0|exited 137)$' <<<"$(field killed '{{.State.Status}} {{.State.ExitCode}}')"
	expect davit stop -t 0 killed
	holds "$1"
}
kill_each running stopped_or_not davit stop -t 0 killed

test "restart, killed at any step"
kill_each running holds davit restart -t 0 killed

test "rm, killed at any step: there or not there"
kill_each made holds davit rm killed

test "rm -f of a running one, killed at any step"
kill_each running holds davit rm -f killed

test "rename, killed at any step: one name or the other"
one_name() {
	check [ "$(davit ps -a --format '{{.Names}}' | grep -cE '^(killed|other)$')" = 1 ]
	holds "$1"
}
kill_each made one_name davit rename killed other

test "exec, killed at any step, leaves the container alone"
alone() {
	check [ "$(state killed)" = running ]
	expect davit exec killed true
	holds "$1"
}
kill_each running alone davit exec killed true

# Images: their work is done by several threads, step by step of a few hundred; every so many will do.
image_steps() { # CMD... - killed here and there, then done, and the image is whole
	local call n code kills=0
	for call in mkdirat renameat pwrite64 write openat fdatasync; do
		for n in 1 2 3 5 9 17 40 100; do
			[ $flow_broken = 0 ] || return
			rm -rf /tmp/victim /tmp/victim-run
			{ DAVIT_ROOT=/tmp/victim DAVIT_RUN_ROOT=/tmp/victim-run fault -f $call $n "$@" >"$flow_tmp/said" 2>&1; } 2>/dev/null
			code=$?
			DAVIT_ROOT=/tmp/victim DAVIT_RUN_ROOT=/tmp/victim-run expect davit images -q
			DAVIT_ROOT=/tmp/victim DAVIT_RUN_ROOT=/tmp/victim-run expect "$@"
			DAVIT_ROOT=/tmp/victim DAVIT_RUN_ROOT=/tmp/victim-run expect davit run --rm --network none "$image" /bin/busybox true
			check [ -z "$(ls -A /tmp/victim/staging /tmp/victim/trash | grep -v :)" ]
			check [ "$(ls /tmp/victim/layers | wc -l)" = "$layers" ]
			[ $flow_broken = 0 ] || fail "killed at $call $n"
			[ $code = 137 ] || break
			kills=$((kills + 1))
		done
	done
	check [ $kills -gt 20 ]
}

test "load, killed here and there, and begun again"
make-image /tmp/layout --compress gzip --cmd /bin/sh --layer busybox etc/motd=one --layer etc/two=2 'srv/data/' >/dev/null
tar -C /tmp/layout -cf /tmp/image.tar .
davit load -i /tmp/image.tar >"$flow_tmp/loaded"
image=$(sed -nE 's/^Loaded image( ID)?: (sha256:)?//p' "$flow_tmp/loaded")
layers=2
image_steps davit load -i /tmp/image.tar

test "pull, killed here and there, and begun again"
registry_start
registry_push /tmp/layout killed:1
image=127.0.0.1:5000/killed:1
image_steps davit pull $image
find /sys/fs/cgroup -depth -type d -path '*davit*victim*' -exec rmdir {} + 2>/dev/null
