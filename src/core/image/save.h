/* save.h - `davit save`: images as one tar that docker, podman, skopeo, umoci and we read.
 *
 *     oci-layout  index.json      the OCI layout: a manifest for each image, an entry for each tag
 *     manifest.json  repositories docker's archive (25 and later), naming the same blobs
 *     blobs/sha256/…              configs, manifests and layers, as the store keeps them
 *
 * What came compressed goes as it came; the tar of any other layer is made again while it is
 * written (rebuild.h). A manifest goes as it came when it is
 * OCI's and its blobs are here; otherwise one is written for the blobs that are. */
#ifndef CORE_IMAGE_SAVE_H
#define CORE_IMAGE_SAVE_H

#include "core/image_ops.h"

/* Nothing is left at options->path when
 * it fails, and a file there is replaced only by a whole archive. */
int image_save(struct store *store, const struct image_save_options *options,
	const struct image_watch *watch, struct err *err);

#endif
