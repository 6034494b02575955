#include "util/template_run.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "util/strs.h"

/* One call under way; final (what the pipe brought) is the last of the arguments. */
struct call {
	struct run *run;
	const struct node *cmd;
	const char *name;
	struct value args[ARGS_MAX];
	size_t len;
	struct value *out;
};

static bool fail(struct call *call, const char *words)
{
	return run_fail(call->run, call->cmd, "error calling %s: %s", call->name, words);
}

static const struct template_type *types(const struct call *call)
{
	return call->run->options ? call->run->options->types : NULL;
}

static bool give_text(struct call *call, struct buf *text)
{
	return run_text(call->run, call->cmd, text, call->out);
}

static bool give_bool(struct call *call, bool truth)
{
	*call->out = value_of_bool(truth);
	return true;
}

/* ---- comparisons ---- */

static bool is_nil(const struct value *value)
{
	return value->kind == VALUE_NIL || value->kind == VALUE_NONE;
}

static bool is_number(const struct value *value)
{
	return value->kind == VALUE_INT || value->kind == VALUE_FLOAT;
}

static double real_of(const struct value *value)
{
	return value->kind == VALUE_INT ? (double)value->integer : value->real;
}

static int compare_text(const struct value *a, const struct value *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(a->text, b->text, len) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* For values of kinds that have an order. */
static int compare(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_STRING)
		return compare_text(a, b);
	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	return (real_of(a) > real_of(b)) - (real_of(a) < real_of(b));
}

static bool equal(struct call *call, const struct value *a, const struct value *b, bool *out)
{
	if (is_nil(a) || is_nil(b)) {
		*out = is_nil(a) && is_nil(b);
		return true;
	}
	if (a->kind == VALUE_LIST || a->kind == VALUE_MAP || b->kind == VALUE_LIST ||
		b->kind == VALUE_MAP) {
		const struct value *odd = a->kind == VALUE_LIST || a->kind == VALUE_MAP ? a : b;
		auto_buf words = BUF_INIT;

		buf_adds(&words, "non-comparable type ");
		value_print(&call->run->arena, odd, types(call), false, &words);
		buf_addf(&words, ": %s", value_type(odd));
		return fail(call, buf_text(&words));
	}
	if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL)
		*out = a->truth == b->truth;
	else if ((is_number(a) && is_number(b)) ||
		 (a->kind == VALUE_STRING && b->kind == VALUE_STRING))
		*out = compare(a, b) == 0;
	else
		return fail(call, "incompatible types for comparison");
	return true;
}

static bool call_eq(struct call *call)
{
	bool same = false;

	if (call->len == 1)
		return fail(call, "missing argument for comparison");
	for (size_t i = 1; i < call->len && !same; i++)
		if (!equal(call, &call->args[0], &call->args[i], &same))
			return false;
	return give_bool(call, same);
}

static bool call_ne(struct call *call)
{
	bool same;

	return equal(call, &call->args[0], &call->args[1], &same) && give_bool(call, !same);
}

static bool order(struct call *call, int *out)
{
	const struct value *a = &call->args[0], *b = &call->args[1];

	for (int i = 0; i < 2; i++)
		if (!is_number(&call->args[i]) && call->args[i].kind != VALUE_STRING)
			return fail(call, "invalid type for comparison");
	if (is_number(a) != is_number(b))
		return fail(call, "incompatible types for comparison");
	*out = compare(a, b);
	return true;
}

static bool call_lt(struct call *call)
{
	int sign;

	return order(call, &sign) && give_bool(call, sign < 0);
}

static bool call_le(struct call *call)
{
	int sign;

	return order(call, &sign) && give_bool(call, sign <= 0);
}

static bool call_gt(struct call *call)
{
	int sign;

	return order(call, &sign) && give_bool(call, sign > 0);
}

static bool call_ge(struct call *call)
{
	int sign;

	return order(call, &sign) && give_bool(call, sign >= 0);
}

static bool call_not(struct call *call)
{
	return give_bool(call, !value_is_true(&call->args[0]));
}

/* ---- parts of a value ---- */

static bool as_index(struct call *call, const struct value *index, int64_t limit, int64_t *out)
{
	char words[80];

	if (index->kind != VALUE_INT) {
		snprintf(words, sizeof(words), "cannot index slice/array with %s",
			index->kind == VALUE_NIL ? "nil" : "type ");
		if (index->kind != VALUE_NIL)
			strncat(words, value_type(index), sizeof(words) - strlen(words) - 1);
		return fail(call, words);
	}
	*out = index->integer;
	if (*out >= 0 && *out < limit)
		return true;
	snprintf(words, sizeof(words), "index out of range: %lld", (long long)*out);
	return fail(call, words);
}

static bool has_strings(const struct call *call, const cJSON *map)
{
	const struct template_type *type = types(call);

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
			is_nil(key) ? "value is nil; should be of type string"
				    : "value has type %s; should be string",
			value_type(key));
		return fail(call, words);
	}
	cJSON_ArrayForEach(
		member, map->json) if (strlen(member->string) == key->len &&
				       memcmp(member->string, key->text, key->len) == 0) break;
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
		return fail(call, from->json ? "index of nil pointer" : "index of untyped nil");
	case VALUE_NONE:
		return fail(call, "index of nil pointer");
	default:
		snprintf(words, sizeof(words), "can't index item of type %s", value_type(from));
		return fail(call, words);
	}
}

static bool call_index(struct call *call)
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

/* The list goes into the run, which frees it. */
static bool give_list(struct call *call, cJSON *list)
{
	struct run *run = call->run;

	if (!run->made)
		run->made = cJSON_CreateArray();
	if (!run->made || !list || !cJSON_AddItemToArray(run->made, list)) {
		cJSON_Delete(list);
		return fail(call, "out of memory");
	}
	*call->out = value_of_json(list);
	return true;
}

static bool slice_list(struct call *call, const cJSON *list, int64_t from, int64_t to)
{
	cJSON *part = cJSON_CreateArray();
	const cJSON *item;
	int64_t i = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (i >= from && i < to)
			cJSON_AddItemToArray(part, cJSON_Duplicate(item, true));
		i++;
	}
	return give_list(call, part);
}

static bool call_slice(struct call *call)
{
	const struct value *value = &call->args[0];
	int64_t from = 0, to;
	char words[80];

	if (value->kind != VALUE_STRING && value->kind != VALUE_LIST) {
		snprintf(words, sizeof(words), "can't slice item of type %s", value_type(value));
		return fail(call, value->kind == VALUE_NIL ? "slice of untyped nil" : words);
	}
	if (call->len > 3 && value->kind == VALUE_STRING)
		return fail(call, "cannot 3-index slice a string");
	to = value->kind == VALUE_STRING ? (int64_t)value->len : cJSON_GetArraySize(value->json);
	if (call->len > 1 && !as_index(call, &call->args[1], to + 1, &from))
		return false;
	if (call->len > 2 && !as_index(call, &call->args[2], to + 1, &to))
		return false;
	if (from > to) {
		snprintf(words, sizeof(words), "invalid slice index: %lld > %lld", (long long)from,
			(long long)to);
		return fail(call, words);
	}
	if (value->kind == VALUE_LIST)
		return slice_list(call, value->json, from, to);
	*call->out = value_of_text(value->text + from, (size_t)(to - from));
	return true;
}

static bool call_len(struct call *call)
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
		if (value_null_kind(value->json, types(call)) == VALUE_NIL)
			return fail(call, "len of nil pointer");
		*call->out = value_of_int(0);
		return true;
	default:
		snprintf(words, sizeof(words), "len of type %s", value_type(value));
		return fail(call, words);
	}
}

/* ---- text ---- */

static void print_args(struct call *call, bool spaced, struct buf *text)
{
	for (size_t i = 0; i < call->len; i++) {
		bool strings = i && (call->args[i - 1].kind == VALUE_STRING ||
					    call->args[i].kind == VALUE_STRING);

		if (i && (spaced || !strings))
			buf_addc(text, ' ');
		value_print(&call->run->arena, &call->args[i], types(call), false, text);
	}
}

static bool call_print(struct call *call)
{
	auto_buf text = BUF_INIT;

	print_args(call, false, &text);
	return give_text(call, &text);
}

static bool call_println(struct call *call)
{
	auto_buf text = BUF_INIT;

	print_args(call, true, &text);
	buf_addc(&text, '\n');
	return give_text(call, &text);
}

static bool call_printf(struct call *call)
{
	auto_buf text = BUF_INIT;

	template_printf(&call->run->arena, &call->args[0], call->args + 1, call->len - 1,
		types(call), &text);
	return give_text(call, &text);
}

static bool call_json(struct call *call)
{
	auto_buf text = BUF_INIT;

	value_json(&call->args[0], &text);
	return give_text(call, &text);
}

static void put_escaped(struct call *call,
	void (*put)(struct buf *, uint32_t, const char *, size_t), struct buf *text)
{
	auto_buf plain = BUF_INIT;

	print_args(call, false, &plain);
	for (size_t i = 0; i < plain.len;) {
		uint32_t rune;
		size_t used = utf8_get(plain.data + i, plain.len - i, &rune);

		put(text, rune, plain.data + i, used);
		i += used;
	}
	if (buf_failed(&plain))
		text->failed = true;
}

static void put_html(struct buf *text, uint32_t rune, const char *raw, size_t len)
{
	static const char *const names[] = {
		['"'] = "&#34;", ['\''] = "&#39;", ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;"};

	if (len == 1 && rune == 0)
		buf_adds(text, "\xef\xbf\xbd");
	else if (rune < array_len(names) && names[rune])
		buf_adds(text, names[rune]);
	else
		buf_add(text, raw, len);
}

static void put_js(struct buf *text, uint32_t rune, const char *raw, size_t len)
{
	if (len == 1 && strchr("\\'\"", (int)rune) && rune)
		buf_addf(text, "\\%c", (int)rune);
	else if (rune < ' ' || (rune < 0x80 && strchr("<>&=", (int)rune)))
		buf_addf(text, "\\u%04X", rune);
	else
		buf_add(text, raw, len);
}

static void put_url(struct buf *text, uint32_t rune, const char *raw, size_t len)
{
	if (rune == ' ')
		buf_addc(text, '+');
	else if (rune < 0x80 && (isalnum((int)rune) || (rune && strchr("-_.~", (int)rune))))
		buf_addc(text, (char)rune);
	else
		for (size_t i = 0; i < len; i++)
			buf_addf(text, "%%%02X", (unsigned char)raw[i]);
}

static bool call_html(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_html, &text);
	return give_text(call, &text);
}

static bool call_js(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_js, &text);
	return give_text(call, &text);
}

static bool call_urlquery(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_url, &text);
	return give_text(call, &text);
}

static bool call_call(struct call *call)
{
	auto_buf words = BUF_INIT;

	buf_adds(&words, "non-function ");
	value_print(&call->run->arena, &call->args[0], NULL, false, &words);
	buf_addf(&words, " of type %s", value_type(&call->args[0]));
	return fail(call, buf_text(&words));
}

/* Letters whose cases alternate: even upper, odd lower, and the other way round. */
static bool in_pairs(uint32_t rune, bool *lower)
{
	if ((rune >= 0x100 && rune <= 0x137) || (rune >= 0x14a && rune <= 0x177) ||
		(rune >= 0x460 && rune <= 0x481) || (rune >= 0x1e00 && rune <= 0x1e95))
		*lower = rune & 1;
	else if ((rune >= 0x139 && rune <= 0x148) || (rune >= 0x179 && rune <= 0x17e))
		*lower = !(rune & 1);
	else
		return false;
	return rune != 0x130 && rune != 0x131;
}

/* Case of Latin, Greek and Cyrillic letters: towupper would need a locale. */
static uint32_t rune_upper(uint32_t rune)
{
	bool lower;

	if (rune < 0x80)
		return (uint32_t)toupper((int)rune);
	if (rune == 0xff)
		return 0x178;
	if (in_pairs(rune, &lower))
		return rune - lower;
	if (rune >= 0x450 && rune <= 0x45f)
		return rune - 0x50;
	if ((rune >= 0xe0 && rune <= 0xfe && rune != 0xf7) || (rune >= 0x430 && rune <= 0x44f) ||
		(rune >= 0x3b1 && rune <= 0x3c9 && rune != 0x3c2))
		return rune - 0x20;
	return rune;
}

static uint32_t rune_lower(uint32_t rune)
{
	bool lower;

	if (rune < 0x80)
		return (uint32_t)tolower((int)rune);
	if (rune == 0x178)
		return 0xff;
	if (in_pairs(rune, &lower))
		return rune + !lower;
	if (rune >= 0x400 && rune <= 0x40f)
		return rune + 0x50;
	if ((rune >= 0xc0 && rune <= 0xde && rune != 0xd7) || (rune >= 0x391 && rune <= 0x3a9) ||
		(rune >= 0x410 && rune <= 0x42f))
		return rune + 0x20;
	return rune;
}

static bool change_case(struct call *call, uint32_t (*change)(uint32_t), bool words_only)
{
	const struct value *value = &call->args[0];
	auto_buf text = BUF_INIT;
	bool in_word = false;

	for (size_t i = 0; i < value->len;) {
		uint32_t rune;
		size_t used = utf8_get(value->text + i, value->len - i, &rune);

		/* A byte that is not UTF-8 stays as it is. */
		if ((used == 1 && rune >= 0x80) || (words_only && in_word))
			buf_add(&text, value->text + i, used);
		else
			utf8_put(change(rune), &text);
		in_word = rune == '_' || rune >= 0x80 || isalnum((int)rune);
		i += used;
	}
	return give_text(call, &text);
}

static bool call_upper(struct call *call)
{
	return change_case(call, rune_upper, false);
}

static bool call_lower(struct call *call)
{
	return change_case(call, rune_lower, false);
}

static bool call_title(struct call *call)
{
	return change_case(call, rune_upper, true);
}

static bool call_pad(struct call *call)
{
	const struct value *value = &call->args[0];
	int64_t before = call->args[1].integer, after = call->args[2].integer;
	auto_buf text = BUF_INIT;

	if (before < 0 || after < 0)
		return fail(call, "strings: negative Repeat count");
	if (before > 1000000 || after > 1000000)
		return fail(call, "the padding is too long");
	if (value->len)
		buf_addf(&text, "%*s", (int)before, "");
	buf_add(&text, value->text, value->len);
	if (value->len)
		buf_addf(&text, "%*s", (int)after, "");
	return give_text(call, &text);
}

static bool call_truncate(struct call *call)
{
	struct value value = call->args[0];
	int64_t len = call->args[1].integer;
	char words[80];

	if (len < 0) {
		snprintf(words, sizeof(words), "slice bounds out of range [:%lld]", (long long)len);
		return fail(call, words);
	}
	if ((uint64_t)len < value.len)
		value.len = (size_t)len;
	*call->out = value;
	return true;
}

static void add_part(cJSON *list, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (copy)
		cJSON_AddItemToArray(list, cJSON_CreateString(copy));
	free(copy);
}

static bool call_split(struct call *call)
{
	const struct value *value = &call->args[0], *by = &call->args[1];
	const char *at = value->text, *end = at + value->len;
	cJSON *list = cJSON_CreateArray();
	uint32_t rune;

	while (list && at <= end) {
		const char *cut =
			by->len ? memmem(at, (size_t)(end - at), by->text, by->len) : NULL;

		if (!by->len && at == end)
			break;
		if (!by->len)
			cut = at + utf8_get(at, (size_t)(end - at), &rune);
		add_part(list, at, (size_t)((cut ? cut : end) - at));
		if (!cut)
			break;
		at = cut + by->len;
	}
	return give_list(call, list);
}

static bool call_join(struct call *call)
{
	const struct value *list = &call->args[0], *with = &call->args[1];
	auto_buf text = BUF_INIT;
	const cJSON *item;

	if (list->kind == VALUE_LIST) {
		cJSON_ArrayForEach(item, list->json)
		{
			if (item != list->json->child)
				buf_add(&text, with->text, with->len);
			if (!cJSON_IsString(item))
				return fail(call, "the list holds more than strings");
			buf_adds(&text, item->valuestring);
		}
	}
	return give_text(call, &text);
}

/* ---- the table ---- */

struct function {
	const char *name;
	int min, max;      /* arguments; max -1: any number */
	const char *takes; /* one letter an argument: s string, i int, l list of strings, v any */
	bool (*call)(struct call *call);
};

static const struct function functions[] = {
	{"and", 1, -1, "", NULL},
	{"call", 1, -1, "", call_call},
	{"eq", 1, -1, "", call_eq},
	{"ge", 2, 2, "", call_ge},
	{"gt", 2, 2, "", call_gt},
	{"html", 0, -1, "", call_html},
	{"index", 1, -1, "", call_index},
	{"join", 2, 2, "ls", call_join},
	{"js", 0, -1, "", call_js},
	{"json", 1, 1, "", call_json},
	{"le", 2, 2, "", call_le},
	{"len", 1, 1, "", call_len},
	{"lower", 1, 1, "s", call_lower},
	{"lt", 2, 2, "", call_lt},
	{"ne", 2, 2, "", call_ne},
	{"not", 1, 1, "", call_not},
	{"or", 1, -1, "", NULL},
	{"pad", 3, 3, "sii", call_pad},
	{"print", 0, -1, "", call_print},
	{"printf", 1, -1, "s", call_printf},
	{"println", 0, -1, "", call_println},
	{"slice", 1, 4, "", call_slice},
	{"split", 2, 2, "ss", call_split},
	{"title", 1, 1, "s", call_title},
	{"truncate", 2, 2, "si", call_truncate},
	{"upper", 1, 1, "s", call_upper},
	{"urlquery", 0, -1, "", call_urlquery},
};

static const struct function *find(const char *name)
{
	for (size_t i = 0; i < array_len(functions); i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}

bool template_has_function(const char *name)
{
	return find(name);
}

static bool check_count(struct call *call, const struct function *function, const struct node *at)
{
	if (call->len >= (size_t)function->min &&
		(function->max < 0 || call->len <= (size_t)function->max))
		return true;
	return run_fail(call->run, at, "wrong number of args for %s: want %s%d got %zu",
		function->name,
		function->max < 0 || function->max > function->min ? "at least " : "",
		function->min, call->len);
}

static bool check_type(
	struct call *call, char takes, const struct node *arg, const struct value *value)
{
	static const char *const words[] = {
		['i'] = "integer", ['l'] = "[]string", ['s'] = "string"};
	enum value_kind want = takes == 's' ? VALUE_STRING : takes == 'i' ? VALUE_INT : VALUE_LIST;

	if (takes == 'v' || value->kind == want)
		return true;
	if (want == VALUE_LIST && is_nil(value))
		return true;
	if (is_nil(value))
		return run_fail(call->run, arg, "invalid value; expected %s", words[(int)takes]);
	if (arg->kind >= NODE_DOT)
		return run_fail(call->run, arg, "expected %s; found %.*s", words[(int)takes],
			(int)arg->source_len, arg->source);
	return run_fail(call->run, arg, "wrong type for value; expected %s; got %s",
		words[(int)takes], value_type(value));
}

/* "and" and "or" stop at the first argument that decides. */
static bool decide(
	struct call *call, const struct node *args, const struct value *final, bool is_or)
{
	struct value value = {.kind = VALUE_NONE};

	for (; args; args = args->next) {
		if (!run_argument(call->run, args, &value))
			return false;
		if (value_is_true(&value) == is_or) {
			*call->out = value;
			return true;
		}
	}
	*call->out = final ? *final : value;
	return true;
}

static bool gather(struct call *call, const struct function *function, const struct node *args,
	const struct value *final)
{
	size_t takes = strlen(function->takes);

	for (; args; args = args->next) {
		if (call->len == ARGS_MAX)
			return run_fail(call->run, args, "too many arguments");
		if (!run_argument(call->run, args, &call->args[call->len]))
			return false;
		if (call->len < takes &&
			!check_type(call, function->takes[call->len], args, &call->args[call->len]))
			return false;
		call->len++;
	}
	if (!final)
		return true;
	if (call->len == ARGS_MAX)
		return run_fail(call->run, call->cmd, "too many arguments");
	call->args[call->len] = *final;
	if (call->len < takes && !check_type(call, function->takes[call->len], call->cmd, final))
		return false;
	call->len++;
	return true;
}

bool run_call(struct run *run, const struct node *at, const struct node *named,
	const struct node *args, const struct value *final, struct value *out)
{
	const struct function *function = find(named->word);
	struct call call = {.run = run, .cmd = at, .name = function->name, .out = out};

	for (const struct node *arg = args; arg; arg = arg->next)
		call.len++;
	call.len += final != NULL;
	if (!check_count(&call, function, named))
		return false;
	call.len = 0;
	if (!function->call)
		return decide(&call, args, final, str_eq(function->name, "or"));
	return gather(&call, function, args, final) && function->call(&call);
}
