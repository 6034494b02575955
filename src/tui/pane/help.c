/* help.c - the keys that mean something here, straight from the key map. */
#include <stdio.h>

#include "tui/pane/pane.h"

enum { COLUMN = 25, KEY_WIDTH = 6 };

struct help {
	struct pane pane;
	enum context context;
};

static const char *headline(enum context context)
{
	switch (context) {
	case CONTEXT_MOVE:
		return "MOVE";
	case CONTEXT_CONTAINERS:
		return "ACT ON ROW OR MARKS";
	case CONTEXT_IMAGES:
		return "IMAGES";
	case CONTEXT_JOURNAL:
		return "JOURNAL";
	case CONTEXT_LOGS:
		return "LOG";
	case CONTEXT_TEXT:
		return "TEXT";
	case CONTEXT_DETAIL:
		return "ONE CONTAINER";
	case CONTEXT_STATS:
		return "STATISTICS";
	case CONTEXT_TREE:
		return "INSPECT";
	case CONTEXT_RESOURCES:
		return "RESOURCES";
	case CONTEXT_TOP:
		return "PROCESSES";
	default:
		return "EVERYWHERE";
	}
}

/* One block of keys, a column of its own; flows on in the next when the screen is low. */
static void paint_block(
	struct help *help, struct canvas canvas, enum context context, int *x, int *y)
{
	size_t count;
	const struct keymap_entry *entries = keymap_entries(&count);

	*x += *y > 0 ? COLUMN : 0;
	*y = 0;
	canvas_text(canvas, *x, (*y)++, ROLE_TITLE, headline(context));
	for (size_t i = 0; i < count; i++) {
		const char *key;

		if (entries[i].context != context)
			continue;
		key = keymap_label_in(app_keymap(help->pane.app), context, entries[i].action);
		if (*y >= canvas.h) {
			*x += COLUMN;
			*y = 0;
		}
		canvas_cut(canvas, *x, *y, KEY_WIDTH, ROLE_KEY, key);
		canvas_cut(canvas, *x + KEY_WIDTH, (*y)++, COLUMN - KEY_WIDTH - 1, ROLE_TEXT,
			entries[i].help);
	}
}

static void help_paint(struct pane *pane, struct canvas canvas)
{
	struct help *help = container_of(pane, struct help, pane);
	int w = canvas.w > 84 ? 84 : canvas.w, h = canvas.h > 22 ? 22 : canvas.h, x = 0, y = 0;
	struct canvas box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	struct canvas inside = canvas_sub(box, 2, 1, w - 4, h - 2);

	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, "Help");
	if (help->context != CONTEXT_GLOBAL && help->context != CONTEXT_MOVE)
		paint_block(help, inside, help->context, &x, &y);
	paint_block(help, inside, CONTEXT_MOVE, &x, &y);
	paint_block(help, inside, CONTEXT_GLOBAL, &x, &y);
}

static bool help_act(struct pane *pane, enum action action, int count)
{
	(void)count;
	if (action == ACTION_HELP || action == ACTION_OPEN)
		app_pop(pane->app);
	return action == ACTION_HELP;
}

static void help_hints(struct pane *pane, struct canvas canvas)
{
	(void)pane;
	canvas_text(canvas, 1, 0, ROLE_DIM, "Esc back");
}

static void help_free(struct pane *pane)
{
	free(container_of(pane, struct help, pane));
}

static const struct pane_ops help_ops = {
	.title = "Help",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = help_paint,
	.act = help_act,
	.hints = help_hints,
	.free = help_free,
};

struct pane *help_new(struct app *app, enum context context)
{
	struct help *help = calloc(1, sizeof(*help));

	if (!help)
		return NULL;
	help->pane = (struct pane){.ops = &help_ops, .app = app};
	help->context = context;
	return &help->pane;
}
