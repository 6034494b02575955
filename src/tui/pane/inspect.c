/* inspect.c - the tab of what inspect says of one container. */
#include "tui/pane/pane.h"

struct pane *inspect_new(struct app *app, const char *id)
{
	struct world *world = app_world(app);
	auto_buf json = BUF_INIT;
	struct err err;

	if (world->ops->inspect(world, false, id, &json, &err) < 0)
		buf_adds(&json, err.text);
	return text_new(app, NULL, &json);
}
