/* fields.h - typed values out of JSON that a stranger wrote.
 *
 * A cursor stands on one node and knows how it got there, so that every refusal
 * names the field: "process.rlimits[2].hard: must be a whole number from 0 up".
 * Cursors live on the stack and borrow their parent and the parsed tree.
 *
 * All readers: an absent or null member leaves *out as it was and is no error;
 * whoever needs it says so with fields_missing. They return 0 or a negative errno. */
#ifndef RUNTIME_FIELDS_H
#define RUNTIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strs.h"

struct json_node;

struct fields {
	const struct json_node *node;
	const struct fields *up; /* NULL at the top */
	const char *key;         /* NULL for an array's element */
	unsigned index;
	struct err *err;
	void *document; /* of the top: what fields_close frees */
};

/* Parses exactly one JSON object; free it with fields_close. `what` begins an error's sentence; the
 * text must stay as long as the cursor. */
int fields_open(
	struct fields *top, const char *json, size_t len, const char *what, struct err *err);
void fields_close(struct fields *top);

/* Moves into a member that must be an object (array), if there is one. */
int fields_object(const struct fields *at, const char *key, struct fields *out, bool *found);
int fields_array(const struct fields *at, const char *key, struct fields *out, size_t *count);
/* Steps through an array: begin with *item = (struct fields){0}; false after the last. */
bool fields_next(const struct fields *array, struct fields *item);
int fields_want_object(const struct fields *at);
/* Refuses a member whose name is not in the NULL-terminated list. */
int fields_only(const struct fields *at, const char *const *known);

int fields_str(const struct fields *at, const char *key, char **out); /* frees what was there */
int fields_strs(const struct fields *at, const char *key, struct strs *out); /* replaces */
int fields_bool(const struct fields *at, const char *key, bool *out);
int fields_i64(const struct fields *at, const char *key, int64_t min, int64_t max, int64_t *out);
int fields_u32(const struct fields *at, const char *key, uint32_t max, uint32_t *out);
/* 2^64 - 1 ("infinity") arrives as itself although JSON's numbers round it. */
int fields_u64(const struct fields *at, const char *key, uint64_t *out);
/* The cursor's own node as a number: an element of a list of numbers. */
int fields_own_i64(const struct fields *at, int64_t min, int64_t max, int64_t *out);
/* Absent, null, false, 0, "", [] or {}: as good as not said. */
bool fields_is_empty(const struct fields *at, const char *key);
/* An object whose members are all strings, as "name=value" in the order written. */
int fields_map(const struct fields *at, const char *key, struct strs *out);

/* "<path>.<key>: <why>" (key may be NULL: the cursor's own node). Returns -EINVAL. */
int fields_refuse(const struct fields *at, const char *key, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
/* The text of a node, as compact JSON; the caller frees. NULL when out of memory. */
char *fields_text(const struct fields *at);

#endif
