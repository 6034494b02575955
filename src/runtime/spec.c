/* The walker of spec_schema.c's tables: one function a kind for reading, writing, freeing. */
#include "runtime/spec.h"

#include <stdio.h>

#include "runtime/fields.h"
#include "runtime/spec_schema.h"
#include "util/json_text.h"

/* A spec_list of whatever type, by its bytes. */
struct list {
	char *v;
	size_t len;
};

static struct list get_list(const void *at)
{
	struct list list;

	memcpy(&list, at, sizeof(list));
	return list;
}

static char *get_str(const void *at)
{
	char *text;

	memcpy(&text, at, sizeof(text));
	return text;
}

/* ---- freeing ---- */

static void clear(const struct spec_type *type, char *at);

static void clear_list(const struct spec_field *field, char *at)
{
	struct list list = get_list(at);

	for (size_t i = 0; field->type && i < list.len; i++)
		clear(field->type, list.v + i * field->type->size);
	free(list.v);
}

static void clear(const struct spec_type *type, char *at)
{
	for (const struct spec_field *f = type->fields; f->key; f++) {
		char *place = at + f->offset;

		switch (f->kind) {
		case SPEC_STR:
		case SPEC_RAW:
			free(get_str(place));
			break;
		case SPEC_STRS:
		case SPEC_MAP:
			strs_fini((struct strs *)(void *)place);
			break;
		case SPEC_OBJECT:
			clear(f->type, place);
			break;
		case SPEC_LIST:
		case SPEC_NUMBERS:
			clear_list(f, place);
			break;
		default:
			break;
		}
	}
}

struct spec *spec_new(void)
{
	return calloc(1, sizeof(struct spec));
}

void spec_free(struct spec *spec)
{
	if (spec)
		clear(&spec_schema, (char *)spec);
	free(spec);
}

/* ---- reading ---- */

static int read_object(const struct spec_type *type, const struct fields *at, char *out);

static bool is_choice(const struct spec_field *field, const char *text)
{
	const char *const *choice = field->choices;

	while (*choice && !str_eq(*choice, text))
		choice++;
	return *choice != NULL;
}

static int read_str(const struct spec_field *field, const struct fields *at, char **out)
{
	int rc = fields_str(at, field->key, out);

	if (rc == 0 && *out && field->choices && !is_choice(field, *out))
		return fields_refuse(at, field->key, "unknown value \"%.60s\"", *out);
	return rc;
}

static int read_number(
	const struct spec_field *field, const struct fields *at, struct spec_number *out)
{
	int64_t value = INT64_MIN;
	int rc = fields_i64(at, field->key, field->min, field->max, &value);

	if (rc == 0 && value != INT64_MIN)
		*out = (struct spec_number){true, value};
	return rc;
}

static int read_elements(
	const struct spec_field *field, const struct fields *array, size_t size, char *v)
{
	struct fields item = {0};

	for (int rc = 0; fields_next(array, &item); v += size) {
		if (field->type) {
			rc = fields_want_object(&item);
			if (rc == 0)
				rc = read_object(field->type, &item, v);
		} else {
			struct spec_number *number = (struct spec_number *)(void *)v;

			number->set = true;
			rc = fields_own_i64(&item, field->min, field->max, &number->value);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_list(const struct spec_field *field, const struct fields *at, char *out)
{
	size_t size = field->type ? field->type->size : sizeof(struct spec_number);
	struct fields array;
	struct list list = {0};
	int rc = fields_array(at, field->key, &array, &list.len);

	if (rc < 0 || list.len == 0)
		return rc;
	if (list.len > SPEC_LIST_MAX)
		return fields_refuse(at, field->key, "has more than %d elements", SPEC_LIST_MAX);
	clear_list(field, out);
	list.v = calloc(list.len, size);
	if (!list.v)
		return err_set(at->err, ENOMEM, "%s: out of memory", field->key);
	memcpy(out, &list, sizeof(list));
	return read_elements(field, &array, size, list.v);
}

static int read_inner(const struct spec_field *field, const struct fields *at, char *out)
{
	struct fields inner;
	bool found;
	int rc = fields_object(at, field->key, &inner, &found);

	if (rc < 0 || !found)
		return rc;
	if (field->present)
		*(bool *)(void *)(out + field->present) = true;
	return read_object(field->type, &inner, out + field->offset);
}

static int read_raw(const struct spec_field *field, const struct fields *at, char **out)
{
	struct fields inner;
	bool found;
	int rc = fields_object(at, field->key, &inner, &found);

	if (rc < 0 || !found)
		return rc;
	free(*out);
	*out = fields_text(&inner);
	return *out ? 0 : err_set(at->err, ENOMEM, "%s: out of memory", field->key);
}

static int read_field(const struct spec_field *field, const struct fields *at, char *out)
{
	void *place = out + field->offset;

	switch (field->kind) {
	case SPEC_STR:
		return read_str(field, at, place);
	case SPEC_STRS:
		return fields_strs(at, field->key, place);
	case SPEC_MAP:
		return fields_map(at, field->key, place);
	case SPEC_BOOL:
		return fields_bool(at, field->key, place);
	case SPEC_I64:
		return fields_i64(at, field->key, field->min, field->max, place);
	case SPEC_U64:
		return fields_u64(at, field->key, place);
	case SPEC_U32:
		return fields_u32(at, field->key, (uint32_t)field->max, place);
	case SPEC_NUMBER:
		return read_number(field, at, place);
	case SPEC_OBJECT:
		return read_inner(field, at, out);
	case SPEC_LIST:
	case SPEC_NUMBERS:
		return read_list(field, at, place);
	case SPEC_RAW:
		return read_raw(field, at, place);
	case SPEC_REFUSED:
		if (!fields_is_empty(at, field->key))
			return fields_refuse(at, field->key, "is not supported");
		return 0;
	}
	return 0;
}

static int read_object(const struct spec_type *type, const struct fields *at, char *out)
{
	int rc = 0;

	for (const struct spec_field *f = type->fields; rc == 0 && f->key; f++)
		rc = read_field(f, at, out);
	return rc;
}

int spec_read(const char *json, size_t len, struct spec **out, struct err *err)
{
	auto_of(spec) struct spec *spec = spec_new();
	struct fields top;
	int rc;

	if (!spec)
		return err_set(err, ENOMEM, "config.json: out of memory");
	if (len > SPEC_SIZE_MAX)
		return err_set(err, EFBIG, "config.json: larger than %d bytes", SPEC_SIZE_MAX);
	rc = fields_open(&top, json, len, "config.json", err);
	if (rc < 0)
		return rc;
	rc = read_object(&spec_schema, &top, (char *)spec);
	fields_close(&top);
	if (rc == 0)
		rc = spec_check(spec, err);
	if (rc < 0)
		return err_in(err, "config.json");
	*out = take(spec);
	return 0;
}

static const struct spec_type *type_of(const struct spec_type *in, const char *key)
{
	const struct spec_field *field = in->fields;

	while (!str_eq(field->key, key))
		field++;
	return field->type;
}

/* An object of the schema that stands alone. */
static int read_part(const struct spec_type *in, const char *key, size_t at, const char *json,
	size_t len, struct spec *spec, struct err *err)
{
	struct fields top;
	int rc;

	if (len > SPEC_SIZE_MAX)
		return err_set(err, EFBIG, "%s: larger than %d bytes", key, SPEC_SIZE_MAX);
	rc = fields_open(&top, json, len, key, err);
	if (rc < 0)
		return rc;
	rc = read_object(type_of(in, key), &top, (char *)spec + at);
	fields_close(&top);
	return rc < 0 ? err_in(err, "%s", key) : 0;
}

int spec_read_process(const char *json, size_t len, struct spec **out, struct err *err)
{
	auto_of(spec) struct spec *spec = spec_new();
	int rc;

	if (!spec)
		return err_set(err, ENOMEM, "process: out of memory");
	rc = read_part(
		&spec_schema, "process", offsetof(struct spec, process), json, len, spec, err);
	if (rc == 0)
		rc = spec_check_process(&spec->process, err);
	if (rc < 0)
		return rc;
	*out = take(spec);
	return 0;
}

int spec_read_resources(const char *json, size_t len, struct spec **out, struct err *err)
{
	auto_of(spec) struct spec *spec = spec_new();
	int rc;

	if (!spec)
		return err_set(err, ENOMEM, "resources: out of memory");
	rc = read_part(type_of(&spec_schema, "linux"), "resources",
		offsetof(struct spec, lnx.resources), json, len, spec, err);
	if (rc == 0)
		rc = spec_check_resources(&spec->lnx.resources, err);
	if (rc < 0)
		return rc;
	*out = take(spec);
	return 0;
}

/* ---- writing ---- */

static void write_object(const struct spec_type *type, const char *at, struct buf *out);

static void write_strs(const struct strs *list, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < list->len; i++) {
		if (i)
			buf_addc(out, ',');
		json_put_text(out, list->v[i]);
	}
	buf_addc(out, ']');
}

static void write_map(const struct strs *map, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < map->len; i++) {
		const char *equals = strchr(map->v[i], '=');

		if (i)
			buf_addc(out, ',');
		json_put_bytes(out, map->v[i], (size_t)(equals - map->v[i]));
		buf_addc(out, ':');
		json_put_text(out, equals + 1);
	}
	buf_addc(out, '}');
}

static void write_list(const struct spec_field *field, const char *at, struct buf *out)
{
	struct list list = get_list(at);
	const struct spec_number *numbers = (const void *)list.v;

	buf_addc(out, '[');
	for (size_t i = 0; i < list.len; i++) {
		if (i)
			buf_addc(out, ',');
		if (field->type)
			write_object(field->type, list.v + i * field->type->size, out);
		else
			buf_addf(out, "%lld", (long long)numbers[i].value);
	}
	buf_addc(out, ']');
}

static bool is_empty_object(const struct spec_type *type, const char *at);

static bool is_empty(const struct spec_field *field, const char *at)
{
	const void *place = at + field->offset;

	switch (field->kind) {
	case SPEC_STR:
	case SPEC_RAW:
		return get_str(place) == NULL;
	case SPEC_STRS:
	case SPEC_MAP:
		return ((const struct strs *)place)->len == 0;
	case SPEC_BOOL:
		return !*(const bool *)place;
	case SPEC_I64:
	case SPEC_U64:
		return *(const uint64_t *)place == 0;
	case SPEC_U32:
		return *(const uint32_t *)place == 0;
	case SPEC_NUMBER:
		return !((const struct spec_number *)place)->set;
	case SPEC_OBJECT:
		if (field->present)
			return !*(const bool *)(const void *)(at + field->present);
		return is_empty_object(field->type, place);
	case SPEC_LIST:
	case SPEC_NUMBERS:
		return get_list(place).len == 0;
	case SPEC_REFUSED:
		return true;
	}
	return true;
}

static bool is_empty_object(const struct spec_type *type, const char *at)
{
	for (const struct spec_field *f = type->fields; f->key; f++) {
		if (f->always || !is_empty(f, at))
			return false;
	}
	return true;
}

static void write_value(const struct spec_field *field, const char *at, struct buf *out)
{
	const void *place = at + field->offset;

	switch (field->kind) {
	case SPEC_STR:
		json_put_text(out, get_str(place));
		return;
	case SPEC_RAW:
		buf_adds(out, get_str(place));
		return;
	case SPEC_STRS:
		write_strs(place, out);
		return;
	case SPEC_MAP:
		write_map(place, out);
		return;
	case SPEC_BOOL:
		buf_adds(out, *(const bool *)place ? "true" : "false");
		return;
	case SPEC_I64:
		buf_addf(out, "%lld", (long long)*(const int64_t *)place);
		return;
	case SPEC_U64:
		buf_addf(out, "%llu", (unsigned long long)*(const uint64_t *)place);
		return;
	case SPEC_U32:
		buf_addf(out, "%u", *(const uint32_t *)place);
		return;
	case SPEC_NUMBER:
		buf_addf(out, "%lld", (long long)((const struct spec_number *)place)->value);
		return;
	case SPEC_OBJECT:
		write_object(field->type, place, out);
		return;
	case SPEC_LIST:
	case SPEC_NUMBERS:
		write_list(field, place, out);
		return;
	case SPEC_REFUSED:
		return;
	}
}

static void write_object(const struct spec_type *type, const char *at, struct buf *out)
{
	bool first = true;

	buf_addc(out, '{');
	for (const struct spec_field *f = type->fields; f->key; f++) {
		if (is_empty(f, at) && !f->always)
			continue;
		buf_addf(out, "%s\"%s\":", first ? "" : ",", f->key);
		write_value(f, at, out);
		first = false;
	}
	buf_addc(out, '}');
}

int spec_write(const struct spec *spec, struct buf *out)
{
	write_object(&spec_schema, (const char *)spec, out);
	return buf_failed(out) ? -ENOMEM : 0;
}
