/* app_keys.c - what a key means: a prompt's, a pane's, a count, an action; and the views that
 * numbers lead to. */
#include "tui/app_private.h"
#include "tui/pane/build_form.h"
#include "tui/pane/figure.h"
#include "tui/row_fields.h"
#include "tui/views.h"

enum { DIGIT_MS = 400 };

enum action app_view_of(const struct pane *pane)
{
	const struct view *view;

	while (pane->below)
		pane = pane->below;
	view = view_of_context(pane->ops->context);
	return view ? view->action : ACTION_CONTAINERS;
}

/* The pane that hears keys first: the top one, or the one that stands in it. */
static struct pane *innermost(struct pane *pane)
{
	while (pane->ops->inner)
		pane = pane->ops->inner(pane);
	return pane;
}

static void on_old_event(void *arg, const struct event *event)
{
	model_take_event(arg, event);
}

void app_read_events(struct app *app)
{
	struct err err;

	if (app->events_read)
		return;
	app->events_read = true;
	model_forget_events(app->model);
	if (app->world->ops->events(app->world, on_old_event, app->model, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

void app_go_to_view(struct app *app, enum action view)
{
	struct pane *pane;

	if (app_view_of(app->top) == view && !app->top->below)
		return;
	pane = view_of_action(view)->open(app);
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
	model_filter(app->model, app_filter(app, &container_fields, filter));
	app_go_to_view(app, ACTION_CONTAINERS);
}

/* Esc only comes back: it is too easily pressed once too often for it to end the screen. */
static void back(struct app *app)
{
	bool home = app_view_of(app->top) == ACTION_CONTAINERS;

	if (app->top->below)
		app_pop(app);
	else if (home && *model_filter_text(app->model))
		model_filter(app->model, NULL);
	else if (app->last_key != KEY_ESC && app->last_key != KEY_BACKSPACE)
		app->wish = WISH_QUIT;
	else if (!home)
		app_go_to_view(app, ACTION_CONTAINERS);
	else
		app_toast(app, ROLE_INFO, "%s leaves davit; containers go on running.",
			keymap_label(app->keymap, ACTION_BACK));
	app->dirty = true;
}

/* A menu that is not there has said why. */
static void open_small(struct app *app, enum action action)
{
	struct pane *menu = action == ACTION_MENU     ? what_new(app)
			    : action == ACTION_CUSTOM ? custom_new(app)
						      : copy_new(app);

	if (menu)
		app_push(app, menu);
}

static bool act_globally(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_BACK:
		back(app);
		return true;
	case ACTION_HELP:
		app_push(app, help_new(app));
		return true;
	case ACTION_PALETTE:
		app_push(app, palette_new(app, ""));
		return true;
	case ACTION_COPY:
		copy_first(app);
		return true;
	case ACTION_MENU:
	case ACTION_CUSTOM:
	case ACTION_COPY_CHOOSE:
		open_small(app, action);
		return true;
	case ACTION_UNDO:
		app_undo_last(app);
		return true;
	case ACTION_FIGURE:
		app_push(app, figure_pane_new(app, app_pane(app), app_view_of(app->top)));
		return true;
	case ACTION_JOBS:
		app_push(app, jobs_new(app));
		return true;
	case ACTION_BUILD:
		app_push(app, build_form_new(app, NULL));
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
	default:
		if (!view_of_action(action))
			return false;
		app_go_to_view(app, action);
		return true;
	}
}

/* From the inside out: the pane that stands in another is asked first. */
static enum action find_action(const struct app *app, const struct key *key)
{
	enum action action = keymap_find_in(app->keymap, innermost(app->top)->ops->context, key);

	if (action == ACTION_NONE)
		action = keymap_find_in(app->keymap, CONTEXT_MOVE, key);
	for (struct pane *pane = app->top; action == ACTION_NONE && pane->ops->inner;
		pane = pane->ops->inner(pane)) {
		action = keymap_find_in(app->keymap, pane->ops->context, key);
		if (action == ACTION_NONE)
			action = keymap_find_in(app->keymap, pane->ops->fallback, key);
	}
	return action ? action : keymap_find_in(app->keymap, CONTEXT_GLOBAL, key);
}

static void forget_number(struct app *app)
{
	app->count = 0;
	app->number = false;
	app->digit_from = ACTION_NONE;
}

static void add_digit(struct app *app, int digit)
{
	app->count = app->count > 9999 ? app->count : app->count * 10 + digit;
	app->digit_ms = app->now_ms;
}

/* Digits are counts, but for those that name a view, which act at once, however quickly one follows
 * another. A digit that names none makes a number of itself and of those right before it, as in
 * "20j", and brings back the view that they left; a 0 begins one of any digits, as in "012j". */
static bool take_digit(struct app *app, const struct key *key)
{
	int digit = (int)key->code - '0';
	enum action view = ACTION_NONE;

	if (key->mods || key->code < '0' || key->code > '9' || app->top->ops->overlay)
		return false;
	if (!app->top->below) {
		view = keymap_find(app->keymap, CONTEXT_GLOBAL, key);
		if (app->now_ms - app->digit_ms >= DIGIT_MS && (view || app->digit_from))
			forget_number(app);
	}
	if (!digit && app->count == 0 && (app->top->below || find_action(app, key)))
		return false;
	add_digit(app, digit);
	if (view && !app->number) {
		app->digit_from = app->digit_from ? app->digit_from : app_view_of(app->top);
		app_go_to_view(app, view);
		return true;
	}
	app->number = true;
	if (app->digit_from)
		app_go_to_view(app, app->digit_from);
	app->digit_from = ACTION_NONE;
	return true;
}

static bool act_in(struct pane *pane, enum action action, int count)
{
	if (pane->ops->inner && act_in(pane->ops->inner(pane), action, count))
		return true;
	return pane->ops->act && pane->ops->act(pane, action, count);
}

void app_act_times(struct app *app, enum action action, int count)
{
	app->dirty = true;
	if (!act_in(app->top, action, count))
		act_globally(app, action);
}

void app_do(struct app *app, enum action action)
{
	app_act_times(app, action, 0);
}

struct pane *app_pane(struct app *app)
{
	struct pane *pane = app->top;

	while (pane->ops->overlay && pane->below)
		pane = pane->below;
	return pane;
}

const char *app_why_not(struct app *app, enum action action)
{
	for (struct pane *pane = app_pane(app); pane;
		pane = pane->ops->inner ? pane->ops->inner(pane) : NULL) {
		const char *why = pane->ops->why_not ? pane->ops->why_not(pane, action) : NULL;

		if (why)
			return why;
	}
	return NULL;
}

/* A key that means nothing here, but something to whoever comes from another program: said once. */
static void guess(struct app *app, const struct key *key)
{
	const char *preset, *label;
	enum action action = keymap_elsewhere(innermost(app->top)->ops->context, key, &preset);

	if (key->mods || !action || app->guesses == array_len(app->guessed))
		return;
	for (size_t i = 0; i < app->guesses; i++)
		if (app->guessed[i] == key->code)
			return;
	label = keymap_label_in(app->keymap, innermost(app->top)->ops->context, action);
	if (!*label)
		return;
	app->guessed[app->guesses++] = key->code;
	app_toast(app, ROLE_INFO, "Did you mean %s (%s)? :keys %s gives you the keys of %s", label,
		keymap_action_help(action), preset, preset);
}

static void act(struct app *app, const struct key *key)
{
	enum action action = find_action(app, key);
	int count = app->digit_from ? 0 : app->count; /* "2" changed the view, and is no count */

	forget_number(app);
	if (action == ACTION_NONE) {
		guess(app, key);
		return;
	}
	app->dirty = true;
	if (!act_in(app->top, action, count))
		act_globally(app, action);
}

/* What answered the key before says nothing about this one; how something ended stays for its time,
 * or until Esc. */
static void drop_answer(struct app *app, const struct key *key)
{
	bool answer = app->toast_role == ROLE_INFO || app->toast_role == ROLE_WARN;

	if (!app->toast_until_ms || app->toast_role == ROLE_BUSY ||
		(!answer && key->code != KEY_ESC))
		return;
	app->toast_until_ms = 0;
	app->dirty = true;
}

void app_key(struct app *app, const struct key *key)
{
	struct pane *pane;

	app->key_ms = app->now_ms;
	app->last_key = key->code;
	drop_answer(app, key);
	if (key->code == KEY_MOUSE) {
		app_mouse_key(app, key);
		return;
	}
	if (app->prompting) {
		app_prompt_key(app, key);
		return;
	}
	pane = innermost(app->top);
	if (pane->ops->key && pane->ops->key(pane, key)) {
		app->dirty = true;
		return;
	}
	if (!take_digit(app, key))
		act(app, key);
}
