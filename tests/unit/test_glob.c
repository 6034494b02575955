#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include "build/glob.h"
#include "../support/scratch.h"
#include "util/own.h"

static struct err err;

static void lay_out(struct scratch *scratch, const char *const *paths)
{
	for (; *paths; paths++) {
		char copy[100], *slash;

		snprintf(copy, sizeof(copy), "%s", *paths);
		slash = strrchr(copy, '/');
		if (slash) {
			*slash = '\0';
			close(path_mkdirs_in(scratch->fd, copy, 0755));
		}
		if (!slash || slash[1])
			assert_true(scratch_write(scratch->fd, *paths, "x", 0644));
	}
}
#define LAY(scratch, ...) lay_out((scratch), (const char *const[]){__VA_ARGS__, NULL})

static void expands(struct scratch *scratch, const char *pattern, bool deep, const char *words)
{
	const struct files_source source = {.root_fd = scratch->fd};
	auto_strs out = STRS_INIT;
	auto_buf text = BUF_INIT;
	bool wild;

	if (glob_expand(&source, pattern, deep, &out, &wild, &err) < 0)
		fail_msg("%s: %s", pattern, err.text);
	for (size_t i = 0; i < out.len; i++)
		buf_addf(&text, "%s%s", i ? " " : "", *out.v[i] ? out.v[i] : ".");
	if (strcmp(buf_text(&text), words) != 0)
		fail_msg("%s gives '%s', not '%s'", pattern, buf_text(&text), words);
}

static void a_plain_path_is_itself_when_it_is_there(void **state)
{
	LAY(*state, "a/b", "c");
	expands(*state, "a/b", false, "a/b");
	expands(*state, "/a//b/", false, "a/b");
	expands(*state, ".", false, ".");
	expands(*state, "/", false, ".");
	expands(*state, "nothing", false, "");
}

static void up_stops_at_the_root(void **state)
{
	LAY(*state, "a/b");
	expands(*state, "../../a/b", false, "a/b");
	expands(*state, "/../..", false, ".");
	expands(*state, "a/../a/b", false, "a/b");
}

static void a_wildcard_stays_in_its_directory(void **state)
{
	LAY(*state, "a.c", "b.c", "d/c.c", ".h.c", "b.h");
	expands(*state, "*.c", false, ".h.c a.c b.c");
	expands(*state, "?.c", false, "a.c b.c");
	expands(*state, "*/*.c", false, "d/c.c");
	expands(*state, "[ab].[ch]", false, "a.c b.c b.h");
	expands(*state, "[^a].c", false, "b.c");
	expands(*state, "**/*.c", false, "d/c.c");
	expands(*state, "z*", false, "");
}

static void a_backslash_or_a_class_makes_a_star_plain(void **state)
{
	LAY(*state, "a*b", "axb", "[c]");
	expands(*state, "a\\*b", false, "a*b");
	expands(*state, "a[*]b", false, "a*b");
	expands(*state, "[[]c]", false, "[c]");
}

static void two_stars_are_any_number_of_directories_each_path_once(void **state)
{
	LAY(*state, "x", "a/x", "a/b/x", "a.b/x", "a/y");
	expands(*state, "**/x", true, "a/b/x a/x a.b/x x");
	expands(*state, "**/**/x", true, "a/b/x a/x a.b/x x");
	expands(*state, "**/b/**/x", true, "a/b/x");
	expands(*state, "a/**", true, "a a/b");
}

static void links_are_gone_through_but_never_out_of_the_root(void **state)
{
	struct scratch *scratch = *state;

	LAY(*state, "a/x");
	assert_int_equal(symlinkat("a", scratch->fd, "in"), 0);
	assert_int_equal(symlinkat("/etc", scratch->fd, "out"), 0);
	assert_int_equal(symlinkat("../../../../etc", scratch->fd, "up"), 0);
	assert_int_equal(symlinkat("loop", scratch->fd, "loop"), 0);
	expands(*state, "in/x", false, "in/x");
	expands(*state, "in/*", false, "in/x");
	expands(*state, "out/*", false, "");
	expands(*state, "out/passwd", false, "");
	expands(*state, "up/passwd", false, "");
	expands(*state, "loop/*", false, "");
	expands(*state, "**/x", true, "a/x");
}

static void a_broken_pattern_is_an_error(void **state)
{
	const struct files_source source = {.root_fd = ((struct scratch *)*state)->fd};
	auto_strs out = STRS_INIT;
	bool wild;

	assert_int_equal(glob_expand(&source, "a[", false, &out, &wild, &err), -EINVAL);
	assert_int_equal(glob_expand(&source, "[]a]", false, &out, &wild, &err), -EINVAL);
	assert_int_equal(glob_expand(&source, "a*\\", false, &out, &wild, &err), -EINVAL);
}

static void two_ignore_files_leave_out_what_either_says(void **state)
{
	static const char text[] = "secret\n!d/keep\nd\n";
	const char *excludes[] = {"*.o"};
	const struct words words = {.v = excludes, .len = 1};
	auto_strs bases = STRS_INIT;
	struct ignore *ignore = NULL;
	struct filter filter;
	bool below;

	(void)state;
	assert_int_equal(ignore_read(text, strlen(text), &ignore, &err), 0);
	assert_int_equal(filter_init(&filter, ignore, &words, &err), 0);
	strs_add(&bases, "src");
	filter_relative_to(&filter, &bases);
	assert_true(filter_omits(&filter, "secret", false, &below));
	assert_true(filter_omits(&filter, "d", true, &below));
	assert_false(filter_omits(&filter, "src", true, &below));
	assert_true(filter_omits(&filter, "src/a.o", false, &below));
	assert_false(filter_omits(&filter, "src/a/b.o", false, &below));
	assert_false(filter_omits(&filter, "b.o", false, &below));
	filter_fini(&filter);
	ignore_free(ignore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_plain_path_is_itself_when_it_is_there),
		in_scratch(up_stops_at_the_root),
		in_scratch(a_wildcard_stays_in_its_directory),
		in_scratch(a_backslash_or_a_class_makes_a_star_plain),
		in_scratch(two_stars_are_any_number_of_directories_each_path_once),
		in_scratch(links_are_gone_through_but_never_out_of_the_root),
		in_scratch(a_broken_pattern_is_an_error),
		cmocka_unit_test(two_ignore_files_leave_out_what_either_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
