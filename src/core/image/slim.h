/* slim.h - `davit image slim`: the compressed layers of an image go, what was unpacked stays.
 *
 *     split    of each blob, what is not in the unpacked files is kept beside the layer (split.h)
 *     check    the layer's tar is made again from that and must have its diff id
 *     drop     the row forgets the blob, and the file goes unless another layer needs it */
#ifndef CORE_IMAGE_SLIM_H
#define CORE_IMAGE_SLIM_H

#include "core/image_ops.h"

/* *freed: bytes of files that went. A layer whose tar cannot be made again keeps its blob, and the
 * call fails naming it. */
int image_slim(struct store *store, const char *who, const struct image_watch *watch,
	uint64_t *freed, struct err *err);

#endif
