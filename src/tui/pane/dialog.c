/* dialog.c - a question over the screen: what is lost, what does the same, and keys to answer. */
#include <stdio.h>

#include "tui/pane/pane.h"
#include "util/strs.h"

enum { CHOICES_MAX = 4 };

struct dialog {
	struct pane pane;
	char title[200];
	struct strs lines;
	struct choice choices[CHOICES_MAX];
	size_t choice_count;
	int fallback;
	chosen_fn *chosen;
	void *arg;
};

static void dialog_free(struct pane *pane)
{
	struct dialog *dialog = container_of(pane, struct dialog, pane);

	strs_fini(&dialog->lines);
	free(dialog->arg);
	free(dialog);
}

static void answer(struct dialog *dialog, int index)
{
	struct app *app = dialog->pane.app;

	dialog->chosen(app, dialog->arg, index);
	app_close(app, &dialog->pane);
}

static bool dialog_key(struct pane *pane, const struct key *key)
{
	struct dialog *dialog = container_of(pane, struct dialog, pane);

	for (size_t i = 0; i < dialog->choice_count; i++)
		if (key->code == dialog->choices[i].key && !key->mods) {
			answer(dialog, (int)i);
			return true;
		}
	if (key->code == KEY_ENTER)
		answer(dialog, dialog->fallback);
	else if (key->code == KEY_ESC || key->code == 'q' || key->code == KEY_CONTROL('c'))
		answer(dialog, -1);
	return true;
}

static int widest_line(const struct dialog *dialog)
{
	int width = text_width(dialog->title) + 4, choices = 0;

	for (size_t i = 0; i < dialog->lines.len; i++)
		if (text_width(dialog->lines.v[i]) > width)
			width = text_width(dialog->lines.v[i]);
	for (size_t i = 0; i < dialog->choice_count; i++)
		choices += 7 + text_width(dialog->choices[i].label);
	return (choices > width ? choices : width) + 6;
}

static void paint_choices(struct dialog *dialog, struct canvas canvas, int y)
{
	int x = 3;

	for (size_t i = 0; i < dialog->choice_count; i++) {
		const struct choice *choice = &dialog->choices[i];
		look style = (int)i == dialog->fallback ? ROLE_TEXT | STYLE_REVERSE : ROLE_TEXT;

		int from = x;

		x = canvas_textf(canvas, x, y, style, " [%c] %s ", (int)choice->key, choice->label);
		app_hot_key(&dialog->pane, canvas_sub(canvas, from, y, x - from, 1), choice->key);
		x += 2;
	}
}

static void dialog_paint(struct pane *pane, struct canvas canvas)
{
	struct dialog *dialog = container_of(pane, struct dialog, pane);
	int w = widest_line(dialog), h = (int)dialog->lines.len + 5;
	struct canvas box;

	w = w > canvas.w - 2 ? canvas.w : w;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, dialog->title);
	for (size_t i = 0; i < dialog->lines.len && (int)i < h - 5; i++)
		canvas_cut(box, 3, 2 + (int)i, w - 6, ROLE_TEXT, dialog->lines.v[i]);
	paint_choices(dialog, box, h - 2);
}

static void dialog_hints(struct pane *pane, struct canvas canvas)
{
	const struct dialog *dialog = container_of(pane, struct dialog, pane);

	canvas_textf(canvas, 1, 0, ROLE_DIM, "Enter %s   Esc back",
		dialog->choices[dialog->fallback].label);
}

static const struct pane_ops dialog_ops = {
	.title = "question",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = dialog_paint,
	.key = dialog_key,
	.hints = dialog_hints,
	.free = dialog_free,
};

struct pane *dialog_new(struct app *app, const char *title, const char *const *lines,
	size_t line_count, const struct choice *choices, size_t choice_count, int fallback,
	chosen_fn *chosen, void *arg)
{
	struct dialog *dialog = calloc(1, sizeof(*dialog));

	if (!dialog)
		return NULL;
	dialog->pane = (struct pane){.ops = &dialog_ops, .app = app};
	snprintf(dialog->title, sizeof(dialog->title), "%s", title);
	for (size_t i = 0; i < line_count; i++)
		strs_add(&dialog->lines, lines[i]);
	if (strs_failed(&dialog->lines)) {
		strs_fini(&dialog->lines);
		free(dialog);
		return NULL;
	}
	dialog->choice_count = choice_count > CHOICES_MAX ? CHOICES_MAX : choice_count;
	memcpy(dialog->choices, choices, dialog->choice_count * sizeof(*choices));
	dialog->fallback = fallback;
	dialog->chosen = chosen;
	dialog->arg = arg;
	return &dialog->pane;
}
