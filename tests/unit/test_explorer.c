#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/layers_rig.h"
#include "core/layers_own.h"
#include "tui/explorer.h"
#include "util/buf.h"

static struct err err;
static struct layers_rig rig;
static struct explorer *explorer;

/* Layers as the engine would give them, of the rig's first n. */
static struct layers *layers_of(unsigned n)
{
	struct layers *layers = calloc(1, sizeof(*layers));

	layers->users = 1;
	layers->n = n;
	layers->n_stacks = 1;
	layers->stacks[0].n = n;
	layers->indexes = calloc(n + 1, sizeof(*layers->indexes));
	layers->owns = calloc(n + 1, sizeof(*layers->owns));
	layers->described = calloc(n + 1, sizeof(*layers->described));
	memcpy(layers->indexes, rig.indexes, n * sizeof(*layers->indexes));
	assert_int_equal(
		strata_new((const struct index *const *)layers->indexes, n, &layers->strata, &err),
		0);
	return layers;
}

static int set_up(void **state)
{
	(void)state;
	layers_rig_init(&rig);
	layers_rig_layer(&rig, "usr/lib/a=1234", "usr/lib/b=1", "usr/bin/x=22", "etc/conf=1");
	layers_rig_layer(&rig, "usr/lib/a=12345678", "!etc/conf", "opt/deep/er/new=333");
	layers_rig_layer(&rig, "usr/bin/x=22%755");
	explorer = explorer_new();
	assert_non_null(explorer);
	explorer_take(explorer, layers_of(3));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	explorer_free(explorer);
	layers_rig_fini(&rig);
	return 0;
}

/* In slices of two paths: whatever the slices are, the rows are these. */
static void settle(void)
{
	for (int turns = 0; explorer_is_busy(explorer); turns++) {
		assert_true(turns < 1000);
		assert_true(explorer_step(explorer, 8, &err));
	}
}

/* "mark name" for each row, indented by its depth. */
static void check_rows(const char *wanted)
{
	auto_buf text = BUF_INIT;

	settle();
	for (size_t i = 0; i < explorer_count(explorer); i++) {
		struct explorer_row at = explorer_at(explorer, i);
		struct layers_row row;

		assert_true(explorer_row(explorer, at, &row));
		buf_addf(&text, "%s%.*s%c%.*s", i ? "|" : "", at.depth, "......",
			explorer_mark(explorer, &row), (int)row.name_len, row.name);
	}
	assert_string_equal(buf_text(&text), wanted);
}

static void directories_open_and_close_in_order_of_what_they_weigh(void **state)
{
	(void)state;
	check_rows("=usr|=opt|=etc");
	assert_true(explorer_toggle(explorer, 0));
	check_rows("=usr|.=lib|.=bin|=opt|=etc");
	assert_true(explorer_toggle(explorer, 1));
	check_rows("=usr|.=lib|..=a|..=b|.=bin|=opt|=etc");
	assert_false(explorer_toggle(explorer, 2)); /* a file */
	assert_int_equal(explorer_parent(explorer, 3), 1);
	assert_int_equal(explorer_parent(explorer, 0), 0);
	explorer_set_sort(explorer, EXPLORER_BY_NAME, true);
	check_rows("=usr|.=lib|..=b|..=a|.=bin|=opt|=etc");
	explorer_fold_all(explorer);
	check_rows("=usr|=opt|=etc");
}

static void the_next_change_is_found_in_closed_directories(void **state)
{
	size_t at;

	(void)state;
	explorer_set_height(explorer, 2);
	explorer_set_sort(explorer, EXPLORER_BY_NAME, false);
	check_rows("=etc|+opt|=usr");
	at = explorer_next_change(explorer, 0, false);
	check_rows("=etc|.-conf|+opt|=usr");
	assert_int_equal(at, 1);
	at = explorer_next_change(explorer, 3, true); /* the last in what stands before */
	check_rows("=etc|.-conf|+opt|.+deep|..+er|...+new|=usr");
	assert_int_equal(at, 5);
	explorer_fold_all(explorer);
	at = explorer_next_change(explorer, 2, false);
	check_rows("=etc|+opt|=usr|.=bin|.=lib|..~a|..=b");
	assert_int_equal(at, 5);
	assert_int_equal(explorer_next_change(explorer, at, false), SIZE_MAX);
	explorer_set_changes_only(explorer, true);
	check_rows("=etc|+opt|=usr|.=lib|..~a");
}

static void a_layer_alone_shows_its_whiteouts(void **state)
{
	(void)state;
	explorer_set_height(explorer, 2);
	explorer_set_mode(explorer, EXPLORER_LAYER);
	explorer_set_sort(explorer, EXPLORER_BY_NAME, false);
	settle();
	explorer_toggle(explorer, 0);
	check_rows("=etc|.-conf|+opt|=usr");
	explorer_set_height(explorer, 1);
	check_rows("+etc|.^conf|+usr"); /* deleted above */
}

static void a_range_of_layers_is_compared(void **state)
{
	(void)state;
	explorer_set_base(explorer, 1);
	explorer_set_changes_only(explorer, true);
	explorer_set_sort(explorer, EXPLORER_BY_NAME, false);
	settle();
	explorer_open_changes(explorer, 100);
	check_rows("=etc|.-conf|+opt|.+deep|..+er|...+new|=usr|.=bin|..mx|.=lib|..~a");
}

static void a_filter_finds_paths_wherever_they_are(void **state)
{
	const struct filter_context context = {0};

	(void)state;
	settle();
	explorer_set_filter(explorer, filter_new(&explorer_fields, "usr type:file", &context), 0);
	check_rows("=a|mx|=b");
	explorer_set_filter(explorer, filter_new(&explorer_fields, "hidden>3", &context), 0);
	check_rows("=a");
	explorer_set_filter(explorer, filter_new(&explorer_fields, "kind:metadata", &context), 0);
	check_rows("mx");
	explorer_set_height(explorer, 2);
	check_rows("");
	explorer_set_filter(explorer, filter_new(&explorer_fields, "kind:removed", &context), 0);
	check_rows("-conf");
	explorer_set_filter(
		explorer, filter_new(&explorer_fields, "versions>1 mode:0644", &context), 0);
	check_rows("~a|=x|-conf");
	explorer_set_filter(explorer, NULL, 0);
	check_rows("=usr|+opt|=etc");
}

static void what_was_open_is_open_when_layers_are_read_again(void **state)
{
	uint32_t spot;

	(void)state;
	settle();
	assert_int_equal(strata_find(layers_strata(explorer_layers(explorer)), "opt/deep/er/new",
				 &spot, &err),
		0);
	assert_int_not_equal(explorer_show(explorer, spot), SIZE_MAX);
	check_rows("=usr|=opt|.=deep|..=er|...=new|=etc");
	layers_rig_layer(&rig, "opt/deep/er/newer=55555", "zzz=1");
	explorer_take(explorer, layers_of(4));
	check_rows("=usr|=opt|.=deep|..=er|...+newer|...=new|+zzz|=etc");
	assert_int_equal(explorer_height(explorer), 4); /* it was at the top, and is again */
	explorer_set_height(explorer, 2);
	explorer_take(explorer, layers_of(4));
	assert_int_equal(explorer_height(explorer), 2);
}

#define here(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		here(directories_open_and_close_in_order_of_what_they_weigh),
		here(the_next_change_is_found_in_closed_directories),
		here(a_layer_alone_shows_its_whiteouts),
		here(a_range_of_layers_is_compared),
		here(a_filter_finds_paths_wherever_they_are),
		here(what_was_open_is_open_when_layers_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
