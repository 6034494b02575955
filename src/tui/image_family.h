/* image_family.h - which images stand on which: one whose layers are the lowest of another's is
 * below it.
 *
 * Of two with the very same layers (a label was added, say) the older one is below. Names of one
 * image are rows of their own, and none of them is below another. Pure. */
#ifndef TUI_IMAGE_FAMILY_H
#define TUI_IMAGE_FAMILY_H

#include "core/engine.h"
#include "util/strs.h"

struct image_family {
	struct strs layers; /* of each row its diff ids, bottom first, "HEX HEX "; "": none */
	size_t *below;      /* of each row the next one below it, or SIZE_MAX */
	size_t count;
};

/* Takes over `layers`, one text a row. -ENOMEM leaves it empty. */
int image_family_make(struct image_family *family, const struct image_entry *rows, size_t count,
	struct strs *layers);
void image_family_fini(struct image_family *family); /* zeroed is fine */
/* The nth image that the row stands on, the nearest first; SIZE_MAX: no more. */
size_t image_family_below(
	const struct image_family *family, const struct image_entry *rows, size_t row, size_t nth);

#endif
