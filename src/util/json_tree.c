#include "util/json_tree.h"

#include <stdlib.h>
#include <string.h>

struct reader {
	struct arena *arena;
	const char *at, *end;
	unsigned depth;
};

static bool read_value(struct reader *r, struct json_node *node);

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end &&
		(*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

static bool take_char(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct reader *r, uint32_t *out)
{
	*out = 0;
	if (r->end - r->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*r->at++);

		if (digit < 0)
			return false;
		*out = *out << 4 | (uint32_t)digit;
	}
	return true;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* After "\u". A pair of surrogates is one character; half of one is none. */
static bool read_unicode(struct reader *r, char **to)
{
	uint32_t c, low;

	if (!read_hex(r, &c) || c == 0 || (c >= 0xdc00 && c <= 0xdfff))
		return false;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return false;
		r->at += 2;
		if (!read_hex(r, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*to = put_utf8(*to, c);
	return true;
}

static bool read_escape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (r->at == r->end)
		return false;
	if (*r->at == 'u') {
		r->at++;
		return read_unicode(r, to);
	}
	hit = *r->at ? strchr(from, *r->at) : NULL;
	if (!hit)
		return false;
	*(*to)++ = into[hit - from];
	r->at++;
	return true;
}

/* Where the string that begins at `at` ends: its closing quote. */
static const char *find_end(const struct reader *r)
{
	for (const char *c = r->at; c < r->end; c++) {
		if (*c == '"')
			return c;
		if ((unsigned char)*c < 0x20)
			return NULL;
		if (*c == '\\')
			c++;
	}
	return NULL;
}

static const char *read_string(struct reader *r)
{
	const char *end;
	char *text, *to;

	if (!take_char(r, '"'))
		return NULL;
	end = find_end(r);
	text = to = end ? arena_get(r->arena, (size_t)(end - r->at) + 1) : NULL;
	if (!text)
		return NULL;
	while (r->at < end) {
		const char *escape = memchr(r->at, '\\', (size_t)(end - r->at));
		size_t plain = (size_t)((escape ? escape : end) - r->at);

		memcpy(to, r->at, plain);
		to += plain;
		r->at += plain;
		if (escape && (r->at++, !read_escape(r, &to)))
			return NULL;
	}
	r->at++;
	*to = '\0';
	return text;
}

/* ---- numbers ---- */

static size_t digits(const struct reader *r)
{
	size_t n = 0;

	while (r->at + n < r->end && r->at[n] >= '0' && r->at[n] <= '9')
		n++;
	return n;
}

static bool skip_digits(struct reader *r)
{
	size_t n = digits(r);

	r->at += n;
	return n > 0;
}

static void make_whole(struct json_node *node, const char *text, size_t len)
{
	node->is_whole = true;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (node->whole > (UINT64_MAX - digit) / 10)
			node->is_whole = false;
		node->whole = node->whole * 10 + digit;
	}
}

static bool read_number(struct reader *r, struct json_node *node)
{
	const char *from = r->at, *whole;
	char text[64];
	size_t len;
	bool fraction = false;

	node->type = JSON_NUMBER;
	node->is_negative = *r->at == '-';
	r->at += node->is_negative;
	whole = r->at;
	len = digits(r);
	if (!len || (len > 1 && *whole == '0'))
		return false;
	r->at += len;
	if (r->at < r->end && *r->at == '.') {
		fraction = true;
		r->at++;
		if (!skip_digits(r))
			return false;
	}
	if (r->at < r->end && (*r->at | 0x20) == 'e') {
		fraction = true;
		r->at++;
		if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
			r->at++;
		if (!skip_digits(r))
			return false;
	}
	if (!fraction)
		make_whole(node, whole, len);
	len = (size_t)(r->at - from);
	if (len >= sizeof(text))
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	node->number = strtod(text, NULL);
	return true;
}

/* ---- the rest ---- */

static bool read_word(struct reader *r, struct json_node *node)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if ((size_t)(r->end - r->at) >= len && memcmp(r->at, words[i].word, len) == 0) {
			node->type = words[i].type;
			r->at += len;
			return true;
		}
	}
	return false;
}

/* Members or elements, up to and with the closing bracket. */
static bool read_inside(struct reader *r, struct json_node *node, char close)
{
	struct json_node **link = &node->child;

	if (take_char(r, close))
		return true;
	do {
		struct json_node *inner = arena_get(r->arena, sizeof(*inner));

		if (!inner)
			return false;
		if (node->type == JSON_OBJECT &&
			(!(inner->name = read_string(r)) || !take_char(r, ':')))
			return false;
		if (!read_value(r, inner))
			return false;
		*link = inner;
		link = &inner->next;
		node->count++;
	} while (take_char(r, ','));
	return take_char(r, close);
}

static bool read_nested(struct reader *r, struct json_node *node, enum json_type type, char close)
{
	bool good;

	if (r->depth == JSON_TREE_DEPTH)
		return false;
	r->at++;
	r->depth++;
	node->type = type;
	good = read_inside(r, node, close);
	r->depth--;
	return good;
}

static bool read_kind(struct reader *r, struct json_node *node)
{
	switch (*r->at) {
	case '{':
		return read_nested(r, node, JSON_OBJECT, '}');
	case '[':
		return read_nested(r, node, JSON_LIST, ']');
	case '"':
		node->type = JSON_STRING;
		node->text = read_string(r);
		return node->text != NULL;
	case '-':
	case '0' ... '9':
		return read_number(r, node);
	default:
		return read_word(r, node);
	}
}

static bool read_value(struct reader *r, struct json_node *node)
{
	skip_blanks(r);
	if (r->at == r->end)
		return false;
	node->from = r->at;
	if (!read_kind(r, node))
		return false;
	node->len = (size_t)(r->at - node->from);
	return true;
}

struct json_node *json_tree_read(struct arena *arena, const char *text, size_t len)
{
	struct reader r = {.arena = arena, .at = text, .end = text + len};
	struct json_node *top = arena_get(arena, sizeof(*top));

	if (!top || !len || !read_value(&r, top))
		return NULL;
	skip_blanks(&r);
	return r.at == r.end ? top : NULL;
}

const struct json_node *json_tree_get(const struct json_node *object, const char *name)
{
	const struct json_node *found = NULL;

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json_node *node = object->child; node; node = node->next)
		if (strcmp(node->name, name) == 0)
			found = node;
	return found;
}
