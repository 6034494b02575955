/* commit_form.c - an image of what a container is now, made by a job; see forms.h. */
#include <errno.h>
#include <stdio.h>

#include "tui/pane/forms.h"
#include "tui/pane/sheet.h"

enum field { IMAGE, MESSAGE, AUTHOR, CHANGES, RUNNING, FIELDS };

static const struct sheet_field fields[FIELDS] = {
	[IMAGE] = {SHEET_TEXT, "Image", "the new one's name; empty: it has none", NULL},
	[MESSAGE] = {SHEET_TEXT, "Message", "what it is for", NULL},
	[AUTHOR] = {SHEET_TEXT, "Author", "such as 'Anna <anna@example.org>'", NULL},
	[CHANGES] = {SHEET_TEXT, "Changes", "such as 'CMD [\"serve\"]' 'ENV A=1'", NULL},
	[RUNNING] = {SHEET_TOGGLE, "Let it run", "it is not frozen: what it writes may be cut",
		NULL},
};

/* Whose; owned by the form. */
struct origin {
	char id[65], name[136];
};

static void option(
	const struct sheet *sheet, enum field field, const char *word, struct strs *words)
{
	if (!sheet_is_on(sheet, field))
		return;
	strs_add(words, word);
	strs_add(words, sheet_get(sheet, field));
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	const struct origin *origin = arg;
	auto_strs changes = STRS_INIT;

	strs_add(words, "davit");
	strs_add(words, "commit");
	if (sheet_is_on(sheet, RUNNING))
		strs_add(words, "--no-pause");
	option(sheet, MESSAGE, "-m", words);
	option(sheet, AUTHOR, "-a", words);
	sheet_words(sheet_get(sheet, CHANGES), &changes);
	for (size_t i = 0; i < changes.len; i++) {
		strs_add(words, "-c");
		strs_add(words, changes.v[i]);
	}
	strs_add(words, origin->name);
	if (sheet_is_on(sheet, IMAGE))
		strs_add(words, sheet_get(sheet, IMAGE));
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	auto_strs words = STRS_INIT;

	(void)arg;
	if (field == IMAGE && strpbrk(sheet_get(sheet, IMAGE), " \t"))
		buf_adds(mistake, "A name has no blanks");
	if (field == CHANGES && sheet_words(sheet_get(sheet, CHANGES), &words) < 0)
		buf_adds(mistake, "A quote is not closed");
}

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	auto_strs words = STRS_INIT;
	auto_buf line = BUF_INIT;

	sheet_command(sheet, &line);
	if (app_refuses(app, buf_text(&line)))
		return 0;
	command(arg, sheet, &words);
	if (strs_failed(&words))
		return err_set(err, ENOMEM, "out of memory");
	return app_start_job(app, NULL, (const char *const *)words.v + 1, true, err);
}

void commit_form_open(struct app *app, const struct row *row)
{
	struct origin *origin = calloc(1, sizeof(*origin));
	struct sheet_wish wish = {
		.verb = "commit",
		.shape = {fields, FIELDS, check, command, NULL},
		.arg = origin,
		.arg_free = free,
		.run = run,
	};
	char title[200];
	struct sheet *sheet;

	if (!origin) {
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	memcpy(origin->id, row->c.id, sizeof(origin->id));
	snprintf(origin->name, sizeof(origin->name), "%s", row->c.name);
	snprintf(title, sizeof(title), "An image of %s", row->c.name);
	wish.title = title;
	app_push(app, sheet_pane_new(app, &wish, &sheet));
}
