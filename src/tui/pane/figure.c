/* figure.c - the seven figures, drawn from what is there and drawn again when that changes: a strip
 * of their names, the figure, and below it what the selected box means and what proves it. */
#include "tui/pane/figure.h"

#include <stdio.h>

#include "tui/pane/proof.h"
#include "tui/pane/tabs.h"
#include "tui/widget/figureview.h"

enum { READ_MS = 2000, OBJECT_MAX = 600 };

struct figures {
	struct pane pane;
	enum figure_kind kind;
	char image[OBJECT_MAX], container[OBJECT_MAX]; /* what they are of; "": whatever is best */
	char path[OBJECT_MAX];                         /* "/etc", where a figure is of a path */
	struct figureview view;
	struct world_figuring *figuring;
	int64_t read_ms; /* 0: at once */
	bool again;      /* something changed while it was drawn */
	char trouble[500];
};

static struct figures *figures_of(struct pane *pane)
{
	return container_of(pane, struct figures, pane);
}

static bool is_of_container(enum figure_kind kind)
{
	return kind == FIGURE_ENGINE || kind == FIGURE_MERGED || kind == FIGURE_MACHINES;
}

static bool is_of_path(enum figure_kind kind)
{
	return kind == FIGURE_MERGED || kind == FIGURE_FILES;
}

static char *whose(struct figures *figures)
{
	return is_of_container(figures->kind) ? figures->container : figures->image;
}

static void name_object(struct figures *figures, char *out, size_t room)
{
	const char *path = is_of_path(figures->kind) ? figures->path : "";

	snprintf(out, room, "%s%s%s", whose(figures), *path ? ":" : "", path);
}

/* ---- drawing it anew ---- */

static void on_figure(void *arg, struct figure *figure, const struct err *err)
{
	struct figures *figures = arg;
	bool changed = !figure != !!*figures->trouble;

	figures->figuring = NULL;
	if (figure) {
		*figures->trouble = '\0';
		changed |= figureview_set(&figures->view, figure);
	} else {
		changed |= strcmp(figures->trouble, err->text) != 0;
		snprintf(figures->trouble, sizeof(figures->trouble), "%s", err->text);
	}
	if (figures->again)
		figures->read_ms = 0;
	figures->again = false;
	if (changed)
		app_answer(figures->pane.app);
}

static void ask(struct figures *figures)
{
	struct world *world = app_world(figures->pane.app);
	char object[2 * OBJECT_MAX];

	figures->read_ms = app_now_ms(figures->pane.app);
	if (figures->figuring)
		return;
	name_object(figures, object, sizeof(object));
	figures->figuring =
		world->ops->figure->draw(world, figures->kind, object, on_figure, figures);
	if (!figures->figuring)
		snprintf(figures->trouble, sizeof(figures->trouble),
			"Nothing can be drawn without the engine.");
}

static void leave(struct figures *figures)
{
	struct world *world = app_world(figures->pane.app);

	world->ops->figure->leave(world, figures->figuring);
	figures->figuring = NULL;
	figures->again = false;
}

/* What only images change is drawn again when they do; memory and files change by themselves. */
static bool moves_by_itself(enum figure_kind kind)
{
	return is_of_container(kind);
}

static int64_t figures_deadline(struct pane *pane)
{
	struct figures *figures = figures_of(pane);

	if (!figures->read_ms)
		return app_now_ms(pane->app);
	return moves_by_itself(figures->kind) && !figures->figuring ? figures->read_ms + READ_MS
								    : -1;
}

static void figures_tick(struct pane *pane)
{
	ask(figures_of(pane));
}

static void figures_changed(struct pane *pane, enum world_noun noun)
{
	struct figures *figures = figures_of(pane);

	if (noun != WORLD_CONTAINERS && noun != WORLD_IMAGES && noun != WORLD_TRASH)
		return;
	if (figures->figuring)
		figures->again = true;
	else
		figures->read_ms = 0;
}

/* ---- which, and of what ---- */

static void show(struct figures *figures, enum figure_kind kind)
{
	leave(figures);
	figures->kind = kind;
	figureview_fini(&figures->view);
	*figures->trouble = '\0';
	ask(figures);
	app_dirty(figures->pane.app);
}

static void click_name(struct pane *pane, int x, size_t which)
{
	(void)x;
	show(figures_of(pane), (enum figure_kind)which);
}

/* "web:/etc" in two: the other figures are of the same, without the path. */
static void set_object(struct figures *figures, const char *object)
{
	const char *colon = strstr(object, ":/");
	size_t len = colon ? (size_t)(colon - object) : strlen(object);

	snprintf(figures->path, sizeof(figures->path), "%s", colon ? colon + 1 : "");
	snprintf(whose(figures), OBJECT_MAX, "%.*s", (int)len, object);
	show(figures, figures->kind);
}

static void on_object(void *arg, const char *text, bool done)
{
	struct figures *figures = arg;

	if (done && !app_prompt_was_left(figures->pane.app))
		set_object(figures, text);
}

static void list_containers(struct figures *figures, struct strs *names)
{
	size_t count;
	struct row *const *all = model_all(app_model(figures->pane.app), &count);

	for (size_t i = 0; i < count; i++)
		if (all[i]->c.pid || figures->kind == FIGURE_MERGED)
			strs_add(names, all[i]->c.name);
}

static void list_images(struct figures *figures, struct strs *names)
{
	struct world *world = app_world(figures->pane.app);
	auto_free struct image_entry *images = NULL;
	size_t count = 0;
	struct err err;

	if (world->ops->images(world, &images, &count, &err) < 0)
		app_toast(figures->pane.app, ROLE_BAD, "%s", err.text);
	for (size_t i = 0; i < count; i++)
		if (*images[i].reference)
			strs_add(names, images[i].reference);
}

/* The next of all there are; after the last one, none in particular. */
static void next_object(struct figures *figures, int by)
{
	auto_strs names = STRS_INIT;
	const char *now = whose(figures);
	size_t at = 0, count;

	strs_add(&names, "");
	if (is_of_container(figures->kind))
		list_containers(figures, &names);
	else
		list_images(figures, &names);
	count = names.len;
	if (strs_failed(&names) || count < 2)
		return;
	while (at < count && !str_eq(names.v[at], now))
		at++;
	at = at == count ? 0 : at;
	set_object(figures, names.v[(at + count + (size_t)by) % count]);
}

/* ---- painting ---- */

static int paint_names(struct figures *figures, struct canvas line)
{
	static const char *const names[] = {
		"Engine", "Image", "Layers", "Files", "Merged", "Index", "Machines"};
	int x = 1;

	for (size_t i = 0; i < array_len(names); i++)
		x = tabs_name(&figures->pane, line, x, i == figures->kind, names[i], click_name, i);
	return x;
}

static void click_figure(struct pane *pane, int x, size_t row)
{
	figureview_select_at(&figures_of(pane)->view, x, (int)row);
	app_dirty(pane->app);
}

static void paint_figure(struct figures *figures, struct canvas canvas)
{
	for (int y = 0; y < canvas.h; y++)
		app_hot(&figures->pane, canvas_sub(canvas, 0, y, canvas.w, 1), click_figure,
			(size_t)y);
	figureview_paint(&figures->view, canvas, true);
}

static void paint_below(struct figures *figures, struct canvas canvas)
{
	const struct figure_box *box = figureview_box(&figures->view);
	const char *title = box && !figureview_is_told(&figures->view) ? box->title : "";

	if (box)
		proof_paint(canvas,
			&(struct proof){title, box->words, box->proof, box->command, NULL, NULL});
}

static void figures_paint(struct pane *pane, struct canvas canvas)
{
	struct figures *figures = figures_of(pane);
	const struct figure *figure = figures->view.figure;
	int below = canvas.h >= 16 ? PROOF_ROWS : 0, x;
	struct canvas drawing = canvas_sub(canvas, 1, 3, canvas.w - 2, canvas.h - 3 - below);

	x = paint_names(figures, canvas_sub(canvas, 0, 0, canvas.w, 1));
	if (canvas.w - x > 10)
		canvas_right(canvas, canvas.w - 11, 0, 10, ROLE_DIM, "[ ] turn");
	canvas_rule(canvas, 1, ROLE_BORDER, ROLE_TITLE,
		figure && !*figures->trouble ? figure_title_of(figure)
					     : figure_about(figures->kind));
	if (*figures->trouble) {
		canvas_cut(canvas, 2, 3, canvas.w - 3, ROLE_TEXT, figures->trouble);
		canvas_textf(canvas, 2, 4, ROLE_DIM, "%s chooses what it is of.",
			keymap_label_in(
				app_keymap(pane->app), CONTEXT_FIGURE, ACTION_FIGURE_OBJECT));
		return;
	}
	if (!figure)
		return;
	canvas_cut(canvas, 1, 2, canvas.w - 2, ROLE_DIM, figure_caption_of(figure));
	paint_figure(figures, drawing);
	if (below)
		paint_below(figures, canvas_sub(canvas, 0, canvas.h - below, canvas.w, below));
}

/* ---- keys ---- */

static bool figures_act(struct pane *pane, enum action action, int count)
{
	struct figures *figures = figures_of(pane);
	const struct figure_box *box = figureview_box(&figures->view);
	char object[2 * OBJECT_MAX];

	if (figureview_move(&figures->view, action, count))
		return true;
	switch (action) {
	case ACTION_PROVE:
		if (box)
			proof_run(pane->app, box->command, NULL);
		return true;
	case ACTION_TAB_NEXT:
		show(figures, (figures->kind + 1) % FIGURE_KINDS);
		return true;
	case ACTION_TAB_PREVIOUS:
		show(figures, (figures->kind + FIGURE_KINDS - 1) % FIGURE_KINDS);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		next_object(figures, action == ACTION_NEXT ? 1 : -1);
		return true;
	case ACTION_FIGURE_OBJECT:
		name_object(figures, object, sizeof(object));
		app_prompt(pane->app,
			is_of_container(figures->kind) ? "container: " : "image: ", object,
			on_object, figures);
		return true;
	case ACTION_FIGURE:
		app_pop(pane->app);
		return true;
	default:
		return false;
	}
}

static bool figures_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct figure_box *box = figureview_box(&figures_of(pane)->view);

	return box && proof_copies(&(struct proof){box->title, box->words, box->proof, box->command,
					   NULL, NULL},
			      *box->value ? box->value : box->text, nth, what, text);
}

static void figures_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_PROVE, "prove it");

	x = hint(pane, room, x, ACTION_TAB_NEXT, "next figure");
	x = hint(pane, room, x, ACTION_NEXT,
		is_of_container(figures_of(pane)->kind) ? "next container" : "next image");
	x = hint(pane, room, x, ACTION_FIGURE_OBJECT, "of what");
	hint(pane, room, x, ACTION_COPY, "copy");
}

static void figures_free(struct pane *pane)
{
	struct figures *figures = figures_of(pane);

	leave(figures);
	figureview_fini(&figures->view);
	free(figures);
}

static const struct pane_ops figures_ops = {
	.title = "Figures",
	.context = CONTEXT_FIGURE,
	.paint = figures_paint,
	.act = figures_act,
	.copies = figures_copies,
	.hints = figures_hints,
	.deadline = figures_deadline,
	.tick = figures_tick,
	.changed = figures_changed,
	.free = figures_free,
};

/* What was looked at says which is wanted: a container's files, an image's layers. */
static void choose(struct figures *figures, struct pane *from, enum action view)
{
	auto_strs names = STRS_INIT;

	if (from && from->ops->subject)
		from->ops->subject(from, &names);
	if (names.len != 1)
		return;
	if (view == ACTION_CONTAINERS) {
		figures->kind = FIGURE_MERGED;
		snprintf(figures->container, OBJECT_MAX, "%s", names.v[0]);
	} else if (view == ACTION_IMAGES) {
		figures->kind = FIGURE_LAYERS;
		snprintf(figures->image, OBJECT_MAX, "%s", names.v[0]);
	}
}

struct pane *figure_pane_new(struct app *app, struct pane *from, enum action view)
{
	struct figures *figures = calloc(1, sizeof(*figures));

	if (!figures)
		return NULL;
	figures->pane = (struct pane){.ops = &figures_ops, .app = app};
	choose(figures, from, view);
	ask(figures);
	return &figures->pane;
}
