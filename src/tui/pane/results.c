/* results.c - what became of each, when one thing was asked of many; and trying again what failed.
 */
#include <stdio.h>

#include "tui/pane/pane.h"
#include "tui/widget/list.h"

enum { WHOLE = 4 }; /* lines for one's words */

struct results {
	struct pane pane;
	struct list list;
};

static void paint_item(struct canvas canvas, const struct batch_item *item)
{
	static const struct {
		enum glyph glyph;
		enum role role;
		const char *word;
	} looks[] = {
		[BATCH_WAITS] = {GLYPH_CREATED, ROLE_DIM, "waits for its turn"},
		[BATCH_UNDER_WAY] = {GLYPH_BUSY, ROLE_BUSY, "under way"},
		[BATCH_DONE] = {GLYPH_RUNNING, ROLE_OK, "done"},
		[BATCH_FAILED] = {GLYPH_FAILED, ROLE_BAD, "failed"},
	};
	int name = canvas.w >= 160 ? 64 : canvas.w >= 100 ? 32 : 20;
	const char *text = *item->text ? item->text : looks[item->state].word;
	size_t prefix = strlen(item->name);

	/* "shop/web: no such file": whose it is stands before it. */
	if (strncmp(text, item->name, prefix) == 0 && text[prefix] == ':')
		text += prefix + 1 + (text[prefix + 1] == ' ');

	canvas_text(canvas, 2, 0, looks[item->state].role,
		canvas_glyph(canvas, looks[item->state].glyph));
	canvas_name(canvas, 4, 0, name, ROLE_TEXT, item->name);
	canvas_cut(canvas, 5 + name, 0, 9, looks[item->state].role,
		item->state == BATCH_DONE     ? "done"
		: item->state == BATCH_FAILED ? "failed"
					      : "");
	canvas_cut(canvas, 15 + name, 0, canvas.w - name - 16,
		item->state == BATCH_FAILED ? ROLE_BAD : ROLE_DIM, text);
}

/* Below the list, the selected one's words in full; returns what is left for the list. */
static struct canvas paint_whole(struct canvas canvas, const struct batch_item *item)
{
	const char *text = item->text;
	int y = canvas.h - WHOLE;

	if (canvas.h < 3 * WHOLE || item->state != BATCH_FAILED)
		return canvas;
	canvas_rule(canvas, y, ROLE_BORDER, ROLE_TITLE, item->name);
	while (*text && ++y < canvas.h) {
		size_t len = text_line(text, canvas.w - 2);

		canvas_textn(canvas, 1, y, ROLE_BAD, text, len);
		text += len;
		text += strspn(text, " ");
	}
	return canvas_sub(canvas, 0, 0, canvas.w, canvas.h - WHOLE);
}

static void results_paint(struct pane *pane, struct canvas canvas)
{
	struct results *results = container_of(pane, struct results, pane);
	const struct batch *batch = app_batch(pane->app);
	char text[200];

	if (batch->count == 0) {
		canvas_text(canvas, 2, 2, ROLE_DIM,
			"Nothing was asked of several at once yet: Space marks them.");
		return;
	}
	canvas = paint_whole(canvas, &batch->items[results->list.selected]);
	batch_summary(batch, app_now_ms(pane->app), text, sizeof(text));
	canvas_text(canvas, 1, 0, batch->failed ? ROLE_BAD : ROLE_TITLE, text);
	list_fit(&results->list, batch->count, canvas.h > 2 ? (size_t)canvas.h - 2 : 0);
	for (int y = 2; y < canvas.h; y++) {
		size_t i = results->list.top + (size_t)y - 2;
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (i >= batch->count)
			return;
		app_hot_row(pane, line, i, results->list.selected);
		paint_item(line, &batch->items[i]);
		app_hot_row(&results->pane, line, i, results->list.selected);
		if (i == results->list.selected) {
			canvas_text(line, 0, 0, ROLE_TEXT, ">");
			canvas_bar(line, 0, ROLE_SELECTION);
			canvas_cursor(line, 0, 0, false);
		}
	}
}

static bool results_act(struct pane *pane, enum action action, int count)
{
	struct results *results = container_of(pane, struct results, pane);
	const struct batch *batch = app_batch(pane->app);

	if (list_move(&results->list, action, count))
		return true;
	if (action == ACTION_RETRY) {
		if (batch->failed)
			app_retry(pane->app);
		else
			app_toast(pane->app, ROLE_INFO, "Nothing failed");
		return true;
	}
	if (action == ACTION_OPEN && batch->of != BATCH_IMAGES &&
		results->list.selected < batch->count) {
		const struct batch_item *item = &batch->items[results->list.selected];

		if (model_row(app_model(pane->app), item->id))
			app_push(pane->app, detail_new(pane->app, item->id, ACTION_LOGS));
		else
			app_toast(pane->app, ROLE_INFO, "%s is gone", item->name);
		return true;
	}
	return false;
}

static void results_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_RETRY, "try again what failed");

	if (app_batch(pane->app)->of != BATCH_IMAGES)
		hint(pane, room, x, ACTION_OPEN, "the container");
}

static void results_free(struct pane *pane)
{
	free(container_of(pane, struct results, pane));
}

static const struct pane_ops results_ops = {
	.title = "Results",
	.context = CONTEXT_RESULTS,
	.paint = results_paint,
	.act = results_act,
	.hints = results_hints,
	.free = results_free,
};

struct pane *results_new(struct app *app)
{
	struct results *results = calloc(1, sizeof(*results));

	if (!results)
		return NULL;
	results->pane = (struct pane){.ops = &results_ops, .app = app};
	return &results->pane;
}
