. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# The real screen on a real terminal: what is removed on it comes back, and who did what is on record.
warm
export LANG=C.UTF-8 TERM=xterm-256color XDG_CONFIG_HOME=/tmp/config XDG_STATE_HOME=/tmp/state
screen() { # ARGS... - the screen, 100 columns by 30 lines
	tmux -f /dev/null new-session -d -s screen -x 100 -y 30 "davit $*; sleep 1000"
	eventually 10 shows 'q quit|help'
}
leave() { tmux kill-server 2>/dev/null; rm -rf /tmp/tmux-*; }
type() { tmux send-keys -t screen "$@"; }
back() { type q; } # and not Esc: a key right behind that would be one with Alt
shows() { tmux capture-pane -t screen -p | grep -qE -- "$1"; }
shown() { tmux capture-pane -t screen -p; }
sees() { eventually 10 shows "$1" || fail "$(shown)"; }

test "a container that is removed on the screen is weighed, named, and back with U"
davit run --name web davit/demo sh -c 'head -c 3000000 /dev/zero >/big; exit 3' >/dev/null
davit run -d --name other --stop-timeout 1 davit/demo sleep 1000 >/dev/null
screen
sees ' web .*exit 3'
type / web Enter
type d
sees 'Remove web\?'
sees 'exit 3 +2\.9M'
sees 'Undo: yes, for 10 minutes \(U\)\. Uses 2\.9M until then\.'
sees 'Same as: davit rm --trash web'
type Enter # means no
check [ "$(state web)" = exited ]
type d
sees 'Remove web\?'
type y
sees 'Removed web in [0-9.]+ s +U undoes'
check is_gone web
check [ "$(davit trash ls --format '{{.Names}}')" = web ]
type U
sees 'Brought back web'
check [ "$(state web)" = exited ]

test "one that runs is stopped first; its name taken, another is asked for"
back
type / other Enter d
sees 'will be stopped'
type y
sees 'Removed other'
davit create --name other davit/demo true >/dev/null
type U
sees 'other is in use; bring it back as: other-2'
type Enter
sees 'Brought back other-2'
check [ "$(state other-2)" = exited ]
davit rm other other-2 >/dev/null

test "the Journal knows who did what, here and on the command line, also for the next screen"
leave
screen
type 5 v
sees 'root +remove +container +web +undone'
sees 'root +rm|root +remove +container +other'
type / 'what:x' Enter
back
type k k k Enter
sees 'command +davit '
sees 'through +(screen|command line), process [0-9]+'
back

test "the disk is weighed, and a prune is listed before it goes"
davit volume create data >/dev/null
type 4
sees 'data +0B +unused'
type Tab Tab
sees 'Containers +1 +-? +2\.9M'
type p
sees '\[x\] 1 stopped container +2\.9M'
type y
sees 'Type [0-9]+:'
number=$(shown | sed -nE 's/.*Type ([0-9]+):.*/\1/p')
type "$number" Enter
sees 'Freed [2-9]\.[0-9]M'
check is_gone web
check [ "$(davit volume ls -q)" = data ]
leave

test "read-only, it shows all and does nothing"
davit run -d --name web davit/demo sleep 1000 >/dev/null
screen --read-only
sees 'read-only'
type s
sees 'Read-only session: nothing was changed\. Elsewhere: davit stop web'
type d
sees 'Elsewhere: davit rm --trash web'
type 4 n
sees 'Elsewhere: davit volume create NAME'
check [ "$(state web)" = running ]
type 1 l
sees 'Logs'
leave
davit rm -f web >/dev/null
davit volume rm data >/dev/null
