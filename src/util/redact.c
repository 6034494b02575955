#include "util/redact.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "util/own.h"

static const char hidden[] = "…";

/* ---- names ---- */

static bool contains(const char *name, size_t len, const char *part)
{
	size_t room = strlen(part);

	for (size_t i = 0; i + room <= len; i++)
		if (strncasecmp(name + i, part, room) == 0)
			return true;
	return false;
}

static bool ends(const char *name, size_t len, const char *part)
{
	size_t room = strlen(part);

	return len >= room && strncasecmp(name + len - room, part, room) == 0;
}

static bool is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) && ends(name, len, word);
}

bool redact_is_secret(const char *name, size_t len)
{
	static const char *const anywhere[] = {"password", "passwd", "passphrase", "secret",
		"token", "apikey", "api_key", "api-key", "private", "credential", "cookie", "_key",
		"-key", "access_id"};
	static const char *const at_end[] = {"pass", "pwd", "pw", "key", "auth", "dsn", "_sid"};

	if (is(name, len, "PWD") || is(name, len, "OLDPWD") || ends(name, len, "-stdin"))
		return false;
	for (size_t i = 0; i < array_len(anywhere); i++)
		if (contains(name, len, anywhere[i]))
			return true;
	for (size_t i = 0; i < array_len(at_end); i++)
		if (ends(name, len, at_end[i]))
			return true;
	return false;
}

/* ---- words ---- */

/* One word of a line, with its quotes. */
static size_t word_len(const char *at)
{
	const char *from = at;
	char quote = '\0';

	for (; *at && (quote || !isspace((unsigned char)*at)); at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '\'' || *at == '"')
			quote = *at;
		else if (*at == '\\' && at[1])
			at++;
	}
	return (size_t)(at - from);
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Up to where the word may be shown: behind the '=' of the first name that is a secret's. */
static size_t shown_len(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t from = i;

		if (word[i] != '=')
			continue;
		while (from && is_of_name(word[from - 1]))
			from--;
		if (redact_is_secret(word + from, i - from))
			return i + 1;
	}
	return len;
}

/* "scheme://user:password@": what is between the second colon and the last at-sign before a slash.
 */
static bool find_password(const char *word, size_t len, size_t *from, size_t *to)
{
	size_t at = 0, colon = 0;

	*to = 0;
	while (at + 3 <= len && strncmp(word + at, "://", 3) != 0)
		at++;
	if (at + 3 > len)
		return false;
	for (at += 3; at < len && word[at] != '/'; at++) {
		if (word[at] == ':' && !colon)
			colon = at;
		if (word[at] == '@')
			*to = at;
	}
	*from = colon + 1;
	return colon && *to > colon;
}

static void put_word(const char *word, size_t len, struct buf *out)
{
	size_t shown = shown_len(word, len), from, to;

	if (find_password(word, shown, &from, &to)) {
		buf_add(out, word, from);
		buf_adds(out, hidden);
		put_word(word + to, shown - to, out);
	} else {
		buf_add(out, word, shown);
	}
	if (shown < len)
		buf_adds(out, hidden);
}

void redact_word(const char *word, struct buf *out)
{
	put_word(word, strlen(word), out);
}

/* The next word is its value. */
static bool wants_value(const char *word, size_t len, bool login)
{
	if (!len || word[0] != '-' || memchr(word, '=', len))
		return false;
	return redact_is_secret(word, len) || (login && len == 2 && word[1] == 'p');
}

void redact_strings(struct cJSON *array)
{
	bool hide = false;
	cJSON *item;

	cJSON_ArrayForEach(item, array) {
		const char *text = cJSON_GetStringValue(item);
		auto_buf shown = BUF_INIT;
		bool next = text && wants_value(text, strlen(text), false);

		if (text && hide && *text != '-')
			buf_adds(&shown, hidden);
		else if (text)
			redact_word(text, &shown);
		hide = next;
		/* Without memory nothing of it is shown, rather than all. */
		if (text)
			cJSON_SetValuestring(item, buf_failed(&shown) ? "" : buf_text(&shown));
	}
}

void redact_line(const char *line, struct buf *out)
{
	bool hide = false, login = false;

	while (*line) {
		size_t blanks = strspn(line, " \t\n\r\v\f"), len;

		buf_add(out, line, blanks);
		line += blanks;
		len = word_len(line);
		if (!len)
			break;
		login |= len == 5 && strncmp(line, "login", 5) == 0;
		if (hide && *line != '-')
			buf_adds(out, hidden);
		else if (login && len > 2 && strncmp(line, "-p", 2) == 0) {
			buf_adds(out, "-p");
			buf_adds(out, hidden);
		} else
			put_word(line, len, out);
		hide = wants_value(line, len, login);
		line += len;
	}
}

/* ---- joining ---- */

static bool is_plain(const char *word)
{
	for (const char *at = word; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_-./:=,@%+", *at))
			return false;
	return *word;
}

void redact_join(const char *const *words, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addc(out, ' ');
		if (is_plain(words[i])) {
			buf_adds(out, words[i]);
			continue;
		}
		buf_addc(out, '\'');
		for (const char *at = words[i]; *at; at++)
			if (*at == '\'')
				buf_adds(out, "'\\''");
			else
				buf_addc(out, *at);
		buf_addc(out, '\'');
	}
}
