#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "util/own.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
enum { ALL = WIRE_WANT_STDOUT | WIRE_WANT_STDERR | WIRE_WANT_EXIT };

static int begin(void **state)
{
	*state = rig_new();
	return 0;
}

static int end(void **state)
{
	rig_free(*state);
	return 0;
}

static void true_ends_with_0_and_the_record_says_so(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	struct row_state row;

	rig_launch(rig, &(struct rig_spec){0}, ALL);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
	assert_int_equal(rig_until_exit(rig->born, NULL).code, 0);
	row = rig_state(rig);
	assert_int_equal(row.status, ROW_EXITED);
	assert_int_equal(row.exit_code, 0);
	assert_true(row.started_ns && row.finished_ns >= row.started_ns);
	rig_until_shim_gone(rig);
	assert_true(rig_journal_has(rig, "start"));
	assert_true(rig_journal_has(rig, "die"));
}

int main(int argc, char **argv)
{
#define rigged(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		rigged(true_ends_with_0_and_the_record_says_so),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim: running", tests, NULL, NULL);
}
