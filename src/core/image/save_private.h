/* save_private.h - an archive to be: what goes in, and the documents about it. */
#ifndef CORE_IMAGE_SAVE_PRIVATE_H
#define CORE_IMAGE_SAVE_PRIVATE_H

#include <stdint.h>

#include "core/image.h"
#include "core/image/manifest.h"
#include "core/image/rebuild.h"
#include "util/buf.h"
#include "util/strs.h"

/* A blob of the archive: a file of the store held open, a layer's tar to be made again, or bytes.
 */
struct saved_blob {
	char digest[DIGEST_SIZE];
	uint64_t size;
	int fd; /* -1: none */
	struct layer *layer;
	struct rebuild *rebuild; /* or NULL: text */
	struct buf text;
};

struct saved_layer {
	char diff_id[DIGEST_SIZE], digest[DIGEST_SIZE];
	const char *media; /* OCI's, by what the blob begins with */
	uint64_t size;
};

struct saved_image {
	struct image *image;
	struct strs tags;           /* normalised "name:tag" */
	struct saved_layer *layers; /* one for each diff id, bottom first */
	size_t n_layers;
	char manifest[DIGEST_SIZE];
	uint64_t manifest_size, config_size;
};

struct saving {
	struct store *store;
	struct saved_image *images;
	size_t n_images;
	struct saved_blob *blobs;
	size_t n_blobs;
};

void saving_fini(struct saving *saving);

/* Finds the images that the names mean, with the tags to be saved: a name without a tag means all
 * tags of that repository, an id none. Opens everything that goes in. */
int saving_collect(
	struct saving *saving, const struct strs *names, const char *platform, struct err *err);

/* The OCI manifest of an image for the blobs we have. */
void saved_manifest(const struct saved_image *image, struct buf *out);
/* The archive's own documents. */
void saved_index(const struct saving *saving, struct buf *out);
void saved_docker_manifest(const struct saving *saving, struct buf *out);
void saved_repositories(const struct saving *saving, struct buf *out);

#endif
