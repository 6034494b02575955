# Large files of a COPY are written while their layer is hashed: the same files and the same layers as small ones make.
# sandbox: --store ext4
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
cd "$flow_tmp" || exit 1
mkdir -p ctx/tree/deep
head -c 3000000 /dev/urandom >ctx/big
head -c 1048576 /dev/urandom >ctx/edge
head -c 20000001 /dev/urandom >ctx/tree/deep/huge
truncate -s 5M ctx/tree/hollow
head -c 2000000 /dev/urandom >ctx/tree/first
ln ctx/tree/first ctx/tree/second
head -c 1500000 /dev/urandom >ctx/tree/special
chmod 6755 ctx/tree/special
head -c 1500000 /dev/urandom >ctx/tree/able
chmod 755 ctx/tree/able
python3 -c 'import os; os.setxattr("ctx/tree/able", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))'
capability() { python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "security.capability").hex())' "$1"; }
echo small >ctx/small
chmod 640 ctx/big
touch -d '2020-02-02 02:02:02.5' ctx/big ctx/tree/deep/huge
# tree_of IMAGE - what walk-tree says of each file, and of its content.
tree_of() {
	local dir
	dir=$(davit image inspect -f '{{.GraphDriver.Data.UpperDir}}' "$1")
	(cd "$dir" && find . -type f -printf '%P %m %U:%G %s %n %T@ ' -exec sha256sum {} \; | sed 's, \./[^ ]*$,,' | LC_ALL=C sort)
}

test "whole trees of large files arrive as they are, but for fractions of seconds"
printf 'FROM scratch\nCOPY . /x\n' >Dockerfile
expect davit build -q -t tree -f Dockerfile ctx
(cd ctx && find . -type f -printf 'x/%P %m 0:0 %s %n %Ts.0000000000 ' -exec sha256sum {} \; | sed 's, \./[^ ]*$,,' | LC_ALL=C sort) >wanted
check [ "$(tree_of tree)" = "$(cat wanted)" ]
dir=$(davit image inspect -f '{{.GraphDriver.Data.UpperDir}}' tree)
check [ "$(capability "$dir/x/tree/able")" = "$(capability ctx/tree/able)" ]
expect davit doctor

test "the layer is the digest of its tar, and of the files that are there"
expect davit save -o tree.tar tree
mkdir saved && tar -C saved -xf tree.tar
diff_id=$(davit image inspect -f '{{index .RootFS.Layers 0}}' tree)
found=
for blob in saved/blobs/sha256/*; do
	[ "sha256:$(sha256sum <"$blob" | cut -c1-64)" = "$diff_id" ] && found=$blob
done
check [ -n "$found" ]
mkdir unpacked && tar -C unpacked -xf "$found"
check cmp unpacked/x/tree/deep/huge ctx/tree/deep/huge
check cmp unpacked/x/big ctx/big

test "--chown, --chmod and --link hold for them, and the last of a name stays"
printf 'FROM tree\nCOPY --chown=5:6 --chmod=600 big /y\nCOPY --link edge /x/big\nCOPY edge small /z/\n' >Dockerfile
mkdir -p ctx/a ctx/b ctx/c && cp ctx/small ctx/a/same && cp ctx/big ctx/b/same && cp ctx/edge ctx/c/same
printf 'COPY a b /ab/\nCOPY b/same a/same /ba/\nCOPY b/same c/same /bc/\n' >>Dockerfile
expect davit build -q -t more -f Dockerfile ctx
expect davit create --name look more /nothing
for pair in y=big x/big=edge z/edge=edge z/small=small ab/same=big ba/same=small bc/same=edge x/edge=edge; do
	rm -f got && expect davit cp look:/"${pair%=*}" got
	check cmp got ctx/"${pair#*=}"
done
check [ "$(davit cp look:/y - | tar -tvf - --numeric-owner | cut -c1-14)" = '-rw------- 5/6' ]
expect davit rm look

test "a large file that is below already, and nothing else, makes no layer"
printf 'FROM tree\nCOPY big /x/\n' >Dockerfile
expect davit build -q -t again -f Dockerfile ctx
check [ "$(davit image inspect -f '{{.RootFS.Layers}}' again)" = "$(davit image inspect -f '{{.RootFS.Layers}}' tree)" ]
expect davit doctor

# cached TEXT - whether the COPY of that progress was known.
cached() { grep -q '^#[0-9]* CACHED$' <<<"$1"; }
# poke FILE OFFSET - changes a byte; the file's size stays.
poke() { printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
# same_huge IMAGE DIR - the image has the file that is in DIR.
same_huge() {
	local dir
	dir=$(davit image inspect -f '{{.GraphDriver.Data.UpperDir}}' "$1")
	cmp "$dir/x/tree/deep/huge" "$2/tree/deep/huge"
}

test "what was hashed while it was written is known by its content alone, wherever it stands"
printf 'FROM scratch\nCOPY . /x\nLABEL n=1\n' >Dockerfile
cp -r ctx clone && find clone -exec touch -d '2021-01-01 01:01:01' {} +
chmod 6755 clone/tree/special && chmod 640 clone/big
rm clone/tree/second && ln clone/tree/first clone/tree/second
python3 -c 'import os; os.setxattr("clone/tree/able", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))'
expect davit build --no-cache -q -t plain -f Dockerfile ctx
expect davit build --progress plain -t again -f Dockerfile ctx
check cached "$err"
expect davit build --progress plain -t cloned -f Dockerfile clone
check cached "$err"
check [ "$(davit image inspect -f '{{.Id}}' cloned)" = "$(davit image inspect -f '{{.Id}}' again)" ]

test "one byte that is another is seen, in any place of a large file"
for at in 0 1000000 19999999; do
	poke clone/tree/deep/huge $at
	expect davit build --dry-run -f Dockerfile clone
	check grep -q 'tree/deep/huge changed' <<<"$out"
	expect davit build --progress plain -t poked -f Dockerfile clone
	check [ "$(grep -c CACHED <<<"$err")" = 0 ]
	check same_huge poked clone
	expect davit build --progress plain -t poked -f Dockerfile clone
	check cached "$err"
done

test "what was seen is only a hint: without it a result is known as before"
expect davit builder prune -af
expect davit builder du
check grep -q "^Total: *0B" <<<"$out"
expect davit build --progress plain -t fresh -f Dockerfile clone
check same_huge fresh clone
expect davit doctor

test "an archive that ADD has unpacked before is not opened again to find out what is in it"
mkdir arch && tar -C ctx -czf arch/tree.tgz tree small
printf 'FROM scratch\nADD tree.tgz /x/\n' >Dockerfile
expect strace -f -qq -s 200 -o trace -e trace=execve,execveat davit build --progress plain -t added -f Dockerfile arch
check [ "$(grep -c '"bring"' trace)" = 1 ]
check same_huge added ctx
touch arch/tree.tgz
expect strace -f -qq -s 200 -o trace -e trace=execve,execveat davit build --progress plain -t added -f Dockerfile arch
check cached "$err"
check [ "$(grep -c '"bring"' trace)" = 0 ]
(cd arch && gzip -dc tree.tgz | gzip -1 >again && mv again tree.tgz)
expect davit build --progress plain -t added -f Dockerfile arch
check cached "$err"
