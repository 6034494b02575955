/* rebuild.h - a layer's tar once more, byte for byte, from its directory.
 *
 * A layer that was made here follows layer_tar.h's rules; for a stranger's, its headers are kept
 * (split.h). Either way what comes out is hashed on the way and must have the layer's diff id. */
#ifndef CORE_IMAGE_REBUILD_H
#define CORE_IMAGE_REBUILD_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/image/layer.h"
#include "core/image/layer_tar.h"

struct rebuild;

/* Ready to write; *size is how long it will be. The layer is lent, and must be in the store. */
int rebuild_new(const struct layer *layer, struct rebuild **out, uint64_t *size, struct err *err);
/* -EBADMSG at the end when it is not what it was. */
int rebuild_write(struct rebuild *rebuild, tar_put_fn *put, void *arg, const atomic_bool *canceled,
	struct err *err);
void rebuild_free(struct rebuild *rebuild);
own_define(rebuild)

#endif
