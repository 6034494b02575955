/* toml_text.c - the strings and keys of TOML. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/toml_private.h"

static void put_utf8(struct buf *out, unsigned long code)
{
	if (code < 0x80) {
		buf_addc(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_addc(out, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		buf_addc(out, (char)(0xe0 | code >> 12));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | code >> 18));
		buf_addc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_addc(out, (char)(0x80 | (code & 0x3f)));
}

static int put_code(struct toml *toml, size_t digits, struct buf *out)
{
	char hex[9] = "";
	unsigned long code;

	if ((size_t)(toml->end - toml->at) < digits)
		return toml_fail(toml, "a string does not end");
	memcpy(hex, toml->at, digits);
	if (strspn(hex, "0123456789abcdefABCDEF") != digits)
		return toml_fail(toml, "\\u wants hexadecimal digits");
	code = strtoul(hex, NULL, 16);
	if (!code || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return toml_fail(toml, "no such character");
	put_utf8(out, code);
	toml->at += digits;
	return 0;
}

/* "\" at a line's end: the blanks and line ends that follow are left out. */
static void join_lines(struct toml *toml)
{
	while (toml->at < toml->end && strchr(" \t\r\n", *toml->at)) {
		toml->line += *toml->at == '\n';
		toml->at++;
	}
}

static int put_escape(struct toml *toml, bool many, struct buf *out)
{
	static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\033\"\\";
	const char *found;
	char c;

	if (toml->at == toml->end)
		return toml_fail(toml, "a string does not end");
	c = *toml->at++;
	if (c == 'u' || c == 'U')
		return put_code(toml, c == 'u' ? 4 : 8, out);
	if (many && strchr(" \t\r\n", c)) {
		toml->at--;
		join_lines(toml);
		return 0;
	}
	found = c ? strchr(from, c) : NULL;
	if (!found)
		return toml_fail(toml, "an unknown \\ in a string");
	buf_addc(out, to[found - from]);
	return 0;
}

/* Three quotes end it; one or two more belong to the text before. */
static bool at_end(struct toml *toml, char quote, bool many, struct buf *out)
{
	const char three[4] = {quote, quote, quote, '\0'};

	if (!many)
		return toml_is(toml, quote) && toml->at++;
	if (!toml_take(toml, three))
		return false;
	for (int i = 0; i < 2 && toml_is(toml, quote); i++) {
		buf_addc(out, quote);
		toml->at++;
	}
	return true;
}

int toml_string(struct toml *toml, bool lines, struct buf *out)
{
	char quote = *toml->at;
	const char three[4] = {quote, quote, quote, '\0'};
	bool many = lines && toml_take(toml, three);

	if (!many)
		toml->at++;
	else if (toml_take(toml, "\n") || toml_take(toml, "\r\n"))
		toml->line++;
	while (!at_end(toml, quote, many, out)) {
		char c;

		if (toml->at == toml->end || (!many && *toml->at == '\n'))
			return toml_fail(toml, "a string does not end");
		c = *toml->at++;
		if (c == '\0')
			return toml_fail(toml, "a NUL in a string");
		toml->line += c == '\n';
		if (c != '\\' || quote == '\'')
			buf_addc(out, c);
		else if (put_escape(toml, many, out) < 0)
			return toml->err->code;
	}
	return buf_failed(out) ? err_set(toml->err, ENOMEM, "out of memory") : 0;
}

static bool is_bare(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-';
}

static int key_part(struct toml *toml, struct strs *out)
{
	auto_buf part = BUF_INIT;
	const char *from = toml->at;

	if (toml_is(toml, '"') || toml_is(toml, '\'')) {
		if (toml_string(toml, false, &part) < 0)
			return toml->err->code;
	} else {
		while (toml->at < toml->end && is_bare(*toml->at))
			toml->at++;
		if (toml->at == from)
			return toml_fail(toml, "a key is missing");
		buf_add(&part, from, (size_t)(toml->at - from));
	}
	strs_add(out, buf_text(&part));
	return 0;
}

int toml_key(struct toml *toml, struct strs *out)
{
	for (;;) {
		toml_skip_blanks(toml);
		if (key_part(toml, out) < 0)
			return toml->err->code;
		if (out->len > TOML_DEPTH_MAX)
			return toml_fail(toml, "a key has too many parts");
		toml_skip_blanks(toml);
		if (!toml_take(toml, "."))
			return strs_failed(out) ? err_set(toml->err, ENOMEM, "out of memory") : 0;
	}
}
