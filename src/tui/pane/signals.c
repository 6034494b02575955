/* signals.c - a menu of signals, each with what it usually does. */
#include <signal.h>
#include <stdio.h>

#include "tui/pane/pane.h"
#include "tui/widget/list.h"

static const struct {
	int number;
	const char *name, *meaning;
} signals[] = {
	{SIGTERM, "TERM", "please end"},
	{SIGKILL, "KILL", "end now, no clean-up"},
	{SIGINT, "INT", "as Ctrl-C"},
	{SIGHUP, "HUP", "often: read the configuration again"},
	{SIGQUIT, "QUIT", "end with a core dump"},
	{SIGUSR1, "USR1", "up to the program"},
	{SIGUSR2, "USR2", "up to the program"},
	{SIGSTOP, "STOP", "halt"},
	{SIGCONT, "CONT", "go on"},
	{SIGWINCH, "WINCH", "the window changed"},
};

struct menu {
	struct pane pane;
	struct list list;
	char title[160];
	chosen_fn *chosen;
	void *arg;
};

static void menu_free(struct pane *pane)
{
	struct menu *menu = container_of(pane, struct menu, pane);

	free(menu->arg);
	free(menu);
}

static void answer(struct menu *menu, int signal)
{
	struct app *app = menu->pane.app;

	menu->chosen(app, menu->arg, signal);
	app_close(app, &menu->pane);
}

static bool menu_key(struct pane *pane, const struct key *key)
{
	struct menu *menu = container_of(pane, struct menu, pane);

	if (key->code == KEY_ENTER)
		answer(menu, signals[menu->list.selected].number);
	else if (key->code == KEY_ESC || key->code == 'q' || key->code == KEY_CONTROL('c'))
		answer(menu, -1);
	else
		list_move(&menu->list, keymap_find(app_keymap(pane->app), CONTEXT_MOVE, key), 0);
	return true;
}

static void menu_paint(struct pane *pane, struct canvas canvas)
{
	struct menu *menu = container_of(pane, struct menu, pane);
	int w = 54, h = (int)array_len(signals) + 2;
	struct canvas box;

	w = w > canvas.w ? canvas.w : w;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, menu->title);
	list_fit(&menu->list, array_len(signals), h > 2 ? (size_t)h - 2 : 0);
	for (int y = 1; y < h - 1; y++) {
		size_t i = menu->list.top + (size_t)y - 1;
		struct canvas row = canvas_sub(box, 1, y, w - 2, 1);

		canvas_cut(row,
			canvas_textf(row, 3, 0, ROLE_TEXT, "%2d  %-6s ", signals[i].number,
				signals[i].name),
			0, row.w - 15, ROLE_TEXT, signals[i].meaning);
		if (i == menu->list.selected) {
			canvas_text(row, 1, 0, ROLE_TEXT, ">");
			canvas_bar(row, 0, ROLE_SELECTION);
			canvas_cursor(row, 0, 0, false);
		}
	}
}

static void menu_hints(struct pane *pane, struct canvas canvas)
{
	(void)pane;
	hint_words(canvas, "Enter send   Esc back");
}

static const struct pane_ops menu_ops = {
	.title = "signals",
	.context = CONTEXT_MOVE,
	.overlay = true,
	.paint = menu_paint,
	.key = menu_key,
	.hints = menu_hints,
	.free = menu_free,
};

struct pane *signals_new(struct app *app, const char *whom, chosen_fn *chosen, void *arg)
{
	struct menu *menu = calloc(1, sizeof(*menu));

	if (!menu)
		return NULL;
	menu->pane = (struct pane){.ops = &menu_ops, .app = app};
	snprintf(menu->title, sizeof(menu->title), "Send a signal to %s", whom);
	menu->chosen = chosen;
	menu->arg = arg;
	return &menu->pane;
}
