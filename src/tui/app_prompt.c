/* app_prompt.c - the line that is typed at the bottom, and what a filter adds to it: what makes no
 * sense is underlined, and Tab completes. */
#include <stdio.h>

#include "tui/app_private.h"

void app_prompt(struct app *app, const char *label, const char *text, prompt_fn *typed, void *arg)
{
	app->prompting = true;
	snprintf(app->prompt_label, sizeof(app->prompt_label), "%s", label);
	snprintf(app->prompt_before, sizeof(app->prompt_before), "%s", text);
	prompt_set(&app->prompt, text);
	app->typed = typed;
	app->typed_arg = arg;
	app->filter_set = NULL;
	app->dirty = true;
}

bool app_prompt_was_left(const struct app *app)
{
	return app->prompt_left;
}

/* ---- filters ---- */

const char *app_last_filter(const struct app *app)
{
	return app->last_filter;
}

static const char *saved_filter(const void *settings, const char *name)
{
	return settings_filter(settings, name);
}

static const char *saved_name(const void *settings, size_t index)
{
	return settings_filter_name(settings, index);
}

struct filter_context app_filter_context(const struct app *app)
{
	return (struct filter_context){.now_ns = app->real_ns,
		.saved = saved_filter,
		.saved_name = saved_name,
		.arg = keep_settings(app->keep)};
}

struct filter *app_filter(struct app *app, const struct filter_set *set, const char *text)
{
	struct filter_context context = app_filter_context(app);

	return filter_new(set, text, &context);
}

void app_set_filter(
	struct app *app, const struct filter_set *set, const char *text, struct filter **filter)
{
	filter_free(*filter);
	*filter = *text ? app_filter(app, set, text) : NULL;
	app_dirty(app);
}

static void forget_offers(struct app *app)
{
	strs_fini(&app->offers);
	app->offers = (struct strs)STRS_INIT;
	app->offer = 0;
}

/* What the prompt says is read again: for what it underlines. */
static void read_filter(struct app *app)
{
	filter_free(app->filter);
	app->filter = app->filter_set ? app_filter(app, app->filter_set, app->prompt.text) : NULL;
}

void app_prompt_filter(struct app *app, const struct filter_set *set, const char *text,
	const struct filter_rows *rows, prompt_fn *typed, void *arg)
{
	app_prompt(app, "Filter: ", text, typed, arg);
	app->filter_set = set;
	app->filter_rows = *rows;
	forget_offers(app);
	read_filter(app);
}

/* Puts an offer where the word is; the cursor goes behind it. */
static void put_offer(struct app *app)
{
	const char *offer = app->offers.v[app->offer];
	struct prompt *prompt = &app->prompt;
	char text[PROMPT_MAX];
	int len = snprintf(text, sizeof(text), "%.*s%s", (int)app->offer_from, prompt->text, offer);

	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	snprintf(text + len, sizeof(text) - (size_t)len, "%s", prompt->text + prompt->at);
	prompt_set(prompt, text);
	prompt->at = (size_t)len;
}

static void complete(struct app *app, bool back)
{
	struct filter_context context = app_filter_context(app);

	if (app->offers.len == 0) {
		filter_complete(app->filter_set, &context, app->prompt.text, app->prompt.at,
			&app->filter_rows, &app->offers, &app->offer_from);
		app->offer = back && app->offers.len ? app->offers.len - 1 : 0;
	} else {
		app->offer = (app->offer + (back ? app->offers.len - 1 : 1)) % app->offers.len;
	}
	if (app->offers.len == 0 || strs_failed(&app->offers))
		return;
	put_offer(app);
	/* The only one is taken: the next Tab completes what comes after it. */
	if (app->offers.len == 1)
		forget_offers(app);
}

static void end(struct app *app, bool keep)
{
	app->prompting = false;
	if (keep && app->filter_set)
		snprintf(app->last_filter, sizeof(app->last_filter), "%s", app->prompt.text);
	app->prompt_left = !keep;
	filter_free(take(app->filter));
	forget_offers(app);
	app->typed(app->typed_arg, keep ? app->prompt.text : app->prompt_before, true);
}

void app_prompt_key(struct app *app, const struct key *key)
{
	bool tab = key->code == KEY_TAB || key->code == KEY_BACKTAB;

	app->dirty = true;
	if (key->code == KEY_ENTER || key->code == KEY_ESC || key->code == KEY_CONTROL('c')) {
		end(app, key->code == KEY_ENTER);
		return;
	}
	if (tab && app->filter_set) {
		complete(app, key->code == KEY_BACKTAB);
	} else {
		if (!prompt_key(&app->prompt, key))
			return;
		forget_offers(app);
	}
	read_filter(app);
	app->typed(app->typed_arg, app->prompt.text, false);
}

/* ---- painting ---- */

static void paint_bad(struct app *app, struct canvas canvas, int x, int end)
{
	size_t count;
	const struct filter_bad *bad = filter_bad(app->filter, &count);

	for (size_t i = 0; i < count; i++)
		prompt_mark(&app->prompt, canvas_sub(canvas, x, 0, canvas.w - x, 1), bad[i].from,
			bad[i].len, ROLE_WARN | STYLE_UNDERLINE);
	if (count && end + 4 < canvas.w)
		canvas_cut(canvas, end + 2, 0, canvas.w - end - 3, ROLE_WARN, bad[count - 1].why);
}

void app_paint_prompt(struct app *app, struct canvas canvas)
{
	int x = canvas_text(canvas, 1, 0, ROLE_KEY, app->prompt_label);
	int end = prompt_paint(&app->prompt, canvas, x, 0, ROLE_TEXT);

	if (app->filter)
		paint_bad(app, canvas, x, end);
}

static int paint_offers(struct app *app, struct canvas canvas)
{
	int x = 1;

	for (size_t i = app->offer > 3 ? app->offer - 3 : 0; i < app->offers.len && x < canvas.w;
		i++)
		x = canvas_text(canvas, x, 0, i == app->offer ? ROLE_SELECTION : ROLE_TEXT,
			    app->offers.v[i]) +
		    2;
	return x;
}

void app_paint_prompt_hints(struct app *app, struct canvas canvas)
{
	int x = 1;

	canvas_clear(canvas, ROLE_TEXT);
	if (app->offers.len) {
		paint_offers(app, canvas);
		return;
	}
	x = canvas_text(canvas, x, 0, ROLE_KEY, "Enter");
	x = canvas_text(canvas, x + 1, 0, ROLE_TEXT, app->filter_set ? "keep" : "take") + 2;
	x = canvas_text(canvas, x, 0, ROLE_KEY, "Esc");
	x = canvas_text(canvas, x + 1, 0, ROLE_TEXT, "leave it as it was") + 2;
	if (!app->filter_set)
		return;
	x = canvas_text(canvas, x, 0, ROLE_KEY, "Tab");
	x = canvas_text(canvas, x + 1, 0, ROLE_TEXT, "complete") + 2;
	x = canvas_text(canvas, x, 0, ROLE_DIM, "a b  a|b  -a") + 2;
	if (app->filter_set->example)
		canvas_text(canvas, x, 0, ROLE_DIM, app->filter_set->example);
}
