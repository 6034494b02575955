#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/widget/sheet.h"

enum { IMAGE, RESTART, DETACH, FIELDS };

static const char *const restarts[] = {"no", "always", "on-failure", NULL};
static const struct sheet_field fields[] = {
	[IMAGE] = {SHEET_TEXT, "Image", "what to run", NULL},
	[RESTART] = {SHEET_CHOICE, "Restart", NULL, restarts},
	[DETACH] = {SHEET_TOGGLE, "Detach", NULL, NULL},
};

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	(void)arg;
	if (field == IMAGE && !sheet_is_on(sheet, IMAGE))
		buf_adds(mistake, "name an image");
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	(void)arg;
	strs_add(words, "davit");
	strs_add(words, "run");
	if (sheet_is_on(sheet, DETACH))
		strs_add(words, "-d");
	strs_addf(words, "--restart=%s", sheet_get(sheet, RESTART));
	strs_add(words, sheet_get(sheet, IMAGE));
}

static bool offer(void *arg, const struct sheet *sheet, size_t field, size_t nth, struct buf *value)
{
	static const char *const names[] = {"shop/api:1.9", "shop/web:2.0"};
	const char *typed = sheet_get(sheet, field);

	(void)arg;
	for (size_t i = 0; i < array_len(names); i++)
		if (str_has_prefix(names[i], typed) && nth-- == 0) {
			buf_adds(value, names[i]);
			return true;
		}
	return false;
}

static const struct sheet_shape shape = {fields, FIELDS, check, command, offer};

static void press(struct sheet *sheet, uint32_t code)
{
	struct key key = {.code = code};

	sheet_key(sheet, &key);
}

static void type(struct sheet *sheet, const char *text)
{
	for (; *text; text++)
		press(sheet, (unsigned char)*text);
}

static void assert_command(const struct sheet *sheet, const char *expected)
{
	auto_buf line = BUF_INIT;

	sheet_command(sheet, &line);
	assert_string_equal(buf_text(&line), expected);
}

static void the_command_line_follows_what_is_filled_in(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	type(sheet, "my app");
	press(sheet, KEY_TAB);
	press(sheet, ' ');
	press(sheet, KEY_TAB);
	press(sheet, ' ');
	assert_command(sheet, "davit run -d --restart=always 'my app'");
	assert_string_equal(sheet_get(sheet, DETACH), "yes");
}

static void tab_goes_round_and_shift_tab_back(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	press(sheet, KEY_BACKTAB);
	assert_int_equal(sheet_at(sheet), DETACH);
	press(sheet, KEY_TAB);
	assert_int_equal(sheet_at(sheet), IMAGE);
	press(sheet, KEY_DOWN);
	assert_int_equal(sheet_at(sheet), RESTART);
	press(sheet, KEY_LEFT);
	assert_string_equal(sheet_get(sheet, RESTART), "on-failure");
	press(sheet, KEY_RIGHT);
	assert_string_equal(sheet_get(sheet, RESTART), "no");
}

static void a_mistake_is_gone_to_and_named(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	sheet_go(sheet, DETACH);
	assert_false(sheet_check(sheet));
	assert_int_equal(sheet_at(sheet), IMAGE);
	type(sheet, "a");
	assert_true(sheet_check(sheet));
}

static void what_is_offered_is_turned_over_and_taken_at_the_end_of_the_line(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	type(sheet, "sh");
	press(sheet, KEY_CONTROL('n'));
	press(sheet, KEY_CONTROL('n')); /* there are two */
	press(sheet, KEY_RIGHT);
	assert_string_equal(sheet_get(sheet, IMAGE), "shop/web:2.0");
	sheet_set(sheet, IMAGE, "sh");
	press(sheet, KEY_LEFT);
	press(sheet, KEY_RIGHT); /* only moves */
	assert_string_equal(sheet_get(sheet, IMAGE), "sh");
}

static void a_choice_that_there_is_not_is_the_first(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	sheet_set(sheet, RESTART, "on-failure");
	assert_string_equal(sheet_get(sheet, RESTART), "on-failure");
	sheet_set(sheet, RESTART, "sometimes");
	assert_string_equal(sheet_get(sheet, RESTART), "no");
}

static void painting_fits_whatever_the_canvas(void **state)
{
	auto_of(sheet) struct sheet *sheet = sheet_new(&shape, NULL);

	(void)state;
	sheet_set(sheet, IMAGE, "a/very/long/name/that/does/not/fit/into/the/field/at/all:latest");
	for (int h = 1; h < 14; h++)
		for (int w = 1; w < 60; w += 7) {
			auto_of(grid) struct grid *grid = grid_new(w, h, false);

			sheet_go(sheet, (size_t)(h % FIELDS));
			sheet_paint(sheet, canvas_all(grid));
		}
	assert_int_equal(sheet_height(sheet, 40), FIELDS + 3 + 3);
}

static void assert_words(const char *text, const char *expected)
{
	auto_strs words = STRS_INIT;
	auto_buf joined = BUF_INIT;

	assert_int_equal(sheet_words(text, &words), 0);
	for (size_t i = 0; i < words.len; i++)
		buf_addf(&joined, "[%s]", words.v[i]);
	assert_string_equal(buf_text(&joined), expected);
}

static void words_are_read_as_a_shell_would(void **state)
{
	auto_strs words = STRS_INIT;

	(void)state;
	assert_words("", "");
	assert_words("  a  b ", "[a][b]");
	assert_words("A='x y' \"B=1\"2 c\\ d ''", "[A=x y][B=12][c d][]");
	assert_int_equal(sheet_words("'open", &words), -EINVAL);
}

static void quoting_and_reading_come_to_the_same(void **state)
{
	static const char *const cases[] = {
		"plain", "", "two words", "it's", "a\"b", "$HOME", "#c", "a\\b", "\x1b[31m"};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_strs words = STRS_INIT;
		auto_buf line = BUF_INIT;

		sheet_quote(&line, cases[i]);
		assert_int_equal(sheet_words(buf_text(&line), &words), 0);
		assert_int_equal(words.len, 1);
		assert_string_equal(words.v[0], cases[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_line_follows_what_is_filled_in),
		cmocka_unit_test(tab_goes_round_and_shift_tab_back),
		cmocka_unit_test(a_mistake_is_gone_to_and_named),
		cmocka_unit_test(what_is_offered_is_turned_over_and_taken_at_the_end_of_the_line),
		cmocka_unit_test(a_choice_that_there_is_not_is_the_first),
		cmocka_unit_test(painting_fits_whatever_the_canvas),
		cmocka_unit_test(words_are_read_as_a_shell_would),
		cmocka_unit_test(quoting_and_reading_come_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
