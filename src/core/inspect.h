/* inspect.h - docker's inspect object: the part that never changes is written at creation
 * (containers/ID/inspect.json), the rest is filled in from the row when somebody asks. */
#ifndef CORE_INSPECT_H
#define CORE_INSPECT_H

#include <cjson/cJSON.h>

#include "core/engine_own.h"
#include "core/image.h"
#include "core/recipe.h"

#include <cjson/cJSON.h>

/* The unchanging part as JSON text. */
int inspect_write(const struct store *store, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, struct buf *out, struct err *err);

/* That part, read again; the caller deletes *out. */
int inspect_fixed(struct engine *engine, const char *id, cJSON **out, struct err *err);

/* docker's form of a time; 0 is its zero time. */
void inspect_add_time(cJSON *to, const char *key, uint64_t ns);

/* The container's labels as "key=value". */
int inspect_labels(struct engine *engine, const char *id, struct strs *out, struct err *err);

#endif
