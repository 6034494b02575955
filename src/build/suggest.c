#include "build/suggest.h"

#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 63, EDITS_MAX = 2 };

static bool same(char a, char b, bool any_case)
{
	return any_case ? tolower((unsigned char)a) == tolower((unsigned char)b) : a == b;
}

static int smallest(int a, int b, int c)
{
	int low = a < b ? a : b;

	return low < c ? low : c;
}

/* Levenshtein's distance, one row at a time. */
static int distance(const char *a, const char *b, bool any_case)
{
	int row[WORD_MAX + 1], len = (int)strlen(b);

	for (int j = 0; j <= len; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= len; j++) {
			int above = row[j];

			row[j] = smallest(above + 1, row[j - 1] + 1,
				diagonal + !same(a[i - 1], b[j - 1], any_case));
			diagonal = above;
		}
	}
	return row[len];
}

/* Letters in another order are the likelier slip. */
static bool are_shuffled(const char *a, const char *b, bool any_case)
{
	size_t len = strlen(a);

	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		size_t here = 0, there = 0;

		for (size_t j = 0; j < len; j++) {
			here += same(a[i], a[j], any_case);
			there += same(a[i], b[j], any_case);
		}
		if (here != there)
			return false;
	}
	return true;
}

const char *suggest(const char *word, const char *const *options, size_t len, bool any_case)
{
	const char *best = NULL;
	int least = EDITS_MAX + 1;

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		int edits;

		if (strlen(options[i]) > WORD_MAX)
			continue;
		edits = distance(word, options[i], any_case);
		if (edits == 0)
			return NULL;
		if (edits < least || (edits == least && least <= EDITS_MAX &&
					     are_shuffled(word, options[i], any_case))) {
			least = edits;
			best = options[i];
		}
	}
	return best;
}
