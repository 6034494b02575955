/* changes.h - `davit diff`: what a container added, changed and deleted. */
#ifndef CORE_IMAGE_CHANGES_H
#define CORE_IMAGE_CHANGES_H

#include "core/image_ops.h"

int image_changes(struct store *store, const struct image_tree *tree, image_change_fn *each,
	void *arg, struct err *err);

#endif
