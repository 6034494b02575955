/* run_form.c - a container from an image: what it is, as a form; see forms.h. */
#include <ctype.h>
#include <stdio.h>

#include "tui/pane/forms.h"
#include "tui/pane/sheet.h"
#include "tui/quantity.h"

enum field {
	IMAGE,
	NAME,
	COMMAND,
	PORTS,
	ENV,
	VOLUMES,
	NETWORK,
	RESTART,
	MEMORY,
	CPUS,
	USER,
	TERMINAL,
	REMOVE,
	START,
	FIELDS
};

static const char *const restarts[] = {"no", "always", "unless-stopped", "on-failure", NULL};

static const struct sheet_field fields[FIELDS] = {
	[IMAGE] = {SHEET_TEXT, "Image", "a name, or an id, of an image that is here", NULL},
	[NAME] = {SHEET_TEXT, "Name", "empty: one is made up", NULL},
	[COMMAND] = {SHEET_TEXT, "Command", "empty: the image's own", NULL},
	[PORTS] = {SHEET_TEXT, "Ports", "such as 8080:80 127.0.0.1:53:53/udp", NULL},
	[ENV] = {SHEET_TEXT, "Environment", "such as KEY=value 'OTHER=two words'", NULL},
	[VOLUMES] = {SHEET_TEXT, "Volumes", "such as data:/var/lib/data /etc/app:/etc/app:ro",
		NULL},
	[NETWORK] = {SHEET_TEXT, "Network", "empty: the default bridge; or a name, host, none",
		NULL},
	[RESTART] = {SHEET_CHOICE, "Restart", "when its command ends by itself", restarts},
	[MEMORY] = {SHEET_TEXT, "Memory", "a limit such as 512m or 1.5g", NULL},
	[CPUS] = {SHEET_TEXT, "CPUs", "a limit such as 0.5 or 2", NULL},
	[USER] = {SHEET_TEXT, "User", "empty: the image's own; or a name or uid[:gid]", NULL},
	[TERMINAL] = {SHEET_TOGGLE, "Terminal", "one of its own, opened here", NULL},
	[REMOVE] = {SHEET_TOGGLE, "Remove after", "the container goes when it ends", NULL},
	[START] = {SHEET_TOGGLE, "Start it", "no: it is only created", NULL},
};

/* ---- what it says ---- */

static void each(
	const struct sheet *sheet, enum field field, const char *option, struct strs *words)
{
	auto_strs list = STRS_INIT;

	if (sheet_words(sheet_get(sheet, field), &list) < 0)
		return;
	for (size_t i = 0; i < list.len; i++) {
		if (option)
			strs_add(words, option);
		strs_add(words, list.v[i]);
	}
}

static void option(
	const struct sheet *sheet, enum field field, const char *option, struct strs *words)
{
	if (!sheet_is_on(sheet, field))
		return;
	strs_add(words, option);
	strs_add(words, sheet_get(sheet, field));
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	bool starts = sheet_is_on(sheet, START), terminal = sheet_is_on(sheet, TERMINAL);

	(void)arg;
	strs_add(words, "davit");
	strs_add(words, starts ? "run" : "create");
	if (terminal)
		strs_add(words, "-it");
	else if (starts)
		strs_add(words, "-d");
	if (sheet_is_on(sheet, REMOVE))
		strs_add(words, "--rm");
	option(sheet, NAME, "--name", words);
	each(sheet, PORTS, "-p", words);
	each(sheet, ENV, "-e", words);
	each(sheet, VOLUMES, "-v", words);
	option(sheet, NETWORK, "--network", words);
	if (strcmp(sheet_get(sheet, RESTART), "no") != 0)
		option(sheet, RESTART, "--restart", words);
	option(sheet, MEMORY, "-m", words);
	option(sheet, CPUS, "--cpus", words);
	option(sheet, USER, "-u", words);
	strs_add(words, sheet_is_on(sheet, IMAGE) ? sheet_get(sheet, IMAGE) : "IMAGE");
	each(sheet, COMMAND, NULL, words);
}

/* ---- what is wrong with it ---- */

static bool is_name(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && (at == text || !strchr("_.-", *at)))
			return false;
	return strlen(text) > 1;
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	const char *text = sheet_get(sheet, field);
	auto_strs words = STRS_INIT;
	int64_t number;

	(void)arg;
	switch ((enum field)field) {
	case IMAGE:
		if (!*text)
			buf_adds(mistake, "Name an image; Ctrl-N turns over those that are here");
		return;
	case NAME:
		if (*text && !is_name(text))
			buf_adds(mistake, "A name begins with a letter or digit; then also _ . -");
		return;
	case COMMAND:
	case PORTS:
	case ENV:
	case VOLUMES:
		if (sheet_words(text, &words) < 0)
			buf_adds(mistake, "A quote is not closed");
		return;
	case RESTART:
		if (sheet_is_on(sheet, REMOVE) && strcmp(text, "no") != 0)
			buf_adds(mistake, "What goes when it ends cannot be restarted");
		return;
	case MEMORY:
		if (*text && (!quantity_bytes(text, &number) || number <= 0))
			buf_adds(mistake, "A size is a number with b, k, m or g: 512m");
		return;
	case CPUS:
		if (*text && !quantity_cpus(text, &number))
			buf_adds(mistake, "A number of processors, such as 0.5");
		return;
	default:
		return;
	}
}

static bool offer(void *arg, const struct sheet *sheet, size_t field, size_t nth, struct buf *value)
{
	const char *typed = sheet_get(sheet, field);
	size_t count;
	const struct image_entry *images = model_images(app_model(arg), &count);

	for (size_t i = 0; field == IMAGE && i < count; i++)
		if (*images[i].reference && str_has_prefix(images[i].reference, typed) &&
			nth-- == 0) {
			buf_adds(value, images[i].reference);
			return true;
		}
	return false;
}

/* ---- doing it ---- */

/* "KEY" alone is passed on from our own environment, as docker does. */
static void add_environment(const struct sheet *sheet, struct strs *env)
{
	auto_strs words = STRS_INIT;

	each(sheet, ENV, NULL, &words);
	for (size_t i = 0; i < words.len; i++) {
		const char *value = strchr(words.v[i], '=') ? NULL : getenv(words.v[i]);

		if (strchr(words.v[i], '='))
			strs_add(env, words.v[i]);
		else if (value)
			strs_addf(env, "%s=%s", words.v[i], value);
	}
}

static const char *given(const struct sheet *sheet, enum field field)
{
	return sheet_is_on(sheet, field) ? sheet_get(sheet, field) : NULL;
}

static void fill(const struct sheet *sheet, struct container_request *request)
{
	bool terminal = sheet_is_on(sheet, TERMINAL);

	request->image = sheet_get(sheet, IMAGE);
	request->name = given(sheet, NAME);
	request->user = given(sheet, USER);
	request->tty = request->stdin_open = terminal;
	request->auto_remove = sheet_is_on(sheet, REMOVE);
	request->attach_stdin = request->attach_stdout = request->attach_stderr = terminal;
	if (strcmp(sheet_get(sheet, RESTART), "no") != 0)
		request->restart = sheet_get(sheet, RESTART);
	each(sheet, COMMAND, NULL, &request->command);
	each(sheet, PORTS, NULL, &request->publish);
	each(sheet, VOLUMES, NULL, &request->binds);
	add_environment(sheet, &request->env);
	if (sheet_is_on(sheet, NETWORK))
		strs_add(&request->networks, sheet_get(sheet, NETWORK));
	quantity_bytes(sheet_get(sheet, MEMORY), &request->memory);
	quantity_cpus(sheet_get(sheet, CPUS), &request->nano_cpus);
}

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	struct container_request request;
	auto_buf line = BUF_INIT;
	int failed;

	(void)arg;
	sheet_command(sheet, &line);
	if (app_refuses(app, buf_text(&line)))
		return 0;
	container_request_init(&request);
	fill(sheet, &request);
	failed = app_make(
		app, &request, sheet_is_on(sheet, START), sheet_is_on(sheet, TERMINAL), err);
	container_request_fini(&request);
	return failed;
}

void run_form_open(struct app *app, const char *image)
{
	struct sheet_wish wish = {
		.title = "New container",
		.verb = "run",
		.shape = {fields, FIELDS, check, command, offer},
		.arg = app,
		.run = run,
	};
	struct sheet *sheet;
	struct pane *pane = sheet_pane_new(app, &wish, &sheet);

	if (pane) {
		sheet_set(sheet, IMAGE, image);
		sheet_set(sheet, START, "yes");
		sheet_go(sheet, *image ? NAME : IMAGE);
	}
	app_push(app, pane);
}
