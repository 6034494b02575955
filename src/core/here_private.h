/* here_private.h - what here*.c share: the image module's watchers, in the façade's terms. */
#ifndef CORE_HERE_PRIVATE_H
#define CORE_HERE_PRIVATE_H

#include "core/engine_own.h"
#include "core/image_ops.h"

struct here {
	struct engine *engine;
	const struct job_options *options;
	struct buf *result;
	struct image_watch watch;
};

/* Opens the module and fills `here`, whose watch its calls take. options and result may be NULL. */
int here_begin(struct here *here, struct engine *engine, const struct job_options *options,
	struct buf *result, const struct image_ops **ops, struct err *err);
/* The same for what makes images: they are brought to the disk afterwards (core/syncer.h). */
int here_begin_making(struct here *here, struct engine *engine, const struct job_options *options,
	struct buf *result, const struct image_ops **ops, struct err *err);

#endif
