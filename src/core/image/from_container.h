/* from_container.h - `davit commit`: a container's changes as an image on top of its own. */
#ifndef CORE_IMAGE_FROM_CONTAINER_H
#define CORE_IMAGE_FROM_CONTAINER_H

#include "core/image_ops.h"

int image_from_container(struct store *store, const struct image_commit_options *options,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err);

#endif
