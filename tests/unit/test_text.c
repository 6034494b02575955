#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/canvas.h"

static int speak_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static struct text_glyph first(const char *text)
{
	struct text_glyph glyph;

	text_next(text, strlen(text), &glyph);
	return glyph;
}

static void a_wide_character_takes_two_columns(void **state)
{
	(void)state;
	assert_int_equal(first("世").width, 2);
	assert_int_equal(text_width("a世b"), 4);
	assert_int_equal(text_fit("a世b", 5, 2), 1);
}

static void what_combines_stays_with_its_base(void **state)
{
	struct text_glyph glyph;

	(void)state;
	assert_int_equal(text_next("e\xcc\x81x", 4, &glyph), 3);
	assert_int_equal(glyph.width, 1);
	assert_string_equal(glyph.bytes, "e\xcc\x81");
}

static void a_pile_of_combining_marks_is_cut(void **state)
{
	char text[201] = "e";
	struct text_glyph glyph;

	(void)state;
	for (int i = 0; i < 100; i++)
		memcpy(text + 1 + 2 * i, "\xcc\x81", 2);
	assert_int_equal(text_next(text, 201, &glyph), 201);
	assert_in_range(glyph.len, 1, TEXT_GLYPH_MAX);
}

static void control_and_deceptive_characters_become_signs(void **state)
{
	static const char *const hostile[] = {"\033", "\x07", "\x7f", "\xc2\x9b", "\xe2\x80\xae",
		"\xe2\x80\x8b", "\xef\xbb\xbf", "\xff", "\xc0\xaf", "\xed\xa0\x80"};

	(void)state;
	for (size_t i = 0; i < array_len(hostile); i++) {
		struct text_glyph glyph = first(hostile[i]);

		assert_int_equal(glyph.width, 1);
		/* U+2400 and on for the first three, U+FFFD for the others. */
		assert_int_equal((unsigned char)glyph.bytes[0], i < 3 ? 0xe2 : 0xef);
	}
}

static void code_points_survive_encoding(void **state)
{
	char bytes[4];
	uint32_t code;

	(void)state;
	for (uint32_t i = 0; i < 0x110000; i += 7) {
		size_t len = text_encode(i, bytes);

		if (i >= 0xd800 && i <= 0xdfff)
			continue;
		assert_int_equal(text_decode(bytes, len, &code), len);
		assert_int_equal(code, i);
	}
}

static void overwriting_half_of_a_wide_glyph_blanks_the_other(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(4, 1, false);
	auto_buf row = BUF_INIT;
	struct text_glyph wide = first("世"), narrow = first("x");

	(void)state;
	grid_put(grid, 0, 0, ROLE_TEXT, &wide);
	grid_put(grid, 1, 0, ROLE_TEXT, &narrow);
	grid_row_text(grid, 0, &row);
	assert_string_equal(buf_text(&row), " x");
	grid_put(grid, 3, 0, ROLE_TEXT, &wide);
	assert_int_equal(grid_at(grid, 3, 0)->width, 1);
}

static void nothing_is_drawn_outside_a_canvas(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(10, 3, false);
	struct canvas inner = canvas_sub(canvas_all(grid), 2, 1, 4, 1);
	auto_buf text = BUF_INIT;

	(void)state;
	canvas_text(inner, -2, 0, ROLE_TEXT, "abcdefghij");
	canvas_text(inner, 0, 1, ROLE_TEXT, "below");
	canvas_box(canvas_sub(inner, 100, 100, 5, 5), ROLE_TEXT, ROLE_TEXT, "title");
	for (int y = 0; y < 3; y++) {
		grid_row_text(grid, y, &text);
		buf_addc(&text, '|');
	}
	assert_string_equal(buf_text(&text), "|  cdef||");
}

static void a_long_name_keeps_both_ends(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(11, 1, false);
	auto_buf row = BUF_INIT;

	(void)state;
	canvas_name(canvas_all(grid), 0, 0, 11, ROLE_TEXT, "company/team/service-7");
	grid_row_text(grid, 0, &row);
	assert_string_equal(buf_text(&row), "compa…ice-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wide_character_takes_two_columns),
		cmocka_unit_test(what_combines_stays_with_its_base),
		cmocka_unit_test(a_pile_of_combining_marks_is_cut),
		cmocka_unit_test(control_and_deceptive_characters_become_signs),
		cmocka_unit_test(code_points_survive_encoding),
		cmocka_unit_test(overwriting_half_of_a_wide_glyph_blanks_the_other),
		cmocka_unit_test(nothing_is_drawn_outside_a_canvas),
		cmocka_unit_test(a_long_name_keeps_both_ends),
	};

	return cmocka_run_group_tests(tests, speak_utf8, NULL);
}
