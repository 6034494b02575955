/* Which images stand on which, told by their layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/image_family.h"

static struct image_entry rows[8];
static struct image_family family;
static size_t count;

static void image(struct strs *layers, const char *id, uint64_t created, const char *text)
{
	snprintf(rows[count].id, sizeof(rows[count].id), "%s", id);
	rows[count++].created_ns = created;
	strs_add(layers, text);
}

/* The ids of what the row stands on, the nearest first. */
static void check_below(size_t row, const char *wanted)
{
	char text[200] = "";
	size_t at;

	for (size_t n = 0; (at = image_family_below(&family, rows, row, n)) != SIZE_MAX; n++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s ", rows[at].id);
	}
	assert_string_equal(text, wanted);
}

static void make(struct strs *layers)
{
	assert_int_equal(image_family_make(&family, rows, count, layers), 0);
	assert_null(layers->v);
}

static int clean(void **state)
{
	(void)state;
	image_family_fini(&family);
	count = 0;
	return 0;
}

static void an_image_stands_on_all_whose_layers_are_its_lowest(void **state)
{
	struct strs layers = STRS_INIT;

	(void)state;
	image(&layers, "app", 5, "aa bb cc ");
	image(&layers, "base", 1, "aa ");
	image(&layers, "other", 2, "aa dd ");
	image(&layers, "tools", 3, "aa bb ");
	image(&layers, "apart", 4, "bb aa ");
	make(&layers);
	check_below(0, "tools base ");
	check_below(1, "");
	check_below(2, "base ");
	check_below(3, "base ");
	check_below(4, "");
}

static void of_the_same_layers_the_younger_stands_on_the_older(void **state)
{
	struct strs layers = STRS_INIT;

	(void)state;
	image(&layers, "young", 9, "aa bb ");
	image(&layers, "old", 1, "aa bb ");
	image(&layers, "on", 4, "aa bb cc ");
	make(&layers);
	check_below(0, "old ");
	check_below(1, "");
	check_below(2, "young old ");
}

static void names_of_one_image_do_not_stand_on_each_other(void **state)
{
	struct strs layers = STRS_INIT;

	(void)state;
	image(&layers, "one", 1, "aa ");
	image(&layers, "one", 1, "aa ");
	image(&layers, "two", 2, "aa bb ");
	make(&layers);
	check_below(0, "");
	check_below(1, "");
	check_below(2, "one one ");
}

static void one_without_layers_is_below_nothing(void **state)
{
	struct strs layers = STRS_INIT;

	(void)state;
	image(&layers, "none", 1, "");
	image(&layers, "none2", 2, "");
	image(&layers, "some", 3, "aa ");
	make(&layers);
	check_below(0, "");
	check_below(1, "");
	check_below(2, "");
	check_below(7, "");
}

static void no_images_are_no_family(void **state)
{
	struct strs layers = STRS_INIT;

	(void)state;
	make(&layers);
	check_below(0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			an_image_stands_on_all_whose_layers_are_its_lowest, clean),
		cmocka_unit_test_teardown(
			of_the_same_layers_the_younger_stands_on_the_older, clean),
		cmocka_unit_test_teardown(names_of_one_image_do_not_stand_on_each_other, clean),
		cmocka_unit_test_teardown(one_without_layers_is_below_nothing, clean),
		cmocka_unit_test_teardown(no_images_are_no_family, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
