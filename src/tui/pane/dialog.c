/* dialog.c - a question over the screen: what is lost, what does the same, and keys to answer. */
#include <stdio.h>

#include "tui/pane/question.h"

enum { CHOICES_MAX = 4 };

struct dialog {
	struct pane pane;
	char title[200];
	struct strs lines;
	size_t top; /* row of them that is in view */
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
	if (question_key(key, &dialog->top))
		app_dirty(pane->app);
	else if (key->code == KEY_ENTER)
		answer(dialog, dialog->fallback);
	else if (key->code == KEY_ESC || key->code == 'q' || key->code == KEY_CONTROL('c'))
		answer(dialog, -1);
	return true;
}

static int widest_line(const struct dialog *dialog)
{
	int width = text_width(dialog->title) + 4;

	for (size_t i = 0; i < dialog->lines.len; i++)
		if (text_width(dialog->lines.v[i]) > width)
			width = text_width(dialog->lines.v[i]);
	return width;
}

static void dialog_paint(struct pane *pane, struct canvas canvas)
{
	struct dialog *dialog = container_of(pane, struct dialog, pane);
	struct answer answers[CHOICES_MAX];
	char keys[CHOICES_MAX][2];

	for (size_t i = 0; i < dialog->choice_count; i++) {
		keys[i][0] = (char)dialog->choices[i].key;
		keys[i][1] = '\0';
		answers[i] =
			(struct answer){dialog->choices[i].key, keys[i], dialog->choices[i].label,
				(int)i == dialog->fallback ? ROLE_TEXT | STYLE_REVERSE : ROLE_TEXT};
	}
	question_paint(pane, canvas,
		&(struct question){.title = dialog->title,
			.frame = ROLE_FOCUS,
			.width = widest_line(dialog),
			.lines = &dialog->lines,
			.answers = answers,
			.count = dialog->choice_count},
		&dialog->top);
}

static void dialog_hints(struct pane *pane, struct canvas canvas)
{
	const struct dialog *dialog = container_of(pane, struct dialog, pane);

	hint_words(canvas, "Enter %s   Esc back", dialog->choices[dialog->fallback].label);
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
