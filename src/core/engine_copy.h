/* engine_copy.h - the façade (core/engine.h): files into and out of containers. */
#ifndef CORE_ENGINE_COPY_H
#define CORE_ENGINE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_base.h"

struct copy_request {
	const char *who;
	const char *inside;  /* a path in the container */
	const char *outside; /* a path here; NULL: a tar stream on standard input or output */
	bool out;            /* from the container */
	bool tar;            /* with out: outside becomes an archive */
	bool archive, follow;
};
/* docker's cp, with its sentences. The container may run (it is frozen meanwhile), be paused or
 * stopped; volumes and binds are part of it. *bytes: as a tar of it would have. */
int engine_copy_here(struct engine *engine, const struct copy_request *request,
	const struct job_options *options, uint64_t *bytes, struct err *err);

struct image_copy_request {
	const char *who;     /* an image */
	const char *inside;  /* a path in it */
	const char *outside; /* a path here; NULL: a tar stream on standard output */
	unsigned height;     /* how many layers count, from the bottom; 0: all */
	bool alone;          /* the topmost of them, as the tar it is; inside says nothing */
	bool tar;            /* outside becomes one */
	bool archive, follow;
	uint64_t *bytes; /* as a tar of it would have; not for `alone` */
};
/* Out of an image as cp copies out of a container; nothing is started, and nothing is left mounted.
 */
int engine_image_copy_here(struct engine *engine, const struct image_copy_request *request,
	const struct job_options *options, struct err *err);

#endif
