/* menu.c - see menu.h. */
#include <stdio.h>

#include "tui/pane/menu.h"
#include "tui/widget/list.h"

struct line {
	char label[64], note[100];
	bool checked;
};

struct menu {
	struct pane pane;
	struct list list;
	struct menu_wish wish;
	char title[80];
	size_t count;
	struct line lines[];
};

static void menu_free(struct pane *pane)
{
	struct menu *menu = container_of(pane, struct menu, pane);

	free(menu->wish.arg);
	free(menu);
}

static void end(struct menu *menu, int index)
{
	struct app *app = menu->pane.app;
	struct menu_wish wish = menu->wish;

	menu->wish.arg = NULL;
	app_close(app, &menu->pane);
	wish.chosen(app, wish.arg, index);
	free(wish.arg);
}

static void turn(struct menu *menu)
{
	struct line *line = &menu->lines[menu->list.selected];

	line->checked = !line->checked;
	menu->wish.chosen(menu->pane.app, menu->wish.arg, (int)menu->list.selected);
}

static bool menu_key(struct pane *pane, const struct key *key)
{
	struct menu *menu = container_of(pane, struct menu, pane);
	bool leaves = key->code == KEY_ESC || key->code == 'q' || key->code == KEY_CONTROL('c');

	if (leaves || (menu->wish.switches && key->code == KEY_ENTER))
		end(menu, -1);
	else if (menu->wish.switches && key->code == ' ')
		turn(menu);
	else if (key->code == KEY_ENTER)
		end(menu, (int)menu->list.selected);
	else
		list_move(&menu->list, keymap_find_in(app_keymap(pane->app), CONTEXT_MOVE, key), 0);
	return true;
}

static int width_of(const struct menu *menu)
{
	int width = text_width(menu->title) + 8;

	for (size_t i = 0; i < menu->count; i++) {
		const struct line *line = &menu->lines[i];
		int wanted = text_width(line->label) + 10 +
			     (*line->note ? 2 + text_width(line->note) : 0);

		width = wanted > width ? wanted : width;
	}
	return width;
}

static void paint_line(const struct menu *menu, struct canvas canvas, size_t i)
{
	const struct line *line = &menu->lines[i];
	bool selected = i == menu->list.selected;
	int x = 4;

	canvas_text(canvas, 1, 0, ROLE_TEXT, selected ? ">" : " ");
	if (menu->wish.switches)
		canvas_text(canvas, 3, 0, ROLE_TEXT, line->checked ? "[x]" : "[ ]");
	else if (line->checked)
		canvas_text(canvas, 3, 0, ROLE_MARK, "*");
	x += menu->wish.switches ? 3 : 1;
	x = canvas_text(canvas, x, 0, ROLE_TEXT, line->label) + 2;
	canvas_right(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, line->note);
	if (selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}

/* One click is enough: it is a choice. */
static void click_line(struct pane *pane, int x, size_t index)
{
	struct menu *menu = container_of(pane, struct menu, pane);

	(void)x;
	list_select(&menu->list, index);
	app_key(pane->app, menu->wish.switches
				   ? &(struct key){.code = ' ', .len = 1, .raw = " "}
				   : &(struct key){.code = KEY_ENTER, .len = 1, .raw = "\r"});
}

static void menu_paint(struct pane *pane, struct canvas canvas)
{
	struct menu *menu = container_of(pane, struct menu, pane);
	int w = width_of(menu), h = (int)menu->count + 2;
	struct canvas box;

	w = w > canvas.w ? canvas.w : w;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 3, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, menu->title);
	list_fit(&menu->list, menu->count, h > 2 ? (size_t)h - 2 : 1);
	for (int y = 1; y < h - 1; y++) {
		size_t i = menu->list.top + (size_t)y - 1;

		if (i >= menu->count)
			break;
		app_hot(pane, canvas_sub(box, 1, y, w - 2, 1), click_line, i);
		paint_line(menu, canvas_sub(box, 1, y, w - 2, 1), i);
	}
}

static void menu_hints(struct pane *pane, struct canvas canvas)
{
	const struct menu *menu = container_of(pane, struct menu, pane);

	if (menu->wish.switches)
		hint_words(canvas, "Space on, off   Enter, Esc done");
	else
		hint_words(canvas, "Enter %s   Esc leave", menu->wish.verb);
}

static const struct pane_ops menu_ops = {
	.title = "Menu",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = menu_paint,
	.key = menu_key,
	.hints = menu_hints,
	.free = menu_free,
};

struct pane *menu_new(struct app *app, const struct menu_wish *wish)
{
	struct menu *menu = calloc(1, sizeof(*menu) + wish->count * sizeof(menu->lines[0]));

	if (!menu) {
		free(wish->arg);
		return NULL;
	}
	menu->pane = (struct pane){.ops = &menu_ops, .app = app};
	menu->wish = *wish;
	menu->count = wish->count;
	snprintf(menu->title, sizeof(menu->title), "%s", wish->title);
	for (size_t i = 0; i < wish->count; i++) {
		const struct menu_item *item = &wish->items[i];

		snprintf(menu->lines[i].label, sizeof(menu->lines[i].label), "%s", item->label);
		snprintf(menu->lines[i].note, sizeof(menu->lines[i].note), "%s",
			item->note ? item->note : "");
		menu->lines[i].checked = item->checked;
	}
	list_fit(&menu->list, menu->count, menu->count);
	list_select(&menu->list, wish->at);
	return &menu->pane;
}
