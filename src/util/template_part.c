/* index slice len: parts of a value */
#include "util/template_call.h"

#include <stdio.h>

#include "util/strs.h"

static bool as_index(struct call *call, const struct value *index, int64_t limit, int64_t *out)
{
	char words[80];

	if (index->kind != VALUE_INT) {
		snprintf(words, sizeof(words), "cannot index slice/array with %s",
			index->kind == VALUE_NIL ? "nil" : "type ");
		if (index->kind != VALUE_NIL)
			strncat(words, value_type(index), sizeof(words) - strlen(words) - 1);
		return call_fail(call, words);
	}
	*out = index->integer;
	if (*out >= 0 && *out < limit)
		return true;
	snprintf(words, sizeof(words), "index out of range: %lld", (long long)*out);
	return call_fail(call, words);
}

static bool has_strings(const struct call *call, const cJSON *map)
{
	const struct template_type *type = call_types(call);

	for (; type && type->name; type++)
		if (type->shape == TEMPLATE_STRINGS && str_eq(type->name, map->string))
			return true;
	return false;
}

static bool index_map(
	struct call *call, const struct value *map, const struct value *key, struct value *out)
{
	const cJSON *member = NULL;
	char words[80];

	if (key->kind != VALUE_STRING) {
		snprintf(words, sizeof(words),
			value_is_nil(key) ? "value is nil; should be of type string"
					  : "value has type %s; should be string",
			value_type(key));
		return call_fail(call, words);
	}
	cJSON_ArrayForEach(member, map->json)
		if (strlen(member->string) == key->len &&
			memcmp(member->string, key->text, key->len) == 0)
			break;
	*out = value_of_json(member);
	if (!member && has_strings(call, map->json))
		*out = value_of_text("", 0);
	return true;
}

static bool index_once(
	struct call *call, const struct value *from, const struct value *key, struct value *out)
{
	char words[80];
	int64_t i;

	switch (from->kind) {
	case VALUE_STRING:
		if (!as_index(call, key, (int64_t)from->len, &i))
			return false;
		*out = value_of_int((unsigned char)from->text[i]);
		return true;
	case VALUE_LIST:
		if (!as_index(call, key, cJSON_GetArraySize(from->json), &i))
			return false;
		*out = value_of_json(cJSON_GetArrayItem(from->json, (int)i));
		return true;
	case VALUE_MAP:
		return index_map(call, from, key, out);
	case VALUE_NIL:
		/* A null map of strings, such as Labels, has no such key either. */
		if (from->json && has_strings(call, from->json)) {
			*out = value_of_text("", 0);
			return true;
		}
		return call_fail(
			call, from->json ? "index of nil pointer" : "index of untyped nil");
	case VALUE_NONE:
		return call_fail(call, "index of nil pointer");
	default:
		snprintf(words, sizeof(words), "can't index item of type %s", value_type(from));
		return call_fail(call, words);
	}
}

bool call_index(struct call *call)
{
	struct value value = call->args[0];

	for (size_t i = 1; i < call->len; i++) {
		struct value from = value;

		if (!index_once(call, &from, &call->args[i], &value))
			return false;
	}
	*call->out = value;
	return true;
}

static bool slice_list(struct call *call, const cJSON *list, int64_t from, int64_t to)
{
	cJSON *part = cJSON_CreateArray();
	const cJSON *item;
	int64_t i = 0;

	cJSON_ArrayForEach(item, list) {
		if (i >= from && i < to)
			cJSON_AddItemToArray(part, cJSON_Duplicate(item, true));
		i++;
	}
	return call_give_list(call, part);
}

bool call_slice(struct call *call)
{
	const struct value *value = &call->args[0];
	int64_t from = 0, to;
	char words[80];

	if (value->kind != VALUE_STRING && value->kind != VALUE_LIST) {
		snprintf(words, sizeof(words), "can't slice item of type %s", value_type(value));
		return call_fail(call, value->kind == VALUE_NIL ? "slice of untyped nil" : words);
	}
	if (call->len > 3 && value->kind == VALUE_STRING)
		return call_fail(call, "cannot 3-index slice a string");
	to = value->kind == VALUE_STRING ? (int64_t)value->len : cJSON_GetArraySize(value->json);
	if (call->len > 1 && !as_index(call, &call->args[1], to + 1, &from))
		return false;
	if (call->len > 2 && !as_index(call, &call->args[2], to + 1, &to))
		return false;
	if (from > to) {
		snprintf(words, sizeof(words), "invalid slice index: %lld > %lld", (long long)from,
			(long long)to);
		return call_fail(call, words);
	}
	if (value->kind == VALUE_LIST)
		return slice_list(call, value->json, from, to);
	*call->out = value_of_text(value->text + from, (size_t)(to - from));
	return true;
}

bool call_len(struct call *call)
{
	const struct value *value = &call->args[0];
	char words[80];

	switch (value->kind) {
	case VALUE_STRING:
		*call->out = value_of_int((int64_t)value->len);
		return true;
	case VALUE_LIST:
	case VALUE_MAP:
		*call->out = value_of_int(cJSON_GetArraySize(value->json));
		return true;
	case VALUE_NONE:
	case VALUE_NIL:
		if (value_null_kind(value->json, call_types(call)) == VALUE_NIL)
			return call_fail(call, "len of nil pointer");
		*call->out = value_of_int(0);
		return true;
	default:
		snprintf(words, sizeof(words), "len of type %s", value_type(value));
		return call_fail(call, words);
	}
}
