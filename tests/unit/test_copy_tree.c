#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "util/copy_tree.h"
#include "util/own.h"

static int make_dir(int dir_fd, const char *name)
{
	assert_int_equal(mkdirat(dir_fd, name, 0755), 0);
	return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void put(int dir_fd, const char *name, const char *text)
{
	assert_int_equal(path_replace_at(dir_fd, name, text, strlen(text), 0640), 0);
}

static void expect(int dir_fd, const char *name, const char *text)
{
	auto_buf got = BUF_INIT;

	assert_int_equal(path_read_at(dir_fd, name, 1000, &got), 0);
	assert_string_equal(buf_text(&got), text);
}

static struct stat look(int dir_fd, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void everything_about_a_file_comes_along(void **state)
{
	const struct scratch *scratch = *state;
	auto_close int from = make_dir(scratch->fd, "from"), to = make_dir(scratch->fd, "to");
	auto_close int below = make_dir(from, "below");
	const struct timespec times[2] = {{1000, 7}, {2000, 9}};
	char target[10] = "";

	put(below, "file", "text");
	assert_int_equal(fchownat(below, "file", 12, 34, 0), 0);
	assert_int_equal(fchmodat(below, "file", 04751, 0), 0);
	assert_int_equal(utimensat(below, "file", times, 0), 0);
	assert_int_equal(linkat(below, "file", from, "hard", 0), 0);
	assert_int_equal(symlinkat("below/x", from, "soft"), 0);
	assert_int_equal(mknodat(from, "pipe", S_IFIFO | 0600, 0), 0);
	assert_int_equal(mknodat(from, "null", S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(fchmod(below, 01711), 0);

	assert_int_equal(copy_tree(from, to, NULL), 0);
	expect(to, "below/file", "text");
	assert_int_equal(look(to, "below/file").st_uid, 12);
	assert_int_equal(look(to, "below/file").st_gid, 34);
	assert_int_equal(look(to, "below/file").st_mode & 07777, 04751);
	assert_int_equal(look(to, "below/file").st_mtim.tv_sec, 2000);
	assert_true(look(to, "below/file").st_ino == look(to, "hard").st_ino);
	assert_int_equal(look(to, "below").st_mode & 07777, 01711);
	assert_int_equal(readlinkat(to, "soft", target, sizeof(target)), 7);
	assert_true(S_ISFIFO(look(to, "pipe").st_mode));
	assert_true(look(to, "null").st_rdev == makedev(1, 3));
}

static void what_is_there_stays_and_what_is_missing_comes(void **state)
{
	const struct scratch *scratch = *state;
	auto_close int from = make_dir(scratch->fd, "from"), to = make_dir(scratch->fd, "to");

	put(from, "one", "image's");
	put(from, "two", "image's");
	put(to, "one", "container's");
	put(to, ".davit-copy", "cut short");
	assert_int_equal(copy_tree(from, to, NULL), 0);
	expect(to, "one", "container's");
	expect(to, "two", "image's");
	assert_int_equal(faccessat(to, ".davit-copy", F_OK, 0), -1);
}

static void links_lead_neither_out_of_the_one_nor_of_the_other(void **state)
{
	const struct scratch *scratch = *state;
	auto_close int from = make_dir(scratch->fd, "from"), to = make_dir(scratch->fd, "to");
	auto_close int out = make_dir(scratch->fd, "out"), dir = make_dir(from, "dir");

	put(out, "secret", "secret");
	put(dir, "file", "x");
	assert_int_equal(symlinkat("../out", from, "lure"), 0);
	assert_int_equal(symlinkat("../out", to, "dir"), 0);
	assert_int_equal(copy_tree(from, to, NULL), 0);
	assert_true(S_ISLNK(look(to, "lure").st_mode));
	assert_int_equal(faccessat(out, "file", F_OK, 0), -1);
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_enter, scratch_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(everything_about_a_file_comes_along),
		in_scratch(what_is_there_stays_and_what_is_missing_comes),
		in_scratch(links_lead_neither_out_of_the_one_nor_of_the_other),
	};

	return cmocka_run_group_tests_name("copy_tree", tests, NULL, NULL);
}
