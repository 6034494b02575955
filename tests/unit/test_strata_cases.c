/* What layer tools are known to get wrong, each case as marks of the topmost layer and as the
 * sentence about a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	strata_free(layers.strata);
	layers_weights_free(&layers);
	layers = (struct layers){0};
	layers_rig_fini(&rig);
	return 0;
}

static void stack(void)
{
	layers = (struct layers){.n = rig.n, .n_stacks = 1, .stacks = {{.n = rig.n}}};
	if (strata_new((const struct index *const *)rig.indexes, rig.n, &layers.strata, &err) < 0)
		fail_msg("%s", err.text);
}

static uint32_t spot_of(const char *path)
{
	uint32_t spot;

	assert_int_equal(strata_find(layers.strata, path, &spot, &err), 0);
	assert_int_not_equal(spot, STRATA_NONE);
	return spot;
}

static char mark_of(const struct layers_row *row)
{
	if (row->change == STRATA_CHANGED &&
		(row->entry->mode & S_IFMT) != (row->before->mode & S_IFMT))
		return '!';
	if (row->entry->flags & INDEX_OPAQUE && row->change != STRATA_SAME)
		return 'o';
	return "=+~m==-"[row->change];
}

/* "+name3 -other1": the mark, the name, whose it is. */
static void check_marks(const char *dir, unsigned height, const char *wanted)
{
	auto_buf text = BUF_INIT;
	auto_free struct layers_row *rows = NULL;
	size_t count;

	assert_int_equal(layers_list(&layers, spot_of(dir), height, true, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%s%c%.*s%u", i ? " " : "", mark_of(&rows[i]),
			(int)rows[i].name_len, rows[i].name, rows[i].layer + 1);
	assert_string_equal(buf_text(&text), wanted);
}

static void put_size(struct buf *out, uint64_t bytes)
{
	buf_addf(out, "%lluB", (unsigned long long)bytes);
}

static void put_layer(struct buf *out, unsigned layer, void *arg)
{
	(void)arg;
	buf_addf(out, "L%u", layer + 1);
}

static void put_path(struct buf *out, const struct strata *strata, uint32_t spot, void *arg)
{
	char path[INDEX_PATH_MAX];

	(void)arg;
	strata_path(strata, spot, path);
	buf_addf(out, "/%s", path);
}

static void check_why(const char *path, unsigned height, const char *wanted)
{
	static const struct strata_words words = {put_size, put_layer, put_path, NULL};
	auto_buf text = BUF_INIT;
	auto_free struct strata_step *steps = NULL;
	uint32_t spot = spot_of(path);
	size_t count;

	assert_int_equal(strata_story(layers.strata, spot, (struct strata_span){0, rig.n}, height,
				 &steps, &count, &err),
		0);
	strata_explain(layers.strata, spot, steps, count, height, &words, &text);
	assert_string_equal(buf_text(&text), wanted);
}

static void deleted_and_added_again(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "etc/conf=1234");
	layers_rig_layer(&rig, "!etc/conf");
	layers_rig_layer(&rig, "etc/conf=12");
	stack();
	check_marks("etc", 1, "+conf1");
	check_marks("etc", 2, "-conf1");
	check_marks("etc", 3, "+conf3");
	check_why("etc/conf", 1, "L1 adds it. Later L2 deletes it.");
	check_why("etc/conf", 2,
		"L2 deletes it: a whiteout there hides what is below. 4B of an older version still "
		"ships.");
	check_why("etc/conf", 3,
		"L3 adds it again after L2 deleted it. 4B of an older version still ships.");
}

static void an_opaque_directory_hides_what_is_below(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "opt/a=1", "opt/b/c=22");
	layers_rig_layer(&rig, "opt/!");
	stack();
	check_marks("", 2, "oopt2");
	check_marks("opt", 2, "-a1 -b1");
	check_marks("opt/b", 2, "-c1");
	check_why("opt", 2,
		"L2 makes it opaque: what the layers below have in it is hidden, and only what is "
		"added from there on shows.");
	check_why("opt/b/c", 2,
		"L2 makes /opt opaque, which hides this. 2B of an older version still ships.");
}

static void an_opaque_directory_shows_what_the_same_layer_puts_into_it(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "opt/a=1", "opt/b=2");
	layers_rig_layer(&rig, "opt/!", "opt/a=333", "opt/new=4");
	layers_rig_layer(&rig, "opt/later=5");
	stack();
	check_marks("opt", 2, "~a2 -b1 +new2");
	check_marks("opt", 3, "=a2 +later3 =new2");
	check_why("opt/a", 2,
		"L2 wins, because upper layers do, over L1. 1B of an older version still ships.");
}

static void a_directory_that_becomes_a_file_takes_all_in_it_along(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "run/a/b=22");
	layers_rig_layer(&rig, "run=1");
	stack();
	check_marks("", 2, "!run2");
	check_marks("run", 2, "-a1");
	check_why("run", 2, "L2 makes a file of what was something else in L1.");
	check_why("run/a/b", 2,
		"L2 makes something else of /run, which hides this. 2B of an older version still "
		"ships.");
}

static void a_file_that_becomes_a_directory_hides_nothing_but_itself(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "run=4444");
	layers_rig_layer(&rig, "run/a=1");
	stack();
	check_marks("", 2, "!run2");
	check_marks("run", 2, "+a2");
	check_why("run", 2,
		"L2 makes a directory of what was something else in L1. 4B of an older version "
		"still ships.");
}

static void a_symlink_shadows_a_directory(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "var/run/pid=1");
	layers_rig_layer(&rig, "var/run->/run");
	stack();
	check_marks("var", 2, "!run2");
	check_marks("var/run", 2, "-pid1");
	check_why("var/run", 2, "L2 makes a symbolic link of what was something else in L1.");
}

static void a_hard_link_outlives_the_whiteout_of_its_other_name(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "a=55555", "b=>a");
	layers_rig_layer(&rig, "!a");
	stack();
	check_marks("", 2, "-a1 =b1");
	check_why("b", 2,
		"L1 adds it, and nothing above changes it. It is one more name of a file of that "
		"layer.");
}

static void a_change_of_owner_copies_the_file(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "srv/app=7777777");
	layers_rig_layer(&rig, "srv/app=7777777%644:7");
	layers_rig_layer(&rig, "srv/app=7777777%600:7");
	stack();
	check_marks("srv", 2, "mapp2");
	check_marks("srv", 3, "mapp3");
	check_why("srv/app", 2,
		"L2 copies it only to change its owner; its content is the same as in L1. 7B of an "
		"older version still ships. Later L3 changes its metadata.");
	check_why("srv/app", 3,
		"L3 copies it only to change its mode; its content is the same as in L2. 14B of "
		"older versions still ship.");
}

static void a_whiteout_of_what_was_never_there_changes_nothing(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "etc/a=1");
	layers_rig_layer(&rig, "!etc/ghost", "!phantom");
	stack();
	check_marks("etc", 2, "=a1");
	check_marks("", 2, "=etc2");
	check_why("etc/ghost", 2, "L2 deletes it, though there is nothing to delete.");
	check_why("etc/ghost", 1, "It is not there yet: L2 mentions it first.");
}

static void wh_in_the_middle_of_a_name_is_a_name(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "a.wh.b=1", "b=1");
	layers_rig_layer(&rig, "b.wh.=2");
	stack();
	check_marks("", 2, "=a.wh.b1 =b1 +b.wh.2");
}

static void names_are_bytes(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "\xff\xfe=1", "\xc3\x28=1", "z\xcc\x81=1");
	layers_rig_layer(&rig, "!\xff\xfe", "\xc3\x28=22");
	stack();
	check_marks("", 2,
		"=z\xcc\x81"
		"1 ~\xc3\x28"
		"2 -\xff\xfe"
		"1");
	check_why("\xff\xfe", 2,
		"L2 deletes it: a whiteout there hides what is below. 1B of an older version still "
		"ships.");
}

static void only_an_attribute_changed(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "bin/ping=ping%755:0:old");
	layers_rig_layer(&rig, "bin/ping=ping%755:0:new");
	stack();
	check_marks("bin", 2, "mping2");
	check_why("bin/ping", 2,
		"L2 copies it only to change its attributes; its content is the same as in L1. 4B "
		"of an older version still ships.");
}

static void a_device_with_another_number_is_another_device(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "dev/x#5", "dev/y#6");
	layers_rig_layer(&rig, "dev/x#7", "dev/y=1");
	stack();
	check_marks("dev", 2, "~x2 !y2");
	check_why("dev/x", 2, "L2 wins, because upper layers do, over L1.");
	check_why("dev/y", 2, "L2 makes a file of what was something else in L1.");
}

static void a_change_of_case_is_a_removal_and_an_addition(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "README=1");
	layers_rig_layer(&rig, "!README", "Readme=1");
	stack();
	check_marks("", 2, "-README1 +Readme2");
}

static void a_path_is_not_there_before_its_layer(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "a=1");
	layers_rig_layer(&rig, "b=1");
	stack();
	check_why("b", 1, "It is not there yet: L2 adds it.");
}

static void a_whiteout_of_a_directory_above_takes_all_below_along(void **state)
{
	(void)state;
	layers_rig_layer(&rig, "tmp/build/out=55555");
	layers_rig_layer(&rig, "!tmp/build");
	layers_rig_layer(&rig, "tmp/build/again=1");
	stack();
	check_marks("tmp", 2, "-build1");
	check_marks("tmp/build", 2, "-out1");
	check_marks("tmp/build", 3, "+again3");
	check_why("tmp/build/out", 3,
		"L2 deletes /tmp/build, and with it all that is below. 5B of an older version "
		"still ships.");
}

/* Two stacks lie one above the other in the same strata; layers they share are the same file. */
static void two_images_are_compared_as_spans(void **state)
{
	const struct strata_span old = {0, 2}, new = {2, 4};
	auto_free struct layers_row *rows = NULL;
	auto_buf text = BUF_INIT;
	const struct index *indexes[4];
	bool done = false;
	size_t count;

	(void)state;
	layers_rig_layer(&rig, "etc/a=1", "etc/b=1", "usr/x=1");
	layers_rig_layer(&rig, "etc/a=22", "etc/gone=1");
	layers_rig_layer(&rig, "etc/a=333", "!etc/b", "new=4444");
	indexes[0] = rig.indexes[0];
	indexes[1] = rig.indexes[1];
	indexes[2] = rig.indexes[0];
	indexes[3] = rig.indexes[2];
	layers = (struct layers){.n = 4, .n_stacks = 2, .stacks = {{.n = 2}, {.n = 2, .first = 2}}};
	assert_int_equal(strata_new(indexes, 4, &layers.strata, &err), 0);
	for (int turns = 0; !done; turns++) {
		assert_true(turns < 100);
		assert_int_equal(layers_weigh_step(&layers, old, new, 2, &done, &err), 0);
	}
	assert_int_equal(
		layers_list_between(&layers, STRATA_ROOT, old, new, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%c%.*s%u:%llu ", mark_of(&rows[i]), (int)rows[i].name_len,
			rows[i].name, rows[i].changes, (unsigned long long)rows[i].bytes);
	assert_string_equal(buf_text(&text), "=etc3:3 +new0:4 =usr0:1 ");
	free(take(rows));
	buf_clear(&text);
	assert_int_equal(
		layers_list_between(&layers, spot_of("etc"), old, new, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%c%.*s ", mark_of(&rows[i]), (int)rows[i].name_len, rows[i].name);
	assert_string_equal(buf_text(&text), "~a -b -gone ");
}

#define here(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		here(deleted_and_added_again),
		here(an_opaque_directory_hides_what_is_below),
		here(an_opaque_directory_shows_what_the_same_layer_puts_into_it),
		here(a_directory_that_becomes_a_file_takes_all_in_it_along),
		here(a_file_that_becomes_a_directory_hides_nothing_but_itself),
		here(a_symlink_shadows_a_directory),
		here(a_hard_link_outlives_the_whiteout_of_its_other_name),
		here(a_change_of_owner_copies_the_file),
		here(a_whiteout_of_what_was_never_there_changes_nothing),
		here(wh_in_the_middle_of_a_name_is_a_name),
		here(names_are_bytes),
		here(only_an_attribute_changed),
		here(a_device_with_another_number_is_another_device),
		here(a_change_of_case_is_a_removal_and_an_addition),
		here(a_path_is_not_there_before_its_layer),
		here(a_whiteout_of_a_directory_above_takes_all_below_along),
		here(two_images_are_compared_as_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
