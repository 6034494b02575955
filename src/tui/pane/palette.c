/* palette.c - ":": a line to type, and above it all that fits: each with its key, the command line
 * that does the same, and why it does not apply now. */
#include <stdio.h>

#include "tui/pane/offers.h"
#include "tui/typed.h"
#include "tui/widget/list.h"
#include "tui/widget/prompt.h"

enum { ROWS_MAX = 14 };

struct palette {
	struct pane pane;
	struct prompt prompt;
	struct offers offers;
	struct list list;
	size_t age; /* of the line of the history that is shown, from 1 on; 0: none is */
	char typed[PROMPT_MAX]; /* before the history was looked at */
};

static void palette_free(struct pane *pane)
{
	struct palette *palette = container_of(pane, struct palette, pane);

	offers_fini(&palette->offers);
	free(palette);
}

static void narrow(struct palette *palette)
{
	const char *text = palette->prompt.text;

	offers_narrow(&palette->offers, text + strspn(text, ":"));
	list_select(&palette->list, 0);
	palette->list.top = 0;
	palette->list.count = palette->offers.shown_count;
}

static const struct offer *selected(const struct palette *palette)
{
	return palette->list.selected < palette->offers.shown_count
		       ? palette->offers.shown[palette->list.selected]
		       : NULL;
}

/* ---- painting ---- */

static void paint_title(struct canvas canvas, int x, int w, const struct offer *offer)
{
	look style = offer->why_not ? ROLE_DIM : ROLE_TEXT;

	canvas = canvas_sub(canvas, x, 0, w, 1);
	canvas_cut(canvas, 0, 0, w, style, offer->title);
	for (size_t at = 0; offer->title[at] && at < FUZZY_TEXT_MAX && (int)at < w; at++)
		if (offer->hits[at / 64] >> at % 64 & 1 && (unsigned char)offer->title[at] < 0x80)
			canvas_bar(canvas_sub(canvas, (int)at, 0, 1, 1), 0, ROLE_KEY);
}

static void paint_line(struct canvas canvas, const struct offer *offer)
{
	char line[PROMPT_MAX + 16];

	snprintf(line, sizeof(line), "%s%s", typed_is_words(offer->line) ? ":" : "davit ",
		offer->line);
	canvas_cut(canvas, 2, 0, canvas.w - 2, ROLE_TEXT, line);
}

/* Why not; else the command line, or what it means. */
static const char *beside(const struct offer *offer)
{
	if (offer->why_not)
		return offer->why_not;
	switch (offer->kind) {
	case OFFER_WORDS:
		return offer->line + 1;
	case OFFER_CONTAINER:
	case OFFER_IMAGE:
		return "go there";
	default:
		return offer->line;
	}
}

static void paint_offer(struct canvas canvas, const struct offer *offer, bool is_selected)
{
	int w = canvas.w < 60 ? canvas.w - 12 : canvas.w * 2 / 5;

	canvas_text(canvas, 0, 0, ROLE_KEY, is_selected ? ">" : " ");
	if (offer->kind == OFFER_LINE) {
		paint_line(canvas, offer);
	} else if (offer->kind == OFFER_CONTAINER || offer->kind == OFFER_IMAGE) {
		/* Names differ at their ends, and no key stands beside them. */
		paint_title(canvas, 2, canvas.w - 13, offer);
		canvas_text(canvas, canvas.w - 9, 0, ROLE_DIM, beside(offer));
	} else {
		paint_title(canvas, 2, w - 2, offer);
		canvas_cut(canvas, w + 2, 0, 8, offer->why_not ? ROLE_DIM : ROLE_KEY, offer->key);
		canvas_cut(canvas, w + 12, 0, canvas.w - w - 12,
			offer->why_not ? ROLE_WARN : ROLE_DIM, beside(offer));
	}
	if (is_selected)
		canvas_bar(canvas, 0, ROLE_SELECTION);
}

static void click_offer(struct pane *pane, int x, size_t index)
{
	(void)x;
	list_select(&container_of(pane, struct palette, pane)->list, index);
	app_key(pane->app, &(struct key){.code = KEY_ENTER, .len = 1, .raw = "\r"});
}

static void palette_paint(struct pane *pane, struct canvas canvas)
{
	struct palette *palette = container_of(pane, struct palette, pane);
	int rows = canvas.h - 3 < ROWS_MAX ? canvas.h - 3 : ROWS_MAX;
	struct canvas box, prompt;
	int x;

	rows = rows < 0 ? 0 : rows;
	box = canvas_sub(canvas, 0, canvas.h - rows - 2, canvas.w, rows + 2);
	prompt = canvas_sub(box, 0, rows + 1, box.w, 1);
	canvas_clear(box, ROLE_TEXT);
	canvas_rule(box, 0, ROLE_BORDER, ROLE_TITLE, "Any command");
	list_fit(&palette->list, palette->offers.shown_count, (size_t)rows);
	for (int y = 0; y < rows; y++) {
		size_t i = palette->list.top + (size_t)y;

		if (i >= palette->offers.shown_count)
			break;
		app_hot(pane, canvas_sub(box, 0, y + 1, box.w, 1), click_offer, i);
		paint_offer(canvas_sub(box, 0, y + 1, box.w, 1), palette->offers.shown[i],
			i == palette->list.selected);
	}
	x = canvas_text(prompt, 1, 0, ROLE_KEY, ":");
	prompt_paint(&palette->prompt, prompt, x, 0, ROLE_TEXT);
}

static void palette_hints(struct pane *pane, struct canvas canvas)
{
	static const char *const words[][2] = {{"Enter", "do it"}, {"Tab", "as a line to change"},
		{"Up Down", "choose, history"}, {"Esc", "back"}};
	int x = 1;

	(void)pane;
	for (size_t i = 0; i < array_len(words); i++) {
		x = canvas_text(canvas, x, 0, ROLE_KEY, words[i][0]);
		x = canvas_text(canvas, x + 1, 0, ROLE_TEXT, words[i][1]) + 2;
	}
}

/* ---- keys ---- */

static void show_history(struct palette *palette, bool older)
{
	const struct keep *keep = app_keep(palette->pane.app);

	if (older && !keep_history(keep, palette->age))
		return;
	if (palette->age == 0)
		snprintf(palette->typed, sizeof(palette->typed), "%s", palette->prompt.text);
	palette->age = older ? palette->age + 1 : palette->age - 1;
	prompt_set(&palette->prompt,
		palette->age ? keep_history(keep, palette->age - 1) : palette->typed);
	narrow(palette);
}

static void move(struct palette *palette, bool down)
{
	if (palette->age && down)
		show_history(palette, false);
	else if (!down && palette->list.selected == 0)
		show_history(palette, true);
	else
		list_move(&palette->list, down ? ACTION_DOWN : ACTION_UP, 1);
}

/* "save filter NAME" wants a name: up to there it is typed. */
static bool wants_more(const struct offer *offer)
{
	return offer->kind == OFFER_WORDS && str_has_suffix(offer->title, " NAME");
}

static void edit_selected(struct palette *palette)
{
	const struct offer *offer = selected(palette);
	char text[PROMPT_MAX];

	if (!offer)
		return;
	switch (offer->kind) {
	case OFFER_ACTION:
		if (!*offer->line)
			return;
		snprintf(text, sizeof(text), "%s", offer->line + strlen("davit "));
		break;
	case OFFER_CONTAINER:
	case OFFER_IMAGE:
		snprintf(text, sizeof(text), "%s", strchr(offer->title, ' ') + 1);
		break;
	default:
		snprintf(text, sizeof(text), "%s",
			offer->kind == OFFER_WORDS ? offer->title : offer->line);
		if (wants_more(offer))
			text[strlen(text) - strlen("NAME")] = '\0';
	}
	prompt_set(&palette->prompt, text);
	narrow(palette);
}

static void take_selected(struct palette *palette)
{
	struct app *app = palette->pane.app;
	const struct offer *offer = selected(palette);
	struct offer copy;

	if (!offer) {
		app_close(app, &palette->pane);
		return;
	}
	if (wants_more(offer)) {
		edit_selected(palette);
		return;
	}
	/* The palette goes first: what is done may push panes of its own. */
	copy = *offer;
	copy.title = strdup(offer->title);
	copy.line = strdup(offer->line);
	app_close(app, &palette->pane);
	if (copy.title && copy.line)
		offer_take(app, &copy);
	free(copy.title);
	free(copy.line);
}

static bool palette_key(struct pane *pane, const struct key *key)
{
	struct palette *palette = container_of(pane, struct palette, pane);
	bool empty = !*palette->prompt.text;

	switch (key->code) {
	case KEY_ENTER:
		take_selected(palette);
		return true;
	case KEY_ESC:
	case KEY_CONTROL('c'):
		app_close(pane->app, pane);
		return true;
	case KEY_UP:
	case KEY_CONTROL('p'):
	case KEY_DOWN:
	case KEY_CONTROL('n'):
		move(palette, key->code == KEY_DOWN || key->code == KEY_CONTROL('n'));
		return true;
	case KEY_PAGE_UP:
	case KEY_PAGE_DOWN:
		list_move(&palette->list,
			key->code == KEY_PAGE_UP ? ACTION_PAGE_UP : ACTION_PAGE_DOWN, 1);
		return true;
	case KEY_TAB:
		edit_selected(palette);
		return true;
	case KEY_BACKSPACE:
		if (empty) {
			app_close(pane->app, pane);
			return true;
		}
		break;
	default:
		break;
	}
	if (prompt_key(&palette->prompt, key)) {
		palette->age = 0;
		narrow(palette);
	}
	return true;
}

static const struct pane_ops palette_ops = {
	.title = "palette",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = palette_paint,
	.key = palette_key,
	.hints = palette_hints,
	.free = palette_free,
};

struct pane *palette_new(struct app *app, const char *text)
{
	struct palette *palette = calloc(1, sizeof(*palette));

	if (!palette)
		return NULL;
	palette->pane = (struct pane){.ops = &palette_ops, .app = app};
	if (offers_collect(&palette->offers, app, false) < 0) {
		palette_free(&palette->pane);
		return NULL;
	}
	prompt_set(&palette->prompt, text);
	narrow(palette);
	return &palette->pane;
}
