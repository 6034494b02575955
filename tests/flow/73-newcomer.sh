# A newcomer's first quarter of an hour on the screen, in one sitting on one terminal: start, look
# around, stop one, read its log, build, explore the layers, attach, detach, undo a removal, leave.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
export DAVIT_TEST=1 LANG=C.UTF-8 TERM=xterm-256color XDG_CONFIG_HOME=/tmp/config XDG_STATE_HOME=/tmp/state
warm
cd "$flow_tmp" || exit 1
mkdir app
printf 'FROM davit/demo\nRUN echo hello >/greeting\nRUN rm /greeting\n' >app/Dockerfile
davit run -d --name web --stop-timeout 1 davit/demo sh -c 'echo up and serving; exec sleep 1000' >/dev/null
davit run -dit --name shell davit/demo sh >/dev/null
shell=$(field shell '{{.Id}}')

test "start, look around, stop, log, build, layers, attach, detach, undo, leave: Esc once too often does not"
expect shot 80x24 davit <<-END
	wait q quit
	wait ● shell
	keys 2
	wait ALONE
	keys 3
	wait No builds yet
	keys 4
	wait No volumes yet
	keys 5
	wait following
	keys 6
	wait Your first container
	keys 1
	wait ● web
	keys ?
	wait ACT ON ROW
	keys <Esc>
	gone ACT ON ROW
	keys /web<Enter>
	wait 1 of 2 match web
	keys s
	wait Stop web?
	keys <Enter>
	wait exit 137
	keys l
	wait follow on
	wait up and serving
	keys <Esc>
	wait 1 of 2 match web
	keys B
	wait Build from
	keys <^U>$flow_tmp/app<Tab><Tab>mine:1<Enter>
	wait done in
	keys <Esc>
	gone FROM
	keys 2
	wait mine:1
	keys g<Enter>
	wait RUN rm
	wait greeting  6B hidden
	keys n
	wait L3 deletes it
	keys <Esc>
	wait ALONE
	keys 1
	wait match web
	keys /<^U>shell<Enter>
	wait match shell
	keys a
	wait Ctrl-Q
	keys echo in \$((6*7))<Enter>
	wait in 42
	keys <^P><^Q>
	wait match shell
	keys /<^U>web<Enter>
	wait match web
	keys d
	wait Remove web?
	keys y
	wait Removed web
	keys U
	wait Brought back web
	keys <Esc>
	gone match
	keys <Esc>
	wait q leaves davit
	keys q
	wait 1 container keeps running
	end
END

test "and all of it is so"
check [ "$(state web)" = exited ]
check [ "$(state shell)" = running ]
check [ "$(field shell '{{.Id}}')" = "$shell" ]
expect davit image inspect mine:1
check [ "$(davit trash ls -q)" = "" ]
davit rm -f web shell >/dev/null
