/* load_private.h - what both kinds of archive share: from members to a committed image. */
#ifndef CORE_IMAGE_LOAD_PRIVATE_H
#define CORE_IMAGE_LOAD_PRIVATE_H

#include "core/image/archive.h"
#include "core/image/platform.h"
#include "util/digest.h"
#include "util/strs.h"

struct loading {
	struct store *store;
	struct archive *archive;
	const struct image_watch *watch;
	const struct platform *platform; /* NULL: this machine's, or whatever there is */
	unsigned loaded;
	char other[96]; /* the last that was left out: it is for another platform */
};

/* One image, as an archive tells of it. */
struct found_image {
	const char *config;
	size_t config_len;
	const char *manifest; /* or NULL */
	size_t manifest_len;
	struct strs layers;  /* members, bottom first */
	struct strs digests; /* of the same; empty when the archive does not say */
	struct strs tags;    /* as they stand there */
};

void found_image_fini(struct found_image *image);
int load_found(struct loading *loading, const struct found_image *image, struct err *err);

/* The manifest of index.json whose config is this one, into *out; -ENOENT: there is none. */
int load_oci_manifest(
	struct loading *loading, const char *config, struct buf *out, struct err *err);
int load_docker(struct loading *loading, struct err *err); /* manifest.json */
int load_oci(struct loading *loading, struct err *err);    /* index.json */

#endif
