/* files_export.c - a path or a layer, out of the store. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

static void on_exported(void *arg, const struct err *err)
{
	struct files *files = arg;
	char took[FIGURE_MAX] = "";
	int64_t ms = app_now_ms(files->pane.app) - files->export_ms;

	files->exporting = NULL;
	if (ms >= 1000)
		snprintf(took, sizeof(took), " in %.1f s", (double)ms / 1000);
	if (err)
		app_toast(files->pane.app, ROLE_BAD, "Export: %s", err->text);
	else
		app_toast(files->pane.app, ROLE_OK, "Exported to %s%s", files->exported, took);
}

static void export_to(void *arg, const char *text, bool done)
{
	struct files *files = arg;
	struct world_export wish = {.who = files->who,
		.container = files->wish.container,
		.height = explorer_height(files->explorer),
		.outside = text};
	char inside[INDEX_PATH_MAX + 1] = "/";
	struct layers_row row;
	bool top = explorer_height(files->explorer) ==
		   explorer_stack(files->explorer).to - explorer_stack(files->explorer).from;

	if (!done || !*text)
		return;
	wish.alone = files->focus == FILES_LAYERS;
	if (wish.alone)
		wish.height = files_layer_at(files, files->layers.selected) + 1 -
			      explorer_stack(files->explorer).from;
	else if (files_selected(files, &row))
		strata_path(layers_strata(explorer_layers(files->explorer)), row.spot, inside + 1);
	/* Below its own writing, what a container stands on is its image. */
	if (wish.container && (!top || wish.alone)) {
		wish.container = false;
		wish.who = layers_image(explorer_layers(files->explorer));
	}
	wish.inside = inside;
	wish.tar = !wish.alone && str_has_suffix(text, ".tar") && !str_has_suffix(inside, ".tar");
	snprintf(files->exported, sizeof(files->exported), "%s", text);
	files->export_ms = app_now_ms(files->pane.app);
	files->exporting =
		files_world(files)->export(app_world(files->pane.app), &wish, on_exported, files);
}

bool files_export_ask(struct files *files)
{
	char name[INDEX_NAME_MAX + 1] = "files";
	struct layers_row row;

	if (files->exporting) {
		app_toast(files->pane.app, ROLE_WARN, "One export is under way: ^C cancels it");
	} else if (layers_stacks(explorer_layers(files->explorer)) == 2) {
		app_toast(files->pane.app, ROLE_INFO, "Open one of the two to export from it");
	} else if (files->focus == FILES_LAYERS) {
		unsigned layer = files_layer_at(files, files->layers.selected);

		if (layers_at(explorer_layers(files->explorer), layer)->live) {
			app_toast(files->pane.app, ROLE_INFO,
				"davit commit makes a layer of what it wrote");
			return true;
		}
		snprintf(name, sizeof(name), "layer-%u.tar", layer + 1);
		app_prompt(files->pane.app, "Export the layer as: ", name, export_to, files);
	} else if (files_selected(files, &row)) {
		snprintf(name, sizeof(name), "%.*s", (int)row.name_len, row.name);
		app_prompt(files->pane.app, "Export to (a file, a directory, x.tar): ", name,
			export_to, files);
	}
	return true;
}

bool files_export_cancel(struct files *files)
{
	if (!files->exporting)
		return false;
	files_world(files)->forget(app_world(files->pane.app), take(files->exporting));
	app_toast(files->pane.app, ROLE_WARN, "Canceled: %s is not complete", files->exported);
	return true;
}
