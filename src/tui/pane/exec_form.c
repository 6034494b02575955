/* exec_form.c - any command in a container, and a shell beside one that has none; see forms.h. */
#include <stdio.h>

#include "tui/pane/forms.h"
#include "tui/pane/sheet.h"

enum field { COMMAND, USER, DIRECTORY, ENV, TERMINAL, PRIVILEGED, FIELDS };

static const struct sheet_field fields[FIELDS] = {
	[COMMAND] = {SHEET_TEXT, "Command", "with its arguments; nothing is expanded", NULL},
	[USER] = {SHEET_TEXT, "User", "empty: as the container's own; or a name or uid[:gid]",
		NULL},
	[DIRECTORY] = {SHEET_TEXT, "Directory", "empty: the container's own", NULL},
	[ENV] = {SHEET_TEXT, "Environment", "such as KEY=value", NULL},
	[TERMINAL] = {SHEET_TOGGLE, "Terminal", "one of its own", NULL},
	[PRIVILEGED] = {SHEET_TOGGLE, "Privileged", "with every capability", NULL},
};

/* Whom it is for; owned by the form. */
struct aim {
	char id[65], name[136];
};

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	const struct aim *aim = arg;
	auto_strs env = STRS_INIT;

	strs_add(words, "davit");
	strs_add(words, "exec");
	strs_add(words, sheet_is_on(sheet, TERMINAL) ? "-it" : "-i");
	if (sheet_is_on(sheet, PRIVILEGED))
		strs_add(words, "--privileged");
	if (sheet_is_on(sheet, USER)) {
		strs_add(words, "-u");
		strs_add(words, sheet_get(sheet, USER));
	}
	if (sheet_is_on(sheet, DIRECTORY)) {
		strs_add(words, "-w");
		strs_add(words, sheet_get(sheet, DIRECTORY));
	}
	sheet_words(sheet_get(sheet, ENV), &env);
	for (size_t i = 0; i < env.len; i++) {
		strs_add(words, "-e");
		strs_add(words, env.v[i]);
	}
	strs_add(words, aim->name);
	sheet_words(sheet_get(sheet, COMMAND), words);
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	auto_strs words = STRS_INIT;

	(void)arg;
	if (field != COMMAND && field != ENV)
		return;
	if (sheet_words(sheet_get(sheet, field), &words) < 0)
		buf_adds(mistake, "A quote is not closed");
	else if (field == COMMAND && !words.len)
		buf_adds(mistake, "Name a command");
}

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	const struct aim *aim = arg;
	struct exec_request request;
	int failed;

	exec_request_init(&request);
	sheet_words(sheet_get(sheet, COMMAND), &request.command);
	sheet_words(sheet_get(sheet, ENV), &request.env);
	request.user = sheet_is_on(sheet, USER) ? sheet_get(sheet, USER) : NULL;
	request.workdir = sheet_is_on(sheet, DIRECTORY) ? sheet_get(sheet, DIRECTORY) : NULL;
	request.tty = sheet_is_on(sheet, TERMINAL);
	request.stdin_open = true;
	request.privileged = sheet_is_on(sheet, PRIVILEGED);
	failed = terminal_exec(app, aim->id, &request, err);
	exec_request_fini(&request);
	return failed;
}

void exec_form_open(struct app *app, const struct row *row)
{
	struct aim *aim = calloc(1, sizeof(*aim));
	struct sheet_wish wish = {
		.verb = "run it",
		.shape = {fields, FIELDS, check, command, NULL},
		.arg = aim,
		.arg_free = free,
		.run = run,
	};
	char title[200];
	struct sheet *sheet;
	struct pane *pane;

	if (!aim)
		return;
	memcpy(aim->id, row->c.id, sizeof(aim->id));
	snprintf(aim->name, sizeof(aim->name), "%s", row->c.name);
	snprintf(title, sizeof(title), "A command in %s", row->c.name);
	wish.title = title;
	pane = sheet_pane_new(app, &wish, &sheet);
	if (pane)
		sheet_set(sheet, TERMINAL, "yes");
	app_push(app, pane);
}

/* ---- a shell beside it ---- */

#define DEBUG_IMAGE "davit/demo"

static bool has_debug_image(struct app *app)
{
	size_t count;
	const struct image_entry *images = model_images(app_model(app), &count);

	for (size_t i = 0; i < count; i++)
		if (str_has_prefix(images[i].reference, DEBUG_IMAGE ":"))
			return true;
	return false;
}

/* In its process and network namespaces, with its files below /proc/1/root. */
static void open_debug(struct app *app, void *arg, int index)
{
	struct container_request request;
	const char *id = arg;
	char beside[80];
	struct err err;

	if (index != 1)
		return;
	snprintf(beside, sizeof(beside), "container:%s", id);
	container_request_init(&request);
	request.image = DEBUG_IMAGE;
	request.tty = request.stdin_open = request.auto_remove = true;
	request.pid_mode = beside;
	strs_add(&request.networks, beside);
	strs_add(&request.cap_add, "SYS_PTRACE");
	strs_add(&request.command, "sh");
	if (terminal_run(app, "debug shell for", id, &request, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	container_request_fini(&request);
}

void debug_ask(struct app *app, const struct row *row)
{
	static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Open"}};
	char title[200], command[400];
	const char *lines[] = {"A shell of " DEBUG_IMAGE
			       " can run beside it: it sees its processes",
		"and its network, and its files are below /proc/1/root.", "", command};
	struct pane *dialog;
	char *id;

	if (!has_debug_image(app)) {
		app_toast(app, ROLE_WARN,
			"%s: there is no shell in its image. davit run --rm " DEBUG_IMAGE
			" true brings one to look at it with",
			row->c.name);
		return;
	}
	snprintf(title, sizeof(title), "%s has no shell. Open a debug shell?", row->c.name);
	snprintf(command, sizeof(command),
		"davit run --rm -it --pid container:%s --network container:%s "
		"--cap-add SYS_PTRACE " DEBUG_IMAGE " sh",
		row->c.name, row->c.name);
	id = strdup(row->c.id);
	dialog = id ? dialog_new(app, title, lines, array_len(lines), choices, array_len(choices),
			      1, open_debug, id)
		    : NULL;
	if (!dialog)
		free(id);
	app_push(app, dialog);
}
