# build --squash: the new layers as one, which does to the base what they did.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
cd "$flow_tmp" || exit 1
davit image bootstrap --quiet demo >/dev/null
mkdir base ctx
cat >base/Dockerfile <<'X'
FROM davit/demo
RUN mkdir -p /deep/a/b /gone /again /swap /kept && echo 1 >/deep/a/b/c && echo 2 >/gone/x && echo 3 >/again/old && \
    echo 4 >/swap/in && echo 5 >/file && echo 6 >/kept/f && ln /kept/f /kept/g && chmod 4755 /kept/f
LABEL from=base
X
cat >ctx/Dockerfile <<'X'
FROM base AS first
RUN rm -rf /gone /again && echo tmp >/tmp/made && mkdir /new && echo a >/new/a && ln /new/a /new/b
RUN mkdir /again && echo new >/again/new && rm /tmp/made
FROM first
RUN rm -rf /swap && echo now-a-file >/swap && rm /file && mkdir /file && echo in >/file/in
RUN chmod 700 /deep && rm -rf /deep/a && mkdir -p /deep/a && rm /new/a
ENV A=b
RUN rm /deep/a 2>/dev/null; rmdir /deep/a && mknod /dev-null c 1 3 && touch -d 2001-02-03 /kept/f
WORKDIR /work
X
davit build -q -t base base >/dev/null || fail "no base"

# tree DIR - everything about every file of a tree; but the time of a directory that only had a file for a while.
tree() {
	(cd "$1" && find . -mindepth 1 -printf '%P %y %m %U:%G %s %Ts %n %l\n' | sed 's/^\(tmp d .*\) [0-9]* 2 $/\1/' | sort)
}
# files IMAGE DIR - its files, by the engine's own export of the mounted tree.
files() {
	mkdir "$2" && echo "FROM $1" | davit build -q -o "$2" - >/dev/null
}

test "the tree is that of the layers one by one, and there is one above the base"
expect davit build -q -t plain ctx
expect davit build -q -t squashed --squash ctx
files plain plain
files squashed squashed
tree plain >plain.list
tree squashed >squashed.list
check diff plain.list squashed.list
layers() { davit image inspect "$1" --format '{{len .RootFS.Layers}}'; }
check [ "$(layers squashed)" = "$(($(layers base) + 1))" ]
check [ "$(layers plain)" -gt "$(layers squashed)" ]
expect davit image inspect squashed --format '{{json .Config.Env}} {{.Config.WorkingDir}} {{.Config.Labels.from}}'
check_output '\["PATH=.*","A=b"\] /work base'

test "it has a whiteout for what the base had, and for nothing else"
expect davit save -o squashed.tar squashed
skopeo copy -q --insecure-policy oci-archive:squashed.tar oci:layout:t || fail "skopeo cannot read it"
blob=$(jq -r '.layers[-1].digest' "layout/blobs/sha256/$(jq -r '.manifests[0].digest' layout/index.json | cut -d: -f2)")
tar tf "layout/blobs/sha256/${blob#*:}" | grep '\.wh\.' | sort >whiteouts
check diff - whiteouts <<'X'
.wh.gone
again/.wh..wh..opq
deep/.wh.a
X
test "umoci makes the same tree of it"
umoci unpack --image layout:t bundle >/dev/null 2>&1 || fail "umoci cannot unpack it"
tree bundle/rootfs >umoci.list
check diff squashed.list umoci.list

test "history keeps the lines, without layers, and says what was merged onto what"
expect davit history --no-trunc --format '{{.Size}} {{.Comment}}' squashed
check [ "$(sed -n 1s/.*merge/merge/p <<<"$out")" = "merge $(davit images -q --no-trunc plain) to $(davit images -q --no-trunc base)" ]
check [ "$(davit history -q squashed | grep -c missing)" = "$(davit history -q plain | wc -l)" ]
check [ "$(sed 1d <<<"$out" | head -n 8 | grep -c '^0B')" = 8 ]

test "the same again is the same image; from scratch everything is one layer; nothing new is none"
expect davit build -q -t again --squash ctx
check [ "$(davit images -q --no-trunc again)" = "$(davit images -q --no-trunc squashed)" ]
printf 'FROM scratch\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n' >scratch.file
expect davit build -q -t scratch --squash -f scratch.file ctx
check [ "$(layers scratch)" = 1 ]
expect davit history --no-trunc --format '{{.Comment}}' scratch
check grep -q '^create new from sha256:' <<<"$out"
printf 'FROM base\nENV x=y\n' >same.file
expect davit build -q -t same --squash -f same.file ctx
check [ "$(layers same)" = "$(layers base)" ]
