#include "util/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* cJSON recurses as deep as the document nests; 64 levels are more than any of ours has. */
static bool too_deep(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > JSON_DEPTH_MAX)
			return true;
	}
	return false;
}

static size_t blanks(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(" \t\r\n", text[n]) && text[n])
		n++;
	return n;
}

int json_parse(const char *text, size_t len, cJSON **out, struct err *err)
{
	auto_json *json = NULL;
	const char *end = NULL;
	size_t used;

	if (len > JSON_MAX)
		return err_set(
			err, EFBIG, "JSON of %zu bytes is more than the %d allowed", len, JSON_MAX);
	if (too_deep(text, len))
		return err_set(err, EINVAL, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
	json = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	used = end ? (size_t)(end - text) : 0;
	if (!json)
		return err_set(err, EINVAL, "not JSON at byte %zu", used);
	used += blanks(text + used, len - used);
	if (used != len)
		return err_set(err, EINVAL, "more than one JSON document, at byte %zu", used);
	*out = take(json);
	return 0;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
	const cJSON *item =
		cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;

	return cJSON_IsNull(item) ? NULL : item;
}

const cJSON *json_object(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsObject(item) ? item : NULL;
}

const cJSON *json_array(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsArray(item) ? item : NULL;
}

const char *json_str(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(json_get(object, key));
}

const char *json_str_or(const cJSON *object, const char *key, const char *otherwise)
{
	const char *text = json_str(object, key);

	return text ? text : otherwise;
}

bool json_is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(json_get(object, key));
}

bool json_size(const cJSON *object, const char *key, uint64_t *out)
{
	const cJSON *item = json_get(object, key);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
		item->valuedouble > 9007199254740992.0 ||
		trunc(item->valuedouble) != item->valuedouble)
		return false;
	*out = (uint64_t)item->valuedouble;
	return true;
}

int json_strs(const cJSON *array, struct strs *out)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array) {
		if (!cJSON_IsString(item))
			return -EINVAL;
		strs_add(out, item->valuestring);
	}
	return strs_failed(out) ? -ENOMEM : 0;
}
