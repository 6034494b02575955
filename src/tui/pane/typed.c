/* typed.c - a question for what cannot be taken back: the answer is a word to type. */
#include <stdio.h>

#include "tui/pane/question.h"
#include "tui/widget/prompt.h"

struct typed {
	struct pane pane;
	char title[200], word[140];
	struct strs lines;
	size_t top; /* row of them that is in view */
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
	} else if (key->code >= KEY_FIRST && question_key(key, &typed->top)) {
		app_dirty(pane->app);
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
	struct canvas foot = question_paint(pane, canvas,
		&(struct question){.title = typed->title,
			.frame = ROLE_BAD,
			.width = widest(typed),
			.foot = 1,
			.lines = &typed->lines},
		&typed->top)
				     .foot;
	int x = canvas_textf(foot, 0, 0, ROLE_TEXT, "Type %s: ", typed->word);

	prompt_paint(&typed->prompt, foot, x, 0,
		(is_right(typed) ? ROLE_OK : ROLE_TEXT) | STYLE_UNDERLINE);
}

static void typed_hints(struct pane *pane, struct canvas canvas)
{
	const struct typed *typed = container_of(pane, struct typed, pane);

	hint_words(
		canvas, "%s   Esc back", is_right(typed) ? "Enter does it" : "Type it, then Enter");
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
