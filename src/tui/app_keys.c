/* app_keys.c - what a key means: a prompt's, a pane's, a count, an action; and the views that
 * numbers lead to. */
#include "tui/app_private.h"

enum { DIGIT_MS = 400 };

enum action app_view_of(const struct pane *pane)
{
	while (pane->below)
		pane = pane->below;
	return pane->ops->context == CONTEXT_IMAGES    ? ACTION_IMAGES
	       : pane->ops->context == CONTEXT_JOURNAL ? ACTION_JOURNAL
						       : ACTION_CONTAINERS;
}

static void on_old_event(void *arg, const struct event *event)
{
	model_take_event(arg, event);
}

/* What happened before the screen was opened is read when somebody asks for it. */
static void read_events(struct app *app)
{
	struct err err;

	if (app->events_read)
		return;
	app->events_read = true;
	model_forget_events(app->model);
	if (app->world->ops->events(app->world, on_old_event, app->model, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

static struct pane *open_view(struct app *app, enum action view)
{
	if (view == ACTION_JOURNAL) {
		read_events(app);
		return journal_new(app);
	}
	return view == ACTION_IMAGES ? images_new(app) : containers_new(app);
}

static void go_to_view(struct app *app, enum action view)
{
	struct pane *pane;

	if (app_view_of(app->top) == view && !app->top->below)
		return;
	pane = open_view(app, view);
	if (!pane) {
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	while (app->top)
		app_pop(app);
	app_push(app, pane);
}

void app_show_containers(struct app *app, const char *filter)
{
	model_filter(app->model, filter);
	go_to_view(app, ACTION_CONTAINERS);
}

static void back(struct app *app)
{
	if (app->top->below)
		app_pop(app);
	else if (*model_filter_text(app->model))
		model_filter(app->model, "");
	else
		app->wish = WISH_QUIT;
	app->dirty = true;
}

static bool act_globally(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_BACK:
		back(app);
		return true;
	case ACTION_HELP:
		app_push(app, help_new(app, app->top->ops->context));
		return true;
	case ACTION_REDRAW:
		app->wish = WISH_REDRAW;
		return true;
	case ACTION_SUSPEND:
		app->wish = WISH_SUSPEND;
		return true;
	case ACTION_CANCEL:
		app_toast(app, ROLE_INFO,
			"Nothing to cancel. q leaves davit; containers go on running.");
		return true;
	case ACTION_CONTAINERS:
	case ACTION_IMAGES:
	case ACTION_JOURNAL:
		go_to_view(app, action);
		return true;
	default:
		return false;
	}
}

/* Digits are counts, but for those that name a view, which act at once. When another digit follows
 * such a one quickly, both were a count: "20j". */
static bool take_digit(struct app *app, const struct key *key)
{
	bool follows = app->digit_from && app->now_ms - app->digit_ms < DIGIT_MS;
	int digit = (int)key->code - '0';
	enum action view;

	if (key->mods || key->code < '0' || key->code > '9' || app->top->ops->overlay)
		return false;
	if (app->digit_from && !follows) {
		app->digit_from = ACTION_NONE;
		app->count = 0;
	}
	if (follows) {
		go_to_view(app, app->digit_from);
		app->digit_from = ACTION_NONE;
		app->count = app->count * 10 + digit;
		return true;
	}
	if (app->count == 0) {
		view = keymap_find(app->keymap, CONTEXT_GLOBAL, key);
		if (!digit)
			return false;
		if (view && !app->top->below) {
			app->digit_from = app_view_of(app->top);
			app->digit_ms = app->now_ms;
			app->count = digit;
			go_to_view(app, view);
			return true;
		}
	}
	app->count = app->count > 9999 ? app->count : app->count * 10 + digit;
	return true;
}

static void act(struct app *app, const struct key *key)
{
	enum action action = keymap_find(app->keymap, app->top->ops->context, key);
	int count = app->count;

	/* "2" changed the view: it is not a count for what comes after. */
	if (app->digit_from)
		count = 0;
	app->count = 0;
	app->digit_from = ACTION_NONE;
	if (action == ACTION_NONE)
		return;
	app->dirty = true;
	if (app->top->ops->act && app->top->ops->act(app->top, action, count))
		return;
	act_globally(app, action);
}

void app_key(struct app *app, const struct key *key)
{
	if (app->prompting) {
		app_prompt_key(app, key);
		return;
	}
	if (app->top->ops->key && app->top->ops->key(app->top, key)) {
		app->dirty = true;
		return;
	}
	if (!take_digit(app, key))
		act(app, key);
}
