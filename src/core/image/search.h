/* search.h - `davit search`: a registry's index of names, by its first API (GET /v1/search).
 *
 * docker.io's lives at index.docker.io; a term "host/words" asks that host. */
#ifndef CORE_IMAGE_SEARCH_H
#define CORE_IMAGE_SEARCH_H

#include <cjson/cJSON.h>

#include "core/image_ops.h"

/* An entry of struct image_ops. */
int image_search(const struct image_search_options *options, cJSON **out, struct err *err);

/* The pure part: an answer as an array of Name, Description, StarCount, IsOfficial, IsAutomated;
 * texts without control characters, at most `limit` of them. The caller deletes it. */
int search_parse(const char *text, size_t len, int limit, cJSON **out, struct err *err);

#endif
