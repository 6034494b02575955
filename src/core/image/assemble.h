/* assemble.h - the copy driver: what overlay would show, made by copying layer over layer. */
#ifndef CORE_IMAGE_ASSEMBLE_H
#define CORE_IMAGE_ASSEMBLE_H

#include <stdatomic.h>

#include "core/id_map.h"
#include "core/image.h"

/* Into the empty directory root_fd. owners and canceled may be NULL. */
int image_assemble(struct store *store, const struct image *image, int root_fd,
	const struct id_owners *owners, const atomic_bool *canceled, struct err *err);

#endif
