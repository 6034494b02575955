/* inspect.c - what inspect says of one container or image, read when it is looked at. */
#include "tui/pane/pane.h"

static struct pane *inspect(struct app *app, bool image, const char *who, const char *title)
{
	struct world *world = app_world(app);
	auto_buf json = BUF_INIT;
	struct err err;

	if (world->ops->inspect(world, image, who, &json, &err) < 0) {
		app_toast(app, ROLE_BAD, "%s", err.text);
		buf_clear(&json);
		buf_adds(&json, "{}");
	}
	return json_pane_new(app, title, &json);
}

struct pane *inspect_new(struct app *app, const char *id)
{
	return inspect(app, false, id, NULL);
}

struct pane *inspect_image_new(struct app *app, const char *id)
{
	return inspect(app, true, id, NULL);
}
