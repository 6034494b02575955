/* AppArmor, where the kernel under the tests may have none: what would be written, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "runtime/launch/parts.h"
#include "util/own.h"

static void make_file(const struct scratch *scratch, const char *dir, const char *name)
{
	auto_close int fd = -1;
	char path[120];

	snprintf(path, sizeof(path), "%s/%s", scratch->path, dir);
	assert_int_equal(path_mkdirs(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(path_replace_at(fd, name, "", 0, 0600), 0);
}

static void expect_text(const struct scratch *scratch, const char *path, const char *text)
{
	auto_buf got = BUF_INIT;

	assert_int_equal(path_read_at(scratch->fd, path, 1000, &got), 0);
	assert_string_equal(buf_text(&got), text);
}

static void a_profile_is_written_for_the_next_exec(void **state)
{
	const struct scratch *scratch = *state;
	struct launch launch = {.proc = scratch->fd};

	make_file(scratch, "self/attr", "exec");
	assert_int_equal(launch_apparmor(&launch, "davit-default"), 0);
	expect_text(scratch, "self/attr/exec", "exec davit-default");
}

static void a_kernel_with_several_such_modules_has_a_place_for_each(void **state)
{
	const struct scratch *scratch = *state;
	struct launch launch = {.proc = scratch->fd};

	make_file(scratch, "self/attr", "exec");
	make_file(scratch, "self/attr/apparmor", "exec");
	assert_int_equal(launch_apparmor(&launch, "mine"), 0);
	expect_text(scratch, "self/attr/apparmor/exec", "exec mine");
	expect_text(scratch, "self/attr/exec", "");
}

static void without_a_place_the_launch_fails_and_names_the_profile(void **state)
{
	const struct scratch *scratch = *state;
	struct launch launch = {.proc = scratch->fd};

	assert_true(launch_apparmor(&launch, "mine") < 0);
	assert_non_null(strstr(launch.fail.text, "apply AppArmor profile mine: "));
	assert_int_equal(launch.fail.exit, 125);
}

/* Somebody else's file in that place would take the words and do nothing: CVE-2019-16884. */
static void a_link_in_its_place_is_not_followed(void **state)
{
	const struct scratch *scratch = *state;
	struct launch launch = {.proc = scratch->fd};

	make_file(scratch, "self/attr", "elsewhere");
	assert_int_equal(symlinkat("elsewhere", scratch->fd, "self/attr/exec"), 0);
	assert_true(launch_apparmor(&launch, "mine") < 0);
	expect_text(scratch, "self/attr/elsewhere", "");
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_enter, scratch_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_profile_is_written_for_the_next_exec),
		in_scratch(a_kernel_with_several_such_modules_has_a_place_for_each),
		in_scratch(without_a_place_the_launch_fails_and_names_the_profile),
		in_scratch(a_link_in_its_place_is_not_followed),
	};

	return cmocka_run_group_tests_name("apparmor", tests, NULL, NULL);
}
