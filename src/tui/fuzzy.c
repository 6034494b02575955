/* fuzzy.c - see fuzzy.h. A word that the text contains as it is beats any scattered one. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tui/fuzzy.h"

enum { WORD_MAX = 40 };
enum { POINT = 1, AT_START = 8, NEXT_TO = 6, WHOLE = 40, FIRST = 10 };

static bool begins_word(const char *text, size_t at)
{
	return at == 0 || !isalnum((unsigned char)text[at - 1]);
}

static void hit(uint64_t *hits, size_t at)
{
	if (hits && at < FUZZY_TEXT_MAX)
		hits[at / 64] |= 1ull << at % 64;
}

static int score_part(const char *word, size_t len, const char *text, uint64_t *hits)
{
	const char *found = strcasestr(text, word), *better = found;

	if (!found)
		return 0;
	/* The first that begins a word, where there is one. */
	while (better && !begins_word(text, (size_t)(better - text)))
		better = strcasestr(better + 1, word);
	found = better ? better : found;
	for (size_t i = 0; i < len; i++)
		hit(hits, (size_t)(found - text) + i);
	return WHOLE + (int)len * NEXT_TO + (better ? AT_START : 0) + (found == text ? FIRST : 0);
}

/* Takes each letter where it comes first, but the beginning of a later word where it is one. */
static int score_scattered(const char *word, const char *text, uint64_t *hits)
{
	int score = POINT;
	size_t at = 0, last = (size_t)-2;

	for (; *word; word++, at++) {
		size_t from = at, start;

		while (text[at] &&
			tolower((unsigned char)text[at]) != tolower((unsigned char)*word))
			at++;
		if (!text[at])
			return 0;
		for (start = at; text[start]; start++)
			if (begins_word(text, start) && tolower((unsigned char)text[start]) ==
								tolower((unsigned char)*word))
				break;
		if (at != last + 1 && text[start] && !begins_word(text, at) && from <= start)
			at = start;
		score += at == last + 1 ? NEXT_TO : begins_word(text, at) ? AT_START : POINT;
		hit(hits, at);
		last = at;
	}
	return score;
}

static int score_word(const char *word, size_t len, const char *text, uint64_t *hits)
{
	int score = score_part(word, len, text, hits);

	return score || len < 2 ? score : score_scattered(word, text, hits);
}

int fuzzy_score(const char *pattern, const char *text, uint64_t hits[FUZZY_TEXT_MAX / 64 + 1])
{
	char word[WORD_MAX + 1], cut[FUZZY_TEXT_MAX + 1];
	int sum = 1;

	if (hits)
		memset(hits, 0, (FUZZY_TEXT_MAX / 64 + 1) * sizeof(*hits));
	strncpy(cut, text, FUZZY_TEXT_MAX);
	cut[FUZZY_TEXT_MAX] = '\0';
	for (pattern += strspn(pattern, " "); *pattern; pattern += strspn(pattern, " ")) {
		size_t len = strcspn(pattern, " "), used = len < WORD_MAX ? len : WORD_MAX;
		int score;

		memcpy(word, pattern, used);
		word[used] = '\0';
		score = score_word(word, used, cut, hits);
		if (!score)
			return 0;
		sum += score;
		pattern += len;
	}
	return sum;
}
