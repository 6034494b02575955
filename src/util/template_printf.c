/* fmt.Sprintf: flags, width, precision and verbs as Go has them. */
#include "util/template_value.h"

#include <stdio.h>

struct verb {
	bool minus, plus, sharp, zero, space;
	int width, precision; /* -1: not given */
	char letter;
};

enum { WIDTH_MAX = 10000 };

static const char *number(const char *at, const char *end, int *out)
{
	if (at == end || *at < '0' || *at > '9')
		return at;
	*out = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		if (*out <= WIDTH_MAX)
			*out = *out * 10 + (*at - '0');
	if (*out > WIDTH_MAX)
		*out = WIDTH_MAX;
	return at;
}

static const char *flags(const char *at, const char *end, struct verb *verb)
{
	for (; at < end; at++) {
		if (*at == '-')
			verb->minus = true;
		else if (*at == '+')
			verb->plus = true;
		else if (*at == '#')
			verb->sharp = true;
		else if (*at == '0')
			verb->zero = true;
		else if (*at == ' ')
			verb->space = true;
		else
			break;
	}
	return at;
}

static size_t columns(const char *text, size_t len)
{
	size_t count = 0;
	uint32_t rune;

	for (size_t i = 0; i < len; i += utf8_get(text + i, len - i, &rune))
		count++;
	return count;
}

static void pad(const struct verb *verb, const struct buf *text, bool numeric, struct buf *out)
{
	size_t used = columns(buf_text(text), text->len);
	size_t fill =
		verb->width > 0 && (size_t)verb->width > used ? (size_t)verb->width - used : 0;
	size_t sign = numeric && verb->zero && text->len && strchr("+-", text->data[0]) ? 1 : 0;
	char with = verb->zero && !verb->minus && numeric ? '0' : ' ';

	if (!verb->minus && with == '0')
		buf_add(out, buf_text(text), sign);
	else
		sign = 0;
	if (!verb->minus)
		for (size_t i = 0; i < fill; i++)
			buf_addc(out, with);
	buf_add(out, buf_text(text) + sign, text->len - sign);
	if (verb->minus)
		for (size_t i = 0; i < fill; i++)
			buf_addc(out, ' ');
}

static void hex_text(const struct verb *verb, const struct value *value, struct buf *text)
{
	for (size_t i = 0; i < value->len; i++)
		buf_addf(
			text, verb->letter == 'x' ? "%02x" : "%02X", (unsigned char)value->text[i]);
}

static bool put_text(const struct verb *verb, const struct value *value, struct buf *text)
{
	size_t len = value->len;
	uint32_t rune;

	switch (verb->letter) {
	case 's':
	case 'v':
		if (verb->precision >= 0) {
			len = 0;
			for (int i = 0; i < verb->precision && len < value->len; i++)
				len += utf8_get(value->text + len, value->len - len, &rune);
		}
		if (verb->sharp && verb->letter == 'v')
			value_quote(value->text, len, text);
		else
			buf_add(text, value->text, len);
		return true;
	case 'q':
		value_quote(value->text, value->len, text);
		return true;
	case 'x':
	case 'X':
		hex_text(verb, value, text);
		return true;
	default:
		return false;
	}
}

static void put_base(
	int64_t integer, unsigned base, const char *prefix, bool upper, struct buf *text)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	uint64_t rest = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
	char reversed[64];
	int len = 0;

	do
		reversed[len++] = digits[rest % base];
	while (rest /= base);
	if (integer < 0)
		buf_addc(text, '-');
	buf_adds(text, prefix);
	while (len)
		buf_addc(text, reversed[--len]);
}

static bool put_int(const struct verb *verb, const struct value *value, struct buf *text)
{
	const char *prefix = "";

	if (verb->plus && value->integer >= 0 && strchr("dvxXob", verb->letter))
		buf_addc(text, '+');
	else if (verb->space && value->integer >= 0 && strchr("dv", verb->letter))
		buf_addc(text, ' ');
	switch (verb->letter) {
	case 'd':
	case 'v':
		put_base(value->integer, 10, "", false, text);
		return true;
	case 'x':
	case 'X':
		prefix = verb->sharp ? (verb->letter == 'x' ? "0x" : "0X") : "";
		put_base(value->integer, 16, prefix, verb->letter == 'X', text);
		return true;
	case 'o':
		put_base(value->integer, 8, verb->sharp ? "0" : "", false, text);
		return true;
	case 'b':
		put_base(value->integer, 2, "", false, text);
		return true;
	case 'c':
		utf8_put(value->integer < 0 ? 0xfffd : (uint32_t)value->integer, text);
		return true;
	case 'q':
		buf_addc(text, '\'');
		utf8_put(value->integer < 0 ? 0xfffd : (uint32_t)value->integer, text);
		buf_addc(text, '\'');
		return true;
	case 'U':
		buf_addf(text, "U+%04llX", (unsigned long long)value->integer);
		return true;
	default:
		return false;
	}
}

static bool put_float(const struct verb *verb, const struct value *value, struct buf *text)
{
	if (!strchr("vgGeEfF", verb->letter))
		return false;
	if (verb->plus && value->real >= 0)
		buf_addc(text, '+');
	value_float(value->real, verb->letter, verb->precision, text);
	return true;
}

/* Lists and maps: the verb is applied to each element, as %s of a []string wants it. */
static bool put_value(struct arena *arena, const struct verb *verb, const struct value *value,
	const struct template_type *types, struct buf *text)
{
	const cJSON *item;

	switch (value->kind) {
	case VALUE_STRING:
		return put_text(verb, value, text);
	case VALUE_INT:
		return put_int(verb, value, text);
	case VALUE_FLOAT:
		return put_float(verb, value, text);
	case VALUE_BOOL:
		if (verb->letter == 't' || verb->letter == 'v')
			buf_adds(text, value->truth ? "true" : "false");
		return verb->letter == 't' || verb->letter == 'v';
	case VALUE_LIST:
		if (verb->letter == 'v' || verb->letter == 's')
			break;
		buf_addc(text, '[');
		cJSON_ArrayForEach(item, value->json) {
			struct value inner = value_of_json(item);

			if (item != value->json->child)
				buf_addc(text, ' ');
			if (!put_value(arena, verb, &inner, types, text))
				buf_addf(text, "%%!%c(%s)", verb->letter, value_type(&inner));
		}
		buf_addc(text, ']');
		return true;
	default:
		if (verb->letter != 'v' && value->kind != VALUE_MAP)
			return false;
	}
	value_print(arena, value, types, false, text);
	return true;
}

static void put_bad(struct arena *arena, const struct verb *verb, const struct value *value,
	const struct template_type *types, struct buf *text)
{
	buf_addf(text, "%%!%c(", verb->letter);
	if (value->kind != VALUE_NIL && value->kind != VALUE_NONE)
		buf_addf(text, "%s=", value_type(value));
	value_print(arena, value, types, false, text);
	buf_addc(text, ')');
}

static void put_verb(struct arena *arena, struct verb *verb, const struct value *value,
	const struct template_type *types, struct buf *out)
{
	auto_buf text = BUF_INIT;
	bool numeric = value->kind == VALUE_INT || value->kind == VALUE_FLOAT ||
		       value->kind == VALUE_STRING;

	if (verb->letter == 'T')
		buf_adds(&text, value_type(value));
	else if (!put_value(arena, verb, value, types, &text)) {
		put_bad(arena, verb, value, types, out);
		return;
	}
	pad(verb, &text, numeric, out);
	if (buf_failed(&text))
		out->failed = true;
}

static const char *star(const char *at, const char *end, int *out, const struct value *args,
	size_t len, size_t *next, struct buf *text)
{
	if (at == end || *at != '*')
		return number(at, end, out);
	if (*next < len && args[*next].kind == VALUE_INT && args[*next].integer >= -WIDTH_MAX &&
		args[*next].integer <= WIDTH_MAX)
		*out = (int)args[*next].integer;
	else
		buf_adds(text, "%!(BADWIDTH)");
	(*next)++;
	return at + 1;
}

static void put_extra(struct arena *arena, const struct value *args, size_t len, size_t next,
	const struct template_type *types, struct buf *out)
{
	if (next >= len)
		return;
	buf_adds(out, "%!(EXTRA ");
	for (size_t i = next; i < len; i++) {
		buf_addf(out, "%s%s", i > next ? ", " : "", value_type(&args[i]));
		if (args[i].kind == VALUE_NIL || args[i].kind == VALUE_NONE)
			continue;
		buf_addc(out, '=');
		value_print(arena, &args[i], types, false, out);
	}
	buf_addc(out, ')');
}

void template_printf(struct arena *arena, const struct value *format, const struct value *args,
	size_t len, const struct template_type *types, struct buf *out)
{
	const char *at = format->text, *end = at + format->len;
	size_t next = 0;

	while (at < end) {
		struct verb verb = {.width = -1, .precision = -1};

		if (*at != '%') {
			buf_addc(out, *at++);
			continue;
		}
		at = star(flags(at + 1, end, &verb), end, &verb.width, args, len, &next, out);
		if (verb.width < -1) {
			verb.minus = true;
			verb.width = -verb.width;
		}
		if (at < end && *at == '.') {
			verb.precision = 0;
			at = star(at + 1, end, &verb.precision, args, len, &next, out);
		}
		if (at == end) {
			buf_adds(out, "%!(NOVERB)");
			break;
		}
		verb.letter = *at++;
		if (verb.letter == '%')
			buf_addc(out, '%');
		else if (next >= len)
			buf_addf(out, "%%!%c(MISSING)", verb.letter);
		else
			put_verb(arena, &verb, &args[next++], types, out);
	}
	put_extra(arena, args, len, next, types, out);
}
