#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/privilege.h"
#include "core/subids.h"

static struct subids parse(const char *text)
{
	struct subids ids;

	subids_parse(text, "mate", 1501, &ids);
	return ids;
}

static void lines_of_the_name_and_of_the_number_count_in_their_order(void **state)
{
	struct subids ids = parse("root:1:5\nmate:200000:65536\n1501:100000:1000\nmates:1:1\n");

	(void)state;
	assert_int_equal(ids.len, 2);
	assert_int_equal(ids.v[0].first, 200000);
	assert_int_equal(ids.v[0].count, 65536);
	assert_int_equal(ids.v[1].first, 100000);
	assert_int_equal(subids_count(&ids), 66536);
}

static void a_user_without_a_name_is_known_by_the_number(void **state)
{
	struct subids ids;

	(void)state;
	subids_parse("1501:100000:1000\n:5:5\n", NULL, 1501, &ids);
	assert_int_equal(ids.len, 1);
}

static void what_newuidmap_would_refuse_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(parse("mate:1500:10\n").len, 0);               /* the user itself */
	assert_int_equal(parse("mate:5000:10\nmate:5009:10\n").len, 1); /* twice */
	assert_int_equal(parse("mate:4294967290:10\n").len, 0);         /* past the last */
	assert_int_equal(parse("mate:10:0\nmate:10\nmate\n#mate:1:1\n").len, 0);
	assert_int_equal(parse("mate:99999999999:1\nmate:-5:1\nmate:5:-1\n").len, 0);
}

static void more_lines_than_a_map_takes_are_cut(void **state)
{
	char text[64 * 32] = "";

	(void)state;
	for (int i = 0; i < 64; i++)
		snprintf(text + strlen(text), 32, "mate:%d:10\n", 10000 + 20 * i);
	assert_int_equal(parse(text).len, SUBIDS_MAX);
}

static void a_map_says_who_root_is_outside_and_how_many_there_are(void **state)
{
	uint32_t outside;
	uint64_t count;

	(void)state;
	privilege_read_map("         0       1501          1\n         1     100000      65536\n",
		&outside, &count);
	assert_int_equal(outside, 1501);
	assert_int_equal(count, 65537);
	privilege_read_map("1000 1501 1\n", &outside, &count);
	assert_int_equal(outside, UINT32_MAX);
	privilege_read_map("", &outside, &count);
	assert_int_equal(count, 0);
}

static void the_host_s_root_is_told_from_a_user_namespace_s(void **state)
{
	(void)state;
	assert_false(privilege_is_rootless());
	assert_int_equal(privilege_user(), 0);
	assert_int_equal(privilege_groups(), 0);
	assert_string_equal(privilege_opaque_mark(), "trusted.overlay.opaque");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_name_and_of_the_number_count_in_their_order),
		cmocka_unit_test(a_user_without_a_name_is_known_by_the_number),
		cmocka_unit_test(what_newuidmap_would_refuse_is_left_out),
		cmocka_unit_test(more_lines_than_a_map_takes_are_cut),
		cmocka_unit_test(a_map_says_who_root_is_outside_and_how_many_there_are),
		cmocka_unit_test(the_host_s_root_is_told_from_a_user_namespace_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
