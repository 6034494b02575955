/* app_mouse.c - clicks: what was painted where, and what a click there does.
 *
 * Painting registers areas; the last one over a point is the one that is seen there. Without the
 * mouse nobody reads them. */
#include "tui/app_private.h"

enum { WHEEL_LINES = 3, HOTS_FIRST = 64 };

void app_hot(struct pane *pane, struct canvas area, hot_fn *fn, size_t index)
{
	struct app *app = pane->app;

	if (!app->mouse || area.w <= 0 || area.h <= 0)
		return;
	if (app->hot_count == app->hot_room) {
		size_t room = app->hot_room ? app->hot_room * 2 : HOTS_FIRST;
		struct hot *hots = realloc(app->hots, room * sizeof(*hots));

		if (!hots)
			return;
		app->hots = hots;
		app->hot_room = room;
	}
	app->hots[app->hot_count++] = (struct hot){area.x, area.y, area.w, area.h, pane, fn, index};
}

/* The keys of a list do the rest: they know how to move, and what Enter means. */
static void click_row(struct pane *pane, int x, size_t by)
{
	long steps = (long)by;

	(void)x;
	if (steps == 0)
		app_key(pane->app, &(struct key){.code = KEY_ENTER, .len = 1, .raw = "\r"});
	else
		app_act_times(pane->app, steps > 0 ? ACTION_DOWN : ACTION_UP,
			(int)(steps > 0 ? steps : -steps));
}

void app_hot_row(struct pane *pane, struct canvas line, size_t index, size_t selected)
{
	app_hot(pane, line, click_row, index - selected);
}

static void click_key(struct pane *pane, int x, size_t code)
{
	struct key key = {.code = (uint32_t)code};

	(void)x;
	if (key.code < KEY_FIRST)
		key.len = (uint8_t)text_encode(key.code, key.raw);
	app_key(pane->app, &key);
}

void app_hot_key(struct pane *pane, struct canvas area, uint32_t code)
{
	app_hot(pane, area, click_key, code);
}

static void click_action(struct pane *pane, int x, size_t action)
{
	(void)x;
	app_do(pane->app, (enum action)action);
}

void app_hot_action(struct pane *pane, struct canvas area, enum action action)
{
	app_hot(pane, area, click_action, (size_t)action);
}

static const struct hot *find(const struct app *app, int x, int y)
{
	for (size_t i = app->hot_count; i-- > 0;) {
		const struct hot *hot = &app->hots[i];

		if (x >= hot->x && x < hot->x + hot->w && y >= hot->y && y < hot->y + hot->h)
			return hot;
	}
	return NULL;
}

/* An area below an overlay is covered by it, and so is the pane's that it belongs to. */
static bool is_covered(const struct app *app, const struct hot *hot)
{
	return app->top->ops->overlay && hot->pane != app->top;
}

static void click(struct app *app, const struct key *key)
{
	const struct hot *hot = find(app, key->x, key->y), copy = hot ? *hot : (struct hot){0};

	if (!hot || is_covered(app, hot))
		return;
	if (key->button == MOUSE_LEFT) {
		copy.fn(copy.pane, key->x - copy.x, copy.index);
	} else if (copy.fn == click_row) {
		if (copy.index)
			copy.fn(copy.pane, 0, copy.index);
		app_do(app, ACTION_MENU);
	}
}

void app_mouse_key(struct app *app, const struct key *key)
{
	app->dirty = true;
	switch (key->button) {
	case MOUSE_WHEEL_UP:
		app_act_times(app, ACTION_UP, WHEEL_LINES);
		return;
	case MOUSE_WHEEL_DOWN:
		app_act_times(app, ACTION_DOWN, WHEEL_LINES);
		return;
	case MOUSE_LEFT:
	case MOUSE_RIGHT:
		if (!app->prompting)
			click(app, key);
		return;
	default:
		return;
	}
}
