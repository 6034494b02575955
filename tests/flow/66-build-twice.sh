# The same layer twice: below a build, and made by one. Every diff id stays, and it is mounted once.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
warm
cd "$flow_tmp" || exit 1
mkdir ctx && echo x >ctx/f

layers() { field "$1" '{{range .RootFS.Layers}}{{println .}}{{end}}' | grep .; }
# history_fits NAME - as many lines with a layer as there are layers, which umoci insists on, too.
history_fits() {
	davit save -o "$flow_tmp/$1.tar" "$1" &&
		skopeo copy -q --insecure-policy "docker-archive:$1.tar" "oci:laid:$1" &&
		[ "$(skopeo inspect --insecure-policy --config "oci:laid:$1" | python3 -c '
import json, sys
c = json.load(sys.stdin)
print(len(c["rootfs"]["diff_ids"]) - sum(not h.get("empty_layer") for h in c["history"]))')" = 0 ] &&
		umoci unpack --image "laid:$1" "bundle-$1" >log 2>&1
}

test "an image that names a layer again is built upon, with all its diff ids"
for order in "a b a" "a a b" "a b a b"; do
	name=t$(tr -d ' ' <<<"$order")
	options=
	for at in $order; do
		case $at in a) options+=" --layer a=1" ;; b) options+=" --layer a=2 b=2" ;; esac
	done
	make-image "$name" --tag t --layer busybox $options >/dev/null || fail "no image $name"
	expect davit load -qi "$name"
	davit tag "${out##*: }" "$name"
	printf 'FROM %s\nCOPY f /f\nRUN (cat /f; cat /a) >/said\n' "$name" >ctx/Dockerfile
	expect davit build -q -t "on-$name" ctx
	check [ "$(layers "on-$name" | head -n "$(layers "$name" | wc -l)")" = "$(layers "$name")" ]
	check [ "$(layers "on-$name" | wc -l)" = $(($(layers "$name" | wc -l) + 2)) ]
	check history_fits "on-$name"
	expect davit run --rm "on-$name" cat /said
	check_output "x
$(cat "bundle-on-$name/rootfs/a")"
done

test "a build that makes the same layer again mounts it once and names it twice"
printf 'FROM davit/demo\nCOPY f /f\nRUN rm /f\nCOPY f /f\nRUN cat /f >/said\n' >ctx/Dockerfile
expect davit build -q -t again ctx
check [ "$(layers again | sort | uniq -d | wc -l)" = 1 ]
check history_fits again
expect davit run --rm again cat /said
check_output x
expect davit run --name changes again sh -c 'echo new >/new'
expect davit commit changes changed
check [ "$(layers changed | wc -l)" = $(($(layers again | wc -l) + 1)) ]
expect davit build -q --squash -t flat ctx
expect davit run --rm flat cat /said
check_output x
expect davit doctor
check grep -q 'all is well' <<<"$out"
