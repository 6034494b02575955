/* filters.h - "--filter key=value", given many times: one key's values are alternatives, keys add
 * up. */
#ifndef CLI_FILTERS_H
#define CLI_FILTERS_H

#include <stdbool.h>

#include "util/err.h"
#include "util/strs.h"

/* Every filter is "key=value" with a key of known (ends with NULL). -EINVAL "invalid filter 'x'"; a
 * key of later is refused by name. */
int filters_check(const struct strs *filters, const char *const *known, const char *const *later,
	struct err *err);
bool filters_have(const struct strs *filters, const char *key);
/* A key that is true or false ("1" or "0" will do): *out, which stays as it is when nothing is
 * given. -EINVAL "invalid filter 'dangling=[x]'": another word, or both at once. */
int filters_truth(const struct strs *filters, const char *key, int *out, struct err *err);
/* The values of a key, one after another: *at starts at 0; NULL: no more. */
const char *filters_next(const struct strs *filters, const char *key, size_t *at);
/* No value of this key, or one for which test holds; every: all must hold (as docker has it for
 * labels). */
bool filters_any(const struct strs *filters, const char *key,
	bool (*test)(const char *value, const void *arg), const void *arg);
bool filters_every(const struct strs *filters, const char *key,
	bool (*test)(const char *value, const void *arg), const void *arg);

/* "key" or "key=value" against a list of "key=value". */
bool filters_label(const struct strs *labels, const char *wanted);

#endif
