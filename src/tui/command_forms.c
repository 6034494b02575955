/* command_forms.c - see command_forms.h. */
#include <string.h>

#include "tui/command_forms.h"
#include "tui/widget/sheet.h"
#include "util/own.h"

static const struct {
	enum context context;
	enum action action;
	const char *before, *after; /* the names stand between them */
} forms[] = {
	{CONTEXT_CONTAINERS, ACTION_START, "start", ""},
	{CONTEXT_CONTAINERS, ACTION_STOP, "stop", ""},
	{CONTEXT_CONTAINERS, ACTION_RESTART, "restart", ""},
	{CONTEXT_CONTAINERS, ACTION_PAUSE, "pause", ""},
	{CONTEXT_CONTAINERS, ACTION_KILL, "kill -s SIGNAL", ""},
	{CONTEXT_CONTAINERS, ACTION_REMOVE, "rm --trash", ""},
	{CONTEXT_CONTAINERS, ACTION_SHELL, "exec -it", " sh"},
	{CONTEXT_CONTAINERS, ACTION_ATTACH, "attach", ""},
	{CONTEXT_CONTAINERS, ACTION_ATTACH_FULL, "attach", ""},
	{CONTEXT_CONTAINERS, ACTION_LOGS, "logs -f", ""},
	{CONTEXT_CONTAINERS, ACTION_INSPECT, "inspect", ""},
	{CONTEXT_CONTAINERS, ACTION_EXEC, "exec", " COMMAND"},
	{CONTEXT_CONTAINERS, ACTION_NEW, "run -d IMAGE", NULL},
	{CONTEXT_CONTAINERS, ACTION_RENAME, "rename", " NAME"},
	{CONTEXT_CONTAINERS, ACTION_LIMITS, "update --memory SIZE --cpus NUMBER", ""},
	{CONTEXT_CONTAINERS, ACTION_COMMIT, "commit", " NAME"},
	{CONTEXT_CONTAINERS, ACTION_STATS, "stats", ""},
	{CONTEXT_CONTAINERS, ACTION_TOP, "top", ""},
	{CONTEXT_CONTAINERS, ACTION_FILES, "diff", ""},
	{CONTEXT_CONTAINERS, ACTION_HOOD, "explain", ""},
	{CONTEXT_CONTAINERS, ACTION_LIFE, "explain --why", ""},
	{CONTEXT_IMAGES, ACTION_FILES, "image layers", ""},
	{CONTEXT_IMAGES, ACTION_NEW, "run -d", ""},
	{CONTEXT_IMAGES, ACTION_TAG, "tag", " NAME"},
	{CONTEXT_IMAGES, ACTION_HISTORY, "history", ""},
	{CONTEXT_IMAGES, ACTION_PULL, "pull IMAGE", NULL},
	{CONTEXT_IMAGES, ACTION_PUSH, "push", ""},
	{CONTEXT_IMAGES, ACTION_SAVE, "save -o FILE", ""},
	{CONTEXT_IMAGES, ACTION_LOAD, "load -i FILE", NULL},
	{CONTEXT_IMAGES, ACTION_USERS, "ps -a --filter ancestor=", ""},
	{CONTEXT_IMAGES, ACTION_INSPECT, "image inspect", ""},
	{CONTEXT_IMAGES, ACTION_REMOVE, "rmi", ""},
	{CONTEXT_IMAGES, ACTION_PULL, "pull NAME", NULL},
	{CONTEXT_IMAGES, ACTION_PUSH, "push", ""},
	{CONTEXT_IMAGES, ACTION_SAVE, "save -o FILE", ""},
	{CONTEXT_IMAGES, ACTION_LOAD, "load -i FILE", NULL},
	{CONTEXT_BUILDS, ACTION_OPEN, "jobs follow", ""},
	{CONTEXT_BUILDS, ACTION_END, "jobs cancel", ""},
	{CONTEXT_BUILDS, ACTION_REMOVE, "jobs rm", ""},
	{CONTEXT_BUILD, ACTION_END, "jobs cancel", ""},
	{CONTEXT_JOB, ACTION_END, "jobs cancel", ""},
	{CONTEXT_GLOBAL, ACTION_BUILD, "build .", NULL},
	{CONTEXT_GLOBAL, ACTION_BUILDS, "jobs ls -a --filter kind=build", NULL},
	{CONTEXT_GLOBAL, ACTION_JOBS, "jobs ls", NULL},
	{CONTEXT_RESOURCES, ACTION_RESTORE, "trash restore", ""},
	{CONTEXT_RESOURCES, ACTION_PRUNE, "system prune", NULL},
	{CONTEXT_RESOURCES, ACTION_PICTURE, "network inspect --tree", NULL},
	{CONTEXT_RESOURCES, ACTION_REFRESH, "system df -v", NULL},
	{CONTEXT_RESOURCES, ACTION_INSPECT, "inspect", ""},
	{CONTEXT_GLOBAL, ACTION_RESOURCES, "system df", NULL},
	{CONTEXT_GLOBAL, ACTION_UNDO, "undo", NULL},
	{CONTEXT_GLOBAL, ACTION_CONTAINERS, "ps -a", NULL},
	{CONTEXT_GLOBAL, ACTION_IMAGES, "images", NULL},
	{CONTEXT_GLOBAL, ACTION_JOURNAL, "events --since 1h", NULL},
	{CONTEXT_GLOBAL, ACTION_JOBS, "jobs ls", NULL},
	{CONTEXT_GLOBAL, ACTION_BUILD, "build .", NULL},
};

bool command_form(
	enum context context, enum action action, const struct strs *names, struct buf *out)
{
	for (size_t i = 0; i < array_len(forms); i++) {
		bool joined = str_has_suffix(forms[i].before, "=");

		if (forms[i].action != action || forms[i].context != context)
			continue;
		buf_addf(out, "davit %s", forms[i].before);
		for (size_t n = 0; forms[i].after && n < names->len; n++) {
			if (!joined)
				buf_addc(out, ' ');
			sheet_quote(out, names->v[n]);
		}
		buf_adds(out, forms[i].after ? forms[i].after : "");
		return true;
	}
	return false;
}

bool command_is_word(const char *word, size_t len)
{
	static const char words[] =
		" attach boot bootstrap bring build builder buildx commit completion container cp create "
		"df diff doctor events exec explain export history image images import info inspect "
		"jobs kill load login logout logs network node pause port ps pull push rename restart "
		"rm rmi run save search serve service slim stack start stats stop swarm system tag top "
		"trash undo unpause update version volume wait ";
	char padded[24];

	if (len == 0 || len + 2 >= sizeof(padded))
		return false;
	padded[0] = ' ';
	memcpy(padded + 1, word, len);
	padded[len + 1] = ' ';
	padded[len + 2] = '\0';
	return strstr(words, padded);
}

bool command_only_reads(const struct strs *words)
{
	static const char *const verbs[] = {"df", "diff", "doctor", "events", "explain", "history",
		"images", "info", "inspect", "logs", "port", "ps", "search", "stats", "top",
		"version"};
	static const char *const below[] = {"ls", "list", "inspect", "ps", "logs", "df", "history",
		"layers", "tree", "waste", "why", "info", "events", "stats", "top", "port", "diff"};
	size_t at = words->len > 1 && strcmp(words->v[1], "--read-only") == 0 ? 2 : 1;
	const char *verb = words->len > at ? words->v[at] : "";
	const char *second = words->len > at + 1 ? words->v[at + 1] : "";

	for (size_t i = 0; i < array_len(verbs); i++)
		if (strcmp(verbs[i], verb) == 0)
			return true;
	if (strcmp(verb, "container") != 0 && strcmp(verb, "image") != 0 &&
		strcmp(verb, "volume") != 0 && strcmp(verb, "network") != 0 &&
		strcmp(verb, "system") != 0 && strcmp(verb, "trash") != 0)
		return false;
	for (size_t i = 0; i < array_len(below); i++)
		if (strcmp(below[i], second) == 0)
			return true;
	return false;
}

int command_words(const char *line, bool read_only, struct strs *words)
{
	strs_add(words, "davit");
	if (read_only)
		strs_add(words, "--read-only");
	return sheet_words(line, words);
}

/* "-it", "-ti", "-t", "--tty", but not what follows the names. */
static bool is_terminal_flag(const char *word)
{
	if (strcmp(word, "--tty") == 0 || strcmp(word, "--interactive") == 0)
		return true;
	return word[0] == '-' && word[1] != '-' && word[1] &&
	       word[1 + strspn(word + 1, "itd")] == '\0' && !strchr(word, 'd');
}

bool command_wants_terminal(const struct strs *words)
{
	const char *verb = words->len > 1 ? words->v[1] : "";
	size_t from = 2;

	if (strcmp(verb, "container") == 0 && words->len > 2)
		verb = words->v[from++];
	if (strcmp(verb, "attach") == 0 || strcmp(verb, "login") == 0)
		return true;
	if (strcmp(verb, "run") != 0 && strcmp(verb, "exec") != 0 && strcmp(verb, "start") != 0)
		return false;
	for (size_t i = from; i < words->len && words->v[i][0] == '-'; i++)
		if (is_terminal_flag(words->v[i]) ||
			(strcmp(verb, "start") == 0 && strcmp(words->v[i], "-a") == 0))
			return true;
	return false;
}
