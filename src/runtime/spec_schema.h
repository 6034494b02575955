/* spec_schema.h - config.json's objects as tables, walked by reader, writer and spec_free. */
#ifndef RUNTIME_SPEC_SCHEMA_H
#define RUNTIME_SPEC_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spec_kind {
	SPEC_STR,    /* char *, one of choices if there are any */
	SPEC_STRS,   /* struct strs */
	SPEC_MAP,    /* struct strs of "name=value" */
	SPEC_BOOL,   /* bool */
	SPEC_I64,    /* int64_t from min to max */
	SPEC_U64,    /* uint64_t */
	SPEC_U32,    /* uint32_t up to max */
	SPEC_NUMBER, /* struct spec_number from min to max; alone in an array: the element itself */
	SPEC_OBJECT, /* what `type` says, at the same place: offset 0 flattens it into the parent */
	SPEC_LIST,   /* a spec_list of what `type` says */
	SPEC_NUMBERS, /* a spec_list of struct spec_number */
	SPEC_RAW,     /* char *: an object kept as JSON text */
	SPEC_REFUSED, /* known to the specification, not to us: an error unless empty */
};

struct spec_type;

struct spec_field {
	const char *key;
	enum spec_kind kind;
	size_t offset;
	bool always; /* written even when 0 or empty */
	int64_t min, max;
	const char *const *choices;
	const struct spec_type *type;
	size_t present; /* offset of a bool that is true when the member was there; 0: none */
};

struct spec_type {
	size_t size;
	const struct spec_field *fields; /* up to one without a key */
};

extern const struct spec_type spec_schema; /* of struct spec */

#endif
