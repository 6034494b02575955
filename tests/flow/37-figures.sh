# Figures: what each box says is what ordinary tools say, and every box's command proves it.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
cd "$flow_tmp" || exit 1

# box KIND OBJECT TITLE FIELD - of the first box whose title begins so.
box() {
	davit explain --figure "$1" --format json ${2:+"$2"} | jq -r --arg t "$3" "first(.Boxes[] | select(.Title | startswith(\$t))).$4"
}
says() { # TEXT, in what a box said
	case $1 in *"$2"*) ;; *) fail "'$1' does not say '$2'" ;; esac
}

cat >Dockerfile <<'END'
FROM davit/demo
RUN echo one > /etc/motd
RUN echo two > /etc/motd; echo gone > /etc/gone
RUN rm /etc/gone
END
davit build -q -t shop/api . >/dev/null
davit run -d --name web shop/api sh -c 'echo mine > /etc/motd; rm /etc/os-release; sleep 100' >/dev/null
eventually 3 davit exec web sh -c '! [ -e /etc/os-release ]'
pid=$(field web '{{.State.Pid}}') shim=$(shim_of web)

test "the parts of the engine are the processes that are there"
says "$(box engine '' davit-shim Text)" "process $shim"
says "$(box engine '' 'sh -c' Text)" "process $pid here, 1 inside"
says "$(box engine '' store Text)" "/var/lib/davit"
says "$(box engine '' store Text)" "2 images, 1 container"
says "$(box engine '' 'davit serve' Text)" 'does not run'
davit serve >/dev/null 2>&1 &
serve=$!
eventually 3 sh -c "davit explain --figure engine | grep -q 'process $serve'"
kill $serve
wait $serve

test "what it says of a killed monitor and of a killed process comes true"
says "$(box engine '' davit-shim Text)" 'the container lives on; the next davit gives it another one'
kill -9 "$shim"
eventually 3 pid_gone "$shim"
check [ "$(state web)" = running ]
says "$(box engine '' davit-shim Text)" "process $(shim_of web)"
check [ "$(shim_of web)" != "$shim" ]
davit run -d --name short davit/demo sleep 100 >/dev/null
kill -9 "$(field short '{{.State.Pid}}')"
eventually 3 is_in_state short exited
check [ "$(davit explain --figure engine --format json | jq '[.Boxes[] | select(.Title == "davit-shim")] | length')" = 1 ]
check [ "$(davit explain --figure engine web --format json | jq -r .Caption)" = "$(davit explain --figure engine --format json | jq -r .Caption)" ]
davit rm short >/dev/null

test "an image's parts have the names that inspect gives them, and are what their names say"
id=$(davit image inspect -f '{{.Id}}' shop/api)
says "$(box image shop/api config Text)" "$id"
check [ "$(eval "$(box image shop/api config Command)" | cut -d' ' -f1)" = "${id#sha256:}" ]
check [ "$(davit explain --figure image --format json shop/api | jq '[.Boxes[] | select(.Title | startswith("layer "))] | length')" = 4 ]

test "a layer lies where it says, and says who shares it"
check [ "$(box layers shop/api '1  ' Text)" = 'also of davit/demo:latest' ]
check [ -d "$(box layers shop/api '3  ' Proof)" ]
check [ "$(cat "$(box layers shop/api '3  ' Proof)/etc/motd")" = two ]
check [ "$(box layers shop/api web Value)" = runs ]
davit rmi davit/demo >/dev/null
check [ "$(box layers shop/api '1  ' Text)" = '' ]

test "a path is followed through all layers"
says "$(box files shop/api:/etc/motd /etc/motd Text)" 'Layer 3 wins'
says "$(box files shop/api:/etc/motd '2  ' Text)" 'adds it: hidden'
says "$(box files shop/api:/etc/gone '4  ' Text)" 'deletes it: a whiteout'
check [ "$(box files shop/api:/etc/gone /etc/gone Value)" = 'not seen' ]
expect davit explain --figure files shop/api
check grep -q '/etc/motd in the layers' <<<"$out"
expect_fail 1 davit explain --figure files shop/api:/no/such
check grep -q 'nothing of it ever had /no/such' <<<"$err"

test "merged files say where each comes from, as the kernel has it"
check [ "$(box merged web name Value)" = ' seen  own    3    2    1' ]
check [ "$(box merged web motd Value)" = '    ●    ■    □    □    ·' ]
check [ "$(box merged web os-release Value)" = '    ·    x    ·    ·    □' ]
check [ "$(box merged web hosts Text)" = 'mounted there' ]
check [ "$(davit explain --figure merged --format json web:/etc | jq -r '.Boxes[] | select(.Line and ((.Value | test("^    ●")) or .Text == "mounted there")).Title' | tr -d / | sort)" = \
	"$(ls "/proc/$(field web '{{.State.Pid}}')/root/etc" | sort)" ]
check [ "$(davit explain --figure merged --format json web:/ | jq -r '.Boxes[] | select(.Line and ((.Value | test("^    ●")) or .Text == "mounted there")).Title' | tr -d / | sort)" = \
	"$(ls "/proc/$(field web '{{.State.Pid}}')/root/" | sort)" ]
says "$(box merged web:/etc own Command)" "containers/$(field web '{{.Id}}')/upper/etc"

test "of more layers than there is room for the lower ones share a column, and no name is without a layer"
mkdir "$flow_tmp/many"
echo x >"$flow_tmp/many/f"
{ echo FROM davit/demo; for i in 1 2 3 4 5 6 7 8 9; do echo "COPY f /d/f$i"; done; } >"$flow_tmp/many/Dockerfile"
davit build -q -t many "$flow_tmp/many" >/dev/null
davit create --name many many >/dev/null
says "$(box merged many:/d name Value)" ' rest'
check [ "$(davit explain --figure merged --format json many:/d | jq -r '.Boxes[] | select(.Line and (.Title | test("^f[1-9]$"))) | .Value | [match("■"; "g")] | length' | sort -u)" = 1 ]
check [ "$(box layers many '1 container' Title)" = '1 container of it' ]
davit rm many >/dev/null

test "what is measured of a container is measured"
davit stop -t 0 web >/dev/null
davit start web >/dev/null
total=$(davit explain --format json web | jq .total_us)
check [ "$(box machines web 'its last start' Title)" = "its last start: $(awk "BEGIN { printf \"%.1f\", $total / 1000 }") ms" ]
check [ "$(box machines web 'kernels: 1' Text)" = "$(davit exec web uname -sr) answers in there, where the machine is called $(davit exec web uname -n)" ]
check [ "$(sh -c "$(box machines web 'kernels: 1' Command)" | sort -u | wc -l)" = 1 ]
check grep -q 'microseconds' <<<"$(sh -c "$(box machines web 'its last start' Command)" 2>&1)"

test "of an index the one that was taken is the one that fits"
make-image multi --tag all --arch amd64 --arch arm64 --cmd /bin/true --layer a=1 >/dev/null
registry_start
registry_push multi:all multi:latest
davit pull -q 127.0.0.1:5000/multi >/dev/null
here=$(davit image inspect -f '{{.Os}}/{{.Architecture}}' 127.0.0.1:5000/multi)
says "$(box index 127.0.0.1:5000/multi "$here" Text)" "taken: this machine is $here"
check [ "$(davit explain --figure index --format json 127.0.0.1:5000/multi | jq '[.Boxes[] | select(.Tone == "faint")] | length')" = 1 ]
says "$(box index 127.0.0.1:5000/multi index Text)" "$(skopeo inspect --raw --tls-verify=false docker://127.0.0.1:5000/multi | sha256sum | cut -d' ' -f1)"
says "$(box index shop/api linux Text)" 'made here'

test "every figure's commands run, but those of the davit that has ended meanwhile"
for figure in engine 'image shop/api' 'layers shop/api' 'files shop/api' 'merged web' 'index 127.0.0.1:5000/multi' machines; do
	davit explain --figure $figure --format json | jq -r '.Boxes[] | select(.Title != "davit").Command | select(. != "")' | sort -u
done >commands
check [ "$(wc -l <commands)" -gt 25 ]
while read -r line; do
	[[ $line = 'ls '*blobs* || $line = *kvm* || $line = *'/etc/gone'* || $line = *os-release* ]] && continue
	bash -c "$line" </dev/null >/dev/null 2>>said || echo "$line" >>wrong
done <commands
[ ! -e wrong ] || fail "$(cat wrong said)"

test "a figure fits the terminal, in ASCII where that is all there is"
check [ "$(davit explain --figure engine | wc -L)" = 80 ]
check [ -z "$(LC_ALL=C davit explain --figure merged web | LC_ALL=C grep '[^ -~]')" ]

test "what is not there is told in a sentence"
expect_fail 1 davit explain --figure nothing
check grep -q "no figure is called 'nothing': engine, image" <<<"$err"
expect_fail 1 davit explain --figure image no/such
check grep -q 'No such image' <<<"$err"
expect_fail 1 davit explain
davit rm -f web >/dev/null
expect_fail 1 davit explain --figure merged
check grep -q 'there is no container yet' <<<"$err"

test "a lesson may show one, and a figure that there is not is named with its line"
printf 'title: x\nstep: s\nrun: davit run --rm davit/demo true\nfigure: layers davit/demo\n' >good.lesson
expect davit lesson check good.lesson
printf 'title: x\nstep: s\nfigure: engines\n' >bad.lesson
expect_fail 1 davit lesson check bad.lesson
check grep -q "line 3: no figure is called 'engines'" <<<"$err"
