/* resources_paint.c - the Resources view as it looks: tabs, rows, and the card beside them. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/resources_own.h"
#include "tui/pane/tabs.h"
#include "util/strs.h"

enum { CARD_FROM = 100, LABEL = 9 };

struct cells {
	int name, a, b, c, d; /* widths; 0: not shown */
};

static struct cells cells_for(enum resource_tab tab, int width)
{
	struct cells cells = {0};

	switch (tab) {
	case RESOURCE_VOLUMES:
		cells = (struct cells){.a = 9, .b = 10, .c = 10};
		break;
	case RESOURCE_NETWORKS:
		cells = (struct cells){.a = 16, .b = 20, .c = 9};
		break;
	case RESOURCE_DISK:
		cells = (struct cells){.a = 7, .b = 8, .c = 9, .d = 12};
		break;
	default:
		cells = (struct cells){.a = 22, .b = 8, .c = 9, .d = 7};
	}
	if (width < 60) /* what matters most stays */
		cells.b = tab == RESOURCE_VOLUMES || tab == RESOURCE_NETWORKS ? 0 : cells.b;
	if (width < 44)
		cells.a = tab == RESOURCE_VOLUMES ? cells.a : 0;
	cells.name = width - 4 - cells.a - cells.b - cells.c - cells.d - 3;
	if (cells.name > 48)
		cells.name = 48;
	if (cells.name < 8)
		cells = (struct cells){.name = width - 4};
	return cells;
}

static void put_size(const struct resources_view *view, const struct resource *row, char *out)
{
	if (row->sized)
		format_bytes(row->size, out);
	else
		snprintf(out, FIGURE_MAX, "%s", view->weighing ? "…" : "-");
}

static void put_users(const struct resource *row, char out[FIGURE_MAX])
{
	if (row->users)
		snprintf(out, FIGURE_MAX, "%u in use", row->users);
	else
		snprintf(out, FIGURE_MAX, "%s", row->builtin ? "" : "unused");
}

/* "9m", "40s": until it goes for good. */
static void put_left(const struct resources_view *view, const struct resource *row, char *out)
{
	uint64_t now = app_real_ns(view->pane.app);

	format_age(now, row->until_ns > now ? row->until_ns : now, out);
}

static void paint_headings(struct canvas canvas, enum resource_tab tab, const struct cells *c)
{
	static const char *const words[RESOURCE_TABS][5] = {
		{"VOLUME", "SIZE", "CREATED", "USED BY", ""},
		{"NETWORK", "DRIVER", "SUBNET", "USED BY", ""},
		{"ON THE DISK", "COUNT", "IN USE", "SIZE", "RECLAIMABLE"},
		{"CONTAINER", "IMAGE", "SIZE", "REMOVED", "LEFT"},
	};
	bool text_a = tab == RESOURCE_NETWORKS || tab == RESOURCE_TRASH;
	int x = 4 + c->name + 1;

	canvas_text(canvas, 4, 0, ROLE_DIM, words[tab][0]);
	if (text_a)
		canvas_cut(canvas, x, 0, c->a, ROLE_DIM, words[tab][1]);
	else
		canvas_right(canvas, x, 0, c->a, ROLE_DIM, words[tab][1]);
	x += c->a;
	if (tab == RESOURCE_NETWORKS)
		canvas_cut(canvas, x, 0, c->b, ROLE_DIM, words[tab][2]);
	else
		canvas_right(canvas, x, 0, c->b, ROLE_DIM, words[tab][2]);
	x += c->b + 1;
	if (tab == RESOURCE_VOLUMES || tab == RESOURCE_NETWORKS)
		canvas_cut(canvas, x + 1, 0, c->c, ROLE_DIM, words[tab][3]);
	else
		canvas_right(canvas, x, 0, c->c, ROLE_DIM, words[tab][3]);
	canvas_right(canvas, x + c->c, 0, c->d, ROLE_DIM, words[tab][4]);
}

static void paint_volume(const struct resources_view *view, struct canvas line,
	const struct resource *row, const struct cells *c)
{
	int x = 4 + c->name + 1;
	char text[FIGURE_MAX];

	canvas_name(line, 4, 0, c->name, row->anonymous ? ROLE_DIM : ROLE_TEXT, row->name);
	put_size(view, row, text);
	canvas_right(line, x, 0, c->a, ROLE_TEXT, text);
	format_moment(row->created_ns, app_real_ns(view->pane.app), text);
	canvas_right(line, x + c->a, 0, c->b, ROLE_DIM, row->created_ns ? text : "-");
	put_users(row, text);
	canvas_cut(line, x + c->a + c->b + 2, 0, c->c, row->users ? ROLE_OK : ROLE_DIM, text);
}

static void paint_network(const struct resources_view *view, struct canvas line,
	const struct resource *row, const struct cells *c)
{
	int x = 4 + c->name + 1;
	char text[FIGURE_MAX];

	(void)view;
	canvas_name(line, 4, 0, c->name, row->builtin ? ROLE_DIM : ROLE_TEXT, row->name);
	canvas_cut(line, x, 0, c->a - 1, ROLE_DIM, row->kind);
	canvas_cut(line, x + c->a, 0, c->b, ROLE_TEXT, row->extra);
	put_users(row, text);
	canvas_cut(line, x + c->a + c->b + 2, 0, c->c, row->users ? ROLE_OK : ROLE_DIM, text);
}

static void paint_disk(const struct resources_view *view, struct canvas line,
	const struct resource *row, const struct cells *c)
{
	int x = 4 + c->name + 1;
	char text[FIGURE_MAX];

	canvas_name(line, 4, 0, c->name, ROLE_TEXT, row->name);
	if (row->sized) {
		snprintf(text, sizeof(text), "%u", row->count);
		canvas_right(line, x, 0, c->a, ROLE_TEXT, text);
		snprintf(text, sizeof(text), "%u", row->users);
		canvas_right(line, x + c->a, 0, c->b, ROLE_DIM, row->users ? text : "-");
	}
	put_size(view, row, text);
	canvas_right(line, x + c->a + c->b + 1, 0, c->c, ROLE_TEXT, text);
	format_bytes(row->reclaimable, text);
	canvas_right(line, x + c->a + c->b + 1 + c->c, 0, c->d,
		row->reclaimable ? ROLE_WARN : ROLE_DIM, row->sized ? text : "");
}

static void paint_trash(const struct resources_view *view, struct canvas line,
	const struct resource *row, const struct cells *c)
{
	int x = 4 + c->name + 1;
	char text[FIGURE_MAX];

	canvas_name(line, 4, 0, c->name, ROLE_TEXT, row->name);
	canvas_name(line, x, 0, c->a - 1, ROLE_DIM, row->kind);
	put_size(view, row, text);
	canvas_right(line, x + c->a, 0, c->b, ROLE_TEXT, text);
	format_moment(row->created_ns, app_real_ns(view->pane.app), text);
	canvas_right(line, x + c->a + c->b + 1, 0, c->c, ROLE_DIM, text);
	put_left(view, row, text);
	canvas_right(line, x + c->a + c->b + 1 + c->c, 0, c->d, ROLE_WARN, text);
}

static void paint_rows(struct resources_view *view, struct canvas canvas, const struct cells *c)
{
	static void (*const paint[RESOURCE_TABS])(const struct resources_view *view,
		struct canvas line, const struct resource *row,
		const struct cells *c) = {paint_volume, paint_network, paint_disk, paint_trash};
	const struct list *list = &view->lists[view->tab];

	for (int y = 0; y < canvas.h && list->top + (size_t)y < view->count; y++) {
		size_t i = list->top + (size_t)y;
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		paint[view->tab](view, line, view->shown[i], c);
		app_hot_row(&view->pane, line, i, list->selected);
		if (i != list->selected)
			continue;
		canvas_text(line, 0, 0, ROLE_KEY, ">");
		canvas_bar(line, 0, ROLE_SELECTION);
		canvas_cursor(line, 0, 0, false);
	}
}

/* ---- the card ---- */

static int line(struct canvas canvas, int y, const char *label, const char *text)
{
	canvas_text(canvas, 1, y, ROLE_DIM, label);
	canvas_cut(canvas, LABEL + 1, y, canvas.w - LABEL - 2, ROLE_TEXT, text);
	return y + 1;
}

static int paint_users(const struct resources_view *view, struct canvas canvas, int y)
{
	canvas_text(canvas, 1, y++, ROLE_TITLE, "Used by");
	if (!view->users.len)
		canvas_text(canvas, 1, y++, ROLE_DIM, "no container");
	for (size_t i = 0; i < view->users.len && y < canvas.h; i++)
		canvas_name(canvas, 3, y++, canvas.w - 4, ROLE_TEXT, view->users.v[i]);
	return y;
}

static void paint_heaviest(const struct resources_view *view, struct canvas canvas, int y)
{
	struct heavy list[40];
	size_t rows = 0, at = 0, n;
	const struct resource *all = resources_rows(view->data, RESOURCE_DISK, &rows);

	while (at < rows && &all[at] != resources_selected(view))
		at++;
	n = resources_heaviest(view->data, at, list, array_len(list));
	if (n)
		canvas_text(canvas, 1, y++, ROLE_TITLE, "The heaviest");
	for (size_t i = 0; i < n && y < canvas.h; i++, y++) {
		char text[FIGURE_MAX];

		canvas_right(canvas, 1, y, 6, ROLE_TEXT, format_bytes(list[i].size, text));
		canvas_name(canvas, 9, y, canvas.w - 10, ROLE_TEXT, list[i].name);
	}
}

static void paint_card(struct resources_view *view, struct canvas canvas)
{
	const struct resource *row = resources_selected(view);
	char text[FIGURE_MAX];
	int y;

	if (!row)
		return;
	canvas_name(canvas, 1, 0, canvas.w - 2, ROLE_TITLE, row->name);
	y = 2;
	if (*row->id) {
		snprintf(text, sizeof(text), "%.12s", row->id);
		y = line(canvas, y, "id", text);
	}
	if (*row->kind)
		y = line(canvas, y, row->tab == RESOURCE_TRASH ? "image" : "driver", row->kind);
	if (*row->extra)
		y = line(canvas, y,
			row->tab == RESOURCE_NETWORKS  ? "subnet"
			: row->tab == RESOURCE_VOLUMES ? "path"
						       : "what",
			row->extra);
	if (row->tab == RESOURCE_VOLUMES)
		y = line(canvas, y, "name", row->anonymous ? "made for a container" : "given");
	if (row->created_ns && row->tab != RESOURCE_DISK)
		y = line(canvas, y, row->tab == RESOURCE_TRASH ? "removed" : "created",
			format_moment(row->created_ns, app_real_ns(view->pane.app), text));
	if (row->sized)
		y = line(canvas, y, "size", format_bytes(row->size, text));
	if (row->tab == RESOURCE_VOLUMES || row->tab == RESOURCE_NETWORKS)
		paint_users(view, canvas, y + 1);
	else if (row->tab == RESOURCE_DISK)
		paint_heaviest(view, canvas, y + 1);
	else
		canvas_textf(canvas, 1, y + 1, ROLE_TEXT, "%s brings it back",
			keymap_label_in(
				app_keymap(view->pane.app), CONTEXT_RESOURCES, ACTION_RESTORE));
}

/* ---- all of it ---- */

static void click_tab(struct pane *pane, int x, size_t tab)
{
	(void)x;
	resources_show(container_of(pane, struct resources_view, pane), (enum resource_tab)tab);
}

static void paint_tabs(struct resources_view *view, struct canvas canvas)
{
	char clock[FIGURE_MAX], name[40], note[80] = "";
	int x = 1;

	for (size_t i = 0; i < RESOURCE_TABS; i++) {
		size_t count;

		resources_rows(view->data, (enum resource_tab)i, &count);
		snprintf(name, sizeof(name), i == RESOURCE_DISK ? "%s" : "%s %zu",
			resources_tab_name((enum resource_tab)i), count);
		x = tabs_name(&view->pane, canvas, x, i == view->tab, name, click_tab, i);
	}
	if (view->weighing)
		snprintf(note, sizeof(note), "weighing, %lld s",
			(long long)(app_now_ms(view->pane.app) - view->weighing_ms) / 1000);
	else if (view->weighed_ns)
		snprintf(note, sizeof(note), "weighed %s", format_clock(view->weighed_ns, clock));
	if (view->filter)
		canvas_textf(canvas, x + 1, 0, ROLE_INFO, "%zu match %s", view->count,
			filter_text(view->filter));
	else if (canvas.w - x > 24)
		canvas_right(canvas, x + 1, 0, canvas.w - x - 2, ROLE_DIM, note);
}

static void paint_empty(const struct resources_view *view, struct canvas canvas)
{
	const struct keymap *keymap = app_keymap(view->pane.app);
	const char *key = keymap_label_in(keymap, CONTEXT_RESOURCES, ACTION_NEW);
	char text[160];

	if (view->filter)
		snprintf(text, sizeof(text), "Nothing here matches; %s shows all.",
			keymap_label(keymap, ACTION_BACK));
	else if (view->tab == RESOURCE_VOLUMES)
		snprintf(text, sizeof(text),
			"No volumes yet: %s makes one, and so does run -v NAME:/PATH.", key);
	else if (view->tab == RESOURCE_TRASH)
		snprintf(text, sizeof(text), "%s",
			"The trash is empty: what is removed here stays in it for a while.");
	else
		snprintf(text, sizeof(text), "Nothing here; %s makes one.", key);
	canvas_wrap(canvas_sub(canvas, 4, 1, canvas.w - 5, canvas.h - 1), 0, ROLE_TITLE, text);
}

void resources_paint(struct pane *pane, struct canvas canvas)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);
	struct canvas rows = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	struct cells cells;

	resources_arrange(view, rows.h > 1 ? (size_t)rows.h - 1 : 0);
	paint_tabs(view, canvas_sub(canvas, 0, 0, canvas.w, 1));
	if (!view->count) {
		paint_empty(view, rows);
		return;
	}
	if (canvas.w >= CARD_FROM) {
		int card = canvas.w >= 160 ? 56 : 40, width = canvas.w - card - 1;

		canvas_vline(rows, width, 0, rows.h, ROLE_BORDER);
		paint_card(view, canvas_sub(rows, width + 1, 0, card, rows.h));
		rows = canvas_sub(rows, 0, 0, width, rows.h);
	}
	cells = cells_for(view->tab, rows.w);
	paint_headings(canvas_sub(rows, 0, 0, rows.w, 1), view->tab, &cells);
	paint_rows(view, canvas_sub(rows, 0, 1, rows.w, rows.h - 1), &cells);
}
