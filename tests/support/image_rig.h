/* image_rig.h - a store in a scratch directory, and layers made of tars in memory. */
#ifndef TESTS_IMAGE_RIG_H
#define TESTS_IMAGE_RIG_H

#include "core/image/layer.h"
#include "core/image/tar_write.h"
#include "core/store.h"
#include "util/buf.h"

struct image_rig {
	char path[64];
	int fd;
	struct store *store;
};

int image_rig_enter(void **state); /* cmocka's setup: *state is a struct image_rig */
int image_rig_leave(void **state); /* closes and removes it */

#define in_store(test) cmocka_unit_test_setup_teardown(test, image_rig_enter, image_rig_leave)

/* One PAX header with one record, for the entry that follows. */
void img_pax(struct buf *tar, const char *key, const void *value, size_t len);
/* A file of text, a directory, a link, short enough for a line of a test. */
void img_file(struct buf *tar, const char *path, const char *text);
void img_dir(struct buf *tar, const char *path, mode_t mode);
void img_symlink(struct buf *tar, const char *path, const char *target);
void img_link(struct buf *tar, const char *path, const char *target);

/* Unpacks the tar (an end is added) as a layer of the store. */
int img_unpack(struct image_rig *rig, struct buf *tar, struct layer **out, struct err *err);
/* Commits layers under a tag; 0 and the id, or what image_commit says. */
int img_commit(struct image_rig *rig, struct layer **layers, size_t n, const char *tag,
	char id[DIGEST_SIZE], struct err *err);
/* Both, for images of one layer. */
int img_image(struct image_rig *rig, struct buf *tar, const char *tag, char id[DIGEST_SIZE],
	struct err *err);

/* The whole text of a file below the store's root, or "" and a failed test's errno in errno. */
const char *img_read(struct image_rig *rig, const char *path, struct buf *out);
/* How many names a directory of the store has. */
int img_count(struct image_rig *rig, const char *path);

#endif
