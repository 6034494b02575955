/* pressed.h - layers that were compressed here, kept and remembered: one blob a layer and codec.
 *
 * A layer that came without a compressed blob is compressed by its first push and never again; its
 * digest at the registries then stays what it was. The blob goes with the last layer of its diff id
 * (image_remove.c). */
#ifndef CORE_IMAGE_PRESSED_H
#define CORE_IMAGE_PRESSED_H

#include "core/image/press.h"
#include "core/store.h"

/* The blob's digest; -ENOENT: it was never made, or is gone. */
int pressed_find(struct store *store, const char *diff_id, enum press_codec codec,
	char digest[DIGEST_SIZE], struct err *err);
/* Makes the file "blob" of a stage a blob of the store. */
int pressed_keep(struct store *store, enum press_codec codec, struct stage *stage,
	const struct press_result *result, struct err *err);

#endif
