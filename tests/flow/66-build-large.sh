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
