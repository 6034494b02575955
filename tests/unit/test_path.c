#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "util/own.h"
#include "util/path.h"

static int enter_scratch(void **state)
{
	char dir[] = "/tmp/davit-path-XXXXXX";
	int *fd = malloc(sizeof(*fd));

	if (!fd || !mkdtemp(dir))
		return -1;
	*fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = fd;
	return *fd < 0 ? -1 : 0;
}

static int leave_scratch(void **state)
{
	int *fd = *state;
	char link[64], path[256];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", *fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(*fd);
	free(fd);
	if (len < 0)
		return -1;
	path[len] = '\0';
	return path_remove_at(AT_FDCWD, path);
}

static void a_symlink_to_the_host_stays_inside(void **state)
{
	int root = *(int *)*state;
	auto_close int fd = -1;

	assert_int_equal(symlinkat("/etc/passwd", root, "sly"), 0);
	assert_int_equal(path_open_in(root, "sly", O_RDONLY, 0), -ENOENT);
	fd = path_mkdirs_in(root, "../../etc", 0755);
	assert_true(fd >= 0);
	assert_int_equal(faccessat(root, "etc", F_OK, 0), 0);
}

static void missing_directories_are_made_through_symlinks_inside(void **state)
{
	int root = *(int *)*state;
	auto_close int fd = -1;

	assert_int_equal(mkdirat(root, "usr", 0755), 0);
	assert_int_equal(symlinkat("/usr", root, "link"), 0);
	fd = path_mkdirs_in(root, "/link/lib/x", 0755);
	assert_true(fd >= 0);
	assert_int_equal(faccessat(root, "usr/lib/x", F_OK, 0), 0);
}

static void replacing_a_file_leaves_no_temporary_name(void **state)
{
	int root = *(int *)*state;
	auto_buf text = BUF_INIT;

	assert_int_equal(path_replace_at(root, "f", "one", 3, 0600), 0);
	assert_int_equal(path_replace_at(root, "f", "two!", 4, 0600), 0);
	assert_int_equal(path_read_at(root, "f", 100, &text), 0);
	assert_string_equal(buf_text(&text), "two!");
	assert_int_equal(path_read_at(root, "f", 3, &text), -EFBIG);
}

static void a_fifo_is_not_read(void **state)
{
	int root = *(int *)*state;
	auto_buf text = BUF_INIT;

	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(path_read_at(root, "fifo", 100, &text), -EINVAL);
}

static void a_tree_deeper_than_the_fd_limit_is_removed(void **state)
{
	int root = *(int *)*state, at = dup(root);

	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	close(at);
	assert_int_equal(path_remove_at(root, "d"), 0);
	assert_int_equal(faccessat(root, "d", F_OK, 0), -1);
	assert_int_equal(path_remove_at(root, "d"), -ENOENT);
}

int main(void)
{
#define in_scratch(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)
	const struct CMUnitTest tests[] = {
		in_scratch(a_symlink_to_the_host_stays_inside),
		in_scratch(missing_directories_are_made_through_symlinks_inside),
		in_scratch(replacing_a_file_leaves_no_temporary_name),
		in_scratch(a_fifo_is_not_read),
		in_scratch(a_tree_deeper_than_the_fd_limit_is_removed),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
