#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/place.h"
#include "../support/scratch.h"
#include "util/own.h"

static int opened(int dir, const char *name)
{
	int fd;

	assert_true(mkdirat(dir, name, 0700) == 0);
	fd = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void nothing_is_remembered_until_something_is(void **state)
{
	const struct scratch *scratch = *state;
	int dir = scratch->fd;
	struct place place;

	assert_false(place_read(dir, "none", &place));
	assert_int_equal(symlinkat("somewhere/else", dir, "foreign"), 0);
	assert_false(place_read(dir, "foreign", &place));
	assert_int_equal(symlinkat("1:2:relative", dir, "relative"), 0);
	assert_false(place_read(dir, "relative", &place));
}

static void a_directory_is_known_again_by_itself_not_by_its_path(void **state)
{
	const struct scratch *scratch = *state;
	int dir = scratch->fd;
	auto_close int one = opened(dir, "one"), two = opened(dir, "two");
	struct place place;
	char path[96];

	snprintf(path, sizeof(path), "%s/one", scratch->path);
	assert_int_equal(place_write(dir, "link", one, path), 0);
	assert_true(place_read(dir, "link", &place));
	assert_string_equal(place.path, path);
	assert_true(place_is(&place, one));
	assert_false(place_is(&place, two));
	assert_int_equal(renameat(dir, "one", dir, "moved"), 0);
	assert_true(place_is(&place, one));
	assert_int_equal(renameat(dir, "moved", dir, "one"), 0);
}

static void what_is_remembered_is_replaced_and_leaves_nothing_beside_it(void **state)
{
	const struct scratch *scratch = *state;
	int dir = scratch->fd;
	auto_close int one = opened(dir, "one"), two = opened(dir, "two");
	struct place place;
	struct stat st;

	assert_int_equal(place_write(dir, "again", one, "/one"), 0);
	/* As a process that was killed in between leaves it. */
	assert_int_equal(symlinkat("half", dir, "again.new"), 0);
	assert_int_equal(place_write(dir, "again", two, "/two"), 0);
	assert_true(place_read(dir, "again", &place));
	assert_string_equal(place.path, "/two");
	assert_true(place_is(&place, two));
	assert_int_equal(fstatat(dir, "again.new", &st, AT_SYMLINK_NOFOLLOW), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(nothing_is_remembered_until_something_is),
		in_scratch(a_directory_is_known_again_by_itself_not_by_its_path),
		in_scratch(what_is_remembered_is_replaced_and_leaves_nothing_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
