#include "runtime/fields.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/buf.h"
#include "util/own.h"

int fields_open(struct fields *top, const char *json, size_t len, const char *what, struct err *err)
{
	auto_buf text = BUF_INIT;
	cJSON *node;

	/* cJSON finds the end of the text by its NUL. */
	buf_add(&text, json, len);
	if (buf_failed(&text))
		return err_set(err, ENOMEM, "%s: out of memory", what);
	node = cJSON_ParseWithLengthOpts(buf_text(&text), text.len + 1, NULL, 1);
	if (!node)
		return err_set(err, EINVAL, "%s: not valid JSON", what);
	if (!cJSON_IsObject(node)) {
		cJSON_Delete(node);
		return err_set(err, EINVAL, "%s: must be a JSON object", what);
	}
	*top = (struct fields){.node = node, .err = err};
	return 0;
}

void fields_close(struct fields *top)
{
	cJSON_Delete((cJSON *)top->node);
	top->node = NULL;
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

static const cJSON *member(const struct fields *at, const char *key)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(at->node, key);

	return cJSON_IsNull(node) ? NULL : node;
}

int fields_object(const struct fields *at, const char *key, struct fields *out, bool *found)
{
	const cJSON *node = member(at, key);

	*found = node != NULL;
	*out = (struct fields){.node = node, .up = at, .key = key, .err = at->err};
	return node ? fields_want_object(out) : 0;
}

int fields_array(const struct fields *at, const char *key, struct fields *out, size_t *count)
{
	const cJSON *node = member(at, key);

	*count = 0;
	*out = (struct fields){.node = node, .up = at, .key = key, .err = at->err};
	if (!node)
		return 0;
	if (!cJSON_IsArray(node))
		return fields_refuse(out, NULL, "must be a list");
	*count = (size_t)cJSON_GetArraySize(node);
	return 0;
}

bool fields_next(const struct fields *array, struct fields *item)
{
	const cJSON *next = item->node ? item->node->next : array->node ? array->node->child : NULL;
	unsigned index = item->node ? item->index + 1 : 0;

	*item = (struct fields){.node = next, .up = array, .index = index, .err = array->err};
	return next != NULL;
}

int fields_want_object(const struct fields *at)
{
	return cJSON_IsObject(at->node) ? 0 : fields_refuse(at, NULL, "must be an object");
}

static bool is_known(const char *name, const char *const *known)
{
	while (*known && strcmp(*known, name) != 0)
		known++;
	return *known != NULL;
}

int fields_only(const struct fields *at, const char *const *known)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, at->node)
	{
		if (!is_known(node->string, known))
			return fields_refuse(at, NULL, "unknown member \"%.60s\"", node->string);
	}
	return 0;
}

int fields_str(const struct fields *at, const char *key, char **out)
{
	const cJSON *node = member(at, key);
	char *copy;

	if (!node)
		return 0;
	if (!cJSON_IsString(node))
		return fields_refuse(at, key, "must be a string");
	copy = strdup(node->valuestring);
	if (!copy)
		return err_set(at->err, ENOMEM, "%s: out of memory", key);
	free(*out);
	*out = copy;
	return 0;
}

int fields_strs(const struct fields *at, const char *key, struct strs *out)
{
	const cJSON *list = member(at, key), *node;
	struct strs fresh = STRS_INIT;

	if (!list)
		return 0;
	if (!cJSON_IsArray(list))
		return fields_refuse(at, key, "must be a list of strings");
	cJSON_ArrayForEach(node, list)
	{
		if (!cJSON_IsString(node)) {
			strs_fini(&fresh);
			return fields_refuse(at, key, "must be a list of strings");
		}
		strs_add(&fresh, node->valuestring);
	}
	strs_fini(out);
	*out = fresh;
	return strs_failed(out) ? err_set(at->err, ENOMEM, "%s: out of memory", key) : 0;
}

int fields_map(const struct fields *at, const char *key, struct strs *out)
{
	const cJSON *map = member(at, key), *node;
	struct strs fresh = STRS_INIT;

	if (!map)
		return 0;
	if (!cJSON_IsObject(map))
		return fields_refuse(at, key, "must be an object");
	cJSON_ArrayForEach(node, map)
	{
		if (!cJSON_IsString(node) || !node->string[0] || strchr(node->string, '=')) {
			strs_fini(&fresh);
			return fields_refuse(at, key, "must map names to strings");
		}
		strs_addf(&fresh, "%s=%s", node->string, node->valuestring);
	}
	strs_fini(out);
	*out = fresh;
	return strs_failed(out) ? err_set(at->err, ENOMEM, "%s: out of memory", key) : 0;
}

int fields_bool(const struct fields *at, const char *key, bool *out)
{
	const cJSON *node = member(at, key);

	if (!node)
		return 0;
	if (!cJSON_IsBool(node))
		return fields_refuse(at, key, "must be true or false");
	*out = cJSON_IsTrue(node);
	return 0;
}

static int read_i64(const struct fields *at, const char *key, const cJSON *node, int64_t min,
	int64_t max, int64_t *out)
{
	double v = node->valuedouble;

	/* 2^63 itself is what the largest value rounds to. */
	if (!cJSON_IsNumber(node) || v != floor(v) || v < (double)min || v > (double)max)
		return fields_refuse(at, key, "must be a whole number from %lld to %lld",
			(long long)min, (long long)max);
	*out = v >= 0x1p63 ? INT64_MAX : (int64_t)v;
	return 0;
}

int fields_i64(const struct fields *at, const char *key, int64_t min, int64_t max, int64_t *out)
{
	const cJSON *node = member(at, key);

	return node ? read_i64(at, key, node, min, max, out) : 0;
}

int fields_own_i64(const struct fields *at, int64_t min, int64_t max, int64_t *out)
{
	return read_i64(at, NULL, at->node, min, max, out);
}

bool fields_is_empty(const struct fields *at, const char *key)
{
	const cJSON *node = member(at, key);

	if (!node || cJSON_IsFalse(node))
		return true;
	if (cJSON_IsNumber(node))
		return node->valuedouble == 0;
	if (cJSON_IsString(node))
		return !node->valuestring[0];
	return !cJSON_IsTrue(node) && !node->child;
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
	const cJSON *node = member(at, key);
	double v;

	if (!node)
		return 0;
	v = node->valuedouble;
	if (!cJSON_IsNumber(node) || v != floor(v) || v < 0 || v > 0x1p64)
		return fields_refuse(at, key, "must be a whole number from 0 to 2^64 - 1");
	*out = v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
	return 0;
}

char *fields_text(const struct fields *at)
{
	return cJSON_PrintUnformatted(at->node);
}
