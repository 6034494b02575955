#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "../support/image_rig.h"
#include "core/image.h"
#include "core/image_hint.h"
#include "util/path.h"

static struct err err;
static char first[DIGEST_SIZE], second[DIGEST_SIZE];

static void reopen(struct image_rig *rig)
{
	char root[80], run[80];
	struct store_options options = {.root = root, .run_root = run};

	snprintf(root, sizeof(root), "%s/lib", rig->path);
	snprintf(run, sizeof(run), "%s/run", rig->path);
	store_close(rig->store);
	assert_int_equal(store_open(&options, &rig->store, &err), 0);
}

/* As the next command sees it; the database is left alone for long enough to be remembered. */
static struct image *find_later(struct image_rig *rig, const char *text)
{
	struct image *image = NULL;

	reopen(rig);
	usleep(120000);
	assert_int_equal(image_find(rig->store, text, &image, &err), 0);
	return image;
}

static bool is_remembered(struct image_rig *rig, const char *text)
{
	auto_of(image) struct image *image = NULL;
	struct image_mark mark;

	reopen(rig);
	image_mark(rig->store, &mark);
	return image_recall(rig->store, &mark, text, &image);
}

static void make_one(struct image_rig *rig)
{
	auto_buf tar = BUF_INIT;

	img_file(&tar, "hello", "world");
	assert_int_equal(img_image(rig, &tar, "docker.io/library/one:latest", first, &err), 0);
}

static void a_hint_tells_all_that_the_database_told(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *told = NULL, *image = NULL;
	struct image_mark mark;

	make_one(rig);
	told = find_later(rig, "one");
	reopen(rig);
	image_mark(rig->store, &mark);
	assert_true(image_recall(rig->store, &mark, "one", &image));
	assert_string_equal(image->id, first);
	assert_string_equal(image->manifest, told->manifest);
	assert_string_equal(image->os, told->os);
	assert_string_equal(image->architecture, told->architecture);
	assert_int_equal(image->created, told->created);
	assert_int_equal(image->added, told->added);
	assert_int_equal(image->size, told->size);
	assert_int_equal(image->content_size, told->content_size);
	assert_int_equal(image->root_mode, told->root_mode);
	assert_int_equal(image->root_uid, told->root_uid);
	assert_true(image->settled);
	assert_int_equal(image->layers.len, 1);
	assert_string_equal(image->layers.v[0], told->layers.v[0]);
	assert_string_equal(image->diff_ids.v[0], told->diff_ids.v[0]);
	assert_string_equal(image->tags.v[0], "one:latest");
	assert_string_equal(image->config.env.v[0], "A=b");
}

static void a_tag_that_moved_is_the_new_image_at_once(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *before = NULL, *after = NULL;
	auto_buf tar = BUF_INIT;

	make_one(rig);
	img_file(&tar, "hello", "you");
	assert_int_equal(img_image(rig, &tar, "docker.io/library/two:latest", second, &err), 0);
	before = find_later(rig, "one");
	assert_string_equal(before->id, first);
	assert_true(is_remembered(rig, "one"));
	assert_int_equal(image_tag(rig->store, second, "one", NULL, &err), 0);
	assert_false(is_remembered(rig, "one"));
	assert_int_equal(image_find(rig->store, "one", &after, &err), 0);
	assert_string_equal(after->id, second);
}

static void a_removed_image_is_gone_at_once(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *before = NULL, *after = NULL;
	struct image_freed freed = {0};

	make_one(rig);
	before = find_later(rig, "one");
	assert_true(is_remembered(rig, "one"));
	assert_int_equal(image_remove(rig->store, first, false, true, &freed, &err), 0);
	image_freed_fini(&freed);
	reopen(rig);
	assert_int_equal(image_find(rig->store, "one", &after, &err), -ENOENT);
}

static void what_was_written_a_moment_ago_is_not_remembered(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL;
	struct image_mark mark;

	make_one(rig);
	reopen(rig);
	image_mark(rig->store, &mark);
	assert_false(mark.lasting);
	assert_int_equal(image_find(rig->store, "one", &image, &err), 0);
	assert_false(is_remembered(rig, "one"));
}

static void a_database_that_is_open_is_asked(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL;
	struct image_mark mark;

	make_one(rig);
	image = find_later(rig, "one");
	image_mark(rig->store, &mark);
	assert_false(mark.usable);
}

static void a_damaged_hint_is_no_hint(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL, *again = NULL;
	auto_buf hint = BUF_INIT;
	char name[16];
	int cache;

	make_one(rig);
	image = find_later(rig, "one");
	cache = store_dir(rig->store, STORE_CACHE);
	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof(name), "image.%02x", i);
		if (path_read_at(cache, name, 1 << 20, &hint) == 0)
			break;
	}
	assert_true(hint.len > 300);
	assert_int_equal(path_replace_at(cache, name, hint.data, hint.len - 1, 0600), 0);
	assert_false(is_remembered(rig, "one"));
	assert_int_equal(image_find(rig->store, "one", &again, &err), 0);
	assert_string_equal(again->id, first);
}

static void a_hint_is_for_the_text_that_was_asked(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL;

	make_one(rig);
	image = find_later(rig, "one");
	assert_true(is_remembered(rig, "one"));
	assert_false(is_remembered(rig, "one:latest"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(a_hint_tells_all_that_the_database_told),
		in_store(a_tag_that_moved_is_the_new_image_at_once),
		in_store(a_removed_image_is_gone_at_once),
		in_store(what_was_written_a_moment_ago_is_not_remembered),
		in_store(a_database_that_is_open_is_asked),
		in_store(a_damaged_hint_is_no_hint),
		in_store(a_hint_is_for_the_text_that_was_asked),
	};

	return cmocka_run_group_tests_name("image_hint", tests, NULL, NULL);
}
