/* files_play.c - the merge as motion: from the bottom up, what each layer adds, changes and takes
 * away flows into the tree. */
#include "tui/pane/files.h"

void files_play_stop(struct files *files)
{
	if (!files->play.on)
		return;
	files->play.on = false;
	app_dirty(files->pane.app);
}

static void open_what_changed(struct files *files)
{
	explorer_fold_all(files->explorer);
	explorer_open_changes(files->explorer, files->tree.height);
	list_select(&files->tree, 0);
}

void files_play_start(struct files *files)
{
	explorer_set_filter(files->explorer, NULL, 0);
	files->filter[0] = '\0';
	explorer_set_mode(files->explorer, EXPLORER_MERGED);
	explorer_set_height(files->explorer, 1);
	files->play = (struct files_play){
		.on = true, .next_ms = app_now_ms(files->pane.app) + PLAY_FRAME_MS};
	app_dirty(files->pane.app);
}

int64_t files_play_deadline(const struct files *files)
{
	return files->play.on ? files->play.next_ms : -1;
}

/* Frames of a layer, then the next; at the top it stays as it is. */
void files_play_tick(struct files *files)
{
	struct files_play *play = &files->play;
	struct strata_span stack = explorer_stack(files->explorer);
	unsigned height = explorer_height(files->explorer);

	if (!play->on || app_now_ms(files->pane.app) < play->next_ms)
		return;
	play->next_ms = app_now_ms(files->pane.app) + PLAY_FRAME_MS;
	if (explorer_is_busy(files->explorer))
		return;
	app_dirty(files->pane.app);
	if (play->frame == 0)
		open_what_changed(files);
	if (++play->frame < PLAY_FRAMES)
		return;
	if (height == stack.to - stack.from) {
		files_play_stop(files);
		return;
	}
	play->frame = 0;
	explorer_set_height(files->explorer, height + 1);
	list_select(&files->layers, stack.to - stack.from - height - 1);
}
