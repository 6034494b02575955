#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/launch/passwd.h"

static struct passwd_file file;

static void open_text(const char *text, size_t len)
{
	int fd = memfd_create("passwd", 0);

	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	file = (struct passwd_file){.fd = fd};
}

#define OPEN(text) open_text(text, sizeof(text) - 1)

static void good_lines_are_read_and_broken_ones_passed_over(void **state)
{
	struct passwd_line line;

	(void)state;
	OPEN("# a comment\nroot:x:0:0::/root:/bin/sh\nno colons\nneg:x:-1:0::/:/\nbig:x:4294967296:0::/:/\n"
	     "\nbob:x:5:6:Bob:/home/bob");
	assert_true(passwd_next_user(&file, &line));
	assert_string_equal(line.name, "root");
	assert_true(passwd_next_user(&file, &line));
	assert_string_equal(line.name, "bob");
	assert_int_equal(line.uid, 5);
	assert_int_equal(line.gid, 6);
	assert_string_equal(line.home, "/home/bob");
	assert_false(passwd_next_user(&file, &line));
	close(file.fd);
}

static void a_line_too_long_is_skipped_whole(void **state)
{
	static char text[5000];
	struct passwd_line line;

	(void)state;
	/* Its end alone would be a good line, and root. */
	memset(text, 'a', sizeof(text));
	memcpy(text + 4000, "evil:x:0:0::/:/\nbob:x:5:6::/b:/\n", 33);
	open_text(text, 4032);
	assert_true(passwd_next_user(&file, &line));
	assert_string_equal(line.name, "bob");
	assert_false(passwd_next_user(&file, &line));
	close(file.fd);
}

static void a_line_with_a_nul_is_skipped(void **state)
{
	struct passwd_line line;

	(void)state;
	OPEN("evil\0:x:0:0::/:/\nbob:x:5:6::/b:/\n");
	assert_true(passwd_next_user(&file, &line));
	assert_string_equal(line.name, "bob");
	close(file.fd);
}

static void members_are_whole_names(void **state)
{
	(void)state;
	assert_true(passwd_is_member("alice,bob", "bob"));
	assert_true(passwd_is_member("bob", "bob"));
	assert_false(passwd_is_member("bobby,abob", "bob"));
	assert_false(passwd_is_member("", "bob"));
	assert_false(passwd_is_member(",,", ""));
}

static void numbers_are_digits_and_fit(void **state)
{
	uint32_t id = 77;

	(void)state;
	assert_int_equal(passwd_number("2147483647", &id), 0);
	assert_int_equal(id, 2147483647);
	assert_int_equal(passwd_number("2147483648", &id), -ERANGE);
	assert_int_equal(passwd_number("18446744073709551616", &id), -ERANGE);
	assert_int_equal(passwd_number("18446744073709551616x", &id), -EINVAL);
	assert_int_equal(passwd_number("1x", &id), -EINVAL);
	assert_int_equal(passwd_number("", &id), -EINVAL);
	assert_int_equal(passwd_number("-1", &id), -EINVAL);
	assert_int_equal(passwd_number("0x1", &id), -EINVAL);
	assert_int_equal(passwd_number("007", &id), 0);
	assert_int_equal(id, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_are_read_and_broken_ones_passed_over),
		cmocka_unit_test(a_line_too_long_is_skipped_whole),
		cmocka_unit_test(a_line_with_a_nul_is_skipped),
		cmocka_unit_test(members_are_whole_names),
		cmocka_unit_test(numbers_are_digits_and_fit),
	};

	return cmocka_run_group_tests_name("passwd", tests, NULL, NULL);
}
