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
#include "core/image/assemble.h"
#include "core/image/commit.h"
#include "core/image/layer_private.h"
#include "core/image/verify.h"
#include "core/store_db.h"

static struct err err;
static char id[DIGEST_SIZE];

/* Up to three layers, bottom first, as one image; ids receives their keys. */
static void commit_tars(struct image_rig *rig, struct buf *tars, size_t n, const char *tag,
	char (*ids)[LAYER_ID_SIZE])
{
	struct layer *layers[3] = {NULL};

	for (size_t i = 0; i < n; i++)
		if (img_unpack(rig, &tars[i], &layers[i], &err) < 0)
			fail_msg("%s", err.text);
	if (img_commit(rig, layers, n, tag, id, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++) {
		memcpy(ids[i], layers[i]->id, LAYER_ID_SIZE);
		layer_free(layers[i]);
		buf_fini(&tars[i]);
	}
}

static struct stat stat_in(struct image_rig *rig, const char *layer, const char *path)
{
	char whole[200];
	struct stat st = {0};

	snprintf(whole, sizeof(whole), "layers/%s/diff/%s", layer, path);
	fstatat(store_fd(rig->store), whole, &st, AT_SYMLINK_NOFOLLOW);
	return st;
}

static void implied_parents_look_like_those_below(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[2] = {BUF_INIT, BUF_INIT}, alone[1] = {BUF_INIT};
	char ids[2][LAYER_ID_SIZE], plain[1][LAYER_ID_SIZE];

	img_dir(&tars[0], "tmp", 01777);
	img_file(&tars[1], "tmp/x", "x");
	img_file(&alone[0], "tmp/x", "x");
	commit_tars(rig, tars, 2, "docker.io/library/a:1", ids);
	assert_int_equal(stat_in(rig, ids[1], "tmp").st_mode, S_IFDIR | 01777);
	/* Alone, the same layer is another one: its key tells the fix-ups. */
	commit_tars(rig, alone, 1, "docker.io/library/b:1", plain);
	assert_string_not_equal(plain[0], ids[1]);
	assert_int_equal(stat_in(rig, plain[0], "tmp").st_mode, S_IFDIR | 0755);
	assert_int_equal(stat_in(rig, plain[0], "tmp/x").st_size, 1);
}

static void a_layer_in_the_store_serves_another_chain_by_a_copy(void **state)
{
	struct image_rig *rig = *state;
	struct buf alone[1] = {BUF_INIT}, base[1] = {BUF_INIT};
	char plain[1][LAYER_ID_SIZE], bottom[1][LAYER_ID_SIZE];
	struct layer *layers[2] = {NULL};
	char diff_id[DIGEST_SIZE], base_id[DIGEST_SIZE];

	img_file(&alone[0], "tmp/x", "x");
	img_link(&alone[0], "tmp/y", "tmp/x");
	commit_tars(rig, alone, 1, "docker.io/library/a:1", plain);
	img_dir(&base[0], "tmp", 01777);
	commit_tars(rig, base, 1, "docker.io/library/b:1", bottom);
	assert_int_equal(layer_open(rig->store, plain[0], &layers[1], &err), 0);
	memcpy(diff_id, layer_diff_id(layers[1]), DIGEST_SIZE);
	assert_int_equal(layer_open(rig->store, bottom[0], &layers[0], &err), 0);
	memcpy(base_id, layer_diff_id(layers[0]), DIGEST_SIZE);
	if (img_commit(rig, layers, 2, "docker.io/library/c:1", id, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_not_equal(layers[1]->id, plain[0]);
	assert_string_equal(layers[0]->id, bottom[0]);
	assert_int_equal(stat_in(rig, layers[1]->id, "tmp").st_mode, S_IFDIR | 01777);
	assert_int_equal(stat_in(rig, layers[1]->id, "tmp/y").st_nlink, 2);
	assert_int_equal(stat_in(rig, plain[0], "tmp").st_mode, S_IFDIR | 0755);
	layer_free(layers[0]);
	layer_free(layers[1]);
}

static void a_hard_link_to_a_lower_file_copies_it_up(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[2] = {BUF_INIT, BUF_INIT};
	char ids[2][LAYER_ID_SIZE], path[100];
	auto_buf text = BUF_INIT;

	img_dir(&tars[0], "etc", 0711);
	img_file(&tars[0], "etc/old", "from below");
	img_link(&tars[1], "new", "etc/old");
	img_link(&tars[1], "newer", "new");
	commit_tars(rig, tars, 2, "docker.io/library/a:1", ids);
	assert_int_equal(stat_in(rig, ids[1], "new").st_nlink, 3);
	assert_int_equal(stat_in(rig, ids[1], "etc").st_mode, S_IFDIR | 0711);
	snprintf(path, sizeof(path), "layers/%s/diff/newer", ids[1]);
	assert_string_equal(img_read(rig, path, &text), "from below");
}

static void a_hard_link_to_nothing_is_refused_and_leaves_nothing(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;

	img_link(&tar, "new", "etc/nowhere");
	assert_int_equal(img_unpack(rig, &tar, &layer, &err), 0);
	assert_int_equal(img_commit(rig, &layer, 1, "docker.io/library/a:1", id, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "hard link to etc/nowhere, which no layer has"));
	layer_free(take(layer));
	assert_int_equal(img_count(rig, "staging"), 0);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "blobs/sha256"), 0);
}

static void the_same_layer_twice_is_mounted_once(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	char ids[3][LAYER_ID_SIZE];
	auto_of(image) struct image *image = NULL;

	img_file(&tars[0], "f", "1");
	img_file(&tars[1], "f", "2");
	img_file(&tars[2], "f", "1");
	commit_tars(rig, tars, 3, "docker.io/library/a:1", ids);
	assert_int_equal(image_get(rig->store, id, &image, &err), 0);
	assert_int_equal(image->layers.len, 2);
	assert_string_equal(image->layers.v[0], ids[1]);
	assert_string_equal(image->layers.v[1], ids[2]);
	assert_int_equal(image->diff_ids.len, 3);
}

static void a_config_for_other_layers_is_refused(void **state)
{
	static const char config[] =
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]}}";
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;

	img_file(&tar, "f", "1");
	assert_int_equal(img_unpack(rig, &tar, &layer, &err), 0);
	struct image_draft draft = {
		.config = config,
		.config_len = strlen(config),
		.layers = &layer,
		.n_layers = 1,
	};
	assert_int_equal(image_commit(rig->store, &draft, NULL, id, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "layer 1 does not match the image config"));
	layer_free(take(layer));
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "blobs/sha256"), 0);
}

static void an_orphan_in_the_way_is_nobodys(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[1] = {BUF_INIT}, again[1] = {BUF_INIT};
	char ids[1][LAYER_ID_SIZE];
	struct db *db;

	img_file(&tars[0], "f", "good");
	commit_tars(rig, tars, 1, "docker.io/library/a:1", ids);
	/* As if its process had died between the rename and the commit. */
	assert_int_equal(store_db(rig->store, &db, &err), 0);
	assert_int_equal(db_run(db, &err, "DELETE FROM layers", ""), 0);
	img_file(&again[0], "f", "good");
	commit_tars(rig, again, 1, "docker.io/library/a:1", ids);
	assert_int_equal(stat_in(rig, ids[0], "f").st_size, 4);
	assert_int_equal(img_count(rig, "layers"), 1);
}

static void as_if_another_boot(struct image_rig *rig)
{
	struct db *db;

	assert_int_equal(store_db(rig->store, &db, &err), 0);
	assert_int_equal(db_run(db, &err, "UPDATE layers SET boot = 'before', synced = 0", ""), 0);
}

static void after_another_boot_a_sound_layer_is_verified_and_settled(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[1] = {BUF_INIT};
	char ids[1][LAYER_ID_SIZE];
	struct image *image;

	img_dir(&tars[0], "d", 0700);
	img_file(&tars[0], "d/f", "content");
	img_file(&tars[0], ".wh.gone", "");
	commit_tars(rig, tars, 1, "docker.io/library/a:1", ids);
	as_if_another_boot(rig);
	assert_int_equal(image_find(rig->store, "a:1", &image, &err), 0);
	assert_false(image->settled);
	assert_int_equal(verify_image(rig->store, image, &err), 0);
	image_free(image);
	assert_int_equal(image_find(rig->store, "a:1", &image, &err), 0);
	assert_true(image->settled);
	image_free(image);
}

static void damage(struct image_rig *rig, const char *layer, const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "layers/%s/diff/%s", layer, name);
	auto_close int fd = openat(store_fd(rig->store), path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
}

static void a_damaged_layer_without_a_blob_is_named(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[1] = {BUF_INIT};
	char ids[1][LAYER_ID_SIZE];
	auto_of(image) struct image *image = NULL;

	img_file(&tars[0], "f", "content");
	commit_tars(rig, tars, 1, "docker.io/library/a:1", ids);
	damage(rig, ids[0], "f");
	as_if_another_boot(rig);
	assert_int_equal(image_find(rig->store, "a:1", &image, &err), 0);
	assert_int_equal(verify_image(rig->store, image, &err), -ENOENT);
	assert_non_null(strstr(err.text, "was damaged when the machine went down"));
}

static void a_sync_makes_rows_durable(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[1] = {BUF_INIT};
	char ids[1][LAYER_ID_SIZE];
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	img_file(&tars[0], "f", "content");
	commit_tars(rig, tars, 1, "docker.io/library/a:1", ids);
	assert_int_equal(store_sync(rig->store, &err), 0);
	assert_int_equal(store_db(rig->store, &db, &err), 0);
	assert_int_equal(db_ask(db, &row, &err, "SELECT 1 FROM layers WHERE synced = 0", ""), 0);
	assert_int_equal(db_step(row, &found, &err), 0);
	assert_false(found);
}

static void copying_layers_shows_what_overlay_would(void **state)
{
	struct image_rig *rig = *state;
	struct buf tars[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	char ids[3][LAYER_ID_SIZE];
	auto_of(image) struct image *image = NULL;
	auto_close int root = -1;
	struct stat st;

	img_dir(&tars[0], "./", 0711);
	img_file(&tars[0], "a", "1");
	img_file(&tars[0], "gone", "1");
	img_file(&tars[0], "dir/old", "1");
	img_file(&tars[0], "swap/x", "1");
	img_file(&tars[1], ".wh.gone", "");
	img_dir(&tars[1], "dir", 0750);
	img_file(&tars[1], "dir/.wh..wh..opq", "");
	img_file(&tars[1], "dir/new", "1");
	img_file(&tars[1], "swap", "file");
	img_link(&tars[2], "b", "a");
	commit_tars(rig, tars, 3, "docker.io/library/a:1", ids);
	assert_int_equal(mkdirat(store_fd(rig->store), "root", 0755), 0);
	root = openat(store_fd(rig->store), "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(image_get(rig->store, id, &image, &err), 0);
	assert_int_equal(image->root_mode & 07777, 0711);
	if (image_assemble(rig->store, image, root, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(fstatat(root, ".", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(fstatat(root, "gone", &st, 0), -1);
	assert_int_equal(fstatat(root, "dir/old", &st, 0), -1);
	assert_int_equal(fstatat(root, "dir/new", &st, 0), 0);
	assert_int_equal(fstatat(root, "dir", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(st.st_mtime, 0);
	assert_int_equal(fstatat(root, "swap", &st, 0), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(fstatat(root, "b", &st, 0), 0);
	assert_int_equal(st.st_nlink, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(implied_parents_look_like_those_below),
		in_store(a_layer_in_the_store_serves_another_chain_by_a_copy),
		in_store(a_hard_link_to_a_lower_file_copies_it_up),
		in_store(a_hard_link_to_nothing_is_refused_and_leaves_nothing),
		in_store(the_same_layer_twice_is_mounted_once),
		in_store(a_config_for_other_layers_is_refused),
		in_store(an_orphan_in_the_way_is_nobodys),
		in_store(after_another_boot_a_sound_layer_is_verified_and_settled),
		in_store(a_damaged_layer_without_a_blob_is_named),
		in_store(a_sync_makes_rows_durable),
		in_store(copying_layers_shows_what_overlay_would),
	};

	return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
