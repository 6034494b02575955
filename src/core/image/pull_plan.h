/* pull_plan.h - what a pull has to do for each layer, from what it needs and what is there. Pure.
 */
#ifndef CORE_IMAGE_PULL_PLAN_H
#define CORE_IMAGE_PULL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

enum pull_action {
	PULL_HELD,   /* unpacked already, for whatever image */
	PULL_SAME,   /* as an earlier layer of this image: same_as */
	PULL_UNPACK, /* its blob is here, its directory is not */
	PULL_FETCH,
};

struct pull_layer {
	const char *digest, *diff_id; /* lent */
	uint64_t size;                /* of the blob */
	bool held, has_blob;          /* what is there */
	enum pull_action action;      /* decided by pull_plan */
	size_t same_as;
};

struct pull_plan {
	size_t *order; /* of the layers to work on: what takes longest first, so that two cores end
			  together */
	size_t n_order;
	uint64_t fetch_bytes;
};

/* -EINVAL: the layers contradict each other. The caller calls pull_plan_fini. */
int pull_plan(struct pull_layer *layers, size_t count, struct pull_plan *out, struct err *err);
void pull_plan_fini(struct pull_plan *plan);
#define auto_pull_plan __attribute__((cleanup(pull_plan_fini))) struct pull_plan

#endif
