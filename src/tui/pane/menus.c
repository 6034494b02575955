/* menus.c - small menus of the selected row: what can be done, what can be copied, and the user's
 * own commands. */
#include <stdio.h>

#include "tui/custom.h"
#include "tui/pane/offers.h"
#include "tui/pane/menu.h"

enum { COPIES_MAX = 16 };

/* The first of the panes that stand in each other to know. */
static struct pane *knows_copies(struct app *app)
{
	struct pane *pane = app_pane(app);

	while (pane && !pane->ops->copies)
		pane = pane->ops->inner ? pane->ops->inner(pane) : NULL;
	return pane;
}

/* ---- what can be done ---- */

struct doable {
	size_t count;
	enum action actions[];
};

static void on_doable(struct app *app, void *arg, int index)
{
	const struct doable *doable = arg;

	if (index >= 0 && (size_t)index < doable->count)
		app_do(app, doable->actions[index]);
}

static struct pane *open_menu(struct app *app, struct offers *offers)
{
	size_t count = offers->count - 1; /* the last is the typed line's */
	struct menu_item *items = calloc(count + 1, sizeof(*items));
	struct doable *doable = calloc(1, sizeof(*doable) + count * sizeof(doable->actions[0]));
	auto_strs labels = STRS_INIT;
	struct pane *menu;

	for (size_t i = 0; items && doable && i < count; i++) {
		const struct offer *offer = &offers->all[i];

		strs_addf(&labels, "%-6s %s", offer->key, offer->title);
		doable->actions[doable->count++] = offer->action;
		if (!strs_failed(&labels))
			items[i] = (struct menu_item){
				labels.v[i], offer->why_not ? offer->why_not : offer->line, false};
	}
	if (!items || !doable || strs_failed(&labels)) {
		free(items);
		free(doable);
		return NULL;
	}
	menu = menu_new(app, &(struct menu_wish){.title = "What can be done",
				     .verb = "do it",
				     .items = items,
				     .count = doable->count,
				     .chosen = on_doable,
				     .arg = doable});
	free(items);
	return menu;
}

struct pane *what_new(struct app *app)
{
	struct offers offers = {0};
	struct pane *menu = NULL;

	if (offers_collect(&offers, app, true) == 0)
		menu = open_menu(app, &offers);
	offers_fini(&offers);
	return menu;
}

/* ---- what can be copied ---- */

struct copies {
	size_t count;
	struct {
		const char *what;
		char *text;
	} list[COPIES_MAX];
};

static void free_copies(struct copies *copies)
{
	for (size_t i = 0; i < copies->count; i++)
		free(copies->list[i].text);
}

static void on_copy(struct app *app, void *arg, int index)
{
	struct copies *copies = arg;

	if (index >= 0 && (size_t)index < copies->count && copies->list[index].text)
		app_copy(app, copies->list[index].what, copies->list[index].text,
			strlen(copies->list[index].text));
	free_copies(copies);
}

struct pane *copy_new(struct app *app)
{
	struct pane *from = knows_copies(app);
	struct copies *copies = calloc(1, sizeof(*copies));
	struct menu_item items[COPIES_MAX];

	while (copies && from && copies->count < COPIES_MAX) {
		struct buf text = BUF_INIT;
		size_t n = copies->count;

		if (!from->ops->copies(from, n, &copies->list[n].what, &text)) {
			buf_fini(&text);
			break;
		}
		copies->list[n].text = buf_take(&text);
		items[n] = (struct menu_item){copies->list[n].what, copies->list[n].text, false};
		copies->count++;
	}
	if (copies && copies->count)
		return menu_new(app, &(struct menu_wish){.title = "Copy",
					     .verb = "copy",
					     .items = items,
					     .count = copies->count,
					     .chosen = on_copy,
					     .arg = copies});
	free(copies);
	app_toast(app, ROLE_INFO, "There is nothing to copy here");
	return NULL;
}

void copy_first(struct app *app)
{
	struct pane *from = knows_copies(app);
	auto_buf text = BUF_INIT;
	const char *what;

	if (from && from->ops->copies(from, 0, &what, &text) && text.len)
		app_copy(app, what, buf_text(&text), text.len);
	else
		app_toast(app, ROLE_INFO, "There is nothing to copy here");
}

/* ---- the user's commands ---- */

static struct pane *knows_fields(struct app *app, enum context *context)
{
	struct pane *pane = app_pane(app);

	while (pane && !pane->ops->fields)
		pane = pane->ops->inner ? pane->ops->inner(pane) : NULL;
	if (pane)
		*context = pane->ops->inner ? pane->ops->fallback : pane->ops->context;
	return pane;
}

static void run_custom(struct app *app, struct pane *from, const struct custom_command *command)
{
	auto_strs fields = STRS_INIT;
	auto_strs words = STRS_INIT;
	auto_buf line = BUF_INIT;
	struct err err;

	from->ops->fields(from, &fields);
	if (custom_line(command, &fields, &line, &err) < 0) {
		app_toast(app, ROLE_BAD, "%s", err.text);
		return;
	}
	if (app_refuses(app, buf_text(&line)))
		return;
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, buf_text(&line));
	if (command->terminal)
		app_run_on_terminal(app, &words);
	else if (output_open(app, buf_text(&line), &words, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

static void on_custom(struct app *app, void *arg, int index)
{
	enum context context = CONTEXT_GLOBAL;
	struct pane *from = knows_fields(app, &context);
	const struct custom_command *command;

	(void)arg;
	if (index < 0 || !from || !(command = custom_at(app_custom(app), context, (size_t)index)))
		return;
	run_custom(app, from, command);
}

struct pane *custom_new(struct app *app)
{
	enum context context = CONTEXT_GLOBAL;
	struct menu_item items[32];
	const struct custom_command *command;
	size_t count = 0;

	if (!knows_fields(app, &context)) {
		app_toast(app, ROLE_INFO, "Your own commands act on a row of a list");
		return NULL;
	}
	while (count < array_len(items) && (command = custom_at(app_custom(app), context, count)))
		items[count++] = (struct menu_item){command->name, command->text, false};
	if (!count) {
		app_toast(app, ROLE_INFO,
			"You have no commands for this view: help custom says how to make them");
		return NULL;
	}
	return menu_new(app, &(struct menu_wish){.title = "Your commands",
				     .verb = "run",
				     .items = items,
				     .count = count,
				     .chosen = on_custom});
}
