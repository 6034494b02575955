/* Themes: what they may use, and that what they use can be read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/theme.h"
#include "util/own.h"

struct rgb {
	int r, g, b;
};

/* Colours 1 to 6 as terminals have them by themselves, and what is behind them. */
static const struct palette {
	const char *name;
	bool light;
	struct rgb back, colours[6], bright[6]; /* bright: what bold makes of them, where it does */
} palettes[] = {
	{"xterm", false, {0, 0, 0},
		{{205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205},
			{0, 205, 205}},
		{{255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255},
			{0, 255, 255}}},
	{"the Linux console", false, {0, 0, 0},
		{{170, 0, 0}, {0, 170, 0}, {170, 85, 0}, {0, 0, 170}, {170, 0, 170}, {0, 170, 170}},
		{{255, 85, 85}, {85, 255, 85}, {255, 255, 85}, {85, 85, 255}, {255, 85, 255},
			{85, 255, 255}}},
	{"GNOME", false, {23, 20, 33},
		{{192, 28, 40}, {38, 162, 105}, {162, 115, 76}, {18, 72, 139}, {163, 71, 186},
			{42, 161, 179}},
		{{192, 28, 40}, {38, 162, 105}, {162, 115, 76}, {18, 72, 139}, {163, 71, 186},
			{42, 161, 179}}},
	{"xterm on white", true, {255, 255, 255},
		{{205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205},
			{0, 205, 205}},
		{{205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205},
			{0, 205, 205}}},
	{"GNOME on white", true, {255, 255, 255},
		{{192, 28, 40}, {38, 162, 105}, {162, 115, 76}, {18, 72, 139}, {163, 71, 186},
			{42, 161, 179}},
		{{192, 28, 40}, {38, 162, 105}, {162, 115, 76}, {18, 72, 139}, {163, 71, 186},
			{42, 161, 179}}},
	{"Solarized light", true, {253, 246, 227},
		{{220, 50, 47}, {133, 153, 0}, {181, 137, 0}, {38, 139, 210}, {211, 54, 130},
			{42, 161, 152}},
		{{220, 50, 47}, {133, 153, 0}, {181, 137, 0}, {38, 139, 210}, {211, 54, 130},
			{42, 161, 152}}},
};

static double linear(int value)
{
	double part = value / 255.0;

	return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(struct rgb c)
{
	return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

static double contrast(struct rgb a, struct rgb b)
{
	double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

/* A word and a sign say the same as a colour, and still it must be read: nearly what large text is
 * asked for (3), which one red on one dark background just misses. */
static void hold(const char *name, bool light)
{
	const struct theme *theme = theme_find(name);

	for (size_t p = 0; p < array_len(palettes); p++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_look *has = &theme->roles[role];
			const struct palette *palette = &palettes[p];
			double ratio;

			if (palette->light != light || has->colour < 0)
				continue;
			assert_in_range(has->colour, 1, 6);
			ratio = contrast(palette->back,
				(has->attrs & STYLE_BOLD ? palette->bright
							 : palette->colours)[has->colour - 1]);
			if (ratio < 2.9)
				fail_msg("%s: %s on %s has a contrast of %.2f", name,
					theme_role_name((enum role)role), palette->name, ratio);
		}
}

static void every_colour_of_a_theme_can_be_read_where_it_is_for(void **state)
{
	(void)state;
	hold("auto", false);
	hold("dark", false);
	hold("light", true);
	hold("hc", false);
	hold("hc", true);
}

static void no_theme_names_white_or_black_and_mono_names_none(void **state)
{
	static const char *const names[] = {"auto", "dark", "light", "mono", "hc"};

	(void)state;
	for (size_t i = 0; i < array_len(names); i++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			int colour = theme_find(names[i])->roles[role].colour;

			assert_true(colour < 0 || (colour > 0 && colour < 7));
			assert_true(i != 3 || colour < 0);
		}
}

/* What is told apart by colour elsewhere is told apart by shape where there is none. */
static void without_colours_what_matters_still_stands_out(void **state)
{
	const struct theme *mono = theme_find("mono");

	(void)state;
	assert_int_not_equal(mono->roles[ROLE_BAD].attrs, mono->roles[ROLE_TEXT].attrs);
	assert_int_not_equal(mono->roles[ROLE_WARN].attrs, mono->roles[ROLE_TEXT].attrs);
	assert_int_not_equal(mono->roles[ROLE_SELECTION].attrs, mono->roles[ROLE_TEXT].attrs);
	assert_ptr_equal(theme_choose("dark", 256, true), mono);
	assert_ptr_equal(theme_choose("dark", 2, false), mono);
}

static void a_users_theme_may_use_all_the_terminal_has(void **state)
{
	static const char text[] = "bad = bright-red bold\nok = 34\ninfo = 255 italic\n";
	struct theme theme = *theme_find("auto");
	struct err err;

	(void)state;
	assert_int_equal(theme_parse(&theme, text, strlen(text), &err), 0);
	assert_int_equal(theme.roles[ROLE_BAD].colour, 9);
	assert_int_equal(theme.roles[ROLE_OK].colour, 34);
	assert_int_equal(theme.roles[ROLE_INFO].colour, 255);
	assert_true(theme_parse(&theme, "ok = 256\n", 9, &err) < 0);
	assert_string_equal(err.text, "theme line 1: '256' is neither a colour nor an attribute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_colour_of_a_theme_can_be_read_where_it_is_for),
		cmocka_unit_test(no_theme_names_white_or_black_and_mono_names_none),
		cmocka_unit_test(without_colours_what_matters_still_stands_out),
		cmocka_unit_test(a_users_theme_may_use_all_the_terminal_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
