/* images_own.h - taking images away: what removing one and pruning many share. */
#ifndef CORE_IMAGES_OWN_H
#define CORE_IMAGES_OWN_H

#include "core/engine_own.h"
#include "core/image.h"

/* One change of images. The store is nobody else's from _begin to _end, which also deletes the
 * files of what went, after letting others in again. */
struct images_change {
	struct engine *engine;
	struct buf *lines;              /* docker's, one of each thing that went */
	const char *untagged, *deleted; /* how these lines begin */
	struct image_freed freed;
	int lock;
	int alone; /* see store_alone; -1: somebody holds the store */
};
int images_change_begin(struct images_change *change, struct err *err);
int images_change_end(struct images_change *change, int failed, struct err *err);

/* A container of each kind that uses the image; "" when there is none. id: with "sha256:". One in
 * the trash is no reason against a removal, but it keeps the layers. */
struct images_users {
	char running[65], stopped[65], kept[65];
};
static inline bool images_are_held(const struct images_users *users)
{
	return users->stopped[0] || users->kept[0];
}
void images_find_users(struct engine *engine, const char *id, struct images_users *out);

int images_untag(
	struct images_change *change, const struct image *image, const char *name, struct err *err);
/* Names, then the image. held: see image_remove. */
int images_delete(
	struct images_change *change, const struct image *image, bool held, struct err *err);

/* What an image shares with others, of its layers' sizes: one for each that shares anything, for
 * images_share_of to look in (0: nothing). The caller frees *out. */
struct images_share {
	char id[DIGEST_SIZE];
	uint64_t bytes;
};
int images_shares(struct store *store, struct images_share **out, size_t *count, struct err *err);
uint64_t images_share_of(const struct images_share *shares, size_t count, const char *id);

/* "key" or "key=value" of a prune against a list of "key=value". */
bool prune_labels_fit(const struct prune_request *request, const struct strs *labels);
/* Bytes on the disk of what a container wrote. */
uint64_t prune_weigh(struct engine *engine, const char *id);

#endif
