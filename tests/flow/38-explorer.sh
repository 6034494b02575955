# Files out of an image at any layer, and the explorer on the real screen: an image's layers, and a
# container's own writing on top.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1

head -c 300000 /dev/urandom >big
seq 100 >conf.1
sed 's/^7$/seven/' conf.1 >conf.2
make-image img --tag img:1 --tar --layer busybox \
	--layer etc/app/ etc/app/conf=@conf.1 opt/tool=@big var/cache/a=@big 'lib->usr/lib' \
	--layer etc/app/conf=@conf.2 '!opt/tool' var/cache/! var/cache/c=kept \
	--layer opt/again=x >/dev/null
davit load -qi img.tar >/dev/null || fail "no image"

test "a file is copied as it is at a layer"
expect davit image cp img:1:/etc/app/conf now
check cmp -s now conf.2
expect davit image cp --layer 2 img:1:/etc/app/conf then
check cmp -s then conf.1
expect davit image cp --layer 2 img:1:/opt/tool .
check cmp -s tool big
expect_fail 1 davit image cp img:1:/opt/tool gone
check_error 'davit: .*Could not find the file /opt/tool in image img:1'

test "a directory becomes a directory, or an archive"
mkdir into
expect davit image cp img:1:/var/cache into
check [ "$(cd into && find . -type f)" = ./cache/c ]
expect davit image cp --tar --layer 2 img:1:/var/cache cache.tar
check [ "$(tar tf cache.tar | sort)" = $'cache/\ncache/a' ]
davit image cp img:1:/etc/app - | tar xO app/conf | cmp -s - conf.2 || fail "not as a stream"
check [ ! -e cache.tar.part* ]

test "a layer alone is the tar that its diff id is the digest of"
expect davit image cp --layer 3 --alone img:1:/ layer.tar
check [ "sha256:$(sha256sum <layer.tar | cut -d' ' -f1)" = "$(davit image layers --no-trunc --format '{{.Layer}} {{.DiffID}}' img:1 | sed -n 's/^3 //p')" ]
check grep -q 'opt/.wh.tool' <<<"$(tar tf layer.tar)"
expect_fail 1 davit image cp --layer 9 img:1:/etc x
check_error 'davit: .*there is no layer 9: the image has 4'
expect_fail 1 davit image cp --alone img:1:/ x
check_error 'davit: .*--alone needs --layer'
expect_fail 1 davit image cp img:1 x
check_error 'davit: .*the source must be IMAGE:/PATH'

test "the screen shows an image's layers, why a path is what it is, and its versions"
expect shot 120x40 davit <<-END
	wait 1 Containers
	keys 2<Enter>
	wait Merged to L4
	keys /path:etc/app/conf<Enter>
	wait 1 match
	wait wins, because upper layers do
	wait +1
	keys D
	wait @@ -4,7 +4,7 @@
	keys <Esc>
	gone +4,7 @@
	keys <Enter>
	wait   7 seven
	keys <Esc>
	gone   7 seven
	keys <Esc>
	wait Merged to L4
	keys ,
	wait Merged to L3
	text shown
END
check grep -q 'L3 \* layer' shown

test "it exports what is selected"
expect shot 80x24 davit <<-END
	wait 1 Containers
	keys 2<Enter>
	wait Merged to L4
	keys /path:etc/app/conf<Enter>
	wait 1 match
	keys x
	wait Export to
	keys <^U>$flow_tmp/exported<Enter>
	wait Exported to
END
check cmp -s exported conf.2

test "what a container writes is a layer on top, and is read again as it comes"
davit run -d --name writer img:1 sh -c 'rm /etc/app/conf; echo hi >/new; while :; do sleep 1; done' >/dev/null
while ! davit exec writer test -e /new; do sleep 0.1; done
davit exec writer sh -c 'ln -s /etc/shadow /trap; mkfifo /pipe'
{
	sleep 3
	davit exec writer touch /later
} &
expect shot 100x30 davit <<-END
	wait writer
	keys F
	wait Merged to RW
	keys a
	wait later
	keys /name:conf<Enter>
	wait The container deletes it
	keys <Esc>
	wait Merged to RW
	keys /name:pipe<Enter>
	wait 1 match
	keys <Enter>
	wait it is no file
	keys <Esc>
	wait Merged to RW
	keys /name:trap<Enter>
	wait 1 match
	keys <Enter>
	wait RW  /trap
	gone root:
END
wait

test "of a container, too, a name that ends with .tar becomes an archive"
expect shot 100x30 davit <<-END
	wait writer
	keys F
	wait Merged to RW
	keys /name=app type:dir<Enter>
	wait 1 match
	keys x
	wait Export to
	keys <^U>$flow_tmp/app.tar<Enter>
	wait Exported to
END
check grep -q '^app/' <<<"$(tar tf "$flow_tmp/app.tar")"
expect davit rm -f writer
