#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "../support/layers_rig.h"
#include "core/layers_own.h"
#include "util/buf.h"

static struct err err;
static struct layers_rig rig;
static struct layers layers;

static int set_up(void **state)
{
	(void)state;
	layers_rig_init(&rig);
	layers_rig_layer(&rig, "usr/bin/env=12345", "usr/bin/sh->env", "bin->usr/bin", "etc/conf=1",
		"opt/lib/deep/file=123");
	layers_rig_layer(&rig, "etc/conf=22", "usr/bin/new=1", "loop->loop2", "loop2->loop",
		"up->/opt/lib/../../etc");
	layers_rig_layer(&rig, "!etc/conf", "usr/bin/env=12345%700", "home/ENV.md=1");
	layers = (struct layers){.n = rig.n, .n_stacks = 1, .stacks = {{.n = rig.n}}};
	return strata_new((const struct index *const *)rig.indexes, rig.n, &layers.strata, &err);
}

static int tear_down(void **state)
{
	(void)state;
	strata_free(layers.strata);
	layers_weights_free(&layers);
	layers_rig_fini(&rig);
	return 0;
}

static const char *path_of(uint32_t spot)
{
	static char path[INDEX_PATH_MAX];

	strata_path(layers.strata, spot, path);
	return path;
}

static const char *found(const char *path)
{
	uint32_t spot;

	return layers_find(&layers, path, &spot, &err) < 0 ? err.text : path_of(spot);
}

static void links_on_the_way_are_followed_and_the_last_name_is_not(void **state)
{
	(void)state;
	assert_string_equal(found("/bin/env"), "usr/bin/env");
	assert_string_equal(found("bin"), "bin");
	assert_string_equal(found("bin/sh"), "usr/bin/sh");
	assert_string_equal(found("//usr/./bin/../bin//env"), "usr/bin/env");
	assert_string_equal(found("/up/conf"), "etc/conf");
	assert_string_equal(found("/../../etc"), "etc");
	assert_string_equal(found("/"), "");
	assert_string_equal(found(""), "");
	assert_string_equal(found("loop/x"), "too many symbolic links");
	assert_string_equal(found("/nothing"), "no layer has /nothing");
}

/* "name change layer", one after another. */
static void check_list(const char *dir, unsigned height, bool removed, const char *wanted)
{
	auto_buf text = BUF_INIT;
	struct layers_row *rows;
	uint32_t spot;
	size_t count;

	assert_int_equal(layers_find(&layers, dir, &spot, &err), 0);
	assert_int_equal(layers_list(&layers, spot, height, removed, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%s%.*s %s %u", i ? ", " : "", (int)rows[i].name_len, rows[i].name,
			strata_change_name(rows[i].change), rows[i].layer + 1);
	free(rows);
	assert_string_equal(buf_text(&text), wanted);
}

static void a_directory_is_listed_at_each_height(void **state)
{
	(void)state;
	check_list("etc", 1, true, "conf added 1");
	check_list("etc", 2, true, "conf changed 2");
	check_list("etc", 3, true, "conf removed 2");
	check_list("etc", 3, false, "");
	check_list("usr/bin", 2, true, "env same 1, new added 2, sh same 1");
	check_list("usr/bin", 3, true, "env metadata 3, new same 2, sh same 1");
	check_list("home", 2, true, "");
	check_list("/", 1, true, "bin added 1, etc added 1, opt added 1, usr added 1");
}

static struct layers_row row_of(const char *path, unsigned height)
{
	struct layers_row row;
	uint32_t spot;

	assert_int_equal(layers_find(&layers, path, &spot, &err), 0);
	assert_true(layers_row(&layers, spot, height, &row));
	return row;
}

static void directories_weigh_what_shows_in_them(void **state)
{
	(void)state;
	assert_int_equal(row_of("/", 2).bytes, 0); /* nobody asked yet */
	assert_int_equal(layers_weigh(&layers, 2, &err), 0);
	assert_int_equal(row_of("/", 2).bytes, 5 + 2 + 1 + 3);
	assert_int_equal(row_of("usr", 2).bytes, 6);
	assert_int_equal(row_of("usr", 2).files, 3);
	assert_int_equal(row_of("opt", 2).bytes, 3);
	assert_int_equal(row_of("/", 3).bytes, 0);
	assert_int_equal(layers_weigh(&layers, 3, &err), 0);
	assert_int_equal(row_of("/", 3).bytes, 5 + 1 + 1 + 3);
	assert_int_equal(row_of("etc", 3).files, 0);
	assert_int_equal(row_of("usr/bin/env", 3).bytes, 5);
}

static void sums_of(
	struct layers *of, struct strata_span before, struct strata_span after, struct buf *out)
{
	struct layers_sums sums;
	bool done = false;

	while (!done)
		assert_int_equal(layers_weigh_step(of, before, after, 2, &done, &err), 0);
	sums = layers_sums(of);
	buf_addf(out, "+%u ~%u m%u -%u %llu", sums.added, sums.changed, sums.touched, sums.removed,
		(unsigned long long)sums.bytes);
	for (uint32_t i = 0; i < strata_count(of->strata); i++) {
		const struct layers_weight *weight = layers_weight(of, i, after);

		if (weight)
			buf_addf(out, " %llu/%u/%u", (unsigned long long)weight->bytes,
				weight->files, weight->changes);
	}
}

/* A step looks only at what the layers that came or went have a say in. */
static void sums_are_the_same_whatever_was_weighed_before(void **state)
{
	unsigned seed = 3;

	(void)state;
	layers_rig_layer(&rig, "usr/!", "opt/lib/!", "opt/lib/new=1234567", "!usr/bin/sh");
	layers_rig_layer(&rig, "opt=now", "usr/bin/env=12345%700", "etc/conf=9999");
	strata_free(layers.strata);
	layers = (struct layers){.n = rig.n, .n_stacks = 1, .stacks = {{.n = rig.n}}};
	assert_int_equal(
		strata_new((const struct index *const *)rig.indexes, rig.n, &layers.strata, &err),
		0);
	for (int turn = 0; turn < 300; turn++) {
		struct layers fresh = {.n = rig.n, .n_stacks = 1, .stacks = {{.n = rig.n}}};
		struct strata_span after = {0, (unsigned)rand_r(&seed) % (rig.n + 1)}, before;
		auto_buf ours = BUF_INIT, wanted = BUF_INIT;

		before = (struct strata_span){0, after.to};
		if (turn % 3)
			before.to = after.to ? after.to - 1 : 0;
		else
			before.to = (unsigned)rand_r(&seed) % (after.to + 1);
		strata_new((const struct index *const *)rig.indexes, rig.n, &fresh.strata, &err);
		sums_of(&fresh, before, after, &wanted);
		sums_of(&layers, before, after, &ours);
		assert_string_equal(buf_text(&ours), buf_text(&wanted));
		layers_weights_free(&fresh);
		strata_free(fresh.strata);
	}
}

/* All that a search finds, a few spots at a time. */
static void check_search(const char *text, uint32_t budget, const char *wanted)
{
	auto_buf paths = BUF_INIT;
	uint32_t next = 0, spots[2];
	int turns = 0;

	while (next != STRATA_NONE) {
		size_t count;

		assert_true(turns++ < 1000);
		assert_int_equal(
			layers_search(&layers, text, &next, budget, spots, 2, &count, &err), 0);
		for (size_t i = 0; i < count; i++)
			buf_addf(&paths, "%s ", path_of(spots[i]));
	}
	assert_string_equal(buf_text(&paths), wanted);
}

static void a_search_goes_through_all_layers_in_pieces(void **state)
{
	static const uint32_t budgets[] = {1, 3, 1000};

	(void)state;
	for (size_t i = 0; i < array_len(budgets); i++) {
		check_search("env", budgets[i], "home/ENV.md usr/bin/env ");
		check_search("conf", budgets[i], "etc/conf "); /* also what was deleted */
		check_search("bin/e", budgets[i], "usr/bin/env ");
		check_search("nowhere", budgets[i], "");
	}
}

#define here(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		here(links_on_the_way_are_followed_and_the_last_name_is_not),
		here(a_directory_is_listed_at_each_height),
		here(directories_weigh_what_shows_in_them),
		here(sums_are_the_same_whatever_was_weighed_before),
		here(a_search_goes_through_all_layers_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
