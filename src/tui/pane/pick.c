/* pick.c - see pick.h. */
#include <stdio.h>

#include "tui/pane/pick.h"
#include "tui/widget/list.h"

struct picked {
	char key[12], text[120], detail[200];
	bool dim;
};

struct pick {
	struct pane pane;
	char title[100];
	struct list list;
	struct picked *rows;
	size_t count;
	chosen_fn *chosen;
	void *arg;
};

static void pick_free(struct pane *pane)
{
	struct pick *pick = container_of(pane, struct pick, pane);

	free(pick->rows);
	free(pick->arg);
	free(pick);
}

/* The menu goes first: what is chosen may push panes of its own. */
static void answer(struct pick *pick, int index)
{
	struct app *app = pick->pane.app;
	chosen_fn *chosen = pick->chosen;
	auto_free void *arg = take(pick->arg);

	app_close(app, &pick->pane);
	chosen(app, arg, index);
}

static bool take_by_key(struct pick *pick, const struct key *key)
{
	for (size_t i = 0; i < pick->count; i++) {
		const char *name = pick->rows[i].key;
		uint32_t code;

		if (*name && keymap_read_key(name, strlen(name), &code) && code == key->code) {
			answer(pick, (int)i);
			return true;
		}
	}
	return false;
}

static bool pick_key(struct pane *pane, const struct key *key)
{
	struct pick *pick = container_of(pane, struct pick, pane);

	if (key->code == KEY_ENTER)
		answer(pick, pick->count ? (int)pick->list.selected : -1);
	else if (key->code == KEY_ESC || key->code == 'q' || key->code == KEY_CONTROL('c'))
		answer(pick, -1);
	else if (!take_by_key(pick, key))
		list_move(&pick->list, keymap_find(app_keymap(pane->app), CONTEXT_MOVE, key), 0);
	return true;
}

static int widest(const struct pick *pick, bool detail)
{
	int most = 0;

	for (size_t i = 0; i < pick->count; i++) {
		int w = text_width(detail ? pick->rows[i].detail : pick->rows[i].text);

		most = w > most ? w : most;
	}
	return most;
}

static void paint_row(const struct pick *pick, struct canvas row, size_t i, int text)
{
	const struct picked *picked = &pick->rows[i];

	canvas_cut(row, 1, 0, 6, picked->dim ? ROLE_DIM : ROLE_KEY, picked->key);
	canvas_cut(row, 8, 0, text, picked->dim ? ROLE_DIM : ROLE_TEXT, picked->text);
	canvas_cut(row, 10 + text, 0, row.w - 11 - text, ROLE_DIM, picked->detail);
	if (i == pick->list.selected) {
		canvas_bar(row, 0, ROLE_SELECTION);
		canvas_cursor(row, 0, 0, false);
	}
}

static void pick_paint(struct pane *pane, struct canvas canvas)
{
	struct pick *pick = container_of(pane, struct pick, pane);
	int text = widest(pick, false), w = text + widest(pick, true) + 14, h;
	struct canvas box;

	w = w < 40 ? 40 : w;
	w = w > canvas.w ? canvas.w : w;
	h = (int)pick->count + 2 > canvas.h ? canvas.h : (int)pick->count + 2;
	text = text > w - 12 ? w - 12 : text;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, pick->title);
	list_fit(&pick->list, pick->count, h > 2 ? (size_t)h - 2 : 0);
	for (int y = 1; y < h - 1; y++)
		paint_row(pick, canvas_sub(box, 1, y, w - 2, 1), pick->list.top + (size_t)y - 1,
			text);
}

static void pick_hints(struct pane *pane, struct canvas canvas)
{
	(void)pane;
	canvas_text(canvas, 1, 0, ROLE_DIM, "Enter or its key takes one   Esc back");
}

static const struct pane_ops pick_ops = {
	.title = "menu",
	.context = CONTEXT_MOVE,
	.overlay = true,
	.paint = pick_paint,
	.key = pick_key,
	.hints = pick_hints,
	.free = pick_free,
};

struct pane *pick_new(struct app *app, const char *title, const struct pick_row *rows, size_t count,
	chosen_fn *chosen, void *arg)
{
	struct pick *pick = calloc(1, sizeof(*pick));

	if (!pick || !(pick->rows = calloc(count + 1, sizeof(*pick->rows)))) {
		free(pick);
		return NULL;
	}
	pick->pane = (struct pane){.ops = &pick_ops, .app = app};
	snprintf(pick->title, sizeof(pick->title), "%s", title);
	for (size_t i = 0; i < count; i++) {
		struct picked *to = &pick->rows[i];

		snprintf(to->key, sizeof(to->key), "%s", rows[i].key ? rows[i].key : "");
		snprintf(to->text, sizeof(to->text), "%s", rows[i].text);
		snprintf(to->detail, sizeof(to->detail), "%s",
			rows[i].detail ? rows[i].detail : "");
		to->dim = rows[i].dim;
	}
	pick->count = count;
	pick->chosen = chosen;
	pick->arg = arg;
	return &pick->pane;
}
