/* Settings, their file, and what is remembered of what was typed. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "tui/keep.h"
#include "util/path.h"

static void a_setting_is_its_first_choice_until_it_is_set(void **state)
{
	auto_of(settings) struct settings *settings = settings_new();
	struct err err;

	(void)state;
	assert_string_equal(settings_get(settings, "theme"), "auto");
	assert_string_equal(settings_get(settings, "columns"), "");
	assert_int_equal(settings_set(settings, "theme", "light", &err), 0);
	assert_string_equal(settings_get(settings, "theme"), "light");
	assert_true(settings_is(settings, "reverse", "no"));
}

static void what_cannot_be_set_says_what_can(void **state)
{
	auto_of(settings) struct settings *settings = settings_new();
	struct err err;

	(void)state;
	assert_true(settings_set(settings, "theme", "pink", &err) < 0);
	assert_string_equal(err.text, "theme is one of auto dark light mono hc, and not 'pink'");
	assert_true(settings_set(settings, "thme", "dark", &err) < 0);
	assert_string_equal(err.text, "no setting is called 'thme'");
	assert_true(settings_set(settings, "theme", "ligh", &err) < 0);
	assert_true(settings_set(settings, "columns", "a\nb", &err) < 0);
	assert_true(settings_set(settings, "filter.a b", "x", &err) < 0);
	assert_string_equal(settings_get(settings, "theme"), "auto");
}

static void filters_are_saved_by_name_and_forgotten(void **state)
{
	auto_of(settings) struct settings *settings = settings_new();
	struct err err;

	(void)state;
	assert_null(settings_filter(settings, "prod"));
	assert_int_equal(settings_set(settings, "filter.prod", "name:shop -test", &err), 0);
	assert_int_equal(settings_set(settings, "filter.sick", "health:unhealthy", &err), 0);
	assert_int_equal(settings_set(settings, "filter.prod", "name:shop", &err), 0);
	assert_string_equal(settings_filter(settings, "prod"), "name:shop");
	assert_string_equal(settings_filter_name(settings, 1), "sick");
	assert_int_equal(settings_set(settings, "filter.prod", "", &err), 0);
	assert_null(settings_filter(settings, "prod"));
	assert_string_equal(settings_filter_name(settings, 0), "sick");
	assert_null(settings_filter_name(settings, 1));
}

static int parse(struct settings *settings, const char *text, struct err *err)
{
	return settings_parse(settings, text, strlen(text), err);
}

static void a_mistake_in_a_file_names_its_line_and_changes_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"# mine\n\ntheme = pink\n",
			"settings line 3: theme is one of auto dark light mono hc, and not 'pink'"},
		{"theme\n", "settings line 1: a line is \"name = value\", or a # comment"},
		{"colour = red", "settings line 1: no setting is called 'colour'"},
		{"filter. = x",
			"settings line 1: '' cannot name a filter: letters, digits, - and _ can"},
	};
	auto_of(settings) struct settings *settings = settings_new();
	struct err err;

	(void)state;
	assert_int_equal(
		parse(settings, "theme=dark\r\n filter.a = b c \n# x\nsort = cpu", &err), 0);
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_true(parse(settings, cases[i].text, &err) < 0);
		assert_string_equal(err.text, cases[i].says);
		assert_string_equal(settings_get(settings, "theme"), "dark");
	}
	assert_string_equal(settings_filter(settings, "a"), "b c");
}

static const char *edited(struct settings *settings, const char *name, const char *text)
{
	static char out[300];
	auto_buf buf = BUF_INIT;

	settings_edit(settings, name, text, strlen(text), &buf);
	snprintf(out, sizeof(out), "%s", buf_text(&buf));
	return out;
}

static void changing_one_leaves_the_other_lines_as_they_are(void **state)
{
	auto_of(settings) struct settings *settings = settings_new();
	struct err err;

	(void)state;
	settings_set(settings, "theme", "hc", &err);
	settings_set(settings, "filter.a", "x", &err);
	assert_string_equal(edited(settings, "theme", ""), "theme = hc\n");
	assert_string_equal(
		edited(settings, "theme", "# a\nsort = cpu"), "# a\nsort = cpu\ntheme = hc\n");
	assert_string_equal(
		edited(settings, "theme", "# a\ntheme=dark\n\nsort = cpu\ntheme = light\n"),
		"# a\ntheme = hc\n\nsort = cpu\n");
	assert_string_equal(
		edited(settings, "filter.a", "filter.ab = y\n"), "filter.ab = y\nfilter.a = x\n");
	settings_set(settings, "filter.a", "", &err);
	assert_string_equal(
		edited(settings, "filter.a", "filter.a = x\nsort = cpu\n"), "sort = cpu\n");
}

static void live_in(const struct scratch *scratch)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/config", scratch->path);
	setenv("XDG_CONFIG_HOME", path, 1);
	snprintf(path, sizeof(path), "%s/state", scratch->path);
	setenv("XDG_STATE_HOME", path, 1);
}

static const char *file_text(const struct scratch *scratch, const char *name)
{
	static char out[500];
	auto_buf text = BUF_INIT;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch->path, name);
	if (path_read_at(AT_FDCWD, path, 4096, &text) < 0)
		return NULL;
	snprintf(out, sizeof(out), "%s", buf_text(&text));
	return out;
}

static void what_is_saved_is_there_the_next_time(void **state)
{
	auto_of(keep) struct keep *keep = keep_new();
	auto_of(keep) struct keep *next = keep_new();
	struct err err;

	live_in(*state);
	assert_int_equal(keep_load(keep, &err), 0);
	assert_int_equal(keep_set(keep, "theme", "dark", false, &err), 0);
	assert_null(file_text(*state, "config/davit/settings"));
	assert_int_equal(keep_set(keep, "sort", "cpu", true, &err), 0);
	assert_string_equal(file_text(*state, "config/davit/settings"), "sort = cpu\n");
	keep_remember(keep, "stop -t 3 web");
	keep_remember(keep, "ps");
	keep_remember(keep, "stop -t 3 web");
	assert_int_equal(keep_load(next, &err), 0);
	assert_string_equal(settings_get(keep_settings(next), "sort"), "cpu");
	assert_string_equal(settings_get(keep_settings(next), "theme"), "auto");
	assert_string_equal(keep_history(next, 0), "stop -t 3 web");
	assert_string_equal(keep_history(next, 1), "ps");
	assert_null(keep_history(next, 2));
}

/* Dotfiles are often links into a repository. */
static void a_link_stays_a_link(void **state)
{
	const struct scratch *scratch = *state;
	auto_of(keep) struct keep *keep = keep_new();
	char dir[PATH_MAX], link[PATH_MAX + 16];
	struct stat stat;
	struct err err;

	live_in(scratch);
	snprintf(dir, sizeof(dir), "%s/config/davit", scratch->path);
	assert_int_equal(path_mkdirs(dir, 0700), 0);
	snprintf(link, sizeof(link), "%s/settings", dir);
	assert_int_equal(symlink("../../mine", link), 0);
	snprintf(dir, sizeof(dir), "%s/mine", scratch->path);
	close(open(dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(keep_load(keep, &err), 0);
	assert_int_equal(keep_set(keep, "unit", "host", true, &err), 0);
	assert_int_equal(lstat(link, &stat), 0);
	assert_true(S_ISLNK(stat.st_mode));
	assert_string_equal(file_text(scratch, "mine"), "unit = host\n");
}

static void a_file_with_a_mistake_is_told_and_not_written_over(void **state)
{
	const struct scratch *scratch = *state;
	auto_of(keep) struct keep *keep = keep_new();
	auto_close int fd = -1;
	char dir[PATH_MAX];
	struct err err;

	live_in(scratch);
	snprintf(dir, sizeof(dir), "%s/config/davit", scratch->path);
	assert_int_equal(path_mkdirs(dir, 0700), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(path_replace_at(fd, "settings", "sort = cpu\nnonsense\n", 20, 0600), 0);
	assert_true(keep_load(keep, &err) < 0);
	assert_non_null(strstr(err.text, "config/davit/settings: settings line 2"));
	assert_true(keep_set(keep, "sort", "name", true, &err) < 0);
	assert_non_null(strstr(err.text, "has a mistake: mend it"));
	assert_string_equal(settings_get(keep_settings(keep), "sort"), "name");
	assert_string_equal(file_text(scratch, "config/davit/settings"), "sort = cpu\nnonsense\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_is_its_first_choice_until_it_is_set),
		cmocka_unit_test(what_cannot_be_set_says_what_can),
		cmocka_unit_test(filters_are_saved_by_name_and_forgotten),
		cmocka_unit_test(a_mistake_in_a_file_names_its_line_and_changes_nothing),
		cmocka_unit_test(changing_one_leaves_the_other_lines_as_they_are),
		in_scratch(what_is_saved_is_there_the_next_time),
		in_scratch(a_link_stays_a_link),
		in_scratch(a_file_with_a_mistake_is_told_and_not_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
