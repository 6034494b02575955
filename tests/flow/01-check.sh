. "${0%/*}/../support/flow.sh"
# `make check` on a source tree of a few lines.
mkdir -p /tmp/tree/tests/support
cp "$flow_root/tests/support/check" /tmp/tree/tests/support/

tree() { # PATH TEXT... - the tree consists of these files
	rm -rf /tmp/tree/src
	while [ $# -gt 0 ]; do
		mkdir -p "/tmp/tree/src/${1%/*}"
		printf '%s\n' "$2" >"/tmp/tree/src/$1"
		shift 2
	done
}
run_check() {
	/tmp/tree/tests/support/check cc -I/tmp/tree/src -Wall -Werror
}
complains() { # FILE LINE WHY - about a file of one line
	tree "$1" "$2"
	expect_fail 1 run_check
	check_output "src/$1:1: .*$3.*
0 passed, 1 failed"
}

test "includes that point left are fine"
tree util/err.h 'struct err;' core/engine.h '#include "util/err.h"' core/image/tar.c '#include "runtime/spec.h"' \
	runtime/spec.h '#include <stddef.h>' cli/run.c '#include "core/engine.h"' tui/screen.c '#include <curses.h>' \
	runtime/launch/mount.c '#include "runtime/plan.h"' shim/main.c '#include "runtime/launch/launch.h"'
expect run_check
check_output '11 passed, 0 failed'

test "an include that points right is named"
complains util/err.c '#include "core/engine.h"' 'util does not know core'
complains core/engine.c '#include "build/build.h"' 'core does not know build'
complains core/engine.c '#include "cli/run.h"' 'core does not know cli'
complains runtime/spec.c '#include <uv.h>' 'the loop is known'

test "an err that is looked into is never NULL, however far away"
tree core/a.c 'static int deep(struct err *err)
{
	return err->code;
}
int near(struct err *err)
{
	return deep(err);
}' core/b.c 'int one(void)
{
	return near(some(2), NULL);
}' core/c.c 'static int near(struct err *err)
{
	return err ? err->code : 0;
}
int two(void)
{
	return near(NULL);
}'
expect_fail 1 run_check
check_output 'src/core/b.c:3: near\(\) looks into its err: give it one
2 passed, 1 failed'

test "front ends see the façades only"
complains cli/run.c '#include "core/store.h"' 'a front end sees'
complains tui/app.c '#include "cli/run.h"' 'a front end sees'
complains tui/app.c '#include <ncursesw/curses.h>' 'only src/tui/screen.c knows curses'

test "the launch half sees the plan, its rows and the wire only"
complains runtime/launch/mount.c '#include "util/err.h"' 'the launch half'
complains shim/main.c '#include "runtime/spec.h"' 'the launch half'

test "banned calls are found in code, not in comments, strings or names"
complains util/err.c 'void f(char *a, char *b) { strcpy(a, b); }' 'strcpy'
complains util/err.c 'void f(int pid) { kill (pid, 9); }' 'pidfd_send_signal'
tree util/err.c '/* kill(2), system(3) */ const char *s = "strcpy(a, b)"; void task_kill(void); // popen()'
expect run_check

test "a header that needs another one is named"
tree util/buf.h 'size_t buf_len(void);'
expect_fail 1 run_check
check_output 'src/util/buf.h: does not compile alone
.*size_t.*
1 passed, 1 failed'
