/* app_set.c - settings while the screen runs: what each of them changes at once. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "tui/app_private.h"
#include "tui/pane/table.h"

const char *app_setting(const struct app *app, const char *name)
{
	return settings_get(keep_settings(app->keep), name);
}

struct keep *app_keep(struct app *app)
{
	return app->keep;
}

bool app_wants_mouse(const struct app *app)
{
	return app->mouse;
}

bool app_is_slow(const struct app *app)
{
	return app->line.slow;
}

void app_set_line(struct app *app, const struct app_line *line)
{
	app->dirty |= strcmp(app->line.meter, line->meter) != 0;
	app->line = *line;
}

unsigned app_look(const struct app *app)
{
	return app->look;
}

static const char *const units[UNIT_COUNT] = {
	[UNIT_CORE] = "core", [UNIT_LIMIT] = "limit", [UNIT_HOST] = "host"};

static void sort_as_set(struct app *app)
{
	bool reverse = settings_is(keep_settings(app->keep), "reverse", "yes");

	for (int sort = 0; sort < SORT_COUNT; sort++)
		if (strcmp(model_sort_name((enum sort)sort), app_setting(app, "sort")) == 0)
			model_sort(app->model, (enum sort)sort, reverse);
}

/* "cpu,memory": those and no others. Empty: those that are shown by themselves. */
static void columns_as_set(struct app *app)
{
	struct choices usual = table_choices(), *choices = &app->choices;
	const char *list = app_setting(app, "columns");

	for (int i = 0; i < COLUMN_COUNT; i++) {
		const char *name = column_name((enum column)i), *found = NULL;

		for (const char *at = list; *at && !found; at += *at == ',') {
			size_t len = strcspn(at, ",");

			if (len == strlen(name) && memcmp(at, name, len) == 0)
				found = at;
			at += len;
		}
		choices->columns[i] = *list ? found != NULL : usual.columns[i];
		choices->first[i] = found && !usual.columns[i];
	}
}

static void view_as_set(struct app *app)
{
	for (int i = 0; i < UNIT_COUNT; i++)
		if (strcmp(units[i], app_setting(app, "unit")) == 0)
			app->choices.unit = (enum cpu_unit)i;
	app->choices.flat = settings_is(keep_settings(app->keep), "groups", "no");
}

static int take_effect(struct app *app, const char *name, struct err *err)
{
	if (strcmp(name, "sort") == 0 || strcmp(name, "reverse") == 0)
		sort_as_set(app);
	else if (strcmp(name, "columns") == 0)
		columns_as_set(app);
	else if (strcmp(name, "unit") == 0 || strcmp(name, "groups") == 0)
		view_as_set(app);
	else if (strcmp(name, "safety") == 0)
		safety_read(app_setting(app, "safety"), &app->safety);
	else if (strcmp(name, "keys") == 0)
		return keymap_choose(app->keymap, app_setting(app, "keys"), err);
	else
		app->look++;
	/* What --mouse asked for is for this run only, until somebody says otherwise. */
	if (strcmp(name, "mouse") == 0)
		app->mouse_wished = false;
	app->mouse = app->mouse_wished || settings_is(keep_settings(app->keep), "mouse", "on");
	return 0;
}

void app_take_settings(struct app *app)
{
	struct err err;

	sort_as_set(app);
	columns_as_set(app);
	view_as_set(app);
	app->mouse = app->mouse_wished || settings_is(keep_settings(app->keep), "mouse", "on");
	if (!settings_is(keep_settings(app->keep), "safety", "normal"))
		safety_read(app_setting(app, "safety"), &app->safety);
	if (keymap_choose(app->keymap, app_setting(app, "keys"), &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

static void keep_one(struct app *app, const char *name, const char *value)
{
	struct err err;

	if (!settings_is(keep_settings(app->keep), name, value) &&
		keep_set(app->keep, name, value, true, &err) < 0)
		app_toast(app, ROLE_WARN, "%s", err.text);
}

void app_keep_choices(struct app *app)
{
	struct choices usual = table_choices();
	auto_buf columns = BUF_INIT;
	bool reverse, changed = false;
	enum sort sort = model_sort_of(app->model, &reverse);

	for (int i = 0; i < COLUMN_COUNT; i++) {
		changed |= app->choices.columns[i] != usual.columns[i];
		if (app->choices.columns[i])
			buf_addf(&columns, "%s%s", columns.len ? "," : "",
				column_name((enum column)i));
	}
	keep_one(app, "sort", model_sort_name(sort));
	keep_one(app, "reverse", reverse ? "yes" : "no");
	keep_one(app, "columns", changed ? buf_text(&columns) : "");
	keep_one(app, "unit", units[app->choices.unit]);
	keep_one(app, "groups", app->choices.flat ? "no" : "yes");
}

int app_set(struct app *app, const char *name, const char *value, bool save, struct err *err)
{
	struct err effect = {0};
	int rc = keep_set(app->keep, name, value, save, err);

	app->dirty = true;
	if (rc == -EINVAL)
		return rc; /* no such setting, or no such value */
	/* What could not be written is set all the same. */
	if (take_effect(app, name, &effect) < 0 && rc == 0) {
		*err = effect;
		rc = effect.code;
	}
	return rc;
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
	app->last_command_ns = app->real_ns;
}

/* What is on record as done from here has its command line there. */
const char *app_last_command(struct app *app)
{
	const struct world *world = app->world;
	int pid = world->ops->safety->pid(app->world);
	const struct act *act;

	for (size_t age = 0; (act = actions_at(app_actions(app), age)); age++)
		if (act->pid == pid && *act->command)
			return act->time_ns > app->last_command_ns ? act->command
								   : app->last_command;
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
	app->program_comes_back = false;
	app->program_called = NULL;
	app->wish = WISH_PROGRAM;
}

void app_edit_on_terminal(struct app *app, const struct strs *words)
{
	app_run_on_terminal(app, words);
	app->program_comes_back = true;
}

void app_lend_terminal(struct app *app, const struct strs *words, const char *called)
{
	app_edit_on_terminal(app, words);
	app->program_called = called;
}

const char *app_program_called(const struct app *app)
{
	return app->program_called;
}

bool app_program_comes_back(const struct app *app)
{
	return app->program_comes_back;
}

const struct strs *app_program(const struct app *app)
{
	return &app->program;
}
