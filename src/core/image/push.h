/* push.h - an image from the store to a registry.
 *
 *     plan     what each layer is, here and there: pure database               (push_plan.c)
 *     layers   have? mount? compress? send: several at once                    (push_layers.c)
 *     config   as one more blob
 *     manifest as it came, when the layers are what it names; else one for what they are
 *
 * A layer that came as a blob goes as that blob, bit for bit; one whose blob is not kept goes so
 * too where the registry still has it, else its tar is made again and compressed. Blocks; belongs
 * in a process of its own, which it confines (confine.h). */
#ifndef CORE_IMAGE_PUSH_H
#define CORE_IMAGE_PUSH_H

#include "core/image_ops.h"

/* An entry of struct image_ops. -ENOENT: no such image here. -EACCES: denied. Else as image_pull.
 */
int image_push(struct store *store, const struct image_push_options *options,
	const struct image_watch *watch, struct err *err);

#endif
