#include <string.h>

#include "cli/cli.h"
#include "util/own.h"
#include "util/strs.h"

/* How many words of argv spell this name; 0: it is another one. */
static int match(const char *name, int argc, char **argv)
{
	const char *space = strchr(name, ' ');

	if (!space)
		return argc > 0 && str_eq(name, argv[0]) ? 1 : 0;
	if (argc < 2 || strncmp(name, argv[0], (size_t)(space - name)) != 0 ||
		argv[0][space - name] || !str_eq(space + 1, argv[1]))
		return 0;
	return 2;
}

const struct command *command_find(int argc, char **argv, int *used, const char **spelling)
{
	for (const struct command *const *command = commands; *command; command++) {
		for (int i = 0; i < NAMES_MAX && (*command)->names[i]; i++) {
			*used = match((*command)->names[i], argc, argv);
			if (!*used)
				continue;
			*spelling = (*command)->names[i];
			return *command;
		}
	}
	return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;

	return low < c ? low : c;
}

/* Levenshtein's distance, of short words only. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	if (len >= array_len(row))
		return len;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t above = row[j];

			row[j] =
				least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

const char *command_guess(const char *typed)
{
	const char *best = NULL;
	size_t best_distance = strlen(typed) / 3 + 2;

	for (const struct command *const *command = commands; *command; command++) {
		for (int i = 0; i < NAMES_MAX && (*command)->names[i]; i++) {
			const char *name = (*command)->names[i];
			size_t far = distance(typed, name);

			if (!(*command)->summary || far >= best_distance)
				continue;
			best_distance = far;
			best = name;
		}
	}
	return best;
}

bool command_comes_later(const char *word)
{
	static const char *const words[] = {"checkpoint", "compose", "config", "context",
		"manifest", "plugin", "secret", "trust"};

	for (size_t i = 0; i < array_len(words); i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}
