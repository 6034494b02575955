#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/kernel.h"

static struct kernel derive(const char *release, const char *override)
{
	struct kernel kernel = {0};
	struct err err = {0};

	if (kernel_derive(release, override, &kernel, &err) < 0)
		fail_msg("%s", err.text);
	return kernel;
}

static void a_release_has_what_came_with_it_and_before(void **state)
{
	struct kernel debian12 = derive("6.1.0-18-amd64", NULL);
	struct kernel oldest = derive("5.10.0", NULL);

	(void)state;
	assert_int_equal(debian12.version, KERNEL_VERSION_OF(6, 1));
	assert_true(kernel_has(&debian12, KERNEL_OVERLAY_IDMAP));
	assert_false(kernel_has(&debian12, KERNEL_LOWERDIR_PLUS));
	assert_true(kernel_has(&oldest, KERNEL_INTO_CGROUP));
	assert_false(kernel_has(&oldest, KERNEL_MOUNT_SETATTR));
}

static void a_new_kernel_can_pass_for_an_old_one(void **state)
{
	struct kernel as_old = derive("6.18.44", "5.10"), real = derive("5.10.0", NULL);

	(void)state;
	assert_int_equal(as_old.version, real.version);
	assert_int_equal(as_old.features, real.features);
}

static void an_old_kernel_cannot_pass_for_a_new_one(void **state)
{
	struct kernel kernel = derive("5.15.0", "7.0");

	(void)state;
	assert_int_equal(kernel.version, KERNEL_VERSION_OF(5, 15));
	assert_false(kernel_has(&kernel, KERNEL_TREE_NAMESPACE));
}

static void single_features_are_switched_off(void **state)
{
	struct kernel kernel = derive("6.18.0", "-newmount,-lowerdir+,,");

	(void)state;
	assert_false(kernel_has(&kernel, KERNEL_NEW_MOUNT));
	assert_false(kernel_has(&kernel, KERNEL_LOWERDIR_PLUS));
	assert_true(kernel_has(&kernel, KERNEL_OPENAT2));
}

static void words_without_a_meaning_and_old_kernels_are_refused(void **state)
{
	struct kernel kernel;
	struct err err;

	(void)state;
	assert_int_equal(kernel_derive("6.1.0", "-speed", &kernel, &err), -EINVAL);
	assert_string_equal(err.text, "DAVIT_KERNEL: \"-speed\" is neither a version nor -feature");
	assert_int_equal(kernel_derive("4.19.0", NULL, &kernel, &err), -ENOSYS);
	assert_string_equal(err.text, "Linux 4.19.0 is too old: davit needs 5.10");
}

static void asking_the_kernel_never_adds_what_was_switched_off(void **state)
{
	struct kernel read = {0}, probed;
	struct err err;

	(void)state;
	assert_int_equal(kernel_read("6.1,-openat2", &read, &err), 0);
	probed = read;
	kernel_probe(&probed);
	assert_int_equal(probed.features & ~read.features, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_has_what_came_with_it_and_before),
		cmocka_unit_test(a_new_kernel_can_pass_for_an_old_one),
		cmocka_unit_test(an_old_kernel_cannot_pass_for_a_new_one),
		cmocka_unit_test(single_features_are_switched_off),
		cmocka_unit_test(words_without_a_meaning_and_old_kernels_are_refused),
		cmocka_unit_test(asking_the_kernel_never_adds_what_was_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
