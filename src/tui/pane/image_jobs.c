/* image_jobs.c - see image_jobs.h. */
#include <stdio.h>

#include "tui/pane/image_jobs.h"
#include "tui/pane/sheet.h"

enum { NAME, FIRST, SECOND, THIRD };

/* ---- what each of them asks ---- */

static const struct sheet_field pull_fields[] = {
	[NAME] = {SHEET_TEXT, "Image",
		"redis:7, registry.example:5000/shop/api:1.10, name@sha256:…", NULL},
	[FIRST] = {SHEET_TEXT, "Platform", "Of an image that has several: linux/arm64", NULL},
	[SECOND] = {SHEET_TOGGLE, "All tags", "Everything that has this name", NULL},
	[THIRD] = {SHEET_TOGGLE, "Without TLS", "A registry without a certificate that verifies",
		NULL},
};

static const char *const compressions[] = {"gzip", "zstd", NULL};
static const struct sheet_field push_fields[] = {
	[NAME] = {SHEET_TEXT, "Image", "Its name says where it goes: host:port/name:tag", NULL},
	[FIRST] = {SHEET_CHOICE, "Compression", "Of layers that were built here", compressions},
	[SECOND] = {SHEET_TOGGLE, "All tags", "Every tag of this name", NULL},
	[THIRD] = {SHEET_TOGGLE, "Without TLS", "A registry without a certificate that verifies",
		NULL},
};

static const struct sheet_field save_fields[] = {
	[NAME] = {SHEET_TEXT, "Images", "Names with blanks between; all go into one archive", NULL},
	[FIRST] = {SHEET_TEXT, "To file", "A tar that docker and podman load, too", NULL},
};

static const struct sheet_field load_fields[] = {
	[NAME] = {SHEET_TEXT, "From file", "What save wrote: of davit, docker or podman", NULL},
};

static const struct transfer {
	enum action action;
	const char *title, *verb;
	const struct sheet_field *fields;
	size_t count;
} transfers[] = {
	{ACTION_PULL, "Pull an image", "pull", pull_fields, array_len(pull_fields)},
	{ACTION_PUSH, "Push an image", "push", push_fields, array_len(push_fields)},
	{ACTION_SAVE, "Save images to a file", "save", save_fields, array_len(save_fields)},
	{ACTION_LOAD, "Load images from a file", "load", load_fields, array_len(load_fields)},
};

struct asked_transfer {
	struct app *app;
	const struct transfer *what;
};

/* ---- to words ---- */

static void add_name(const struct sheet *sheet, const char *otherwise, struct strs *words)
{
	strs_add(words, sheet_is_on(sheet, NAME) ? sheet_get(sheet, NAME) : otherwise);
}

static void pull_words(const struct sheet *sheet, struct strs *words)
{
	if (sheet_is_on(sheet, FIRST))
		strs_addf(words, "--platform=%s", sheet_get(sheet, FIRST));
	if (sheet_is_on(sheet, SECOND))
		strs_add(words, "--all-tags");
	if (sheet_is_on(sheet, THIRD))
		strs_add(words, "--tls-verify=false");
	add_name(sheet, "IMAGE", words);
}

static void push_words(const struct sheet *sheet, struct strs *words)
{
	if (!str_eq(sheet_get(sheet, FIRST), compressions[0]))
		strs_addf(words, "--compression-format=%s", sheet_get(sheet, FIRST));
	if (sheet_is_on(sheet, SECOND))
		strs_add(words, "--all-tags");
	if (sheet_is_on(sheet, THIRD))
		strs_add(words, "--tls-verify=false");
	add_name(sheet, "IMAGE", words);
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	const struct asked_transfer *asked = arg;

	strs_add(words, "davit");
	strs_add(words, asked->what->verb);
	switch (asked->what->action) {
	case ACTION_PULL:
		pull_words(sheet, words);
		return;
	case ACTION_PUSH:
		push_words(sheet, words);
		return;
	case ACTION_SAVE:
		strs_add(words, "-o");
		strs_add(words, sheet_get(sheet, FIRST));
		sheet_words(sheet_get(sheet, NAME), words);
		return;
	default:
		strs_add(words, "-i");
		add_name(sheet, "FILE", words);
		return;
	}
}

/* ---- what is wrong ---- */

static void check_save(const struct asked_transfer *asked, const struct sheet *sheet, size_t field,
	struct buf *mistake)
{
	struct world *world = app_world(asked->app);
	const char *file = sheet_get(sheet, FIRST);
	auto_strs words = STRS_INIT;

	if (field == NAME && sheet_words(sheet_get(sheet, NAME), &words) < 0)
		buf_adds(mistake, "A quote is not closed");
	if (field != FIRST)
		return;
	if (!*file)
		buf_adds(mistake, "Say which file to write");
	else if (world->ops->jobs->place(world, "", file) == WORLD_FOLDER)
		buf_addf(mistake, "%s is a folder", file);
	else if (world->ops->jobs->place(world, "", file) == WORLD_FILE)
		buf_addf(mistake, "%s is there already: choose another name", file);
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	const struct asked_transfer *asked = arg;
	struct world *world = app_world(asked->app);
	const char *text = sheet_get(sheet, field);

	if (field == NAME && !*text)
		buf_addf(mistake, "Say which %s to %s",
			asked->what->action == ACTION_LOAD ? "file" : "image", asked->what->verb);
	else if (asked->what->action == ACTION_SAVE)
		check_save(asked, sheet, field, mistake);
	else if (asked->what->action == ACTION_LOAD &&
		 world->ops->jobs->place(world, "", text) != WORLD_FILE)
		buf_addf(mistake, "There is no file %s", text);
	else if (field == NAME && asked->what->action != ACTION_LOAD && strpbrk(text, " \t"))
		buf_adds(mistake, "A name has no blanks");
}

/* ---- what is offered ---- */

static bool offer_image(struct app *app, const char *typed, size_t nth, struct buf *value)
{
	size_t count;
	const struct image_entry *rows = model_images(app_model(app), &count);

	for (size_t i = 0; i < count; i++)
		if (*rows[i].reference && str_has_prefix(rows[i].reference, typed) && nth-- == 0) {
			buf_adds(value, rows[i].reference);
			return true;
		}
	return false;
}

static bool offer(void *arg, const struct sheet *sheet, size_t field, size_t nth, struct buf *value)
{
	const struct asked_transfer *asked = arg;
	struct world *world = app_world(asked->app);
	const char *typed = sheet_get(sheet, field);
	bool is_path = (asked->what->action == ACTION_LOAD && field == NAME) ||
		       (asked->what->action == ACTION_SAVE && field == FIRST);

	if (is_path)
		return *typed && world->ops->jobs->path(world, "", typed, nth, value);
	return field == NAME && offer_image(asked->app, typed, nth, value);
}

/* ---- all ---- */

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	auto_strs words = STRS_INIT;

	command(arg, sheet, &words);
	if (strs_failed(&words))
		return err_set(err, ENOMEM, "out of memory");
	return app_start_job(app, NULL, (const char *const *)words.v + 1, true, err);
}

/* "shop/api:1.9" is saved in "api-1.9.tar" unless somebody has a better name. */
static void name_file(const char *image, char *out, size_t room)
{
	const char *slash = strrchr(image, '/');
	char *at = out;

	snprintf(out, room, "%.200s.tar", slash ? slash + 1 : image);
	while ((at = strpbrk(at, ":@")))
		*at = '-';
}

static void fill(struct sheet *sheet, const struct transfer *what, const char *name)
{
	char file[240];

	if (what->action == ACTION_PUSH || what->action == ACTION_SAVE)
		sheet_set(sheet, NAME, name);
	if (what->action == ACTION_SAVE && *name) {
		name_file(name, file, sizeof(file));
		sheet_set(sheet, FIRST, file);
	}
}

static struct pane *transfer_new(struct app *app, const struct transfer *what, const char *name)
{
	struct asked_transfer *asked = calloc(1, sizeof(*asked));
	struct sheet_wish wish = {.title = what->title,
		.verb = what->verb,
		.shape = {what->fields, what->count, check, command, offer},
		.arg = asked,
		.arg_free = free,
		.run = run};
	struct sheet *sheet;
	struct pane *pane;

	if (!asked)
		return NULL;
	*asked = (struct asked_transfer){app, what};
	pane = sheet_pane_new(app, &wish, &sheet);
	if (pane)
		fill(sheet, what, name);
	return pane;
}

bool image_job_act(struct app *app, enum action action, const char *name)
{
	for (size_t i = 0; i < array_len(transfers); i++)
		if (transfers[i].action == action) {
			app_push(app, transfer_new(app, &transfers[i], name));
			return true;
		}
	return false;
}
