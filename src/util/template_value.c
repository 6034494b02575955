#include "util/template_value.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "util/strs.h"

struct value value_of_int(int64_t integer)
{
	return (struct value){.kind = VALUE_INT, .integer = integer};
}

struct value value_of_bool(bool truth)
{
	return (struct value){.kind = VALUE_BOOL, .truth = truth};
}

struct value value_of_text(const char *text, size_t len)
{
	return (struct value){.kind = VALUE_STRING, .text = text, .len = len};
}

static struct value value_of_number(double real)
{
	/* Beyond 2^53 a double no longer tells whole numbers apart. */
	if (real == floor(real) && fabs(real) <= 9007199254740992.0)
		return value_of_int((int64_t)real);
	return (struct value){.kind = VALUE_FLOAT, .real = real};
}

struct value value_of_json(const cJSON *json)
{
	if (!json)
		return (struct value){.kind = VALUE_NONE};
	if (cJSON_IsBool(json))
		return value_of_bool(cJSON_IsTrue(json));
	if (cJSON_IsNumber(json))
		return value_of_number(json->valuedouble);
	if (cJSON_IsString(json) || cJSON_IsRaw(json))
		return value_of_text(json->valuestring, strlen(json->valuestring));
	if (cJSON_IsArray(json))
		return (struct value){.kind = VALUE_LIST, .json = json};
	if (cJSON_IsObject(json))
		return (struct value){.kind = VALUE_MAP, .json = json};
	return (struct value){.kind = VALUE_NIL, .json = json};
}

bool value_is_nil(const struct value *value)
{
	return value->kind == VALUE_NIL || value->kind == VALUE_NONE;
}

bool value_is_true(const struct value *value)
{
	switch (value->kind) {
	case VALUE_BOOL:
		return value->truth;
	case VALUE_INT:
		return value->integer != 0;
	case VALUE_FLOAT:
		return value->real != 0;
	case VALUE_STRING:
		return value->len > 0;
	case VALUE_LIST:
	case VALUE_MAP:
		return value->json->child != NULL;
	default:
		return false;
	}
}

const char *value_type(const struct value *value)
{
	switch (value->kind) {
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
		return "int";
	case VALUE_FLOAT:
		return "float64";
	case VALUE_STRING:
		return "string";
	case VALUE_LIST:
		return "[]interface {}";
	case VALUE_MAP:
		return "map[string]interface {}";
	default:
		return "<nil>";
	}
}

enum value_kind value_null_kind(const cJSON *json, const struct template_type *types)
{
	static const enum value_kind kinds[] = {
		[TEMPLATE_MAP] = VALUE_MAP,
		[TEMPLATE_STRINGS] = VALUE_MAP,
		[TEMPLATE_LIST] = VALUE_LIST,
		[TEMPLATE_POINTER] = VALUE_NIL,
		[TEMPLATE_TEXT] = VALUE_STRING,
	};

	if (!json || !json->string || !types)
		return VALUE_NIL;
	for (; types->name; types++)
		if (str_eq(types->name, json->string))
			return kinds[types->shape];
	return VALUE_NIL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

const cJSON **value_sorted(struct arena *arena, const cJSON *map)
{
	size_t len = (size_t)cJSON_GetArraySize(map), i = 0;
	const cJSON **sorted = arena_get(arena, (len + 1) * sizeof(const cJSON *)), *item;

	if (!sorted)
		return NULL;
	cJSON_ArrayForEach(item, map)
		sorted[i++] = item;
	qsort(sorted, len, sizeof(const cJSON *), by_name);
	return sorted;
}

static void print_list(
	struct arena *arena, const cJSON *list, const struct template_type *types, struct buf *out)
{
	const cJSON *item;

	buf_addc(out, '[');
	cJSON_ArrayForEach(item, list) {
		struct value value = value_of_json(item);

		if (item != list->child)
			buf_addc(out, ' ');
		value_print(arena, &value, types, false, out);
	}
	buf_addc(out, ']');
}

static void print_map(
	struct arena *arena, const cJSON *map, const struct template_type *types, struct buf *out)
{
	const cJSON **sorted = value_sorted(arena, map);

	buf_adds(out, "map[");
	for (size_t i = 0; sorted && sorted[i]; i++) {
		struct value value = value_of_json(sorted[i]);

		if (i)
			buf_addc(out, ' ');
		buf_addf(out, "%s:", sorted[i]->string);
		value_print(arena, &value, types, false, out);
	}
	buf_addc(out, ']');
}

static void print_null(
	const struct value *value, const struct template_type *types, struct buf *out)
{
	switch (value_null_kind(value->json, types)) {
	case VALUE_LIST:
		buf_adds(out, "[]");
		return;
	case VALUE_MAP:
		buf_adds(out, "map[]");
		return;
	default:
		buf_adds(out, "<nil>");
	}
}

void value_print(struct arena *arena, const struct value *value, const struct template_type *types,
	bool top, struct buf *out)
{
	switch (value->kind) {
	case VALUE_NONE:
		buf_adds(out, top ? "<no value>" : "<nil>");
		return;
	case VALUE_NIL:
		print_null(value, types, out);
		return;
	case VALUE_BOOL:
		buf_adds(out, value->truth ? "true" : "false");
		return;
	case VALUE_INT:
		buf_addf(out, "%lld", (long long)value->integer);
		return;
	case VALUE_FLOAT:
		value_float(value->real, 'v', -1, out);
		return;
	case VALUE_STRING:
		buf_add(out, value->text, value->len);
		return;
	case VALUE_LIST:
		print_list(arena, value->json, types, out);
		return;
	case VALUE_MAP:
		print_map(arena, value->json, types, out);
		return;
	}
}

/* The fewest digits that read back as the same number; exponent form outside 1e-4 to 1e6. */
static void shortest(double real, struct buf *out)
{
	char text[40];
	int exponent, digits = 0;

	do
		snprintf(text, sizeof(text), "%.*e", digits, real);
	while (strtod(text, NULL) != real && digits++ < 17);
	exponent = atoi(strchr(text, 'e') + 1);
	if (exponent < -4 || exponent >= 6) {
		buf_adds(out, text);
		return;
	}
	digits -= exponent;
	buf_addf(out, "%.*f", digits > 0 ? digits : 0, real);
}

void value_float(double real, char verb, int precision, struct buf *out)
{
	char format[] = "%.*f";

	if (isnan(real) || isinf(real)) {
		buf_adds(out, isnan(real) ? "NaN" : real > 0 ? "+Inf" : "-Inf");
		return;
	}
	if ((verb == 'v' || verb == 'g' || verb == 'G') && precision < 0) {
		shortest(real, out);
		return;
	}
	format[3] = verb == 'v' ? 'g' : verb;
	buf_addf(out, format, precision < 0 ? 6 : precision, real);
}

static bool put_escape(uint32_t rune, struct buf *out)
{
	static const char plain[] = "\a\b\f\n\r\t\v\"\\", letters[] = "abfnrtv\"\\";
	const char *at = rune && rune < 0x80 ? strchr(plain, (int)rune) : NULL;

	if (at)
		buf_addf(out, "\\%c", letters[at - plain]);
	return at;
}

void value_quote(const char *text, size_t len, struct buf *out)
{
	buf_addc(out, '"');
	while (len) {
		uint32_t rune;
		size_t used = utf8_get(text, len, &rune);

		if (put_escape(rune, out))
			;
		else if (used == 1 && (rune < ' ' || rune >= 0x7f))
			buf_addf(out, "\\x%02x", (unsigned char)*text);
		else if (rune >= 0x80 && rune < 0xa0)
			buf_addf(out, "\\u%04x", rune);
		else
			buf_add(out, text, used);
		text += used;
		len -= used;
	}
	buf_addc(out, '"');
}

void value_json(const struct value *value, struct buf *out)
{
	char *text = NULL;

	switch (value->kind) {
	case VALUE_STRING: {
		char *copy = strndup(value->text, value->len);
		cJSON *json = copy ? cJSON_CreateStringReference(copy) : NULL;

		text = json ? cJSON_PrintUnformatted(json) : NULL;
		cJSON_Delete(json);
		free(copy);
		break;
	}
	case VALUE_LIST:
	case VALUE_MAP:
		text = cJSON_PrintUnformatted(value->json);
		break;
	case VALUE_NONE:
	case VALUE_NIL:
		buf_adds(out, "null");
		return;
	default:
		value_print(NULL, value, NULL, false, out);
		return;
	}
	if (text)
		buf_adds(out, text);
	else
		out->failed = true;
	cJSON_free(text);
}
