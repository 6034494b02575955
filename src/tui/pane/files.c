/* files.c - the files of an image or a container, layer by layer: keys and time. See files.h. */
#include "tui/pane/files.h"

#include <stdio.h>

enum { STEP_PATHS = 8192, SLICES_AT_ONCE = 4 };

static struct files *files_of(struct pane *pane)
{
	return container_of(pane, struct files, pane);
}

const struct world_layers_ops *files_world(const struct files *files)
{
	return app_world(files->pane.app)->ops->layers;
}

/* ---- time ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int64_t files_deadline(struct pane *pane)
{
	struct files *files = files_of(pane);
	int64_t at = -1;

	if (files->opening && !explorer_layers(files->explorer) &&
		app_now_ms(pane->app) < files->opened_ms + 100)
		at = files->opened_ms + 100;
	if (!explorer_layers(files->explorer))
		return at;
	if (explorer_is_busy(files->explorer))
		return app_now_ms(pane->app);
	at = sooner(at, files_story_deadline(files));
	at = sooner(at, files->changed_ms);
	return sooner(at, files_play_deadline(files));
}

/* A slice of what there is to work out. */
static void work(struct files *files)
{
	unsigned turn = explorer_turn(files->explorer);
	struct err err;

	if (!explorer_step(files->explorer, STEP_PATHS, &err))
		app_toast(files->pane.app, ROLE_BAD, "%s", err.text);
	if (!explorer_is_busy(files->explorer))
		app_let_go(files->pane.app);
	if (explorer_turn(files->explorer) == turn)
		return;
	files_keep_selection(files);
	files_watch_open_dirs(files);
	app_dirty(files->pane.app);
}

/* A key's first milliseconds of work are done before it is painted; mostly that is all. */
void files_work_now(struct files *files)
{
	int slices = explorer_filter(files->explorer) ? 2 : SLICES_AT_ONCE;

	for (int i = 0; i < slices && explorer_is_busy(files->explorer); i++)
		work(files);
	files->answers = explorer_is_busy(files->explorer);
}

static void files_tick(struct pane *pane)
{
	struct files *files = files_of(pane);

	if (!explorer_layers(files->explorer)) {
		app_dirty(pane->app); /* it says that it reads */
		return;
	}
	if (explorer_is_busy(files->explorer))
		work(files);
	if (files->answers && !explorer_is_busy(files->explorer)) {
		files->answers = false;
		app_answer(pane->app);
	}
	files_story_tick(files);
	files_play_tick(files);
	files_see_changes(files);
}

/* ---- keys ---- */

static bool show_users(struct files *files)
{
	char filter[24];

	if (files->is_tab)
		return false;
	snprintf(filter, sizeof(filter), "image:%.12s", files->who);
	app_show_containers(files->pane.app, filter);
	return true;
}

static bool show_waste(struct files *files)
{
	if (layers_stacks(explorer_layers(files->explorer)) == 2)
		app_toast(files->pane.app, ROLE_INFO, "Open one of the two to see its waste");
	else
		app_push(files->pane.app, files_waste_new(files));
	return true;
}

/* What is shown of all of them, elsewhere than here. */
static bool show(struct files *files, enum action action)
{
	switch (action) {
	case ACTION_PLAY:
		files_play_start(files);
		return true;
	case ACTION_WASTE:
		return show_waste(files);
	case ACTION_REFRESH:
		files_open_layers(files);
		return true;
	case ACTION_USERS:
		return show_users(files);
	case ACTION_DIFF:
		files_show_diff(files);
		return true;
	case ACTION_EXPORT:
		return files_export_ask(files);
	case ACTION_WHY:
		files->focus = FILES_WHY;
		return true;
	case ACTION_PANE_NEXT:
	case ACTION_PANE_PREVIOUS:
		files->focus += action == ACTION_PANE_NEXT ? 1 : FILES_PARTS - 1;
		files->focus %= FILES_PARTS;
		return true;
	default:
		return false;
	}
}

static bool files_act(struct pane *pane, enum action action, int count)
{
	struct files *files = files_of(pane);

	if (action == ACTION_CANCEL && files_export_cancel(files))
		return true;
	if (!explorer_layers(files->explorer)) {
		if (action == ACTION_REFRESH)
			files_open_layers(files);
		return action == ACTION_REFRESH;
	}
	if (!files_rows_act(files, action, count) && !files_look_act(files, action, count) &&
		!show(files, action))
		return false;
	/* What a pane over it, or another view, is about to be freed under, is left alone. */
	if (action != ACTION_USERS && action != ACTION_BACK)
		files_work_now(files);
	return true;
}

/* While a merge is played, any key stops it, and does nothing else. */
static bool files_key(struct pane *pane, const struct key *key)
{
	struct files *files = files_of(pane);

	(void)key;
	if (!files->play.on)
		return false;
	files_play_stop(files);
	return true;
}

static void files_pane_paint(struct pane *pane, struct canvas canvas)
{
	files_paint(files_of(pane), canvas);
}

static void files_hints(struct pane *pane, struct canvas canvas)
{
	struct files *files = files_of(pane);
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = 1;

	if (!explorer_layers(files->explorer)) {
		hint(pane, room, x, ACTION_REFRESH, "read again");
		return;
	}
	x = hint(pane, room, x, ACTION_PANE_NEXT, "pane");
	x = hint(pane, room, x, ACTION_OPEN, files->focus == FILES_LAYERS ? "on top" : "open");
	x = hint(pane, room, x, ACTION_LAYER_DOWN, "layer");
	x = hint(pane, room, x, ACTION_PLAY, "play");
	x = hint(pane, room, x, ACTION_NEXT, "change");
	x = hint(pane, room, x, ACTION_DIFF, "diff");
	x = hint(pane, room, x, ACTION_EXPORT, "export");
	x = hint(pane, room, x, ACTION_FILTER, "filter");
	x = hint(pane, room, x, ACTION_WASTE, "waste");
	x = hint(pane, room, x, ACTION_CHANGES, "changes only");
	x = hint(pane, room, x, ACTION_MODE, "mode");
	x = hint(pane, room, x, ACTION_SORT, "sort");
	hint(pane, room, x, ACTION_COMPARE, "compare from here");
}

/* ---- making, freeing ---- */

static void files_free(struct pane *pane)
{
	struct files *files = files_of(pane);
	struct world *world = app_world(pane->app);
	const struct world_layers_ops *ops = world->ops->layers;

	files_story_fini(files);
	ops->forget(world, take(files->opening));
	ops->forget(world, take(files->wasting));
	ops->forget(world, take(files->exporting));
	ops->unwatch(take(files->watch));
	files_waste_free(files->waste);
	explorer_free(files->explorer);
	free(files);
}

static const struct pane_ops files_ops = {
	.title = "Files",
	.context = CONTEXT_FILES,
	.paint = files_pane_paint,
	.key = files_key,
	.act = files_act,
	.copies = files_copies,
	.hints = files_hints,
	.deadline = files_deadline,
	.tick = files_tick,
	.free = files_free,
};

static struct files *files_make(struct app *app)
{
	struct files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->explorer = explorer_new();
	if (!files->explorer) {
		free(files);
		return NULL;
	}
	files->pane = (struct pane){.ops = &files_ops, .app = app};
	files->focus = FILES_TREE;
	files->selected = files->story.spot = STRATA_NONE;
	files->story.ask_ms = files->changed_ms = -1;
	files->wish.who = files->who;
	return files;
}

struct pane *image_files_new(struct app *app, const char *id, const char *name)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", id);
	snprintf(files->name, sizeof(files->name), "%s", name);
	files_open_layers(files);
	return &files->pane;
}

struct pane *container_files_new(struct app *app, const char *id)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", id);
	files->is_tab = true;
	files->wish.container = true;
	files_open_layers(files);
	return &files->pane;
}

struct pane *compare_new(struct app *app, const struct compared *old, const struct compared *now)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", old->id);
	snprintf(files->name, sizeof(files->name), "%s", old->name);
	snprintf(files->other, sizeof(files->other), "%s", now->id);
	snprintf(files->other_name, sizeof(files->other_name), "%s", now->name);
	files->wish.container = old->container;
	files->wish.other = files->other;
	files->wish.other_container = now->container;
	files_open_layers(files);
	return &files->pane;
}
