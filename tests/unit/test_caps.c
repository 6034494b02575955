#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/caps.h"

static uint64_t adjusted(const char *add, const char *drop)
{
	auto_strs adds = STRS_INIT, drops = STRS_INIT;
	uint64_t out = 0;
	struct err err = {0};

	if (add)
		strs_add(&adds, add);
	if (drop)
		strs_add(&drops, drop);
	if (caps_adjust(CAPS_DEFAULT, &adds, &drops, &out, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static void names_and_numbers_agree_both_ways(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAPS_COUNT; i++)
		assert_int_equal(caps_number(caps_name(i)), i);
	assert_null(caps_name(CAPS_COUNT));
	assert_int_equal(caps_number("sys_admin"), 21);
	assert_int_equal(caps_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(caps_number("SYS_ADMINISTRATOR"), -1);
}

static void the_default_is_the_fourteen_of_docker(void **state)
{
	static const char *const expected[] = {"CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD",
		"NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE",
		"SYS_CHROOT", "KILL", "AUDIT_WRITE"};
	uint64_t mask = 0;

	(void)state;
	for (size_t i = 0; i < 14; i++)
		mask |= CAPS_BIT(caps_number(expected[i]));
	assert_int_equal(mask, CAPS_DEFAULT);
	assert_int_equal(__builtin_popcountll(CAPS_STRICT), 11);
	assert_int_equal(CAPS_STRICT & ~CAPS_DEFAULT, 0);
}

static void single_names_are_added_and_dropped(void **state)
{
	(void)state;
	assert_int_equal(adjusted("net_admin", NULL), CAPS_DEFAULT | CAPS_BIT(12));
	assert_int_equal(adjusted(NULL, "CAP_CHOWN"), CAPS_DEFAULT & ~CAPS_BIT(0));
	assert_int_equal(adjusted("chown", "chown"), CAPS_DEFAULT);
}

static void all_means_everything_but_what_is_also_named(void **state)
{
	(void)state;
	assert_int_equal(adjusted("ALL", "chown"), caps_known() & ~CAPS_BIT(0));
	assert_int_equal(adjusted("chown", "all"), CAPS_BIT(0));
	assert_int_equal(adjusted(NULL, "all"), 0);
}

static void an_unknown_name_is_refused(void **state)
{
	auto_strs list = STRS_INIT;
	struct err err = {0};
	uint64_t out;

	(void)state;
	strs_add(&list, "FLY");
	assert_int_equal(caps_adjust(0, &list, NULL, &out, &err), -EINVAL);
	assert_string_equal(err.text, "unknown capability: \"FLY\"");
}

static void what_is_no_full_name_in_a_config_json_is_left_out(void **state)
{
	auto_strs good = STRS_INIT, bad = STRS_INIT;

	(void)state;
	caps_names(CAPS_DEFAULT, &good);
	assert_int_equal(caps_from_names(&good), CAPS_DEFAULT);
	strs_add(&bad, "chown");
	strs_add(&bad, "CAP_KILL");
	strs_add(&bad, "CAP_FLY");
	assert_int_equal(caps_from_names(&bad), CAPS_BIT(caps_number("CAP_KILL")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_agree_both_ways),
		cmocka_unit_test(the_default_is_the_fourteen_of_docker),
		cmocka_unit_test(single_names_are_added_and_dropped),
		cmocka_unit_test(all_means_everything_but_what_is_also_named),
		cmocka_unit_test(an_unknown_name_is_refused),
		cmocka_unit_test(what_is_no_full_name_in_a_config_json_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
