/* images.c - the images in the store: the selection and the keys. How it looks is in
 * images_paint.c. */
#include <stdio.h>

#include "tui/pane/deeds.h"
#include "tui/pane/forms.h"
#include "tui/pane/image_jobs.h"
#include "tui/pane/images_own.h"
#include "tui/pane/menu.h"
#include "tui/row_fields.h"

const char *images_key(const struct image_entry *row, char key[IMAGE_KEY_SIZE])
{
	snprintf(key, IMAGE_KEY_SIZE, "%s %s", row->id, row->reference);
	return key;
}

const struct image_entry *images_selected(const struct images *view)
{
	return view->list.selected < view->lines.count ? view->lines.list[view->list.selected].image
						       : NULL;
}

/* What images stand on is asked for by the filter that wants it; without an answer nothing does. */
static void find_family(struct images *view)
{
	struct model *model = app_model(view->pane.app);
	struct world *world = app_world(view->pane.app);
	auto_strs layers = STRS_INIT;
	struct image_family family = {.count = 0};
	size_t count;
	const struct image_entry *rows = model_images(model, &count);
	struct err err;

	if (model_family(model) || !row_fields_need_family(view->filter))
		return;
	if (world->ops->image->layers(world, rows, count, &layers, &err) < 0)
		app_toast(view->pane.app, ROLE_BAD, "%s", err.text);
	else
		image_family_make(&family, rows, count, &layers);
	model_take_family(model, &family);
}

void images_find(struct images *view, size_t height)
{
	struct app *app = view->pane.app;
	const struct choices *choices = app_choices(app);
	char key[sizeof(view->selected)];

	find_family(view);
	image_lines_make(&view->lines, app_model(app), view->filter, app_real_ns(app),
		choices->image_sort, choices->image_reverse);
	list_fit(&view->list, view->lines.count, height);
	for (size_t i = 0; i < view->lines.count; i++) {
		images_key(view->lines.list[i].image, key);
		if (strcmp(key, view->selected) == 0)
			list_select(&view->list, i);
	}
	if (images_selected(view))
		images_key(images_selected(view), view->selected);
}

/* How much images share is asked when they have been painted once: nobody waits for it. */
static int64_t images_deadline(struct pane *pane)
{
	size_t count;

	model_images(app_model(pane->app), &count);
	return count && !model_shared(app_model(pane->app)) && !app_trouble(pane->app)
		       ? app_now_ms(pane->app)
		       : -1;
}

static void images_tick(struct pane *pane)
{
	struct world *world = app_world(pane->app);
	struct model *model = app_model(pane->app);
	uint64_t *shared = NULL;
	struct err err;
	size_t count;
	const struct image_entry *rows = model_images(model, &count);

	if (world->ops->image->shared(world, rows, count, &shared, &err) < 0) {
		shared = malloc((count + 1) * sizeof(*shared));
		for (size_t i = 0; shared && i < count; i++)
			shared[i] = UINT64_MAX;
	}
	model_take_shared(model, shared);
	app_dirty(pane->app);
}

static const void *any_row(const void *arg, size_t index)
{
	struct images *view = (struct images *)arg;
	const struct model *model = app_model(view->pane.app);
	size_t count;

	view->asked = (struct image_row){model_images(model, &count), index, model_family(model)};
	return index < count ? &view->asked : NULL;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct images *view = arg;

	(void)done;
	app_set_filter(view->pane.app, &image_fields, text, &view->filter);
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

static void compare(struct images *view, const struct image_entry *row)
{
	struct compared with = {.container = false};

	snprintf(with.id, sizeof(with.id), "%s", row->id);
	snprintf(with.name, sizeof(with.name), "%s", *row->reference ? row->reference : "<none>");
	deeds_compare(view->pane.app, &with);
}

static void on_sort(struct app *app, void *arg, int index)
{
	(void)arg;
	if (index < 0)
		return;
	app_choices(app)->image_sort = (enum image_sort)index;
	app_choices(app)->image_reverse = false;
	app_keep_choices(app);
}

static void choose_sort(struct app *app)
{
	static const char *const notes[IMAGE_SORTS] = {[IMAGE_BY_AGE] = "newest first",
		[IMAGE_BY_SIZE] = "largest first",
		[IMAGE_BY_UNIQUE] = "what goes when it goes",
		[IMAGE_BY_USE] = "most used first"};
	struct menu_item items[IMAGE_SORTS];

	for (int i = 0; i < IMAGE_SORTS; i++)
		items[i] = (struct menu_item){image_sort_name((enum image_sort)i), notes[i],
			(enum image_sort)i == app_choices(app)->image_sort};
	app_push(app, menu_new(app, &(struct menu_wish){.title = "Sort by",
					    .verb = "sort",
					    .items = items,
					    .count = IMAGE_SORTS,
					    .at = app_choices(app)->image_sort,
					    .chosen = on_sort}));
}

/* The cursor goes on to the next, so that a key held down marks many. */
static void mark_selected(struct images *view)
{
	const struct image_entry *row = images_selected(view);

	if (!row)
		return;
	images_mark(view, row);
	list_move(&view->list, ACTION_DOWN, 1);
	images_key(images_selected(view), view->selected);
}

static bool show_otherwise(struct images *view, enum action action)
{
	struct app *app = view->pane.app;

	switch (action) {
	case ACTION_MARK:
		mark_selected(view);
		return true;
	case ACTION_MARK_ALL:
		images_mark_all(view);
		return true;
	case ACTION_UNMARK:
		images_unmark(view);
		return true;
	case ACTION_RESULTS:
		app_push(app, results_new(app));
		return true;
	case ACTION_FILTER:
		app_prompt_filter(app, &image_fields, view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){any_row, view}, on_filter, view);
		return true;
	case ACTION_SORT:
		choose_sort(app);
		return true;
	case ACTION_SORT_REVERSE:
		app_choices(app)->image_reverse = !app_choices(app)->image_reverse;
		app_keep_choices(app);
		return true;
	case ACTION_BACK:
		if (!view->filter)
			return false;
		on_filter(view, "", true);
		return true;
	default:
		return false;
	}
}

/* A name, or the id of one that has none. */
static const char *who(const struct image_entry *row)
{
	return *row->reference ? row->reference : row->id;
}

static bool images_act(struct pane *pane, enum action action, int count)
{
	struct images *view = container_of(pane, struct images, pane);
	const struct image_entry *row;

	images_find(view, view->list.height);
	row = images_selected(view);
	if (list_move(&view->list, action, count)) {
		if ((row = images_selected(view)))
			images_key(row, view->selected);
		return true;
	}
	if (show_otherwise(view, action) ||
		image_job_act(pane->app, action, row ? row->reference : ""))
		return true;
	if (!row)
		return false;
	switch (action) {
	case ACTION_NEW:
		run_form_open(pane->app, who(row));
		return true;
	case ACTION_TAG:
		tag_ask(pane->app, row->id, *row->reference ? row->reference : "");
		return true;
	case ACTION_INSPECT:
	case ACTION_HISTORY:
	case ACTION_LAUNCH:
		app_push(pane->app, image_detail_new(pane->app, row->id, who(row), action));
		return true;
	case ACTION_REMOVE:
		images_ask_to_remove(view, row);
		return true;
	case ACTION_FILES:
		app_push(pane->app, image_files_new(pane->app, row->id,
					    *row->reference ? row->reference : "<none>"));
		return true;
	case ACTION_COMPARE:
		compare(view, row);
		return true;
	case ACTION_USERS:
		show_users(view, row);
		return true;
	default:
		return false;
	}
}

static const struct image_entry *selected_image(struct pane *pane)
{
	struct images *view = container_of(pane, struct images, pane);

	images_find(view, view->list.height);
	return images_selected(view);
}

static const char *images_why_not(struct pane *pane, enum action action)
{
	const struct image_entry *row = selected_image(pane);
	bool acts = action == ACTION_USERS || action == ACTION_INSPECT || action == ACTION_REMOVE ||
		    action == ACTION_TAG || action == ACTION_HISTORY || action == ACTION_LAUNCH;

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
	const struct images *view = container_of(pane, struct images, pane);
	struct canvas room = hint_ends(pane, canvas, view->filter ? "show all" : "quit");
	int x = 1;

	if (!images_selected(view)) {
		x = hint(pane, room, x, ACTION_PULL, "pull");
		x = hint(pane, room, x, ACTION_LOAD, "load");
		hint(pane, room, x, ACTION_BUILD, "build");
		return;
	}
	x = hint(pane, room, x, ACTION_FILES, "layers");
	x = hint(pane, room, x, ACTION_NEW, "run");
	x = hint(pane, room, x, ACTION_PULL, "pull");
	x = hint(pane, room, x, ACTION_REMOVE,
		images_marked(view, NULL) ? "remove marked" : "remove");
	x = hint(pane, room, x, ACTION_TAG, "name");
	x = hint(pane, room, x, ACTION_FILTER, "filter");
	x = hint(pane, room, x, ACTION_HISTORY, "history");
	x = hint(pane, room, x, ACTION_USERS, "containers");
	hint(pane, room, x, ACTION_COMPARE, "compare");
}

static void images_free(struct pane *pane)
{
	struct images *view = container_of(pane, struct images, pane);

	filter_free(view->filter);
	images_unmark(view);
	image_lines_fini(&view->lines);
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
	.deadline = images_deadline,
	.tick = images_tick,
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
	on_filter(container_of(pane, struct images, pane), filter, true);
}
