/* ps_filter.h - which containers a listing shows. */
#ifndef CLI_PS_FILTER_H
#define CLI_PS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/engine.h"

struct ps_wanted {
	/* the caller's */
	struct engine *engine;
	const struct strs *filters;
	/* ps_wanted_init's */
	uint64_t before_ns, since_ns;
	char ancestors[16][65];
	size_t ancestors_len;
};

/* Refuses filters that are not known, and values that cannot be. */
int ps_wanted_init(struct ps_wanted *wanted, struct err *err);
/* By what costs nothing to know. */
bool ps_fits(const struct ps_wanted *wanted, const struct container *container);
/* By docker's inspect object, when a filter asks for it; labels are KEY=VALUE. */
bool ps_wants_inspect(const struct strs *filters);
bool ps_fits_inspected(const struct strs *filters, const cJSON *inspect, const struct strs *labels);

#endif
