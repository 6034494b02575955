#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "runtime/seccomp_cache.h"
#include "util/own.h"
#include "util/path.h"

static int dir = -1;
static char dir_path[] = "/tmp/davit-seccomp-XXXXXX";
static int loads;

static int enter(void **state)
{
	(void)state;
	if (!mkdtemp(dir_path))
		return -1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int leave(void **state)
{
	(void)state;
	close(dir);
	return path_remove_at(AT_FDCWD, dir_path);
}

static int fresh(void **state)
{
	(void)state;
	loads = 0;
	return 0;
}

static int two_instructions(const struct seccomp_request *req, struct buf *program, struct err *err)
{
	struct sock_filter insns[2] = {{.k = 1}, {.k = (uint32_t)req->caps}};

	(void)err;
	buf_add(program, insns, sizeof(insns));
	return 0;
}

static seccomp_compile_fn *load(void *ctx, struct err *err)
{
	(void)ctx;
	(void)err;
	loads++;
	return two_instructions;
}

static seccomp_compile_fn *load_nothing(void *ctx, struct err *err)
{
	(void)ctx;
	err_set(err, ENOENT, "davit-seccomp.so: not installed");
	return NULL;
}

static struct seccomp_request request(uint64_t caps)
{
	struct seccomp_request req = {.caps = caps, .arch = 7, .kernel = 0x50a00};

	req.profile = seccomp_default_profile(&req.len);
	return req;
}

static void a_program_is_compiled_once_and_then_read(void **state)
{
	struct seccomp_request req = request(1);
	auto_buf first = BUF_INIT, second = BUF_INIT;

	(void)state;
	assert_int_equal(seccomp_cache_get(dir, &req, load, NULL, &first, NULL), 0);
	assert_int_equal(seccomp_cache_get(dir, &req, load, NULL, &second, NULL), 0);
	assert_int_equal(loads, 1);
	assert_int_equal(first.len, 2 * sizeof(struct sock_filter));
	assert_int_equal(second.len, first.len);
	assert_memory_equal(first.data, second.data, first.len);
}

static void each_thing_it_depends_on_gives_another_name(void **state)
{
	struct seccomp_request base = request(1), other[5];
	char name[40], names[5][40];

	(void)state;
	for (int i = 0; i < 5; i++)
		other[i] = base;
	other[0].caps = 2;
	other[1].arch = 8;
	other[2].kernel = 0x60100;
	other[3].len--;
	other[4].profile = "{}";
	other[4].len = 2;
	seccomp_cache_name(&base, name);
	for (int i = 0; i < 5; i++) {
		seccomp_cache_name(&other[i], names[i]);
		assert_string_not_equal(names[i], name);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void a_torn_file_is_compiled_again(void **state)
{
	struct seccomp_request req = request(3);
	auto_buf first = BUF_INIT, second = BUF_INIT;
	char name[40];

	(void)state;
	assert_int_equal(seccomp_cache_get(dir, &req, load, NULL, &first, NULL), 0);
	seccomp_cache_name(&req, name);
	assert_int_equal(
		path_replace_at(dir, name, "DVBP\1\0\0\0\2\0\0\0\0\0\0\0abc", 19, 0600), 0);
	assert_int_equal(seccomp_cache_get(dir, &req, load, NULL, &second, NULL), 0);
	assert_int_equal(loads, 2);
	assert_int_equal(second.len, first.len);
}

static void a_missing_compiler_is_reported_only_when_it_is_needed(void **state)
{
	struct seccomp_request known = request(1), unknown = request(99);
	auto_buf program = BUF_INIT;
	struct err err = {0};

	(void)state;
	assert_int_equal(seccomp_cache_get(dir, &known, load, NULL, &program, &err), 0);
	assert_int_equal(seccomp_cache_get(dir, &known, load_nothing, NULL, &program, &err), 0);
	assert_int_equal(
		seccomp_cache_get(dir, &unknown, load_nothing, NULL, &program, &err), -ENOENT);
	assert_string_equal(err.text, "davit-seccomp.so: not installed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_program_is_compiled_once_and_then_read, fresh),
		cmocka_unit_test_setup(each_thing_it_depends_on_gives_another_name, fresh),
		cmocka_unit_test_setup(a_torn_file_is_compiled_again, fresh),
		cmocka_unit_test_setup(
			a_missing_compiler_is_reported_only_when_it_is_needed, fresh),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
