#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/ansi.h"
#include "tui/vt.h"

static struct buf written;

static void take_bytes(void *self, const char *bytes, size_t len)
{
	(void)self;
	buf_add(&written, bytes, len);
}

static int open_vt(void **state)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	*state = vt_new(20, 3, take_bytes, NULL);
	return *state ? 0 : -1;
}

static int close_vt(void **state)
{
	vt_free(*state);
	buf_fini(&written);
	return 0;
}

static const char *shown(struct vt *vt)
{
	static char text[400];
	auto_of(grid) struct grid *grid = grid_new(vt_width(vt), vt_height(vt), false);
	auto_buf rows = BUF_INIT;

	vt_paint(vt, canvas_all(grid), true);
	for (int y = 0; y < grid_height(grid); y++) {
		grid_row_text(grid, y, &rows);
		buf_addc(&rows, '|');
	}
	snprintf(text, sizeof(text), "%s", buf_text(&rows));
	return text;
}

static void feed(struct vt *vt, const char *text)
{
	vt_feed(vt, text, strlen(text));
}

static void bytes_become_cells(void **state)
{
	feed(*state, "one\r\n\033[1mtwo\033[0m\033[3;5Hthree \344\270\226");
	assert_string_equal(shown(*state), "one|two|    three 世|");
}

static void a_question_is_answered_to_the_container_only(void **state)
{
	feed(*state, "\033[5n");
	assert_string_equal(buf_text(&written), "\033[0n");
}

static void arrows_follow_the_mode_that_the_program_set(void **state)
{
	struct key up = {.code = KEY_UP, .len = 3, .raw = "\033[A"};

	vt_key(*state, &up);
	feed(*state, "\033[?1h");
	vt_key(*state, &up);
	assert_string_equal(buf_text(&written), "\033[A\033OA");
}

static void titles_and_clipboards_stay_inside(void **state)
{
	feed(*state, "a\033]0;title\007\033]52;c;QUJD\007b");
	assert_string_equal(shown(*state), "ab|||");
	assert_int_equal(written.len, 0);
}

static void absurd_sizes_and_parameters_are_clamped(void **state)
{
	vt_resize(*state, 100000, -5);
	assert_int_equal(vt_width(*state), 500);
	assert_int_equal(vt_height(*state), 1);
	feed(*state, "\033[999999999;999999999H\033[99999999L\033[4000000000@x");
	vt_resize(*state, 1, 1);
	assert_non_null(shown(*state));
}

static struct ansi_line line;

static const char *plain(const char *bytes, size_t len)
{
	static char text[ANSI_LINE_MAX + 1];

	ansi_read(bytes, len, ROLE_TEXT, &line);
	memcpy(text, line.text, line.len);
	text[line.len] = '\0';
	return text;
}

static void a_log_line_keeps_colours_and_loses_power(void **state)
{
	static const char bytes[] =
		"\033[31;1mred\033[0m \033[2J\033]52;c;AAA\033\\x\033P+q\033\\y\033(Bz\n";

	(void)state;
	assert_string_equal(plain(bytes, sizeof(bytes) - 1), "red xyz");
	assert_int_equal(style_fg(line.styles[0]), 1);
	assert_true(line.styles[0] & STYLE_BOLD);
	assert_int_equal(line.styles[4], ROLE_TEXT);
}

static void extended_colours_are_understood(void **state)
{
	static const char bytes[] = "\033[38;5;200ma\033[48;2;255;0;0mb\033[38;5mc\033[39;49md";

	(void)state;
	assert_string_equal(plain(bytes, sizeof(bytes) - 1), "abcd");
	assert_int_equal(style_fg(line.styles[0]), 200);
	assert_int_equal(style_bg(line.styles[1]), 16 + 5 * 36);
	assert_int_equal(line.styles[3], ROLE_TEXT);
}

static void a_line_without_end_is_cut(void **state)
{
	auto_free char *bytes = malloc(100000);

	(void)state;
	memset(bytes, 'x', 100000);
	plain(bytes, 100000);
	assert_int_equal(line.len, ANSI_LINE_MAX);
	assert_true(line.cut);
}

static void a_carriage_return_begins_again_and_tabs_align(void **state)
{
	(void)state;
	assert_string_equal(plain("10%\r100%\r\n", 10), "100%");
	assert_string_equal(plain("a\tb", 3), "a       b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_become_cells, open_vt, close_vt),
		cmocka_unit_test_setup_teardown(
			a_question_is_answered_to_the_container_only, open_vt, close_vt),
		cmocka_unit_test_setup_teardown(
			arrows_follow_the_mode_that_the_program_set, open_vt, close_vt),
		cmocka_unit_test_setup_teardown(
			titles_and_clipboards_stay_inside, open_vt, close_vt),
		cmocka_unit_test_setup_teardown(
			absurd_sizes_and_parameters_are_clamped, open_vt, close_vt),
		cmocka_unit_test(a_log_line_keeps_colours_and_loses_power),
		cmocka_unit_test(extended_colours_are_understood),
		cmocka_unit_test(a_line_without_end_is_cut),
		cmocka_unit_test(a_carriage_return_begins_again_and_tabs_align),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
