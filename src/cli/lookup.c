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

/* "lesson ls" is meant before "lesson" with an operand. */
const struct command *command_find(int argc, char **argv, int *used, const char **spelling)
{
	const struct command *found = NULL;

	*used = 0;
	for (const struct command *const *command = commands; *command; command++) {
		for (int i = 0; i < NAMES_MAX && (*command)->names[i]; i++) {
			int words = match((*command)->names[i], argc, argv);

			if (words <= *used)
				continue;
			*used = words;
			*spelling = (*command)->names[i];
			found = *command;
		}
	}
	return found;
}

const char *command_guess(const char *typed)
{
	const char *best = NULL;
	size_t best_distance = strlen(typed) / 3 + 2;

	for (const struct command *const *command = commands; *command; command++) {
		for (int i = 0; i < NAMES_MAX && (*command)->names[i]; i++) {
			const char *name = (*command)->names[i];
			size_t far = str_distance(typed, name);

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
