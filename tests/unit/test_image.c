#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "../support/image_rig.h"
#include "core/image.h"

static struct err err;
static char first[DIGEST_SIZE], second[DIGEST_SIZE];

/* Two images: one/a:1 and two:latest; the layers are the same. */
static void make_two(struct image_rig *rig)
{
	auto_buf tar = BUF_INIT, same = BUF_INIT;

	img_file(&tar, "hello", "world");
	img_file(&same, "hello", "world");
	assert_int_equal(img_image(rig, &tar, "docker.io/one/a:1", first, &err), 0);
	assert_int_equal(img_image(rig, &same, "docker.io/library/two:latest", second, &err), 0);
	assert_string_not_equal(first, second);
}

static const char *resolved(struct image_rig *rig, const char *text)
{
	static char id[DIGEST_SIZE];

	return image_resolve(rig->store, text, id, &err) < 0 ? err.text : id;
}

static void an_image_is_found_by_reference_id_and_unique_prefix(void **state)
{
	struct image_rig *rig = *state;
	char prefix[20];

	make_two(rig);
	assert_string_equal(resolved(rig, "one/a:1"), first);
	assert_string_equal(resolved(rig, "two"), second);
	assert_string_equal(resolved(rig, "docker.io/library/two:latest"), second);
	assert_string_equal(resolved(rig, first), first);
	assert_string_equal(resolved(rig, first + 7), first);
	snprintf(prefix, sizeof(prefix), "%.12s", second + 7);
	assert_string_equal(resolved(rig, prefix), second);
	snprintf(prefix, sizeof(prefix), "%.19s", second);
	assert_string_equal(resolved(rig, prefix), second);
}

static void what_is_not_there_is_named_as_docker_names_it(void **state)
{
	struct image_rig *rig = *state;

	assert_string_equal(resolved(rig, "nope"), "No such image: nope:latest");
	assert_string_equal(resolved(rig, "sha256:abc"), "No such image: sha256:abc");
	assert_string_equal(resolved(rig, "sha256:xyz"), "invalid reference format");
	assert_string_equal(resolved(rig, "Nope"),
		"invalid reference format: repository name (Nope) must be lowercase");
}

static void a_name_that_looks_like_an_id_is_a_name_first(void **state)
{
	struct image_rig *rig = *state;
	char prefix[8];

	make_two(rig);
	snprintf(prefix, sizeof(prefix), "%.4s", second + 7);
	assert_int_equal(image_tag(rig->store, first, prefix, NULL, &err), 0);
	assert_string_equal(resolved(rig, prefix), first);
	snprintf(prefix, sizeof(prefix), "%.4s", first + 7);
	assert_string_equal(resolved(rig, prefix), first);
}

static void an_ambiguous_prefix_is_an_error(void **state)
{
	struct image_rig *rig = *state;
	char prefix[2] = "";

	/* Seventeen ids share a first digit somewhere. */
	for (int i = 0; i < 17; i++) {
		auto_buf tar = BUF_INIT;
		char tag[40];
		static char seen[16];

		snprintf(tag, sizeof(tag), "docker.io/library/x:%d", i);
		assert_int_equal(img_image(rig, &tar, tag, first, &err), 0);
		for (int j = 0; j < i; j++)
			if (seen[j] == first[7])
				prefix[0] = first[7];
		if (i < 16)
			seen[i] = first[7];
	}
	assert_int_equal(image_resolve(rig->store, prefix, first, &err), -EEXIST);
	assert_non_null(strstr(err.text, "ambiguous ID prefix"));
}

static void an_image_tells_what_a_launch_needs(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL;
	auto_buf text = BUF_INIT;
	char path[64];

	make_two(rig);
	assert_int_equal(image_find(rig->store, "two", &image, &err), 0);
	assert_string_equal(image->config.env.v[0], "A=b");
	assert_string_equal(image->tags.v[0], "two:latest");
	assert_int_equal(image->layers.len, 1);
	assert_int_equal(image->size, 5);
	assert_int_equal(image->root_mode & 07777, 0755);
	assert_true(image->settled);
	image_layer_path(image->layers.v[0], path);
	strcat(path, "/hello");
	assert_string_equal(img_read(rig, path, &text), "world");
}

static int collect(const struct image *image, void *arg)
{
	strs_add(arg, image->tags.len ? image->tags.v[0] : "<none>");
	return 0;
}

static void a_tag_that_moves_leaves_the_old_image_dangling(void **state)
{
	struct image_rig *rig = *state;
	auto_strs tags = STRS_INIT;
	char before[DIGEST_SIZE];

	make_two(rig);
	assert_int_equal(image_tag(rig->store, second, "one/a:1", before, &err), 0);
	assert_string_equal(before, first);
	assert_int_equal(image_each(rig->store, collect, &tags, &err), 0);
	assert_int_equal(tags.len, 2);
	assert_true(str_eq(tags.v[0], "<none>") || str_eq(tags.v[1], "<none>"));
	assert_int_equal(image_untag(rig->store, "one/a:1", &err), 0);
	assert_int_equal(image_untag(rig->store, "one/a:1", &err), -ENOENT);
}

/* As the façade does it, but for the lock: nobody else is here. */
static void remove_image(struct image_rig *rig, const char *id, bool held)
{
	struct image_freed freed = {0};

	assert_int_equal(image_remove(rig->store, id, held, true, &freed, &err), 0);
	assert_int_equal(image_delete_freed(rig->store, &freed, &err), 0);
	image_freed_fini(&freed);
}

static void layers_and_blobs_go_with_the_last_image_that_needs_them(void **state)
{
	struct image_rig *rig = *state;

	make_two(rig);
	assert_int_equal(img_count(rig, "layers"), 1);
	assert_int_equal(img_count(rig, "blobs/sha256"), 2);
	remove_image(rig, first, false);
	assert_int_equal(img_count(rig, "layers"), 1);
	remove_image(rig, second, false);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "blobs/sha256"), 0);
	assert_int_equal(img_count(rig, "trash"), 0);
	assert_string_equal(resolved(rig, "two"), "No such image: two:latest");
}

static void a_removal_tells_which_layers_it_took(void **state)
{
	struct image_rig *rig = *state;
	struct image_freed freed = {0};
	auto_of(image) struct image *image = NULL;

	make_two(rig);
	assert_int_equal(image_get(rig->store, first, &image, &err), 0);
	assert_int_equal(image_remove(rig->store, first, false, true, &freed, &err), 0);
	assert_int_equal(freed.diff_ids.len, 0);
	assert_int_equal(image_remove(rig->store, second, false, true, &freed, &err), 0);
	assert_int_equal(freed.diff_ids.len, 1);
	assert_string_equal(freed.diff_ids.v[0], image->diff_ids.v[0]);
	assert_true(freed.bytes >= image->size);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "trash"), 1);
	image_freed_fini(&freed);
}

static bool answer(const char *id, void *arg)
{
	assert_string_equal(id, second);
	return *(bool *)arg;
}

static void layers_that_containers_hold_stay_until_the_containers_have_gone(void **state)
{
	struct image_rig *rig = *state;
	struct image_freed freed = {0};
	bool used = true;

	make_two(rig);
	remove_image(rig, second, true);
	assert_string_equal(resolved(rig, "two"), "No such image: two:latest");
	remove_image(rig, first, false);
	assert_int_equal(img_count(rig, "layers"), 1);
	assert_int_equal(image_collect(rig->store, answer, &used, &freed, &err), 0);
	assert_int_equal(img_count(rig, "layers"), 1);
	used = false;
	assert_int_equal(image_collect(rig->store, answer, &used, &freed, &err), 0);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(freed.diff_ids.len, 1);
	image_freed_fini(&freed);
}

static bool never(const char *id, void *arg)
{
	(void)id;
	(void)arg;
	return false;
}

static void who_holds_the_store_keeps_others_from_collecting(void **state)
{
	struct image_rig *rig = *state;
	struct store_options options = {
		.root = store_root(rig->store), .run_root = store_run_root(rig->store)};
	struct image_freed freed = {0};
	auto_close int alone = -1;
	auto_store *other = NULL;

	make_two(rig); /* whoever makes images holds the store until it is closed */
	assert_int_equal(store_open(&options, &other, &err), 0);
	assert_int_equal(store_alone(other, &err), -EAGAIN);
	assert_int_equal(image_remove(other, first, false, false, &freed, &err), 0);
	assert_int_equal(image_remove(other, second, false, false, &freed, &err), 0);
	assert_int_equal(freed.diff_ids.len, 0);
	assert_int_equal(img_count(rig, "layers"), 1);
	assert_int_equal(img_count(rig, "blobs/sha256"), 2);
	store_close(take(rig->store));
	rig->store = take(other);
	alone = store_alone(rig->store, &err);
	assert_true(alone >= 0);
	assert_int_equal(image_collect(rig->store, never, NULL, &freed, &err), 0);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "blobs/sha256"), 0);
	assert_int_equal(freed.diff_ids.len, 1);
	image_freed_fini(&freed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(an_image_is_found_by_reference_id_and_unique_prefix),
		in_store(what_is_not_there_is_named_as_docker_names_it),
		in_store(a_name_that_looks_like_an_id_is_a_name_first),
		in_store(an_ambiguous_prefix_is_an_error),
		in_store(an_image_tells_what_a_launch_needs),
		in_store(a_tag_that_moves_leaves_the_old_image_dangling),
		in_store(layers_and_blobs_go_with_the_last_image_that_needs_them),
		in_store(a_removal_tells_which_layers_it_took),
		in_store(layers_that_containers_hold_stay_until_the_containers_have_gone),
		in_store(who_holds_the_store_keeps_others_from_collecting),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
