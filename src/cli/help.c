#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "util/own.h"
#include "util/strs.h"

enum {
	WIDTH = 80,
	GROUP_MAX = 64, /* commands of one group */
};

static const struct {
	const char *name, *summary;
} groups[] = {
	{"builder", "Manage builds"},
	{"container", "Manage containers"},
	{"image", "Manage images"},
	{"jobs", "Manage jobs: work that outlives whoever started it"},
	{"keeper", "Manage what keeps an ordinary user's namespaces"},
	{"network", "Manage networks"},
	{"system", "Manage davit"},
	{"tape", "Record and play what a terminal shows"},
	{"trash", "Bring back what was removed"},
	{"volume", "Manage volumes"},
};

static const char *const common[] = {"run", "exec", "ps", "build", "pull", "images", "logs",
	"attach", "explain", "version", "info", NULL};

const struct option global_options[] = {
	{"debug", 'D', OPTION_BOOL, NULL, "Say on standard error how long a command took",
		offsetof(struct cli, debug)},
	{"mouse", 0, OPTION_BOOL, NULL, "The screen: clicks and the wheel",
		offsetof(struct cli, mouse)},
	{"plain", 0, OPTION_BOOL, NULL, "The screen: line by line, for screen readers and pipes",
		offsetof(struct cli, plain)},
	{"read-only", 0, OPTION_BOOL, NULL,
		"Change nothing: what would is refused, by the kernel too",
		offsetof(struct cli, read_only)},
	{"root", 0, OPTION_STRING, "dir",
		"Where images and containers are kept (default $DAVIT_ROOT, or \"/var/lib/davit\"; not root: ~/.local/share/davit)",
		offsetof(struct cli, root)},
	{"run-root", 0, OPTION_STRING, "dir",
		"Where the state of what runs is kept (default $DAVIT_RUN_ROOT, or \"/run/davit\"; not root: $XDG_RUNTIME_DIR/davit)",
		offsetof(struct cli, run_root)},
	{"slow", 0, OPTION_BOOL, NULL, "The screen: fewer bytes, as over a slow line",
		offsetof(struct cli, slow)},
	{"version", 'v', OPTION_BOOL, NULL, "Print version information and quit",
		offsetof(struct cli, version)},
	{NULL, 0, 0, NULL, NULL, 0},
};

/* Words of text from column on, with that much indentation after a break. */
static void put_wrapped(struct buf *out, const char *text, size_t column)
{
	size_t at = column;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			buf_addf(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			buf_addc(out, ' ');
			at++;
		}
		buf_add(out, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_addc(out, '\n');
}

static void put_left(struct buf *out, const struct option *option)
{
	const char *word = option_value_word(option);

	if (option->letter)
		buf_addf(out, "  -%c, --%s", option->letter, option->name);
	else
		buf_addf(out, "      --%s", option->name);
	if (word)
		buf_addf(out, " %s", word);
}

static bool is_shown(const struct option *option)
{
	return option->help && option->kind != OPTION_LATER;
}

/* Every option that is shown, by name. */
static size_t gather(const struct syntax *syntax, const struct option **out, size_t room)
{
	size_t len = 0;

	for (size_t i = 0; syntax->tables && syntax->tables[i]; i++) {
		for (const struct option *option = syntax->tables[i]; option->name; option++) {
			size_t at = len;

			if (!is_shown(option) || len == room)
				continue;
			for (; at && strcmp(out[at - 1]->name, option->name) > 0; at--)
				out[at] = out[at - 1];
			out[at] = option;
			len++;
		}
	}
	return len;
}

static void put_help(struct buf *out, const struct option *option, size_t column)
{
	auto_buf text = BUF_INIT;

	if (option->kind == OPTION_REFUSED)
		buf_adds(&text, "Not supported: ");
	buf_adds(&text, option->help);
	put_wrapped(out, buf_text(&text), column);
}

static void put_options(struct buf *out, const char *title, const struct syntax *syntax)
{
	const struct option *options[128];
	size_t len = gather(syntax, options, array_len(options)), column = 0;

	if (!len)
		return;
	for (size_t i = 0; i < len; i++) {
		auto_buf left = BUF_INIT;

		put_left(&left, options[i]);
		if (left.len + 3 > column)
			column = left.len + 3;
	}
	buf_addf(out, "\n%s:\n", title);
	for (size_t i = 0; i < len; i++) {
		size_t begin = out->len, fill;

		put_left(out, options[i]);
		fill = column - (out->len - begin);
		buf_addf(out, "%*s", (int)fill, "");
		put_help(out, options[i], column);
	}
}

/* A command's name within a group ("ls" of "image ls"), or NULL. */
static const char *name_in(const struct command *command, const char *group)
{
	size_t len = strlen(group);

	for (int i = 0; i < NAMES_MAX && command->names[i]; i++)
		if (strncmp(command->names[i], group, len) == 0 && command->names[i][len] == ' ')
			return command->names[i] + len + 1;
	return NULL;
}

/* Its name without a group, or NULL. */
static const char *plain_name(const struct command *command)
{
	for (int i = 0; i < NAMES_MAX && command->names[i]; i++)
		if (!strchr(command->names[i], ' '))
			return command->names[i];
	return NULL;
}

static void put_command(struct buf *out, const char *name, const char *summary)
{
	buf_addf(out, "  %-11s %s\n", name, summary);
}

bool help_has_group(const char *group)
{
	for (size_t i = 0; i < array_len(groups); i++)
		if (str_eq(groups[i].name, group))
			return true;
	return false;
}

struct named {
	const char *name, *summary;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The table of commands is in the order of their first names, which are not always these. */
static void put_group(const char *heading, const char *group, struct buf *out)
{
	struct named rows[GROUP_MAX];
	size_t n = 0;

	for (const struct command *const *command = commands; *command && n < GROUP_MAX;
		command++) {
		const char *name = name_in(*command, group);

		if (name && (*command)->summary)
			rows[n++] = (struct named){name, (*command)->summary};
	}
	qsort(rows, n, sizeof(*rows), by_name);
	if (n)
		buf_adds(out, heading);
	for (size_t i = 0; i < n; i++)
		put_command(out, rows[i].name, rows[i].summary);
}

void help_command(const struct command *command, const char *spelling, struct buf *out)
{
	buf_addf(out, "Usage:  davit %s%s%s\n", spelling, *command->usage ? " " : "",
		command->usage);
	if (command->summary)
		buf_addf(out, "\n%s\n", command->summary);
	if (command->names[1]) {
		buf_adds(out, "\nAliases:\n  ");
		for (int i = 0; i < NAMES_MAX && command->names[i]; i++)
			buf_addf(out, "%sdavit %s", i ? ", " : "", command->names[i]);
		buf_addc(out, '\n');
	}
	put_options(out, "Options", &command->syntax);
	put_group("\nCommands:\n", spelling, out);
}

void help_group(const char *group, struct buf *out)
{
	buf_addf(out, "Usage:  davit %s COMMAND\n", group);
	for (size_t i = 0; i < array_len(groups); i++)
		if (str_eq(groups[i].name, group))
			buf_addf(out, "\n%s\n", groups[i].summary);
	put_group("\nCommands:\n", group, out);
	buf_addf(
		out, "\nRun 'davit %s COMMAND --help' for more information on a command.\n", group);
}

static bool is_common(const char *name)
{
	for (size_t i = 0; common[i]; i++)
		if (str_eq(common[i], name))
			return true;
	return false;
}

static void put_common(struct buf *out)
{
	buf_adds(out, "\nCommon Commands:\n");
	for (size_t i = 0; common[i]; i++)
		for (const struct command *const *command = commands; *command; command++)
			if (str_eq(plain_name(*command), common[i]))
				put_command(out, common[i], (*command)->summary);
}

static void put_others(struct buf *out)
{
	buf_adds(out, "\nCommands:\n");
	for (const struct command *const *command = commands; *command; command++) {
		const char *name = plain_name(*command);

		if (name && (*command)->summary && !is_common(name))
			put_command(out, name, (*command)->summary);
	}
}

void help_all(struct buf *out)
{
	static const struct option *const tables[] = {global_options, NULL};
	const struct syntax syntax = {.tables = tables};

	buf_adds(out, "Usage:  davit [OPTIONS] COMMAND\n"
		      "        davit\n\n"
		      "Containers and images, without a daemon; alone, it opens the screen\n");
	put_common(out);
	buf_adds(out, "\nManagement Commands:\n");
	for (size_t i = 0; i < array_len(groups); i++)
		put_command(out, groups[i].name, groups[i].summary);
	put_others(out);
	put_options(out, "Global Options", &syntax);
	buf_adds(out, "\nRun 'davit COMMAND --help' for more information on a command.\n");
}
