/* typed.c - a question for what cannot be taken back: the answer is a word to type. */
#include <stdio.h>

#include "tui/pane/pane.h"
#include "tui/widget/prompt.h"
#include "util/strs.h"

struct typed {
	struct pane pane;
	char title[200], word[140];
	struct strs lines;
	struct prompt prompt;
	chosen_fn *chosen;
	void *arg;
};

static void typed_free(struct pane *pane)
{
	struct typed *typed = container_of(pane, struct typed, pane);

	strs_fini(&typed->lines);
	free(typed->arg);
	free(typed);
}

static bool is_right(const struct typed *typed)
{
	return strcmp(typed->prompt.text, typed->word) == 0;
}

static void answer(struct typed *typed, int index)
{
	struct app *app = typed->pane.app;

	typed->chosen(app, typed->arg, index);
	app_close(app, &typed->pane);
}

static bool typed_key(struct pane *pane, const struct key *key)
{
	struct typed *typed = container_of(pane, struct typed, pane);

	if (key->code == KEY_ESC || key->code == KEY_CONTROL('c')) {
		answer(typed, -1);
	} else if (key->code == KEY_ENTER) {
		if (is_right(typed))
			answer(typed, 1);
		else
			app_toast(pane->app, ROLE_WARN, "Not done: type %s, or Esc", typed->word);
	} else if (prompt_key(&typed->prompt, key)) {
		app_dirty(pane->app);
	}
	return true;
}

static int widest(const struct typed *typed)
{
	int width = text_width(typed->title) + 4;

	for (size_t i = 0; i < typed->lines.len; i++)
		if (text_width(typed->lines.v[i]) > width)
			width = text_width(typed->lines.v[i]);
	return width > 44 ? width : 44;
}

static void typed_paint(struct pane *pane, struct canvas canvas)
{
	struct typed *typed = container_of(pane, struct typed, pane);
	int w = widest(typed) + 6, h = (int)typed->lines.len + 5, x;
	struct canvas box;

	w = w > canvas.w - 2 ? canvas.w : w;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_BAD, ROLE_TITLE, typed->title);
	for (size_t i = 0; i < typed->lines.len && (int)i < h - 5; i++)
		canvas_cut(box, 3, 2 + (int)i, w - 6, ROLE_TEXT, typed->lines.v[i]);
	x = canvas_textf(box, 3, h - 2, ROLE_TEXT, "Type %s: ", typed->word);
	prompt_paint(&typed->prompt, canvas_sub(box, 0, 0, w - 2, h), x, h - 2,
		(is_right(typed) ? ROLE_OK : ROLE_TEXT) | STYLE_UNDERLINE);
}

static void typed_hints(struct pane *pane, struct canvas canvas)
{
	const struct typed *typed = container_of(pane, struct typed, pane);

	canvas_textf(canvas, 1, 0, ROLE_DIM, "%s   Esc back",
		is_right(typed) ? "Enter does it" : "Type it, then Enter");
}

static const struct pane_ops typed_ops = {
	.title = "question",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = typed_paint,
	.key = typed_key,
	.hints = typed_hints,
	.free = typed_free,
};

struct pane *typed_new(struct app *app, const char *title, const struct strs *lines,
	const char *word, chosen_fn *chosen, void *arg)
{
	struct typed *typed = calloc(1, sizeof(*typed));

	if (!typed)
		return NULL;
	typed->pane = (struct pane){.ops = &typed_ops, .app = app};
	snprintf(typed->title, sizeof(typed->title), "%s", title);
	snprintf(typed->word, sizeof(typed->word), "%s", word);
	strs_copy(&typed->lines, lines);
	if (strs_failed(&typed->lines)) {
		strs_fini(&typed->lines);
		free(typed);
		return NULL;
	}
	typed->chosen = chosen;
	typed->arg = arg;
	return &typed->pane;
}
