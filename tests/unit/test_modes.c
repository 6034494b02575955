#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/modes.h"

/* What undoes this output, however it is cut in two. */
static void assert_undone(const char *output, const char *expected)
{
	for (size_t cut = 0; cut <= strlen(output); cut++) {
		struct modes modes = MODES_INIT;
		struct buf out = BUF_INIT;

		modes_watch(&modes, output, cut);
		modes_watch(&modes, output + cut, strlen(output) - cut);
		modes_undo(&modes, &out);
		assert_string_equal(buf_text(&out), expected);
		buf_fini(&out);
	}
}

static void plain_output_needs_nothing_undone(void **state)
{
	(void)state;
	assert_undone("hello\r\n\033[31mred\033[0m \033[2J\033[5;5H", "");
	assert_undone("\033]0;title with [?1049h in it\007", "");
}

static void an_editor_that_is_left_is_undone(void **state)
{
	(void)state;
	assert_undone("\033[?1049h\033[?25l\033[?2004h\033[?1;1000;1006h\033=\033[1;24r\033[7m",
		"\033[?1049l\033[?1l\033[?25h\033[?1000l\033[?1006l\033[?2004l\033>"
		"\0337\033[r\0338\033[m");
}

static void what_the_program_undid_itself_is_left_alone(void **state)
{
	(void)state;
	assert_undone("\033[?1049h\033[?1h\033=\033[?1l\033>\033[?1049l\033[?25l\033[?25h", "");
	assert_undone("\033[?1049h\033[4h\033c", "");
}

static void character_sets_and_cursor_shapes_are_put_back(void **state)
{
	(void)state;
	assert_undone("\033(0", "\033(B\017");
	assert_undone("\033(0\033(B", "");
	assert_undone("\033[4 q", "\033[0 q");
	assert_undone("\033[>1u\033[>3u\033[<u", "\033[<u");
}

static void a_sequence_cut_off_in_a_string_is_ended(void **state)
{
	struct modes modes = MODES_INIT;
	struct buf out = BUF_INIT;

	(void)state;
	modes_watch(&modes, "\033Pabc", 5);
	modes_undo(&modes, &out);
	assert_string_equal(buf_text(&out), "\033\\");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_output_needs_nothing_undone),
		cmocka_unit_test(an_editor_that_is_left_is_undone),
		cmocka_unit_test(what_the_program_undid_itself_is_left_alone),
		cmocka_unit_test(character_sets_and_cursor_shapes_are_put_back),
		cmocka_unit_test(a_sequence_cut_off_in_a_string_is_ended),
	};

	return cmocka_run_group_tests_name("modes", tests, NULL, NULL);
}
