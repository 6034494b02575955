/* json.h - cJSON with limits, for documents from strangers.
 *
 * Keys are matched exactly (cJSON's own default ignores case), nothing may follow
 * the document, and nesting and length are bounded before cJSON recurses. */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum { JSON_MAX = 4 << 20, JSON_DEPTH_MAX = 64 };

#define auto_json __attribute__((cleanup(json_freep))) cJSON

static inline void json_freep(cJSON **json)
{
	cJSON_Delete(*json);
}

/* The caller owns *out. The errors say what is wrong, not whose document it is: add that with
 * err_in. */
int json_parse(const char *text, size_t len, cJSON **out, struct err *err);

/* All of these take NULL, or another type than asked for, as "not there". */
const cJSON *json_get(const cJSON *object, const char *key); /* any type but null */
const cJSON *json_object(const cJSON *object, const char *key);
const cJSON *json_array(const cJSON *object, const char *key);
const char *json_str(const cJSON *object, const char *key); /* NULL: not there */
const char *json_str_or(const cJSON *object, const char *key, const char *otherwise);
bool json_is_true(const cJSON *object, const char *key);
/* A whole number of 0..2^53; false: not there, or not one. */
bool json_size(const cJSON *object, const char *key, uint64_t *out);
/* Appends the strings of an array; -EINVAL when something in it is not a string. */
int json_strs(const cJSON *array, struct strs *out);

#endif
