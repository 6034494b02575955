/* tabs.c - see tabs.h. */
#include <assert.h>
#include <stdio.h>

#include "tui/pane/tabs.h"

static struct tabs *tabs_of(struct pane *pane)
{
	return container_of(pane, struct tabs, pane);
}

/* False when there is no memory for it: the tab before stays. */
static bool show(struct tabs *tabs, size_t which)
{
	if (!tabs->panes[which])
		tabs->panes[which] = tabs->all[which].open(tabs->pane.app, tabs->id);
	if (!tabs->panes[which])
		return false;
	tabs->current = which;
	app_dirty(tabs->pane.app);
	return true;
}

bool tabs_init(struct tabs *tabs, const struct pane_ops *ops, struct app *app,
	const struct tab *all, size_t count, const char *id, enum action action)
{
	size_t which = 0;

	assert(count > 0 && count <= TABS_MAX);
	*tabs = (struct tabs){.pane = {.ops = ops, .app = app}, .all = all, .count = count};
	snprintf(tabs->id, sizeof(tabs->id), "%s", id);
	while (which + 1 < count && all[which].action != action)
		which++;
	return show(tabs, which);
}

void tabs_fini(struct tabs *tabs)
{
	for (size_t i = 0; i < tabs->count; i++)
		if (tabs->panes[i])
			tabs->panes[i]->ops->free(tabs->panes[i]);
}

/* ---- painting ---- */

int tabs_name(struct pane *pane, struct canvas line, int x, bool current, const char *name,
	hot_fn *fn, size_t index)
{
	int end = canvas_textf(
		line, x, 0, current ? ROLE_FOCUS | STYLE_REVERSE : ROLE_TEXT, " %s ", name);

	app_hot(pane, canvas_sub(line, x, 0, end - x, 1), fn, index);
	return end;
}

/* On a narrow screen the strip begins where the current one is seen whole. */
static size_t first_in_view(const struct tabs *tabs, int width)
{
	size_t first = tabs->current;
	int taken = text_width(tabs->all[first].name) + 2;

	while (first > 0 && (taken += text_width(tabs->all[first - 1].name) + 2) <= width)
		first--;
	return first;
}

static void click(struct pane *pane, int x, size_t which)
{
	(void)x;
	show(tabs_of(pane), which);
}

void tabs_paint(struct tabs *tabs, struct canvas canvas)
{
	struct pane *inner = tabs->panes[tabs->current];
	size_t first = first_in_view(tabs, canvas.w - 1);
	int x = 1;

	if (first)
		canvas_text(canvas, 0, 0, ROLE_KEY, "<");
	for (size_t i = first; i < tabs->count; i++)
		x = tabs_name(
			&tabs->pane, canvas, x, i == tabs->current, tabs->all[i].name, click, i);
	if (canvas.w - x > 10)
		canvas_right(canvas_sub(canvas, 0, 0, canvas.w, 1), x + 1, 0, canvas.w - x - 2,
			ROLE_DIM, "[ ] tabs");
	inner->ops->paint(inner, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
}

/* ---- keys ---- */

bool tabs_act(struct tabs *tabs, enum action action)
{
	size_t n = tabs->count;

	if (action == ACTION_TAB_NEXT || action == ACTION_RIGHT)
		return show(tabs, (tabs->current + 1) % n);
	if (action == ACTION_TAB_PREVIOUS || action == ACTION_LEFT)
		return show(tabs, (tabs->current + n - 1) % n);
	for (size_t i = 0; i < n; i++)
		if (tabs->all[i].action == action)
			return show(tabs, i);
	return false;
}

bool tabs_copies(struct tabs *tabs, size_t *nth, const char **what, struct buf *text)
{
	struct pane *inner = tabs->panes[tabs->current];
	size_t offered = 0;

	if (!inner->ops->copies)
		return false;
	if (inner->ops->copies(inner, *nth, what, text))
		return true;
	for (; offered < *nth; offered++) {
		auto_buf other = BUF_INIT;

		if (!inner->ops->copies(inner, offered, what, &other))
			break;
	}
	*nth -= offered;
	return false;
}

/* ---- the rest is that of the tab that is looked at, or of all ---- */

struct pane *tabs_inner(struct pane *pane)
{
	struct tabs *tabs = tabs_of(pane);

	return tabs->panes[tabs->current];
}

void tabs_hints(struct pane *pane, struct canvas canvas)
{
	struct pane *inner = tabs_inner(pane);

	if (inner->ops->hints)
		inner->ops->hints(inner, canvas);
}

int64_t tabs_deadline(struct pane *pane)
{
	struct pane *inner = tabs_inner(pane);

	return inner->ops->deadline ? inner->ops->deadline(inner) : -1;
}

void tabs_tick(struct pane *pane)
{
	struct pane *inner = tabs_inner(pane);

	inner->ops->tick(inner);
}

void tabs_log_grew(struct pane *pane, struct world_log *log)
{
	struct tabs *tabs = tabs_of(pane);

	for (size_t i = 0; i < tabs->count; i++)
		if (tabs->panes[i] && tabs->panes[i]->ops->log_grew)
			tabs->panes[i]->ops->log_grew(tabs->panes[i], log);
}

void tabs_changed(struct pane *pane, enum world_noun noun)
{
	struct tabs *tabs = tabs_of(pane);

	for (size_t i = 0; i < tabs->count; i++)
		if (tabs->panes[i] && tabs->panes[i]->ops->changed)
			tabs->panes[i]->ops->changed(tabs->panes[i], noun);
}

bool tabs_measures(struct pane *pane, const char **only)
{
	struct pane *inner = tabs_inner(pane);

	return inner->ops->measures && inner->ops->measures(inner, only);
}
