/* cache_out.h - --cache-to: what the steps of a build made, for builds elsewhere. */
#ifndef BUILD_CACHE_OUT_H
#define BUILD_CACHE_OUT_H

#include <cjson/cJSON.h>

#include "build/work.h"

/* --cache-from and --cache-to are such as can be done. */
int cache_check(const struct build_request *request, struct err *err);
/* After the image is made. */
int cache_out(struct build_work *work, struct err *err);
/* The steps, for the image's own config; NULL unless the request has a cache of that kind. The
 * caller owns *out. */
int cache_inline(struct build_work *work, cJSON **out, struct err *err);

#endif
