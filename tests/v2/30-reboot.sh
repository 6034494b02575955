# What comes back with the host: first after an orderly reboot, by davit.service; then after a power cut,
# by davit-boot.service.
. "${0%/*}/guest.sh"
in_sh="davit/demo sh -c"
waits='trap "echo stopped >>/kept/$NAME; exit 0" USR1; echo started >>/kept/$NAME; while :; do sleep 0.1; done'
units=/usr/local/lib/davit/assets/systemd

keeper() { # NAME POLICY
	davit run -d --name "$1" --restart "$2" --stop-signal USR1 -e NAME="$1" -v kept:/kept davit/demo sh -c "$waits" >/dev/null
}
said() { cat /var/lib/davit/volumes/kept/*/"$1" /var/lib/davit/volumes/kept/"$1" 2>/dev/null | tr '\n' ' '; }
ours() {
	eventually 60 is_in_state always running
	eventually 60 is_in_state unless running
	check [ "$(state by-hand) $(state no)" = 'exited exited' ]
}

case $(phase) in
0)
	test "containers with every policy, before"
	cp $units/davit.service /etc/systemd/system/
	expect systemctl enable --now davit
	keeper always always
	keeper unless unless-stopped
	keeper no no
	keeper by-hand unless-stopped
	davit run -d --name failing --restart on-failure:3 $in_sh 'trap "exit 3" TERM; while :; do sleep 0.1; done' >/dev/null
	expect davit stop by-hand
	check [ "$(said by-hand)" = 'started stopped ' ]
	eventually 10 sh -c "[ -s /var/lib/davit/volumes/kept/no ] || [ -s /var/lib/davit/volumes/kept/_data/no ]"
	date +%s >/var/lib/v2/asked
	reboot_and 1
	;;
1)
	test "an orderly end told every container, with its own signal, and took no longer"
	check [ "$(said always | cut -d' ' -f1,2)" = 'started stopped' ]
	check [ "$(said unless | cut -d' ' -f1,2)" = 'started stopped' ]
	check [ "$(said no)" = 'started stopped ' ]
	check [ $(($(date +%s) - $(cat /var/lib/v2/asked) - $(cut -d. -f1 /proc/uptime))) -lt 40 ]

	test "davit.service brings back what the policies want, and nothing else"
	ours
	eventually 60 is_in_state failing running
	check [ "$(said always)" = 'started stopped started ' ]
	check [ "$(said unless)" = 'started stopped started ' ]
	check [ "$(field no '{{.State.ExitCode}}')" = 0 ]
	check [ "$(group_of always)" = "/sys/fs/cgroup/system.slice/davit.scope/davit/$(field always '{{.Id}}')" ]
	expect davit exec always cat /kept/always
	systemctl disable -q davit
	cp $units/davit-boot.service /etc/systemd/system/
	expect systemctl enable davit-boot
	sync
	reboot_and 2 --force --force
	;;
2)
	test "after a power cut davit-boot.service does the same, once"
	ours
	check [ "$(said always)" = 'started stopped started started ' ]
	check [ "$(systemctl show -P ActiveState davit-boot)" = active ]
	expect systemctl restart davit-boot
	check [ "$(said always)" = 'started stopped started started ' ]
	davit rm -f always unless by-hand no failing >/dev/null
	systemctl disable -q davit-boot
	;;
esac
