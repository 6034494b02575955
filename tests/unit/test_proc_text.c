#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/proc_text.h"

#define TAIL                                                                                       \
	" S 7 42 42 34816 42 4194304 1 2 3 4 150 50 5 6 20 0 3 0 99000 4096000 250 18446744073709551615"

static void a_stat_line_is_read_by_its_fields(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(proc_parse_stat("42 (sleep)" TAIL, &stat), 0);
	assert_string_equal(stat.comm, "sleep");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 7);
	assert_int_equal(stat.tty, 34816);
	assert_int_equal(stat.threads, 3);
	assert_int_equal(stat.cpu_ticks, 200);
	assert_int_equal(stat.start_ticks, 99000);
	assert_int_equal(stat.virtual, 4096000);
	assert_int_equal(stat.resident, 250);
}

static void a_name_that_looks_like_fields_is_still_a_name(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(proc_parse_stat("42 (x) R 1 (y)" TAIL, &stat), 0);
	assert_string_equal(stat.comm, "x) R 1 (y");
	assert_int_equal(stat.ppid, 7);
}

static void a_line_that_ends_early_is_refused(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_true(proc_parse_stat("", &stat) < 0);
	assert_true(proc_parse_stat("42 (sleep", &stat) < 0);
	assert_true(proc_parse_stat(") (", &stat) < 0);
	assert_true(proc_parse_stat("42 (sleep) S 7 42", &stat) < 0);
}

static void a_status_names_the_process_in_every_namespace(void **state)
{
	struct proc_status status;

	(void)state;
	assert_int_equal(
		proc_parse_status(
			"Name:\tx\nUid:\t1\t1000\t1\t1\nNSpid:\t812\t9\t1\nNSpgid:\t3\n", &status),
		0);
	assert_int_equal(status.uid, 1000);
	assert_int_equal(status.depth, 3);
	assert_int_equal(status.pids[0], 812);
	assert_int_equal(status.pids[2], 1);
	assert_true(proc_parse_status("Name:\tNSpid: 1\nUid:\t1\t1\n", &status) < 0);
	assert_true(proc_parse_status("Name:\tx\nUid:\t1\t1\nNSpid:\n", &status) < 0);
}

static void a_command_is_its_arguments_or_its_name(void **state)
{
	char out[32];

	(void)state;
	proc_command("sleep\0"
		     "100\0",
		10, "sleep", out, sizeof(out));
	assert_string_equal(out, "sleep 100");
	proc_command("", 0, "kworker", out, sizeof(out));
	assert_string_equal(out, "[kworker]");
	proc_command("\0\0\0", 3, "x", out, sizeof(out));
	assert_string_equal(out, "[x]");
}

static void nothing_a_terminal_acts_on_is_left_in_a_command(void **state)
{
	char out[64];

	(void)state;
	proc_command("a\033[2Jb\177\n", 8, "x", out, sizeof(out));
	assert_string_equal(out, "a?[2Jb??");
	proc_command("\xc2\x9b"
		     "1m|\x9b|\xc3\xa9|\xe2\x82\xac",
		14, "x", out, sizeof(out));
	assert_string_equal(out, "??1m|?|\xc3\xa9|\xe2\x82\xac");
	proc_command("\xc0\x9b|\xe0\x82\x9b|\xe2\x82", 10, "x", out, sizeof(out));
	assert_string_equal(out, "??|???|??");
	proc_command("", 0, "\033c", out, sizeof(out));
	assert_string_equal(out, "[?c]");
}

static void a_long_command_is_cut_between_characters(void **state)
{
	char out[6];

	(void)state;
	proc_command("abcd\xc3\xa9", 6, "x", out, sizeof(out));
	assert_string_equal(out, "abcd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stat_line_is_read_by_its_fields),
		cmocka_unit_test(a_name_that_looks_like_fields_is_still_a_name),
		cmocka_unit_test(a_line_that_ends_early_is_refused),
		cmocka_unit_test(a_status_names_the_process_in_every_namespace),
		cmocka_unit_test(a_command_is_its_arguments_or_its_name),
		cmocka_unit_test(nothing_a_terminal_acts_on_is_left_in_a_command),
		cmocka_unit_test(a_long_command_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("proc_text", tests, NULL, NULL);
}
