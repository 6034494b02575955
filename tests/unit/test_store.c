#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../support/image_rig.h"
#include "core/store_db.h"
#include "util/path.h"

static struct err err;

static int open_again(struct image_rig *rig, struct store **out)
{
	char root[80], run[80];
	struct store_options options = {.root = root, .run_root = run};

	snprintf(root, sizeof(root), "%s/lib", rig->path);
	snprintf(run, sizeof(run), "%s/run", rig->path);
	return store_open(&options, out, &err);
}

static void a_new_store_is_roots_alone_and_says_which_driver_it_uses(void **state)
{
	struct image_rig *rig = *state;
	struct stat st;

	assert_int_equal(fstatat(store_fd(rig->store), ".", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(store_dir(rig->store, STORE_RUN), ".", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(strlen(store_driver_reason(rig->store)) > 10);
	assert_int_equal(img_count(rig, "staging"), 0);
}

static void what_was_chosen_at_creation_is_found_again(void **state)
{
	static const char format[] = "davit-store 1\ndriver copy\nreason because of the test\n";
	struct image_rig *rig = *state;
	auto_store *again = NULL;

	assert_int_equal(
		path_replace_at(store_fd(rig->store), "format", format, strlen(format), 0600), 0);
	assert_int_equal(open_again(rig, &again), 0);
	assert_int_equal(store_driver(again), STORE_COPY);
	assert_string_equal(store_driver_reason(again), "because of the test");
}

static void a_newer_format_is_refused_by_name(void **state)
{
	struct image_rig *rig = *state;
	struct store *again = NULL;

	assert_int_equal(
		path_replace_at(store_fd(rig->store), "format", "davit-store 9\n", 14, 0600), 0);
	assert_int_equal(open_again(rig, &again), -ENOTSUP);
	assert_non_null(strstr(err.text, "has format 9, made by a newer davit"));
	assert_int_equal(path_replace_at(store_fd(rig->store), "format", "garbage", 7, 0600), 0);
	assert_int_equal(open_again(rig, &again), -EINVAL);
}

static void a_newer_database_is_refused_by_name(void **state)
{
	struct image_rig *rig = *state;
	auto_store *again = NULL;
	struct db *db;

	assert_int_equal(store_db(rig->store, &db, &err), 0);
	assert_int_equal(db_run(db, &err, "PRAGMA user_version=77", ""), 0);
	assert_int_equal(open_again(rig, &again), 0);
	assert_int_equal(store_db(again, &db, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "images.db has schema 77"));
}

static void an_unfinished_creation_is_finished_by_the_next(void **state)
{
	struct image_rig *rig = *state;
	auto_store *again = NULL;

	assert_int_equal(unlinkat(store_fd(rig->store), "format", 0), 0);
	assert_int_equal(unlinkat(store_fd(rig->store), "trash", AT_REMOVEDIR), 0);
	assert_int_equal(open_again(rig, &again), 0);
	assert_int_equal(img_count(rig, "trash"), 0);
}

static void a_stage_goes_with_who_made_it_unless_it_was_moved(void **state)
{
	struct image_rig *rig = *state;
	struct stage *dropped, *moved;

	assert_int_equal(stage_new(rig->store, &dropped, &err), 0);
	assert_int_equal(mkdirat(stage_fd(dropped), "d", 0700), 0);
	assert_int_equal(stage_new(rig->store, &moved, &err), 0);
	assert_int_equal(img_count(rig, "staging"), 2);
	stage_free(dropped);
	assert_int_equal(stage_move(moved, STORE_LAYERS, "name", &err), 0);
	stage_free(moved);
	assert_int_equal(img_count(rig, "staging"), 0);
	assert_int_equal(img_count(rig, "layers"), 1);
}

static void a_sweep_takes_what_the_dead_left_and_nothing_else(void **state)
{
	struct image_rig *rig = *state;
	int staging = store_dir(rig->store, STORE_STAGING),
	    trash = store_dir(rig->store, STORE_TRASH);
	struct stage *ours;

	assert_int_equal(stage_new(rig->store, &ours, &err), 0);
	assert_int_equal(mkdirat(staging, "01234567.1.1.1", 0700), 0); /* another boot's */
	assert_int_equal(mkdirat(staging, "01234567.1.1.1/full", 0700), 0);
	assert_int_equal(mkdirat(trash, "whatever", 0700), 0);
	store_sweep(rig->store);
	assert_int_equal(img_count(rig, "staging"), 1);
	assert_int_equal(img_count(rig, "trash"), 0);
	assert_int_equal(faccessat(staging, stage_name(ours), F_OK, 0), 0);
	stage_free(ours);
}

static void what_is_discarded_is_gone_at_once(void **state)
{
	struct image_rig *rig = *state;

	assert_int_equal(mkdirat(store_dir(rig->store, STORE_LAYERS), "l", 0700), 0);
	assert_int_equal(mkdirat(store_dir(rig->store, STORE_LAYERS), "l/sub", 0700), 0);
	assert_int_equal(store_discard(rig->store, STORE_LAYERS, "l", &err), 0);
	assert_int_equal(store_discard(rig->store, STORE_LAYERS, "l", &err), -ENOENT);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "trash"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(a_new_store_is_roots_alone_and_says_which_driver_it_uses),
		in_store(what_was_chosen_at_creation_is_found_again),
		in_store(a_newer_format_is_refused_by_name),
		in_store(a_newer_database_is_refused_by_name),
		in_store(an_unfinished_creation_is_finished_by_the_next),
		in_store(a_stage_goes_with_who_made_it_unless_it_was_moved),
		in_store(a_sweep_takes_what_the_dead_left_and_nothing_else),
		in_store(what_is_discarded_is_gone_at_once),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
