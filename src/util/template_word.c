/* print printf json split join upper …: text */
#include "util/template_call.h"

#include <ctype.h>
#include <stdio.h>

static void print_args(struct call *call, bool spaced, struct buf *text)
{
	for (size_t i = 0; i < call->len; i++) {
		bool strings = i && (call->args[i - 1].kind == VALUE_STRING ||
					    call->args[i].kind == VALUE_STRING);

		if (i && (spaced || !strings))
			buf_addc(text, ' ');
		value_print(&call->run->arena, &call->args[i], call_types(call), false, text);
	}
}

bool call_print(struct call *call)
{
	auto_buf text = BUF_INIT;

	print_args(call, false, &text);
	return call_give_text(call, &text);
}

bool call_println(struct call *call)
{
	auto_buf text = BUF_INIT;

	print_args(call, true, &text);
	buf_addc(&text, '\n');
	return call_give_text(call, &text);
}

bool call_printf(struct call *call)
{
	auto_buf text = BUF_INIT;

	template_printf(&call->run->arena, &call->args[0], call->args + 1, call->len - 1,
		call_types(call), &text);
	return call_give_text(call, &text);
}

bool call_json(struct call *call)
{
	auto_buf text = BUF_INIT;

	value_json(&call->args[0], &text);
	return call_give_text(call, &text);
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

bool call_html(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_html, &text);
	return call_give_text(call, &text);
}

bool call_js(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_js, &text);
	return call_give_text(call, &text);
}

bool call_urlquery(struct call *call)
{
	auto_buf text = BUF_INIT;

	put_escaped(call, put_url, &text);
	return call_give_text(call, &text);
}

bool call_call(struct call *call)
{
	auto_buf words = BUF_INIT;

	buf_adds(&words, "non-function ");
	value_print(&call->run->arena, &call->args[0], NULL, false, &words);
	buf_addf(&words, " of type %s", value_type(&call->args[0]));
	return call_fail(call, buf_text(&words));
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
	return call_give_text(call, &text);
}

bool call_upper(struct call *call)
{
	return change_case(call, rune_upper, false);
}

bool call_lower(struct call *call)
{
	return change_case(call, rune_lower, false);
}

bool call_title(struct call *call)
{
	return change_case(call, rune_upper, true);
}

bool call_pad(struct call *call)
{
	const struct value *value = &call->args[0];
	int64_t before = call->args[1].integer, after = call->args[2].integer;
	auto_buf text = BUF_INIT;

	if (before < 0 || after < 0)
		return call_fail(call, "strings: negative Repeat count");
	if (before > 1000000 || after > 1000000)
		return call_fail(call, "the padding is too long");
	if (value->len)
		buf_addf(&text, "%*s", (int)before, "");
	buf_add(&text, value->text, value->len);
	if (value->len)
		buf_addf(&text, "%*s", (int)after, "");
	return call_give_text(call, &text);
}

bool call_truncate(struct call *call)
{
	struct value value = call->args[0];
	int64_t len = call->args[1].integer;
	char words[80];

	if (len < 0) {
		snprintf(words, sizeof(words), "slice bounds out of range [:%lld]", (long long)len);
		return call_fail(call, words);
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

bool call_split(struct call *call)
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
	return call_give_list(call, list);
}

bool call_join(struct call *call)
{
	const struct value *list = &call->args[0], *with = &call->args[1];
	auto_buf text = BUF_INIT;
	const cJSON *item;

	if (list->kind == VALUE_LIST) {
		cJSON_ArrayForEach(item, list->json) {
			if (item != list->json->child)
				buf_add(&text, with->text, with->len);
			if (!cJSON_IsString(item))
				return call_fail(call, "the list holds more than strings");
			buf_adds(&text, item->valuestring);
		}
	}
	return call_give_text(call, &text);
}
