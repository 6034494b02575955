/* The user's key and theme files: where they are looked for, and what a mistake in one does. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "tui/config.h"
#include "tui/keymap_presets.h"
#include "util/own.h"

static void write_in(
	const struct scratch *scratch, const char *dir, const char *name, const char *text)
{
	auto_close int fd = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch->path, dir);
	assert_int_equal(path_mkdirs(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(path_replace_at(fd, name, text, strlen(text), 0600), 0);
}

static void live_in(const struct scratch *scratch, const char *xdg)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch->path, xdg);
	setenv("XDG_CONFIG_HOME", path, 1);
	setenv("HOME", scratch->path, 1);
}

static void the_first_directory_that_has_the_file_wins(void **state)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();
	auto_of(keymap) struct keymap *other = keymap_new();
	struct err err;

	write_in(*state, ".config/davit", "keys", "containers.stop = F8\n");
	live_in(*state, "none");
	assert_int_equal(config_keys(keymap, &err), 0);
	assert_string_equal(keymap_label(keymap, ACTION_STOP), "F8");
	write_in(*state, "xdg/davit", "keys", "containers.stop = F9\n");
	live_in(*state, "xdg");
	assert_int_equal(config_keys(other, &err), 0);
	assert_string_equal(keymap_label(other, ACTION_STOP), "F9");
}

static void a_mistake_names_file_and_line_and_changes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	auto_of(keymap) struct keymap *keymap = keymap_new();
	auto_buf text = BUF_INIT;
	struct err err;
	char says[200];

	live_in(scratch, "xdg");
	write_in(scratch, "xdg/davit", "keys", "containers.stop = x\ncontainers.hop = y\n");
	assert_true(config_keys(keymap, &err) < 0);
	snprintf(says, sizeof(says),
		"%s/xdg/davit/keys: key map line 2: no action is called 'containers.hop'",
		scratch->path);
	assert_string_equal(err.text, says);
	assert_string_equal(keymap_label(keymap, ACTION_STOP), "s");
	write_in(scratch, "xdg/davit", "theme", "bad = red\nok = pink\n");
	assert_true(config_theme(NULL, &text, &err) < 0);
	snprintf(says, sizeof(says),
		"%s/xdg/davit/theme: theme line 2: 'pink' is neither a colour nor an attribute",
		scratch->path);
	assert_string_equal(err.text, says);
	assert_int_equal(text.len, 0);
}

static void what_is_no_file_is_named_and_not_waited_for(void **state)
{
	const struct scratch *scratch = *state;
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct err err;

	live_in(scratch, "xdg");
	write_in(scratch, "xdg/davit/keys", "a", "");
	assert_true(config_keys(keymap, &err) < 0);
	assert_non_null(strstr(err.text, "/xdg/davit/keys: "));
}

static void a_theme_of_no_known_name_is_said_and_the_file_still_counts(void **state)
{
	auto_buf text = BUF_INIT;
	struct err err;

	live_in(*state, "xdg");
	write_in(*state, "xdg/davit", "theme", "bad = magenta\n");
	assert_int_equal(config_theme("light", &text, &err), 0);
	buf_clear(&text);
	assert_true(config_theme("neon", &text, &err) < 0);
	assert_non_null(strstr(err.text, "no theme is called 'neon'"));
	assert_string_equal(buf_text(&text), "bad = magenta\n");
}

/* The files that are delivered as examples are good ones. */
static void the_files_in_assets_can_be_used(void **state)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct theme theme = *theme_find("auto");
	auto_buf colours = BUF_INIT;
	const char *preset;
	struct err err;

	(void)state;
	for (size_t i = 0; (preset = keymap_preset_name(i)); i++)
		assert_int_equal(keymap_choose(keymap, preset, &err), 0);
	assert_int_equal(path_read_at(AT_FDCWD, "assets/themes/light.theme", 1 << 16, &colours), 0);
	assert_int_equal(theme_parse(&theme, buf_text(&colours), colours.len, &err), 0);
	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct theme_look *light = &theme_find("light")->roles[role];

		assert_int_equal(theme.roles[role].colour, light->colour);
		assert_int_equal(theme.roles[role].attrs, light->attrs);
	}
}

static void ones_own_keys_lie_over_those_of_a_preset(void **state)
{
	static const char own[] = "containers.stop = s F8\ncontainers.remove = X\n";
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct err err;

	(void)state;
	assert_int_equal(keymap_parse(keymap, own, strlen(own), &err), 0);
	assert_int_equal(keymap_choose(keymap, "ctop", &err), 0); /* sorts with s */
	assert_int_equal(keymap_find_in(keymap, CONTEXT_CONTAINERS, &(struct key){.code = 's'}),
		ACTION_STOP);
	assert_string_equal(keymap_label_in(keymap, CONTEXT_CONTAINERS, ACTION_STOP), "s");
	assert_string_equal(keymap_label_in(keymap, CONTEXT_CONTAINERS, ACTION_REMOVE), "X");
	assert_string_equal(keymap_label_in(keymap, CONTEXT_CONTAINERS, ACTION_SORT), "");
}

/* docs/keys.md has a row "| keys | context.action | help |" for every action, as it is:
 * tests/support/key-table writes them. */
static void the_key_table_of_the_manual_is_the_key_map(void **state)
{
	auto_buf manual = BUF_INIT;
	const struct keymap_entry *entries;
	size_t count;
	char row[200];

	(void)state;
	assert_int_equal(path_read_at(AT_FDCWD, "docs/keys.md", 1 << 18, &manual), 0);
	entries = keymap_entries(&count);
	for (size_t i = 0; i < count; i++) {
		snprintf(row, sizeof(row), "| `%s` | %s.%s | %s |", entries[i].keys,
			keymap_context_name(entries[i].context), entries[i].name, entries[i].help);
		if (!strstr(buf_text(&manual), row))
			fail_msg("docs/keys.md lacks: %s (tests/support/key-table writes them)",
				row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(the_first_directory_that_has_the_file_wins),
		in_scratch(a_mistake_names_file_and_line_and_changes_nothing),
		in_scratch(what_is_no_file_is_named_and_not_waited_for),
		in_scratch(a_theme_of_no_known_name_is_said_and_the_file_still_counts),
		cmocka_unit_test(the_files_in_assets_can_be_used),
		cmocka_unit_test(ones_own_keys_lie_over_those_of_a_preset),
		cmocka_unit_test(the_key_table_of_the_manual_is_the_key_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
