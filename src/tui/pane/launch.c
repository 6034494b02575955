/* launch.c - the tab of how one container came to be: its start replayed, step by step. */
#include "tui/pane/pane.h"

struct pane *launch_new(struct app *app, const char *id)
{
	struct world *world = app_world(app);
	auto_buf text = BUF_INIT;
	struct err err;

	if (world->ops->hood->launch(world, id, &text, &err) < 0)
		buf_adds(&text, err.text);
	return text_new(app, NULL, &text);
}
