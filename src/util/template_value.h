/* template_value.h - the values of a running template, and how Go prints them.
 *
 * A value borrows: its text lies in the data, the template or the run's arena. */
#ifndef UTIL_TEMPLATE_VALUE_H
#define UTIL_TEMPLATE_VALUE_H

#include <stdint.h>

#include "util/arena.h"
#include "util/template.h"

enum value_kind {
	VALUE_NONE, /* what a missing key is: prints <no value> */
	VALUE_NIL,  /* the constant nil, and a null of the data (json is set) */
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_MAP,
};

struct value {
	enum value_kind kind;
	bool truth;
	int64_t integer;
	double real;
	const char *text; /* a string's bytes, not NUL-terminated */
	size_t len;
	const cJSON *json;
};

struct value value_of_json(const cJSON *json);
struct value value_of_int(int64_t integer);
struct value value_of_bool(bool truth);
struct value value_of_text(const char *text, size_t len);
bool value_is_nil(const struct value *value);  /* nil, null or missing */
bool value_is_true(const struct value *value); /* as {{if}} sees it */
const char *value_type(
	const struct value *value); /* Go's word: "string", "int", "[]interface {}" */

/* The members of a map by name, NULL-terminated, in the arena; NULL when out of memory. */
const cJSON **value_sorted(struct arena *arena, const cJSON *map);
/* What {{.}} prints; top: as an action does ("<no value>"), else as print does ("<nil>"). */
void value_print(struct arena *arena, const struct value *value, const struct template_type *types,
	bool top, struct buf *out);
void value_quote(const char *text, size_t len, struct buf *out); /* %q */
void value_float(
	double real, char verb, int precision, struct buf *out); /* precision -1: shortest */
void value_json(const struct value *value, struct buf *out);
/* What a null member of this name would have been: VALUE_LIST, VALUE_MAP or VALUE_NIL. */
enum value_kind value_null_kind(const cJSON *json, const struct template_type *types);

/* fmt.Sprintf over already evaluated arguments. */
void template_printf(struct arena *arena, const struct value *format, const struct value *args,
	size_t len, const struct template_type *types, struct buf *out);

/* Go's constants, as they stand in the template with their quotes. */
bool template_unquote(
	struct arena *arena, const char *text, size_t len, char **out, size_t *out_len);
bool template_unquote_rune(const char *text, size_t len, uint32_t *rune);
bool template_parse_int(const char *text, int64_t *out);
bool template_parse_float(const char *text, double *out);

void utf8_put(uint32_t rune, struct buf *out);
/* The length of the character at text (1 for a byte that is not UTF-8), and which it is. */
size_t utf8_get(const char *text, size_t len, uint32_t *rune);

#endif
