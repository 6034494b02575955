/* images_filter.h - which images a listing shows: its filters and its operand. */
#ifndef CLI_IMAGES_FILTER_H
#define CLI_IMAGES_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/engine.h"

struct images_wanted {
	/* the caller's */
	struct engine *engine;
	const struct strs *filters;
	const char *operand; /* a pattern, or NULL */
	int dangling;        /* -1: either; what a filter says overrides it */
	/* images_wanted_init's */
	uint64_t before_ns, since_ns;
	cJSON *labels; /* of all images, when a filter asks for them */
};

int images_check_filters(const struct strs *filters, struct err *err);
int images_wanted_init(struct images_wanted *wanted, const struct image_entry *images, size_t count,
	struct err *err);
void images_wanted_fini(struct images_wanted *wanted);
bool images_fit(const struct images_wanted *wanted, const struct image_entry *image);

/* Where the tag begins in "host:5000/name:tag", with its colon, or the end. */
const char *images_tag_of(const char *reference);

#endif
