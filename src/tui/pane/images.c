/* images.c - the images in the store. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/deeds.h"
#include "tui/pane/image_card.h"
#include "tui/pane/pane.h"
#include "tui/row_fields.h"
#include "tui/widget/list.h"

struct images {
	struct pane pane;
	struct list list;
	char selected[65 + 280]; /* id and reference: one image may have several tags */
	struct filter *filter;   /* NULL: all of them */
	size_t *shown;           /* which of the model's images pass it */
	size_t shown_count;
};

static bool passes(const struct images *view, const struct image_entry *row)
{
	return !view->filter || filter_meets(view->filter, row, app_real_ns(view->pane.app));
}

/* The nth image that passes the filter, or NULL. */
static const struct image_entry *row_at(const struct images *view, size_t n)
{
	size_t count;
	const struct image_entry *rows = model_images(app_model(view->pane.app), &count);

	return n < view->shown_count && view->shown[n] < count ? &rows[view->shown[n]] : NULL;
}

/* Which images pass; with no memory for that, those that did before. */
static void choose(struct images *view)
{
	size_t count;
	const struct image_entry *rows = model_images(app_model(view->pane.app), &count);
	size_t *shown = realloc(view->shown, (count + 1) * sizeof(*shown));

	if (!shown)
		return;
	view->shown = shown;
	view->shown_count = 0;
	for (size_t i = 0; i < count; i++)
		if (passes(view, &rows[i]))
			shown[view->shown_count++] = i;
}

static void key_of(const struct image_entry *row, char key[65 + 280])
{
	snprintf(key, 65 + 280, "%s %s", row->id, row->reference);
}

static void find_selected(struct images *view, size_t height)
{
	const struct image_entry *row;
	char key[sizeof(view->selected)];

	choose(view);
	list_fit(&view->list, view->shown_count, height);
	for (size_t i = 0; (row = row_at(view, i)); i++) {
		key_of(row, key);
		if (strcmp(key, view->selected) == 0)
			list_select(&view->list, i);
	}
	if ((row = row_at(view, view->list.selected)))
		key_of(row, view->selected);
}

static void paint_row(
	const struct images *view, struct canvas canvas, const struct image_entry *row)
{
	const char *name = *row->reference ? row->reference : "<none>";
	int room = canvas.w - 46;
	char text[FIGURE_MAX];

	if (room < 20)
		room = canvas.w - 4;
	canvas_name(canvas, 4, 0, room, *row->reference ? ROLE_TEXT : ROLE_DIM, name);
	if (room == canvas.w - 4)
		return;
	canvas_textf(canvas, room + 6, 0, ROLE_DIM, "%.12s", row->id);
	canvas_right(canvas, room + 19, 0, 8, ROLE_TEXT,
		row->created_ns ? format_age(row->created_ns, app_real_ns(view->pane.app), text)
				: "-");
	canvas_right(canvas, room + 28, 0, 7, ROLE_TEXT, format_bytes(row->size, text));
	if (row->containers)
		canvas_textf(canvas, room + 37, 0, ROLE_OK, "%u in use", row->containers);
}

static void paint_headings(struct canvas canvas)
{
	int room = canvas.w - 46;

	canvas_text(canvas, 4, 0, ROLE_DIM, "IMAGE");
	if (room < 20)
		return;
	canvas_text(canvas, room + 6, 0, ROLE_DIM, "ID");
	canvas_right(canvas, room + 19, 0, 8, ROLE_DIM, "AGE");
	canvas_right(canvas, room + 28, 0, 7, ROLE_DIM, "SIZE");
	canvas_text(canvas, room + 37, 0, ROLE_DIM, "USED");
}

static void paint_rows(struct images *view, struct canvas canvas)
{
	find_selected(view, canvas.h > 0 ? (size_t)canvas.h : 0);
	for (int y = 0; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y;
		const struct image_entry *row = row_at(view, i);
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (!row)
			return;
		paint_row(view, line, row);
		if (i == view->list.selected) {
			canvas_text(line, 0, 0, ROLE_KEY, ">");
			canvas_bar(line, 0, ROLE_SELECTION);
			canvas_cursor(line, 0, 0, false);
		}
	}
}

/* Beside the list when there is room; returns what is left for the list. */
static struct canvas paint_card(struct images *view, struct canvas canvas)
{
	int card = canvas.w >= 200 ? 60 : canvas.w >= 160 ? 48 : 38, list = canvas.w - card - 1;
	struct app *app = view->pane.app;
	const struct image_entry *row;

	if (canvas.w < 100)
		return canvas;
	find_selected(view, view->list.height);
	canvas_vline(canvas, list, 0, canvas.h, ROLE_BORDER);
	if ((row = row_at(view, view->list.selected)))
		image_card_paint(canvas_sub(canvas, list + 1, 0, card, canvas.h), row,
			app_model(app), app_now_ms(app), app_real_ns(app));
	return canvas_sub(canvas, 0, 0, list, canvas.h);
}

static void images_paint(struct pane *pane, struct canvas canvas)
{
	struct images *view = container_of(pane, struct images, pane);
	size_t count;

	model_images(app_model(pane->app), &count);
	choose(view);
	if (view->filter)
		canvas_textf(canvas, 1, 0, ROLE_INFO, "%zu of %zu match %s", view->shown_count,
			count, filter_text(view->filter));
	else
		canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu image%s", count, count == 1 ? "" : "s");
	if (count == 0) {
		canvas_text(canvas, 4, 3, ROLE_TITLE, "No images yet.");
		canvas_text(canvas, 6, 5, ROLE_TEXT, "davit pull IMAGE      from a registry");
		canvas_text(canvas, 6, 6, ROLE_TEXT, "davit load -i FILE    from an archive");
		canvas_text(
			canvas, 6, 7, ROLE_TEXT, "davit run davit/demo  makes a small one here");
		return;
	}
	canvas = paint_card(view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
	paint_headings(canvas_sub(canvas, 0, 0, canvas.w, 1));
	paint_rows(view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
}

static const void *any_row(const void *model, size_t index)
{
	size_t count;
	const struct image_entry *rows = model_images(model, &count);

	return index < count ? &rows[index] : NULL;
}

static void set_filter(struct images *view, const char *text)
{
	filter_free(view->filter);
	view->filter = *text ? app_filter(view->pane.app, &image_fields, text) : NULL;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct images *view = arg;

	(void)done;
	set_filter(view, text);
	app_dirty(view->pane.app);
}

static void show_inspect(struct images *view, const struct image_entry *row)
{
	struct world *world = app_world(view->pane.app);
	auto_buf json = BUF_INIT;
	struct err err;

	if (world->ops->inspect(world, true, row->id, &json, &err) < 0)
		app_toast(view->pane.app, ROLE_BAD, "%s", err.text);
	else
		app_push(
			view->pane.app, text_new(view->pane.app,
						*row->reference ? row->reference : row->id, &json));
}

static void show_users(struct images *view, const struct image_entry *row)
{
	char filter[24];

	if (!row->containers) {
		app_toast(view->pane.app, ROLE_INFO, "No container uses %s",
			*row->reference ? row->reference : "this image");
		return;
	}
	snprintf(filter, sizeof(filter), "image:%.12s", row->id);
	app_show_containers(view->pane.app, filter);
}

static void on_chosen(struct app *app, void *arg, int index)
{
	if (index == 1)
		app_remove_image(app, arg);
}

static size_t names_of(struct images *view, const char *id)
{
	size_t count, names = 0;
	const struct image_entry *rows = model_images(app_model(view->pane.app), &count);

	for (size_t i = 0; i < count; i++)
		names += strcmp(rows[i].id, id) == 0;
	return names;
}

/* A name is taken away; the image goes with its last one. */
static void ask_to_remove(struct images *view, const struct image_entry *row)
{
	static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Remove"}};
	struct app *app = view->pane.app;
	char title[320], command[340], short_id[13];
	const char *who = *row->reference ? row->reference : short_id;
	const char *lines[] = {"The image goes with its last name; nothing brings it back but",
		"pulling, loading or building it again.", "", command};
	struct pane *dialog;
	char *copy;

	snprintf(short_id, sizeof(short_id), "%.12s", row->id);
	if (row->containers && names_of(view, row->id) == 1) {
		app_toast(app, ROLE_WARN, "%s is used by %u container%s: %s shows them", who,
			row->containers, row->containers == 1 ? "" : "s",
			keymap_label_in(app_keymap(app), CONTEXT_IMAGES, ACTION_USERS));
		return;
	}
	snprintf(title, sizeof(title), "Remove %s?", who);
	snprintf(command, sizeof(command), "Same as: davit rmi %s", who);
	copy = strdup(who);
	dialog = copy ? dialog_new(app, title, lines, array_len(lines), choices, array_len(choices),
				0, on_chosen, copy)
		      : NULL;
	if (!dialog)
		free(copy);
	app_push(app, dialog);
}

static void compare(struct images *view, const struct image_entry *row)
{
	struct compared with = {.container = false};

	snprintf(with.id, sizeof(with.id), "%s", row->id);
	snprintf(with.name, sizeof(with.name), "%s", *row->reference ? row->reference : "<none>");
	deeds_compare(view->pane.app, &with);
}

static bool images_act(struct pane *pane, enum action action, int count)
{
	struct images *view = container_of(pane, struct images, pane);
	const struct image_entry *row;

	find_selected(view, view->list.height);
	row = row_at(view, view->list.selected);
	if (list_move(&view->list, action, count)) {
		if ((row = row_at(view, view->list.selected)))
			key_of(row, view->selected);
		return true;
	}
	if (action == ACTION_FILTER) {
		app_prompt_filter(pane->app, &image_fields,
			view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){any_row, app_model(pane->app)}, on_filter, view);
		return true;
	}
	if (action == ACTION_INSPECT && row) {
		show_inspect(view, row);
		return true;
	}
	if (action == ACTION_REMOVE && row) {
		ask_to_remove(view, row);
		return true;
	}
	if (action == ACTION_FILES && row) {
		app_push(pane->app, image_files_new(pane->app, row->id,
					    *row->reference ? row->reference : "<none>"));
		return true;
	}
	if (action == ACTION_COMPARE && row) {
		compare(view, row);
		return true;
	}
	if (action == ACTION_USERS && row) {
		show_users(view, row);
		return true;
	}
	if (action == ACTION_BACK && view->filter) {
		set_filter(view, "");
		return true;
	}
	return false;
}

static const struct image_entry *selected_image(struct pane *pane)
{
	struct images *view = container_of(pane, struct images, pane);

	find_selected(view, view->list.height);
	return row_at(view, view->list.selected);
}

static const char *images_why_not(struct pane *pane, enum action action)
{
	const struct image_entry *row = selected_image(pane);
	bool acts = action == ACTION_USERS || action == ACTION_INSPECT || action == ACTION_REMOVE;

	if (!row)
		return acts ? "no image is selected" : NULL;
	return action == ACTION_USERS && !row->containers ? "no container uses it" : NULL;
}

static void images_subject(struct pane *pane, struct strs *names)
{
	const struct image_entry *row = selected_image(pane);

	if (row && *row->reference)
		strs_add(names, row->reference);
	else if (row)
		strs_addf(names, "%.12s", row->id);
}

static bool images_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct image_entry *row = selected_image(pane);
	const struct {
		const char *what, *text;
	} list[] = {{"the name", row ? row->reference : ""}, {"the id", row ? row->id : ""},
		{"the digest", row ? row->digest : ""}};
	size_t from = row && !*row->reference; /* one without a name */

	if (!row || nth + from >= array_len(list) || !*list[nth + from].text)
		return false;
	*what = list[nth + from].what;
	buf_adds(text, list[nth + from].text);
	return true;
}

static void images_fields(struct pane *pane, struct strs *fields)
{
	const struct image_entry *row = selected_image(pane);

	if (!row)
		return;
	strs_addf(fields, "Name=%s", *row->reference ? row->reference : row->id);
	strs_addf(fields, "ID=%s", row->id);
	strs_addf(fields, "Digest=%s", row->digest);
	strs_addf(fields, "Platform=%s", row->platform);
	strs_addf(fields, "Size=%llu", (unsigned long long)row->size);
}

static void images_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = canvas_sub(canvas, 0, 0, canvas.w - 8, 1);
	int x = hint(pane, room, 1, ACTION_FILES, "layers");

	x = hint(pane, room, x, ACTION_USERS, "containers");
	x = hint(pane, room, x, ACTION_INSPECT, "inspect");
	x = hint(pane, room, x, ACTION_REMOVE, "remove");
	x = hint(pane, room, x, ACTION_FILTER, "filter");
	x = hint(pane, room, x, ACTION_BACK, "quit");
	hint(pane, room, x, ACTION_COMPARE, "compare");
	hint(pane, canvas, canvas.w > 8 ? canvas.w - 7 : 1, ACTION_HELP, "help");
}

static void images_free(struct pane *pane)
{
	struct images *view = container_of(pane, struct images, pane);

	filter_free(view->filter);
	free(view->shown);
	free(view);
}

static const struct pane_ops images_ops = {
	.title = "Images",
	.context = CONTEXT_IMAGES,
	.paint = images_paint,
	.act = images_act,
	.why_not = images_why_not,
	.subject = images_subject,
	.copies = images_copies,
	.fields = images_fields,
	.hints = images_hints,
	.free = images_free,
};

struct pane *images_new(struct app *app)
{
	struct images *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->pane = (struct pane){.ops = &images_ops, .app = app};
	return &view->pane;
}

void images_filter(struct app *app, const char *name)
{
	struct pane *pane = app_pane(app);
	char filter[320];

	if (pane->ops != &images_ops)
		return;
	snprintf(filter, sizeof(filter), "name=\"%s\"", name);
	set_filter(container_of(pane, struct images, pane), filter);
}
