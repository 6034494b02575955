/* app_make.c - a container that is being made: one at a time. */
#include <stdio.h>

#include "tui/app_private.h"

const char *app_wanted(const struct app *app)
{
	return app->wanted;
}

void app_want(struct app *app, const char *id)
{
	snprintf(app->wanted, sizeof(app->wanted), "%s", id);
	app->dirty = true;
}

static void open_terminal(struct app *app, const char *id, const char *name)
{
	struct err err;

	if (terminal_open(app, SESSION_ATTACH, id, &err) < 0)
		app_toast(app, ROLE_BAD, "%s: %s", name, err.text);
}

static void on_made(void *arg, const char *id, const struct err *err)
{
	struct app *app = arg;
	long long ms = app->now_ms - app->making_ms;
	const struct row *row;
	const char *name;

	app->making = false;
	if (err && !*id) {
		app_toast(app, ROLE_BAD, "%s", err->text);
		return;
	}
	app_read_containers(app);
	app_want(app, id);
	row = model_row(app->model, id);
	name = row ? row->c.name : id;
	if (err)
		app_toast(app, ROLE_BAD, "%s was created, but: %.300s", name, err->text);
	else
		app_toast(app, ROLE_OK, "%s %s in %lld.%03lld s",
			app->make_starts ? "Started" : "Created", name, ms / 1000, ms % 1000);
	if (!err && app->make_attaches && app->make_starts)
		open_terminal(app, id, name);
}

int app_make(struct app *app, const struct container_request *request, bool start, bool attach,
	struct err *err)
{
	if (app->making)
		return err_set(err, EBUSY, "Another container is just being made");
	if (app->world->ops->container->create(app->world, request, start, on_made, app) < 0)
		return err_set(err, ENOMEM, "out of memory");
	app->making = true;
	app->make_starts = start;
	app->make_attaches = attach;
	app->making_ms = app->now_ms;
	app_toast(app, ROLE_BUSY, "Making a container of %.200s", request->image);
	return 0;
}
