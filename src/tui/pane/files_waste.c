/* files_waste.c - what of an image is shipped and never seen, each with its reason and what to
 * write instead. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

void files_waste_free(struct files_waste *waste)
{
	if (!waste)
		return;
	for (size_t i = 0; i < waste->count; i++)
		free(waste->advice[i].path);
	free(waste->advice);
	free(waste->lost_of);
	free(waste);
}

/* ---- from the engine ---- */

enum { ADVICE_MAX = 100 };

static void copy_advice(struct files_waste *to, struct strata *strata,
	const struct strata_advice *advice, size_t count)
{
	char path[INDEX_PATH_MAX + 1] = "/";

	to->advice = calloc(count + 1, sizeof(*to->advice));
	for (size_t i = 0; to->advice && i < count; i++) {
		strata_path(strata, advice[i].spot, path + 1);
		to->advice[i] = (struct files_advice){.reason = advice[i].reason,
			.bytes = advice[i].bytes,
			.files = advice[i].files,
			.layer = advice[i].layer,
			.by = advice[i].by,
			.path = strdup(path)};
		if (!to->advice[i].path)
			return;
		to->count++;
	}
}

static struct files_waste *copy_waste(const struct strata_waste *waste, struct strata *strata)
{
	struct files_waste *to = calloc(1, sizeof(*to));
	auto_free struct strata_advice *advice = NULL;
	size_t count = 0;
	struct err err;

	if (!to)
		return NULL;
	to->total = waste->total;
	to->lost = waste->total - waste->bytes[STRATA_LIVE];
	to->doubled = waste->double_bytes;
	to->efficiency = waste->efficiency;
	to->layers = strata_layers(strata);
	to->lost_of = calloc(to->layers + 1, sizeof(*to->lost_of));
	for (size_t i = 0; to->lost_of && i < to->layers; i++)
		to->lost_of[i] = waste->layers[i].lost;
	if (strata_advise(strata, waste, &advice, &count, &err) == 0)
		copy_advice(to, strata, advice, count < ADVICE_MAX ? count : ADVICE_MAX);
	if (to->lost_of)
		return to;
	files_waste_free(to);
	return NULL;
}

static void on_waste(
	void *arg, const struct strata_waste *waste, struct strata *strata, const struct err *err)
{
	struct files *files = arg;

	files->wasting = NULL;
	if (err)
		return; /* the tree is as good without */
	files_waste_free(files->waste);
	files->waste = copy_waste(waste, strata);
	app_dirty(files->pane.app);
}

void files_waste_start(struct files *files)
{
	struct world *world = app_world(files->pane.app);

	if (!files->wasting)
		files->wasting = world->ops->layers->waste(
			world, explorer_layers(files->explorer), on_waste, files);
}

/* ---- the pane ---- */

struct waste {
	struct pane pane;
	struct files *files; /* below it on the stack, so it lives longer */
	struct list list;
};

static struct waste *waste_of(struct pane *pane)
{
	return container_of(pane, struct waste, pane);
}

static void paint_totals(const struct files_waste *waste, struct canvas canvas)
{
	char bytes[FIGURE_MAX];
	int x = canvas_textf(canvas, 1, 0, ROLE_TITLE, "%.1f%% efficient", 100 * waste->efficiency);

	x = canvas_textf(canvas, x + 2, 0, ROLE_TEXT, "of %s", format_bytes(waste->total, bytes));
	x = canvas_textf(canvas, x + 2, 0, waste->lost ? ROLE_WARN : ROLE_DIM,
		"%s shipped and never seen", format_bytes(waste->lost, bytes));
	if (waste->doubled)
		canvas_textf(canvas, x + 2, 0, ROLE_DIM, "%s seen more than once",
			format_bytes(waste->doubled, bytes));
}

static void paint_advice(
	const struct waste *view, struct canvas line, const struct files_advice *one, bool selected)
{
	char bytes[FIGURE_MAX], layer[16], by[16], where[40];

	canvas_right(line, 2, 0, 6, ROLE_WARN, format_bytes(one->bytes, bytes));
	canvas_text(line, 10, 0, ROLE_TEXT, strata_reason_name(one->reason));
	explorer_layer_name(view->files->explorer, one->layer, layer);
	explorer_layer_name(view->files->explorer, one->by, by);
	snprintf(where, sizeof(where), one->layer == one->by ? "%s" : "%s by %s", layer, by);
	canvas_text(line, 29, 0, ROLE_DIM, where);
	canvas_textf(line, 40, 0, ROLE_DIM, "%u file%s", one->files, one->files == 1 ? "" : "s");
	canvas_name(line, 53, 0, line.w - 54, ROLE_TEXT, one->path);
	if (!selected)
		return;
	canvas_text(line, 0, 0, ROLE_KEY, ">");
	canvas_bar(line, 0, ROLE_SELECTION);
	canvas_cursor(line, 0, 0, false);
}

/* What made the bytes useless, and what to write instead. */
static void paint_fix(
	const struct waste *view, struct canvas canvas, const struct files_advice *one)
{
	struct layers *layers = explorer_layers(view->files->explorer);
	char words[300], name[16];
	const char *fix = strata_reason_fix(one->reason);
	size_t len = strlen(fix);
	int y = 3;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "What to do");
	for (int i = 0; i < 2; i++) {
		unsigned layer = i ? one->by : one->layer;

		if (i && one->by == one->layer)
			continue;
		canvas_textf(canvas, 1, 1 + i, ROLE_DIM, "%s",
			explorer_layer_name(view->files->explorer, layer, name));
		canvas_cut(canvas, 5, 1 + i, canvas.w - 6, ROLE_TEXT,
			files_step_words(layers_at(layers, layer), words, sizeof(words)));
	}
	while (*fix && y < canvas.h) {
		size_t fits = text_fit(fix, len, canvas.w - 2), end = fits;

		while (fits < len && end > 1 && fix[end] != ' ')
			end--;
		canvas_textn(canvas, 1, y++, ROLE_INFO, fix, end);
		fix += end + (fix[end] == ' ');
		len = strlen(fix);
	}
}

static void waste_paint(struct pane *pane, struct canvas canvas)
{
	struct waste *view = waste_of(pane);
	const struct files_waste *waste = view->files->waste;
	int below = canvas.h >= 14 ? 6 : 0, rows = canvas.h - 2 - below;

	if (!waste) {
		canvas_text(canvas, 2, 1, ROLE_BUSY, "Adding up what is wasted");
		return;
	}
	paint_totals(waste, canvas_sub(canvas, 0, 0, canvas.w, 1));
	files_rule(canvas_sub(canvas, 0, 1, canvas.w, 1), true, "Why");
	list_fit(&view->list, waste->count, rows > 0 ? (size_t)rows : 0);
	if (!waste->count)
		canvas_text(canvas, 2, 3, ROLE_OK, "Nothing is wasted.");
	for (int y = 0; y < rows && view->list.top + (size_t)y < waste->count; y++)
		paint_advice(view, canvas_sub(canvas, 0, 2 + y, canvas.w, 1),
			&waste->advice[view->list.top + (size_t)y],
			view->list.top + (size_t)y == view->list.selected);
	if (below && waste->count)
		paint_fix(view, canvas_sub(canvas, 0, canvas.h - below, canvas.w, below),
			&waste->advice[view->list.selected]);
}

static bool go_to_path(struct waste *view)
{
	const struct files_waste *waste = view->files->waste;
	struct files *files = view->files;
	const struct files_advice *one;
	uint32_t spot;
	struct err err;

	if (!waste || view->list.selected >= waste->count)
		return true;
	one = &waste->advice[view->list.selected];
	if (strata_find(layers_strata(explorer_layers(files->explorer)), one->path, &spot, &err) <
			0 ||
		spot == STRATA_NONE)
		return true;
	/* What was lost later is shown where it was not lost yet. */
	if (one->reason != STRATA_DUPLICATE && one->reason != STRATA_CACHE)
		files_set_height(files, one->layer + 1);
	app_pop(view->pane.app); /* and with it, view */
	files_go_to(files, spot);
	return true;
}

static bool waste_act(struct pane *pane, enum action action, int count)
{
	struct waste *view = waste_of(pane);

	if (list_move(&view->list, action, count))
		return true;
	return action == ACTION_OPEN ? go_to_path(view) : false;
}

static void waste_hints(struct pane *pane, struct canvas canvas)
{
	hint(pane, hint_ends(pane, canvas, "back"), 1, ACTION_OPEN, "go to the path");
}

static void waste_free(struct pane *pane)
{
	free(waste_of(pane));
}

static const struct pane_ops waste_ops = {
	.title = "Waste",
	.context = CONTEXT_WASTE,
	.paint = waste_paint,
	.act = waste_act,
	.hints = waste_hints,
	.free = waste_free,
};

struct pane *files_waste_new(struct files *files)
{
	struct waste *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->pane = (struct pane){.ops = &waste_ops, .app = files->pane.app};
	view->files = files;
	return &view->pane;
}
