# What make install lays down is all that davit needs, and make uninstall takes all of it away.
. "${0%/*}/../support/flow.sh"
. "${0%/*}/../support/containers.sh"
there=/tmp/image prefix=/tmp/image/usr
make_there() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$flow_root" O="${O:-out/debug}" DESTDIR=$there \
		PREFIX=/usr "$@"
}

test "nothing goes anywhere but below DESTDIR and PREFIX"
expect make_there install
check [ "$(cd $there && echo *)" = usr ]
check [ "$(cd $prefix && echo *)" = 'bin lib share' ]
check [ "$(cd $prefix/bin && echo *)" = 'davit davit-runtime' ]
check [ -z "$(find $there -perm /022 ! -type l)" ]

test "the units for systemd name the installed davit"
check grep -q '^ExecStart=/usr/bin/davit serve$' $prefix/lib/davit/assets/systemd/davit.service
check grep -q '^ExecStart=/usr/bin/davit boot$' $prefix/lib/davit/assets/systemd/davit-boot.service

test "the installed davit uses its own monitor and modules, and the demo image is there"
PATH=$prefix/bin:$PATH
expect sh -c 'command -v davit'
check_output $prefix/bin/davit
expect davit run -d --name one davit/demo sleep 1000
check cmp "/proc/$(shim_of one)/exe" $prefix/lib/davit/davit-shim
expect davit run --rm --cap-add SYS_ADMIN davit/demo true # another filter: the module compiles it
expect davit rm -f one

test "davit in a directory without its parts says which is missing and where it looked"
mkdir /tmp/alone && cp $prefix/bin/davit /tmp/alone/
expect_fail 125 /tmp/alone/davit run --rm davit/demo true
check [ "$(wc -l <<<"$err")" = 1 ]
check grep -qE 'davit-[a-z.]+ is neither in /tmp/alone/? nor in ' <<<"$err"

test "uninstall leaves nothing"
expect make_there uninstall
check [ -z "$(find $there ! -type d)" ]
check [ ! -e $prefix/lib/davit ]
check [ ! -e $prefix/share/doc/davit ]
