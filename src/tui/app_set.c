/* app_set.c - settings while the screen runs: what each of them changes at once. */
#include <stdarg.h>
#include <stdio.h>

#include "tui/app_private.h"

const char *app_setting(const struct app *app, const char *name)
{
	return settings_get(keep_settings(app->keep), name);
}

struct keep *app_keep(struct app *app)
{
	return app->keep;
}

unsigned app_look(const struct app *app)
{
	return app->look;
}

static void sort_as_set(struct app *app)
{
	bool reverse = settings_is(keep_settings(app->keep), "reverse", "yes");

	for (int sort = 0; sort < SORT_COUNT; sort++)
		if (strcmp(model_sort_name((enum sort)sort), app_setting(app, "sort")) == 0)
			model_sort(app->model, (enum sort)sort, reverse);
}

static int take_effect(struct app *app, const char *name, struct err *err)
{
	if (strcmp(name, "sort") == 0 || strcmp(name, "reverse") == 0)
		sort_as_set(app);
	else if (strcmp(name, "keys") == 0)
		return keymap_choose(app->keymap, app_setting(app, "keys"), err);
	else
		app->look++;
	return 0;
}

void app_take_settings(struct app *app)
{
	struct err err;

	sort_as_set(app);
	if (keymap_choose(app->keymap, app_setting(app, "keys"), &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

int app_set(struct app *app, const char *name, const char *value, bool save, struct err *err)
{
	int rc = keep_set(app->keep, name, value, save, err), effect = 0;

	app->dirty = true;
	/* One that could not be written is set all the same. */
	if (rc == 0 || settings_find(name))
		effect = rc != -EINVAL ? take_effect(app, name, rc ? &(struct err){0} : err) : 0;
	return rc ? rc : effect;
}

struct custom *app_custom(struct app *app)
{
	return app->custom;
}

/* ---- what was done last ---- */

void app_did(struct app *app, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(app->last_command, sizeof(app->last_command), fmt, args);
	va_end(args);
}

const char *app_last_command(const struct app *app)
{
	return app->last_command;
}

/* ---- copying ---- */

void app_copy(struct app *app, const char *what, const char *text, size_t len)
{
	buf_clear(&app->copied);
	buf_add(&app->copied, text, len);
	snprintf(app->copied_what, sizeof(app->copied_what), "%s", what);
	app->wish = settings_is(keep_settings(app->keep), "copy", "screen") ? WISH_SHOW : WISH_COPY;
}

const struct buf *app_copied(const struct app *app)
{
	return &app->copied;
}

void app_copy_done(struct app *app, const struct err *err)
{
	if (err)
		app_toast(app, ROLE_WARN, "%s", err->text);
	else
		app_toast(app, ROLE_OK, "Copied %s, %zu byte%s", app->copied_what, app->copied.len,
			app->copied.len == 1 ? "" : "s");
}

/* ---- programs that need the terminal ---- */

void app_run_on_terminal(struct app *app, const struct strs *words)
{
	strs_fini(&app->program);
	app->program = (struct strs)STRS_INIT;
	strs_copy(&app->program, words);
	app->wish = WISH_PROGRAM;
}

const struct strs *app_program(const struct app *app)
{
	return &app->program;
}
