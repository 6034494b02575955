#include "runtime/fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/buf.h"
#include "util/json_tree.h"
#include "util/own.h"

int fields_open(struct fields *top, const char *json, size_t len, const char *what, struct err *err)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	const struct json_node *node = arena ? json_tree_read(arena, json, len) : NULL;

	*top = (struct fields){.node = node, .err = err, .document = arena};
	if (node && node->type == JSON_OBJECT)
		return 0;
	if (!arena || arena->failed)
		err_set(err, ENOMEM, "%s: out of memory", what);
	else
		err_set(err, EINVAL, node ? "%s: must be a JSON object" : "%s: not valid JSON",
			what);
	len = !arena || arena->failed ? ENOMEM : EINVAL;
	fields_close(top);
	return -(int)len;
}

void fields_close(struct fields *top)
{
	if (top->document)
		arena_fini(top->document);
	free(top->document);
	*top = (struct fields){0};
}

static void add_path(struct buf *out, const struct fields *at)
{
	if (!at->up)
		return;
	add_path(out, at->up);
	if (at->key)
		buf_addf(out, "%s%s", out->len ? "." : "", at->key);
	else
		buf_addf(out, "[%u]", at->index);
}

int fields_refuse(const struct fields *at, const char *key, const char *why, ...)
{
	auto_buf path = BUF_INIT;
	char reason[300];
	va_list ap;

	add_path(&path, at);
	if (key)
		buf_addf(&path, "%s%s", path.len ? "." : "", key);
	va_start(ap, why);
	vsnprintf(reason, sizeof(reason), why, ap);
	va_end(ap);
	return err_set(at->err, EINVAL, "%.180s: %s", buf_text(&path), reason);
}

static const struct json_node *member(const struct fields *at, const char *key)
{
	const struct json_node *node = json_tree_get(at->node, key);

	return node && node->type == JSON_NULL ? NULL : node;
}

int fields_object(const struct fields *at, const char *key, struct fields *out, bool *found)
{
	const struct json_node *node = member(at, key);

	*found = node != NULL;
	*out = (struct fields){.node = node, .up = at, .key = key, .err = at->err};
	return node ? fields_want_object(out) : 0;
}

int fields_array(const struct fields *at, const char *key, struct fields *out, size_t *count)
{
	const struct json_node *node = member(at, key);

	*count = 0;
	*out = (struct fields){.node = node, .up = at, .key = key, .err = at->err};
	if (!node)
		return 0;
	if (node->type != JSON_LIST)
		return fields_refuse(out, NULL, "must be a list");
	*count = node->count;
	return 0;
}

bool fields_next(const struct fields *array, struct fields *item)
{
	const struct json_node *next = item->node    ? item->node->next
				       : array->node ? array->node->child
						     : NULL;
	unsigned index = item->node ? item->index + 1 : 0;

	*item = (struct fields){.node = next, .up = array, .index = index, .err = array->err};
	return next != NULL;
}

int fields_want_object(const struct fields *at)
{
	return at->node->type == JSON_OBJECT ? 0 : fields_refuse(at, NULL, "must be an object");
}

static bool is_known(const char *name, const char *const *known)
{
	while (*known && strcmp(*known, name) != 0)
		known++;
	return *known != NULL;
}

int fields_only(const struct fields *at, const char *const *known)
{
	const struct json_node *node;

	for (node = at->node->child; node; node = node->next) {
		if (!is_known(node->name, known))
			return fields_refuse(at, NULL, "unknown member \"%.60s\"", node->name);
	}
	return 0;
}

int fields_str(const struct fields *at, const char *key, char **out)
{
	const struct json_node *node = member(at, key);
	char *copy;

	if (!node)
		return 0;
	if (node->type != JSON_STRING)
		return fields_refuse(at, key, "must be a string");
	copy = strdup(node->text);
	if (!copy)
		return err_set(at->err, ENOMEM, "%s: out of memory", key);
	free(*out);
	*out = copy;
	return 0;
}

int fields_strs(const struct fields *at, const char *key, struct strs *out)
{
	const struct json_node *list = member(at, key), *node;
	struct strs fresh = STRS_INIT;

	if (!list)
		return 0;
	if (list->type != JSON_LIST)
		return fields_refuse(at, key, "must be a list of strings");
	for (node = list->child; node; node = node->next) {
		if (node->type != JSON_STRING) {
			strs_fini(&fresh);
			return fields_refuse(at, key, "must be a list of strings");
		}
		strs_add(&fresh, node->text);
	}
	strs_fini(out);
	*out = fresh;
	return strs_failed(out) ? err_set(at->err, ENOMEM, "%s: out of memory", key) : 0;
}

int fields_map(const struct fields *at, const char *key, struct strs *out)
{
	const struct json_node *map = member(at, key), *node;
	struct strs fresh = STRS_INIT;

	if (!map)
		return 0;
	if (map->type != JSON_OBJECT)
		return fields_refuse(at, key, "must be an object");
	for (node = map->child; node; node = node->next) {
		if (node->type != JSON_STRING || !node->name[0] || strchr(node->name, '=')) {
			const struct fields inner = {
				.node = map, .up = at, .key = key, .err = at->err};

			strs_fini(&fresh);
			return node->type == JSON_STRING
				       ? fields_refuse(at, key, "must map names to strings")
				       : fields_refuse(&inner, node->name, "must be a string");
		}
		strs_addf(&fresh, "%s=%s", node->name, node->text);
	}
	strs_fini(out);
	*out = fresh;
	return strs_failed(out) ? err_set(at->err, ENOMEM, "%s: out of memory", key) : 0;
}

int fields_bool(const struct fields *at, const char *key, bool *out)
{
	const struct json_node *node = member(at, key);

	if (!node)
		return 0;
	if (node->type != JSON_TRUE && node->type != JSON_FALSE)
		return fields_refuse(at, key, "must be true or false");
	*out = node->type == JSON_TRUE;
	return 0;
}

/* Also what is written as 1e6 or 2.0, if it is whole. */
static bool is_i64(const struct json_node *node, int64_t *out)
{
	double v = node->number;

	if (node->type != JSON_NUMBER)
		return false;
	if (node->is_whole) {
		*out = node->is_negative ? (int64_t)-node->whole : (int64_t)node->whole;
		return node->whole <= (uint64_t)INT64_MAX + node->is_negative;
	}
	*out = v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : 0;
	return v == floor(v) && v >= -0x1p63 && v < 0x1p63;
}

static int read_i64(const struct fields *at, const char *key, const struct json_node *node,
	int64_t min, int64_t max, int64_t *out)
{
	int64_t value;

	if (!is_i64(node, &value) || value < min || value > max)
		return fields_refuse(at, key, "must be a whole number from %lld to %lld",
			(long long)min, (long long)max);
	*out = value;
	return 0;
}

int fields_i64(const struct fields *at, const char *key, int64_t min, int64_t max, int64_t *out)
{
	const struct json_node *node = member(at, key);

	return node ? read_i64(at, key, node, min, max, out) : 0;
}

int fields_own_i64(const struct fields *at, int64_t min, int64_t max, int64_t *out)
{
	return read_i64(at, NULL, at->node, min, max, out);
}

bool fields_is_empty(const struct fields *at, const char *key)
{
	const struct json_node *node = member(at, key);

	if (!node || node->type == JSON_FALSE)
		return true;
	if (node->type == JSON_NUMBER)
		return node->number == 0;
	if (node->type == JSON_STRING)
		return !node->text[0];
	return node->type != JSON_TRUE && !node->child;
}

int fields_u32(const struct fields *at, const char *key, uint32_t max, uint32_t *out)
{
	int64_t wide = *out;
	int rc = fields_i64(at, key, 0, max, &wide);

	*out = (uint32_t)wide;
	return rc;
}

int fields_u64(const struct fields *at, const char *key, uint64_t *out)
{
	const struct json_node *node = member(at, key);
	double v;

	if (!node)
		return 0;
	v = node->number;
	if (node->type == JSON_NUMBER && node->is_whole && (!node->is_negative || !node->whole)) {
		*out = node->whole;
		return 0;
	}
	/* 2^64 itself is what "infinity" became in the hands of who counts in doubles. */
	if (node->type != JSON_NUMBER || node->is_negative || v != floor(v) || v > 0x1p64)
		return fields_refuse(at, key, "must be a whole number from 0 to 2^64 - 1");
	*out = v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
	return 0;
}

char *fields_text(const struct fields *at)
{
	const char *from = at->node->from, *end = from + at->node->len;
	char *text = malloc(at->node->len + 1), *to = text;
	bool quoted = false;

	for (; text && from < end; from++) {
		if (*from == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\r\n", *from))
			continue;
		*to++ = *from;
		if (quoted && *from == '\\')
			*to++ = *++from;
	}
	if (text)
		*to = '\0';
	return text;
}
