# What a container changed: shown by diff, kept by commit.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
mkdir -p "${DAVIT_ROOT:-/var/lib/davit}/cache/ingest" # what any load leaves
warm

# image_field IMAGE TEMPLATE
image_field() {
	davit image inspect -f "$2" "$1"
}

test "a container that was only started has no changes"
expect davit run -d --name plain davit/demo sleep 1000
expect davit diff plain
check [ -z "$out" ]
davit kill plain >/dev/null

changes='mkdir -p /srv/new/deep && echo one >/srv/new/deep/one && ln /srv/new/deep/one /srv/new/two; rm /etc/group && echo more >>/etc/passwd && chmod 700 /home; mkdir /var/log/x && rmdir /var/log/x && rm -r /usr/bin && mkdir /usr/bin && echo y >/usr/bin/y'
expected='C /etc
D /etc/group
C /etc/passwd
C /home
C /srv
A /srv/new
A /srv/new/deep
A /srv/new/deep/one
A /srv/new/two
C /usr
C /usr/bin
A /usr/bin/y'

test "diff lists what was added, changed and deleted, of a running and of a stopped container"
davit run -d --name work davit/demo sh -c "$changes; touch /ready; exec sleep 1000" >/dev/null
eventually 5 davit exec work test -e /ready
davit exec work rm /ready
expect davit diff work
check [ "$out" = "$expected" ]
davit stop -t 0 work >/dev/null
expect davit container diff work
check [ "$out" = "$expected" ]
expect_fail 1 davit diff nobody
check_error 'davit: .*No such container: nobody'

test "a committed image has the container's files, whether it ran or not"
davit start work >/dev/null
eventually 5 davit exec work test -e /ready
davit exec work rm /ready
expect davit commit -a me -m "because" work kept:1
check_output 'sha256:[0-9a-f]{64}'
check [ "$(state work)" = running ]
check davit exec work true
check [ "$(davit run --rm kept:1 cat /srv/new/two)" = one ]
expect_fail 1 davit run --rm kept:1 ls /etc/group
check [ "$(davit run --rm kept:1 stat -c %a /home)" = 700 ]
check [ "$(davit run --rm kept:1 ls /usr/bin)" = y ]
check [ "$(davit run --rm kept:1 stat -c %h /srv/new/two)" = 2 ]
check [ "$(image_field kept:1 '{{.Author}}')" = me ]
check [ "$(davit history --format '{{.Comment}}' kept:1 | head -n 1)" = because ]
check [ "$(davit history --no-trunc --format '{{json .CreatedBy}}' kept:1 | head -n 1 | jq -r .)" = "$(davit inspect -f '{{join .Config.Cmd " "}}' work)" ]
check [ "$(image_field kept:1 '{{len .RootFS.Layers}}')" = 2 ]
davit stop -t 0 work >/dev/null
expect davit commit work kept:2
check [ "$(davit run --rm kept:2 cat /srv/new/two)" = one ]
check [ "$(davit run --rm kept:2 cat /etc/passwd | tail -n 1)" = more ]

test "a container without changes is committed without a layer"
expect davit commit plain same
check [ "$(image_field same '{{len .RootFS.Layers}}')" = 1 ]

test "changes of the config are made, and only those that can be"
expect davit commit -c 'ENV A=1 B="two words"' --change 'ENV PATH=/x:$PATH' -c 'CMD ["a", "b"]' \
	-c 'EXPOSE 80 90/udp' -c 'LABEL k=v' -c 'WORKDIR /a' -c 'WORKDIR b' -c 'USER 5' -c 'VOLUME /data' \
	-c 'STOPSIGNAL SIGINT' -c 'HEALTHCHECK --interval=5s CMD true' plain changed
check [ "$(image_field changed '{{json .Config.Env}}')" = '["PATH=/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","A=1","B=two words"]' ]
check [ "$(image_field changed '{{json .Config.Cmd}}')" = '["a","b"]' ]
check [ "$(image_field changed '{{json .Config.ExposedPorts}}')" = '{"80/tcp":{},"90/udp":{}}' ]
check [ "$(image_field changed '{{.Config.WorkingDir}} {{.Config.User}} {{.Config.StopSignal}}')" = '/a/b 5 SIGINT' ]
check [ "$(image_field changed '{{json .Config.Healthcheck}}')" = '{"Interval":5000000000,"Test":["CMD-SHELL","true"]}' ]
check [ "$(image_field changed '{{json .Config.Labels}}' | grep -c '"k":"v"')" = 1 ]
expect_fail 1 davit commit -c 'RUN true' plain bad
check_error 'davit: .*RUN is not a valid change command'
expect_fail 1 davit commit plain 'BAD'
expect_fail 1 davit image inspect bad

test "an image in which a layer comes more than once is committed too"
make-image "$flow_tmp/twice" --tag twice:1 --tar --layer busybox --layer a=1 --layer a=1 --layer b=2 --layer a=1 >/dev/null
davit load -q -i "$flow_tmp/twice.tar" >/dev/null
expect davit run --name two twice:1 touch /new
expect davit commit two twice:2
check [ "$(image_field twice:2 '{{len .RootFS.Layers}}')" = 6 ]
check [ "$(davit run --rm twice:2 cat /a /b)" = 12 ]
davit rm two >/dev/null
expect davit rmi twice:1 twice:2

test "a container is frozen while it is read, and runs again even when its reader is killed"
davit run -d --name busy davit/demo sh -c 'i=0; while :; do i=$((i+1))
	echo $i >/t; mv /t /a; echo $i >/t; mv /t /b; done' >/dev/null
eventually 5 davit exec busy test -e /b
for i in 1 2 3; do
	expect davit commit busy frozen
	two=$(davit run --rm frozen sh -c 'echo $(($(cat /a) - $(cat /b)))')
	check [ "${two#[01]}" = '' ]
done
davit exec -d busy sh -c 'dd if=/dev/zero of=/big bs=1M count=200 2>/dev/null'
eventually 10 davit exec busy sh -c '[ $(stat -c %s /big) = 209715200 ]'
davit commit busy never >/dev/null 2>&1 &
reader=$!
sleep 0.1
kill -9 $reader
wait $reader 2>/dev/null
before=$(davit exec busy cat /a)
eventually 5 sh -c "[ \$(davit exec busy cat /a) -gt $before ]"
check [ "$(state busy)" = running ]
expect davit commit plain same # takes away what the killed one left
davit rm -f busy plain work >/dev/null
expect davit rmi kept:1 kept:2 same changed frozen
expect davit image prune -f
leaks_check
