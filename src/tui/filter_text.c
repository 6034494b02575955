/* filter_text.c - comparing text: whole, in part, by glob. See filter_private.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tui/filter_private.h"

bool filter_text_has(const char *text, const char *part, bool fold)
{
	return fold ? strcasestr(text, part) : strstr(text, part);
}

bool filter_text_is(const char *text, const char *all, bool fold)
{
	return fold ? strcasecmp(text, all) == 0 : strcmp(text, all) == 0;
}

bool filter_text_begins(const char *text, const char *part, bool fold)
{
	size_t len = strlen(part);

	return fold ? strncasecmp(text, part, len) == 0 : strncmp(text, part, len) == 0;
}

bool filter_is_glob(const char *text, size_t len)
{
	return memchr(text, '*', len) || memchr(text, '?', len);
}

static unsigned char folded(char c, bool fold)
{
	return (unsigned char)(fold ? tolower((unsigned char)c) : c);
}

/* "[a-z]" at pattern; its length, or 0 when it has no end: then '[' is itself. */
static size_t class_meets(const char *pattern, char c, bool fold, bool *meets)
{
	const char *at = pattern + 1;
	bool not = *at == '!' || *at == '^', found = false;
	unsigned char wanted = folded(c, fold);

	at += not ;
	for (bool first = true; *at && (first || *at != ']'); first = false) {
		unsigned char low = folded(*at, fold), high = low;

		if (at[1] == '-' && at[2] && at[2] != ']') {
			high = folded(at[2], fold);
			at += 2;
		}
		at++;
		found |= low <= wanted && wanted <= high;
	}
	*meets = found != not ;
	return *at == ']' ? (size_t)(at + 1 - pattern) : 0;
}

/* How much of the pattern one character of text meets; 0: it does not. */
static size_t glob_step(const char *pattern, char c, bool fold)
{
	size_t used;
	bool meets;

	if (*pattern == '?')
		return 1;
	if (*pattern == '[' && (used = class_meets(pattern, c, fold, &meets)))
		return meets ? used : 0;
	if (*pattern == '\\' && pattern[1])
		return folded(pattern[1], fold) == folded(c, fold) ? 2 : 0;
	return *pattern && folded(*pattern, fold) == folded(c, fold) ? 1 : 0;
}

/* Goes back to the last star only, which is enough, and never takes longer than both lengths'
 * product. */
bool filter_glob(const char *pattern, const char *text, bool fold, bool inside)
{
	const char *star = inside ? pattern : NULL, *from = text;

	for (;;) {
		size_t used;

		if (*pattern == '*') {
			star = ++pattern;
			from = text;
			continue;
		}
		if (!*pattern && (!*text || inside))
			return true;
		if (*text && (used = glob_step(pattern, *text, fold))) {
			pattern += used;
			text++;
			continue;
		}
		if (!star || !*from)
			return false;
		pattern = star;
		text = ++from;
	}
}
