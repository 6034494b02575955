#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/layers_rig.h"
#include "core/strata.h"
#include "util/buf.h"

static struct err err;
static struct layers_rig rig;
static struct strata *strata;

static int set_up(void **state)
{
	(void)state;
	layers_rig_init(&rig);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	strata_free(strata);
	strata = NULL;
	layers_rig_fini(&rig);
	return 0;
}

static void stack(void)
{
	if (strata_new((const struct index *const *)rig.indexes, rig.n, &strata, &err) < 0)
		fail_msg("%s", err.text);
}

static uint32_t spot_of(const char *path)
{
	uint32_t spot;

	assert_int_equal(strata_find(strata, path, &spot, &err), 0);
	return spot;
}

/* The layer whose version shows, counted from 1; 0: nothing. */
static unsigned shown(const char *path, unsigned height)
{
	uint32_t spot = spot_of(path);
	struct strata_state state;

	if (spot == STRATA_NONE)
		return 0;
	state = strata_state(strata, spot, height);
	return state.shown ? state.shown->layer + 1 : 0;
}

static void check_story(const char *path, const char *wanted)
{
	auto_buf text = BUF_INIT;
	struct strata_step *steps;
	size_t n;

	assert_int_equal(strata_story(strata, spot_of(path), (struct strata_span){0, rig.n}, rig.n,
				 &steps, &n, &err),
		0);
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s%u %s%s", i ? ", " : "", steps[i].layer + 1,
			strata_deed_name(steps[i].deed), steps[i].wins ? "*" : "");
	free(steps);
	assert_string_equal(buf_text(&text), wanted);
}

static void the_topmost_version_shows_up_to_each_height(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "etc/passwd=root", "etc/group=x");
	layers_rig_layer(&rig, "usr/bin/env=env");
	layers_rig_layer(&rig, "etc/passwd=root2");
	stack();
	assert_int_equal(shown("etc/passwd", 1), 1);
	assert_int_equal(shown("etc/passwd", 2), 1);
	assert_int_equal(shown("/etc//passwd", 3), 3);
	assert_int_equal(shown("etc/group", 3), 1);
	assert_int_equal(shown("usr/bin/env", 1), 0);
	assert_int_equal(shown("usr/bin/env", 2), 2);
	assert_int_equal(spot_of("usr/bin/nothing"), STRATA_NONE);
	assert_int_equal(spot_of("etc/passwd/x"), STRATA_NONE);
}

static void a_whiteout_an_opaque_directory_and_a_file_hide_what_is_below(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "a/x=1", "a/y=2", "b/x=1", "b/deep/z=3", "c/x=1");
	layers_rig_layer(&rig, "!a/x", "b/!", "b/new=4", "c=file");
	layers_rig_layer(&rig, "a/x=again", "c/", "b/deep/z2=5");
	stack();
	assert_int_equal(shown("a/x", 2), 0);
	assert_int_equal(shown("a/x", 3), 3);
	assert_int_equal(shown("a/y", 3), 1);
	assert_int_equal(shown("b/x", 2), 0);
	assert_int_equal(shown("b/new", 3), 2);
	assert_int_equal(shown("b/deep/z", 3), 0);
	assert_int_equal(shown("b/deep/z2", 3), 3);
	assert_int_equal(shown("c", 2), 2);
	assert_int_equal(shown("c/x", 1), 1);
	assert_int_equal(shown("c/x", 2), 0);
	assert_int_equal(shown("c/x", 3), 0);
}

static void only_what_is_asked_for_is_found(void **state)
{
	uint32_t next = 0;

	(void)state;
	layers_rig_layer(&rig, "a/b/c/d=1", "x/y/z=1", "x/w=2");
	layers_rig_layer(&rig, "a/b/e=1");
	stack();
	assert_int_equal(strata_count(strata), 1);
	spot_of("a");
	assert_int_equal(strata_count(strata), 3);
	spot_of("a/b/e");
	assert_int_equal(strata_count(strata), 6);
	assert_int_equal(strata_expand(strata, &next, 2, &err), 0);
	assert_int_not_equal(next, STRATA_NONE);
	assert_int_equal(strata_expand(strata, &next, 1000, &err), 0);
	assert_int_equal(next, STRATA_NONE);
	assert_int_equal(strata_count(strata), 10);
}

static void children_stand_in_order_whatever_layer_brings_them(void **state)
{
	auto_buf names = BUF_INIT;
	uint32_t first, count;

	(void)state;
	layers_rig_layer(&rig, "b=1", "d=1", "a=1");
	layers_rig_layer(&rig, "c=1", "!d", "aa=1");
	layers_rig_layer(&rig, "b=2", "e=1");
	stack();
	assert_int_equal(strata_children(strata, STRATA_ROOT, &first, &count, &err), 0);
	for (uint32_t i = first; i < first + count; i++) {
		char path[INDEX_PATH_MAX];

		strata_path(strata, i, path);
		buf_addf(&names, "%s ", path);
	}
	assert_string_equal(buf_text(&names), "a aa b c d e ");
}

static void what_a_layer_did_is_told_apart(void **state)
{
	static const struct {
		const char *path;
		enum strata_change change;
	} cases[] = {
		{"kept", STRATA_SAME},
		{"content", STRATA_CHANGED},
		{"turned", STRATA_CHANGED},
		{"mode", STRATA_METADATA},
		{"owner", STRATA_METADATA},
		{"again", STRATA_REWRITTEN},
		{"link", STRATA_CHANGED},
		{"dir", STRATA_INSIDE},
		{"dir/new", STRATA_ADDED},
		{"gone", STRATA_REMOVED},
	};

	(void)state;
	layers_rig_layer(&rig, "kept=1", "content=1", "turned=1", "mode=1", "owner=1", "again=1",
		"link->a", "dir/old=1", "gone=1");
	layers_rig_layer(&rig, "content=2", "turned->x", "mode=1%4755", "owner=1%644:7", "again=1",
		"link->b", "dir/new=1", "!gone");
	stack();
	for (size_t i = 0; i < array_len(cases); i++) {
		uint32_t spot = spot_of(cases[i].path);
		struct strata_state before = strata_state(strata, spot, 1);
		struct strata_state after = strata_state(strata, spot, 2);
		enum strata_change change = strata_change(strata, &before, &after);

		if (change != cases[i].change)
			fail_msg("%s: %s", cases[i].path, strata_change_name(change));
	}
}

static void a_path_tells_its_whole_story(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "etc/a=1", "etc/b=1", "opt/x/c=1", "var/d=1", "lone=1", "srv/f=1");
	layers_rig_layer(&rig, "etc/a=1%600", "!etc/b", "!opt", "var/!", "!never", "srv=file");
	layers_rig_layer(&rig, "etc/a=2", "etc/b->a", "opt/x/c=1", "var/d=1");
	layers_rig_layer(&rig, "etc/a=2", "etc/b=file");
	stack();
	check_story("etc/a", "1 adds, 2 changes-metadata, 3 changes, 4 repeats*");
	check_story("etc/b", "1 adds, 2 deletes, 3 adds, 4 changes-type*");
	check_story("opt/x/c", "1 adds, 2 deletes-above, 3 adds*");
	check_story("var/d", "1 adds, 2 makes-opaque-above, 3 adds*");
	check_story("var", "1 adds, 2 makes-opaque, 3 repeats*");
	check_story("never", "2 deletes-nothing");
	check_story("srv/f", "1 adds, 2 changes-type-above");
	check_story("lone", "1 adds*");
}

static const struct strata_loss *loss_at(const struct strata_waste *waste, const char *path)
{
	for (size_t i = 0; i < waste->n_losses; i++)
		if (waste->losses[i].spot == spot_of(path))
			return &waste->losses[i];
	fail_msg("%s is not lost", path);
	return NULL;
}

static void every_lost_byte_has_its_reason(void **state)
{
	struct strata_waste waste;

	(void)state;
	layers_rig_layer(&rig, "same=12345", "meta=1234", "changed=123", "gone=12", "dir/below=1",
		"live=7777777");
	layers_rig_layer(&rig, "same=12345", "meta=1234%755", "changed=9", "!gone", "!dir");
	stack();
	assert_int_equal(strata_waste(strata, &waste, &err), 0);
	assert_int_equal(loss_at(&waste, "same")->fate, STRATA_LOST_SAME);
	assert_int_equal(loss_at(&waste, "meta")->fate, STRATA_LOST_METADATA);
	assert_int_equal(loss_at(&waste, "changed")->fate, STRATA_LOST_CHANGED);
	assert_int_equal(loss_at(&waste, "gone")->fate, STRATA_LOST_DELETED);
	assert_int_equal(loss_at(&waste, "dir/below")->fate, STRATA_LOST_DELETED);
	assert_int_equal(loss_at(&waste, "dir/below")->by, 1);
	assert_int_equal(waste.bytes[STRATA_LOST_SAME], 5);
	assert_int_equal(waste.bytes[STRATA_LOST_METADATA], 4);
	assert_int_equal(waste.bytes[STRATA_LOST_CHANGED], 3);
	assert_int_equal(waste.bytes[STRATA_LOST_DELETED], 3);
	assert_int_equal(waste.bytes[STRATA_LIVE], 5 + 4 + 1 + 7);
	assert_int_equal(waste.total, 15 + 17);
	assert_int_equal(waste.layers[0].lost, 15);
	assert_int_equal(waste.layers[1].hides, 15);
	assert_int_equal(waste.layers[1].bytes, 10);
	assert_int_equal(waste.losses[0].bytes, 5); /* the largest first */
	strata_waste_fini(&waste);
}

static void a_file_lives_while_a_hard_link_shows_it(void **state)
{
	struct strata_waste waste;

	(void)state;
	layers_rig_layer(&rig, "a=12345", "b=>a", "c=123", "d=>c");
	layers_rig_layer(&rig, "!a", "!c", "!d");
	stack();
	assert_int_equal(strata_waste(strata, &waste, &err), 0);
	assert_int_equal(waste.bytes[STRATA_LIVE], 5);
	assert_int_equal(waste.bytes[STRATA_LOST_DELETED], 3);
	assert_int_equal(waste.n_losses, 1);
	strata_waste_fini(&waste);
}

static void the_same_content_twice_is_counted_once(void **state)
{
	struct strata_waste waste;

	(void)state;
	layers_rig_layer(&rig, "a=12345", "b=12345", "dead=12345");
	layers_rig_layer(&rig, "c/d=12345", "!dead", "e=other");
	stack();
	assert_int_equal(strata_waste(strata, &waste, &err), 0);
	assert_int_equal(waste.n_doubles, 1);
	assert_int_equal(waste.doubles[0].copies, 3);
	assert_int_equal(waste.double_bytes, 10);
	assert_true(waste.efficiency > 10. / 25 - 1e-9 && waste.efficiency < 10. / 25 + 1e-9);
	strata_waste_fini(&waste);
}

/* By hand: paths a: 4+2, least 2; b: 3 and a whiteout of 0, least 0; dir: f is 5 and its
 * directory's whiteout counts 5 as a path of its own; c: 1. */
static void dive_would_say_the_same(void **state)
{
	struct strata_waste waste;

	(void)state;
	layers_rig_layer(&rig, "a=1234", "b=123", "dir/f=12345");
	layers_rig_layer(&rig, "a=12", "!b", "!dir", "c=1");
	stack();
	assert_int_equal(strata_waste(strata, &waste, &err), 0);
	assert_int_equal(waste.dive_wasted, 6 + 3);
	assert_true(waste.dive_efficiency > 13. / 20 - 1e-9);
	assert_true(waste.dive_efficiency < 13. / 20 + 1e-9);
	assert_true(waste.dive_user_wasted > 3 - 1e-9 && waste.dive_user_wasted < 3 + 1e-9);
	strata_waste_fini(&waste);
}

static void a_stack_of_nothing_is_an_empty_tree(void **state)
{
	struct strata_waste waste;
	uint32_t first, count;

	(void)state;
	stack();
	assert_int_equal(strata_children(strata, STRATA_ROOT, &first, &count, &err), 0);
	assert_int_equal(count, 0);
	assert_null(strata_state(strata, STRATA_ROOT, 0).shown);
	assert_int_equal(strata_waste(strata, &waste, &err), 0);
	assert_int_equal(waste.total, 0);
	strata_waste_fini(&waste);
}

#define here(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		here(the_topmost_version_shows_up_to_each_height),
		here(a_whiteout_an_opaque_directory_and_a_file_hide_what_is_below),
		here(only_what_is_asked_for_is_found),
		here(children_stand_in_order_whatever_layer_brings_them),
		here(what_a_layer_did_is_told_apart),
		here(a_path_tells_its_whole_story),
		here(every_lost_byte_has_its_reason),
		here(a_file_lives_while_a_hard_link_shows_it),
		here(the_same_content_twice_is_counted_once),
		here(dive_would_say_the_same),
		here(a_stack_of_nothing_is_an_empty_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
