/* files_layers.c - the layers that are looked at: opened, and opened again when a container has
 * written. */
#include <stdio.h>

#include "tui/pane/files.h"

enum { CHANGED_REST_MS = 300, CHANGED_AGAIN_MS = 2000 };

/* The path at the cursor, across layers that are opened anew. */
static void take_layers(struct files *files, struct layers *layers)
{
	char path[INDEX_PATH_MAX] = "";
	uint32_t spot = STRATA_NONE;
	struct err err;

	if (explorer_layers(files->explorer))
		strata_path(layers_strata(explorer_layers(files->explorer)), files->selected, path);
	files_story_fini(files);
	explorer_take(files->explorer, layers);
	if (*path)
		strata_find(layers_strata(layers), path, &spot, &err);
	files->selected = spot;
	files_show_top(files);
}

static void on_changed(void *arg)
{
	struct files *files = arg;

	if (files->changed_ms < 0)
		files->changed_ms = app_now_ms(files->pane.app) + CHANGED_REST_MS;
	app_dirty(files->pane.app);
}

static void watch_again(struct files *files)
{
	files_world(files)->unwatch(take(files->watch));
	files->changed = false;
	files->changed_ms = -1;
	files->watched_turn = 0;
	if (files->wish.container || files->wish.other_container)
		files->watch = files_world(files)->watch(app_world(files->pane.app),
			explorer_layers(files->explorer), on_changed, files);
}

static void on_open(void *arg, struct layers *layers, const struct err *err)
{
	struct files *files = arg;

	files->opening = NULL;
	app_dirty(files->pane.app);
	if (!layers) {
		snprintf(files->trouble, sizeof(files->trouble), "%s", err->text);
		if (explorer_layers(files->explorer))
			app_toast(files->pane.app, ROLE_BAD, "%s", err->text);
		return;
	}
	files->trouble[0] = '\0';
	files->took_ms = app_now_ms(files->pane.app) - files->opened_ms;
	files->answers = true;
	take_layers(files, layers);
	watch_again(files);
	if (!files->waste && layers_stacks(layers) == 1)
		files_waste_start(files);
}

void files_open_layers(struct files *files)
{
	if (files->opening)
		return;
	files->trouble[0] = '\0';
	files->opened_ms = app_now_ms(files->pane.app);
	files->changed = false;
	files->changed_ms = -1;
	files->opening =
		files_world(files)->open(app_world(files->pane.app), &files->wish, on_open, files);
	if (!files->opening)
		snprintf(files->trouble, sizeof(files->trouble), "out of memory");
}

void files_watch_open_dirs(struct files *files)
{
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	char path[INDEX_PATH_MAX];

	if (!files->watch || files->watched_turn == explorer_turn(files->explorer))
		return;
	if (!files->watched_turn)
		files_world(files)->watch_dir(files->watch, "");
	files->watched_turn = explorer_turn(files->explorer);
	for (size_t i = 0; i < explorer_count(files->explorer); i++) {
		struct explorer_row row = explorer_at(files->explorer, i);

		if (!row.open)
			continue;
		strata_path(strata, row.spot, path);
		files_world(files)->watch_dir(files->watch, path);
	}
}

/* A look that was quick is taken again by itself, but not more often than now and then; otherwise
 * somebody is told that there is more. */
void files_see_changes(struct files *files)
{
	int64_t now = app_now_ms(files->pane.app);

	if (files->changed_ms < 0 || now < files->changed_ms)
		return;
	if (now < files->opened_ms + CHANGED_AGAIN_MS) {
		files->changed_ms = files->opened_ms + CHANGED_AGAIN_MS;
		return;
	}
	files->changed_ms = -1;
	app_dirty(files->pane.app);
	if (files->took_ms < 200 && !files->play.on)
		files_open_layers(files);
	else
		files->changed = true;
}
