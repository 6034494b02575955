/* typed.c - see typed.h. */
#include <stdio.h>
#include <string.h>

#include "tui/command_forms.h"
#include "tui/pane/pane.h"
#include "tui/typed.h"
#include "tui/widget/prompt.h"

/* ---- settings ---- */

struct kept {
	char name[60], value[500];
};

static void on_keep(struct app *app, void *arg, int index)
{
	const struct kept *kept = arg;
	struct err err;

	if (index != 0)
		return;
	if (app_set(app, kept->name, kept->value, true, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		app_toast(app, ROLE_OK, "%s = %s, kept in %s", kept->name, kept->value,
			*keep_path(app_keep(app)) ? keep_path(app_keep(app)) : "this session");
}

static void ask_to_keep(struct app *app, const char *name, const char *value)
{
	static const struct choice choices[] = {{'y', "Keep"}, {'n', "Only now"}};
	struct kept *kept = calloc(1, sizeof(*kept));
	char title[120], line[700];
	const char *lines[] = {line};
	struct pane *dialog = NULL;

	snprintf(title, sizeof(title), "%s is %.60s", name, *value ? value : "empty");
	snprintf(line, sizeof(line), "Keep it for next time, too?");
	if (kept) {
		snprintf(kept->name, sizeof(kept->name), "%s", name);
		snprintf(kept->value, sizeof(kept->value), "%s", value);
		dialog = dialog_new(app, title, lines, 1, choices, 2, 0, on_keep, kept);
	}
	if (!dialog)
		free(kept);
	app_push(app, dialog);
}

static void set(struct app *app, const char *name, const char *value)
{
	struct err err;

	if (app_set(app, name, value, false, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		ask_to_keep(app, name, value);
}

/* The words after "set": "theme light", or "theme" alone, which asks. */
static void do_set(struct app *app, const char *rest)
{
	char name[60];
	size_t len = strcspn(rest, " =");
	const struct setting *setting;

	snprintf(name, sizeof(name), "%.*s", (int)len, rest);
	rest += len + strspn(rest + len, " =");
	setting = settings_find(name);
	if (*rest || !setting) {
		set(app, name, rest);
		return;
	}
	app_toast(app, ROLE_INFO, "%s is %s%s%s", name,
		*app_setting(app, name) ? app_setting(app, name) : "empty",
		setting->choices ? "; there are " : "", setting->choices ? setting->choices : "");
}

static void do_keys(struct app *app, const char *rest)
{
	set(app, "keys", *rest ? rest : "default");
}

/* ---- filters ---- */

static void do_save(struct app *app, const char *rest)
{
	const char *filter = app_last_filter(app);
	char name[PROMPT_MAX + 8];
	struct err err;

	rest += str_has_prefix(rest, "filter ") ? 7 : 0;
	if (!*filter) {
		app_toast(app, ROLE_WARN, "There is no filter to save: type one with /");
		return;
	}
	snprintf(name, sizeof(name), "filter.%s", rest);
	if (app_set(app, name, filter, true, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		app_toast(app, ROLE_OK, "@%s is %s", rest, filter);
}

static void do_forget(struct app *app, const char *rest)
{
	char name[PROMPT_MAX + 8];
	struct err err;

	rest += str_has_prefix(rest, "filter ") ? 7 : 0;
	snprintf(name, sizeof(name), "filter.%s", rest);
	if (!settings_filter(keep_settings(app_keep(app)), rest))
		app_toast(app, ROLE_WARN, "No filter is saved as %s", rest);
	else if (app_set(app, name, "", true, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		app_toast(app, ROLE_OK, "@%s is forgotten", rest);
}

/* ---- the rest of the screen's words ---- */

static void do_help(struct app *app, const char *rest)
{
	app_push(app, *rest ? manual_new(app, rest, 0) : help_new(app));
}

static void do_cli(struct app *app, const char *rest)
{
	const char *line = app_last_command(app);

	(void)rest;
	if (*line)
		app_copy(app, line, line, strlen(line));
	else
		app_toast(app, ROLE_INFO, "Nothing was done yet that a command line does");
}

static void do_quit(struct app *app, const char *rest)
{
	(void)rest;
	app_wish(app, WISH_QUIT);
}

static const struct {
	const char *word;
	void (*run)(struct app *app, const char *rest);
} words[] = {
	{"set", do_set},
	{"keys", do_keys},
	{"forget", do_forget},
	{"help", do_help},
	{"cli", do_cli},
	{"q", do_quit},
	{"quit", do_quit},
};

/* Which of the words text begins with; -1: none. "save" is davit's own word too: "save filter". */
static int find_word(const char *text, const char **rest)
{
	size_t len = strcspn(text, " ");

	*rest = text + len + strspn(text + len, " ");
	for (size_t i = 0; i < array_len(words); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, text, len) == 0)
			return (int)i;
	return -1;
}

static bool is_save(const char *text)
{
	return str_has_prefix(text, "save filter ") && text[12];
}

bool typed_is_words(const char *text)
{
	const char *rest;
	int word = find_word(text, &rest);

	return is_save(text) || (word >= 0 && (*rest || words[word].run == do_quit));
}

/* ---- davit's command lines ---- */

static void run_line(struct app *app, const char *text)
{
	auto_strs argv = STRS_INIT;
	char title[420];
	struct err err;

	if (command_words(text, app_is_read_only(app), &argv) < 0) {
		app_toast(app, ROLE_BAD, "%s: a quote is not closed", text);
		return;
	}
	snprintf(title, sizeof(title), "davit %s", text);
	if (!command_only_reads(&argv) && app_refuses(app, title))
		return;
	app_did(app, "%s", title);
	if (command_wants_terminal(&argv))
		app_run_on_terminal(app, &argv);
	else if (output_open(app, title, &argv, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

void typed_do(struct app *app, const char *text)
{
	const char *rest;
	char line[PROMPT_MAX];
	int word;

	text += strspn(text, " :");
	text += str_has_prefix(text, "davit ") ? 6 : 0;
	snprintf(line, sizeof(line), "%s", text);
	for (size_t len = strlen(line); len && line[len - 1] == ' ';)
		line[--len] = '\0';
	if (!*line)
		return;
	keep_remember(app_keep(app), line);
	word = find_word(line, &rest);
	if (is_save(line))
		do_save(app, line + 5);
	else if (word >= 0)
		words[word].run(app, rest);
	else
		run_line(app, line);
}
