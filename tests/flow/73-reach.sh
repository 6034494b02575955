. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
# Everything in reach: any command at ':', with what was chosen kept for the next time, commands of
# one's own, and the same line by line.
warm
export LANG=C.UTF-8 TERM=xterm-256color XDG_CONFIG_HOME=/tmp/config XDG_STATE_HOME=/tmp/state
screen() { # ARGS... - the screen, 100 columns by 30 lines
	tmux -f /dev/null new-session -d -s screen -x 100 -y 30 "davit $*; sleep 1000"
	eventually 10 shows 'q quit|help'
}
leave() { tmux kill-server 2>/dev/null; rm -rf /tmp/tmux-*; }
press() { tmux send-keys -t screen "$@"; }
escape() { # a key right behind Esc would be one with Alt
	press Escape
	sleep 0.3
}
type() { tmux send-keys -t screen -l -- "$1"; }
shows() { tmux capture-pane -t screen -p | grep -qE -- "$1"; }
sees() { eventually 10 shows "$1" || fail "$(tmux capture-pane -t screen -p)"; }
settings() { cat $XDG_CONFIG_HOME/davit/settings 2>/dev/null; }

test "any of davit's command lines runs at ':', and what it prints is shown"
davit run -d --stop-timeout 1 --name web davit/demo sleep 1000 >/dev/null
mkdir -p $XDG_CONFIG_HOME/davit
printf 'containers.Greet = terminal echo hello {{.Name}}; read line\n' >$XDG_CONFIG_HOME/davit/commands
screen
sees ' web .*running'
type ':stop -t 0 web'
sees '> davit stop -t 0 web'
press Enter
sees 'done in'
check [ "$(state web)" = exited ]
check [ "$(tail -n 1 $XDG_STATE_HOME/davit/history)" = 'stop -t 0 web' ]
escape
sees ' web .*exit'

test "a few letters find an action, and what was typed comes back with Up"
type ':'
type 'start we'
sees '> start web'
press Enter
eventually 10 is_in_state web running || fail "$(davit ps -a)"
type ':'
press Up
sees ':stop -t 0 web'
escape

test "what is set is kept when one says so, and what is chosen with its key always"
type ':set theme light'
press Enter
sees 'Keep it for next time'
type 'y'
sees 'theme = light, kept in'
type 'O'
eventually 5 grep -q '^reverse = yes' $XDG_CONFIG_HOME/davit/settings
check [ "$(settings | sort)" = $'reverse = yes\ntheme = light' ]

test "a filter is saved, and its name stands for it"
type '/state:running'
press Enter
type ':save filter up'
press Enter
sees '@up is state:running'
type '/'
press C-u
type '-@up'
sees '0 of 1 match'
escape

test "a command of one's own has the terminal, and gives it back"
type '!'
sees 'Greet'
press Enter
sees 'hello web'
press Enter
sees 'Enter returns to davit'
press Enter
sees 'Containers'

test "help finds a word in the manual"
type '?'
type 'saved filters'
sees 'filter +SAVED FILTERS'
press Enter
sees 'docs/filter.md'
escape
leave

test "a mistake in the settings is told, and the file stays as it is"
printf 'theme = light\nsort = sideways\n' >$XDG_CONFIG_HOME/davit/settings
screen
sees 'settings line 2: sort is one of'
leave
check [ "$(settings)" = $'theme = light\nsort = sideways' ]
rm $XDG_CONFIG_HOME/davit/settings

test "line by line: a list, a choice, an act that is asked about, and davit's own lines"
mkfifo "$flow_tmp/lines"
{
	printf '1\n1\n1\nno\n1\nyes\n'
	until is_in_state web exited; do sleep 0.1; done
	printf 'ps -a --format {{.Names}}={{.State}}\nfilter nmae:x\nquit\n'
} >"$flow_tmp/lines" &
expect davit --plain <"$flow_tmp/lines"
check grep -q '^1\. web: running, up ' <<<"$out"
check grep -q '^Nothing was done\.$' <<<"$out"
check grep -qE '^web: exit .* \(was (running|stopping)\)' <<<"$out"
check grep -q '^web=exited$' <<<"$out"
check grep -q '^nmae:x is taken as text: there is no such field$' <<<"$out"

test "a filter knows what containers may do, and what they share, also of stopped ones"
expect davit create --name wide --net host --pid host --cap-add net_admin davit/demo true
expect davit create --name narrow --cap-drop all davit/demo true
expect davit --plain <<<'filter ns.net:host ns.pid:host ns.mnt:own cap:net_admin
filter cap:chown
filter -cap:chown -ns.net:host'
check grep -q '^1\. wide: created' <<<"$out"
check grep -q '^1 of 3 match ns.net:host ns.pid:host ns.mnt:own cap:net_admin;' <<<"$out"
check grep -q '^2 of 3 match cap:chown;' <<<"$out"
check grep -q '^1\. narrow: created' <<<"$out"
davit rm wide narrow >/dev/null

test "a terminal that cannot be drawn on gets lines, and a command takes none of the screen's options"
TERM=dumb expect davit </dev/null
check grep -q '^1 container: 0 running' <<<"$out"
expect_fail 125 davit --plain ps
check_error 'davit: --mouse, --plain and --slow are the screen.s, .*' "See 'davit --help'\."
davit rm -f web >/dev/null
