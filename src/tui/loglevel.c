/* loglevel.c - see loglevel.h. */
#include "tui/loglevel.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { WORDS_WITHIN = 120, KEYS_WITHIN = 600, WORD_MAX = 9 };

const char *const loglevel_names[] = {"debug", "info", "warn", "error", NULL};

char loglevel_letter(enum log_level level)
{
	return " DIWE"[level];
}

static const struct {
	const char *name;
	enum log_level level;
} words[] = {
	{"error", LEVEL_ERROR},
	{"info", LEVEL_INFO},
	{"warn", LEVEL_WARN},
	{"warning", LEVEL_WARN},
	{"debug", LEVEL_DEBUG},
	{"err", LEVEL_ERROR},
	{"fatal", LEVEL_ERROR},
	{"trace", LEVEL_DEBUG},
	{"panic", LEVEL_ERROR},
	{"critical", LEVEL_ERROR},
	{"crit", LEVEL_ERROR},
	{"alert", LEVEL_ERROR},
	{"emerg", LEVEL_ERROR},
	{"emergency", LEVEL_ERROR},
	{"severe", LEVEL_ERROR},
	{"eror", LEVEL_ERROR},
	{"notice", LEVEL_INFO},
	{"inf", LEVEL_INFO},
	{"wrn", LEVEL_WARN},
	{"dbg", LEVEL_DEBUG},
	{"dbug", LEVEL_DEBUG},
	{"log", LEVEL_INFO},
};

static enum log_level of_word(const char *word, size_t len)
{
	for (size_t i = 0; len > 1 && i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].name) == len && strncasecmp(words[i].name, word, len) == 0)
			return words[i].level;
	return LEVEL_NONE;
}

static enum log_level of_letter(char letter)
{
	switch (letter) {
	case 'E':
	case 'F':
		return LEVEL_ERROR;
	case 'W':
		return LEVEL_WARN;
	case 'I':
		return LEVEL_INFO;
	case 'D':
	case 'T':
		return LEVEL_DEBUG;
	}
	return LEVEL_NONE;
}

static size_t letters(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && isalpha((unsigned char)*at))
		at++;
	return (size_t)(at - from);
}

/* ---- "level":"error", level=error ---- */

/* 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal */
static enum log_level of_number(const char *at, const char *end)
{
	int value = 0;

	while (at < end && isdigit((unsigned char)*at) && value < 1000)
		value = value * 10 + (*at++ - '0');
	return value < 10 || value > 60 ? LEVEL_NONE
	       : value >= 50            ? LEVEL_ERROR
	       : value >= 40            ? LEVEL_WARN
	       : value >= 30            ? LEVEL_INFO
					: LEVEL_DEBUG;
}

static enum log_level of_value(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '"'))
		at++;
	return at < end && isdigit((unsigned char)*at) ? of_number(at, end)
						       : of_word(at, letters(at, end));
}

/* Whether a key ends here: "level, \"log.level, lvl; what is before it ends another word. */
static bool is_key(const char *line, const char *end, const char *quotes)
{
	static const struct {
		const char *name;
		size_t len;
	} keys[] = {{"level", 5}, {"lvl", 3}, {"severity", 8}, {"levelname", 9}, {"loglevel", 8}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *from = end - keys[i].len;

		if (end - line < (ptrdiff_t)keys[i].len || (*from | 0x20) != keys[i].name[0] ||
			strncasecmp(from, keys[i].name, keys[i].len) != 0)
			continue;
		if (from == line ? *quotes == ' ' : strchr(quotes, from[-1]) != NULL)
			return true;
	}
	return false;
}

static enum log_level of_logfmt(const char *line, const char *end)
{
	enum log_level level = LEVEL_NONE;

	for (const char *at = line; !level && at < end; at++) {
		at = memchr(at, '=', (size_t)(end - at));
		if (!at)
			break;
		if (is_key(line, at, " \t"))
			level = of_value(at + 1, end);
	}
	return level;
}

static enum log_level of_json(const char *line, const char *end)
{
	enum log_level level = LEVEL_NONE;

	for (const char *at = line; !level && at < end; at++) {
		const char *value;

		at = memchr(at, '"', (size_t)(end - at));
		if (!at)
			break;
		if (!is_key(line, at, "\"."))
			continue;
		for (value = at + 1; value < end && *value == ' ';)
			value++;
		if (value < end && *value == ':')
			level = of_value(value + 1, end);
	}
	return level;
}

/* ---- <3>, E0302 ---- */

static enum log_level of_syslog(const char *line, const char *end)
{
	int priority = 0;
	const char *at = line + 1;

	while (at < end && isdigit((unsigned char)*at) && at - line < 4)
		priority = priority * 10 + (*at++ - '0');
	if (at == line + 1 || at == end || *at != '>')
		return LEVEL_NONE;
	priority %= 8;
	return priority <= 3   ? LEVEL_ERROR
	       : priority == 4 ? LEVEL_WARN
	       : priority <= 6 ? LEVEL_INFO
			       : LEVEL_DEBUG;
}

static enum log_level of_klog(const char *line, const char *end)
{
	if (end - line < 9 || line[5] != ' ' || !isdigit((unsigned char)line[6]))
		return LEVEL_NONE;
	for (int i = 1; i < 5; i++)
		if (!isdigit((unsigned char)line[i]))
			return LEVEL_NONE;
	return of_letter(line[0]);
}

/* ---- words ---- */

static bool may_precede(const char *line, const char *at)
{
	return at == line || strchr(" \t[(|\"':<>{*-", at[-1]);
}

static bool may_follow(const char *at, const char *end)
{
	return at == end || strchr(" \t])|:\"',>}/*-", *at);
}

static bool is_upper(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)word[i]))
			return false;
	return true;
}

static bool is_bracketed(const char *line, const char *at, size_t len, const char *end)
{
	return at > line && (at[-1] == '[' || at[-1] == '<' || at[-1] == '(') && at + len < end &&
	       strchr("]>)", at[len]);
}

/* In capitals it is said; otherwise it must look like it: "[warn]", "error: …". */
static enum log_level said(const char *line, const char *at, size_t len, const char *end, int nth)
{
	bool bracketed = is_bracketed(line, at, len, end);

	if (len == 1)
		return bracketed || (at + 1 < end && at[1] == '|') ? of_letter(*at) : LEVEL_NONE;
	if (!is_upper(at, len) && !bracketed && !(nth == 0 && at + len < end && at[len] == ':'))
		return LEVEL_NONE;
	return of_word(at, len);
}

static enum log_level of_words(const char *line, const char *end)
{
	int nth = 0;

	for (const char *at = line; at < end;) {
		size_t len = letters(at, end);
		enum log_level level = LEVEL_NONE;

		if (!len) {
			at++;
			continue;
		}
		if (len <= WORD_MAX && may_precede(line, at) && may_follow(at + len, end))
			level = said(line, at, len, end, nth);
		if (level)
			return level;
		at += len;
		nth++;
	}
	return LEVEL_NONE;
}

static const char *at_most(const char *line, size_t len, size_t most)
{
	return line + (len < most ? len : most);
}

enum log_level loglevel_of(const char *line, size_t len)
{
	enum log_level level = LEVEL_NONE;

	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	if (!len)
		return LEVEL_NONE;
	if (*line == '{')
		return of_json(line, at_most(line, len, KEYS_WITHIN));
	if (*line == '<')
		level = of_syslog(line, line + len);
	if (!level)
		level = of_klog(line, line + len);
	if (!level)
		level = of_logfmt(line, at_most(line, len, KEYS_WITHIN));
	return level ? level : of_words(line, at_most(line, len, WORDS_WITHIN));
}
