/* prune.c - what nobody needs, listed before it goes: kinds to choose from, what of each would go
 * and how much that gives back.
 *
 *     planning → choosing → (a count to type) → doing, one kind after the other → gone */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/question.h"
#include "tui/pane/resources_own.h"
#include "util/strs.h"

enum { KINDS = 6 };

static const struct kind_words {
	const char *kind, *one, *many;
} kinds[KINDS] = {
	{"container", "stopped container", "stopped containers"},
	{"trash", "in the trash", "in the trash"},
	{"network", "unused network", "unused networks"},
	{"volume", "unused volume", "unused volumes"},
	{"image", "unused image", "unused images"},
	{"cache", "of the build cache", "of the build cache"},
};

struct item {
	size_t kind;
	uint64_t bytes;
	bool after; /* goes only when containers do */
	char name[200];
};

enum stage { PLANNING, CHOOSING, DOING };

struct prune {
	struct pane pane;
	enum stage stage;
	bool all, on[KINDS];
	struct item *items;
	size_t count;
	struct list list;
	size_t doing; /* the kind */
	uint64_t freed;
	struct err trouble;
	int64_t since_ms;
	void (*done)(void *arg);
	void *arg;
};

/* ---- the plan ---- */

static size_t kind_of(const char *word)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_eq(kinds[i].kind, word))
			return i;
	return KINDS;
}

static bool read_item(const char *line, struct item *out)
{
	char kind[16];
	int after, at = 0;

	if (sscanf(line, "%15s %" SCNu64 " %d %*s %n", kind, &out->bytes, &after, &at) != 3 || !at)
		return false;
	out->kind = kind_of(kind);
	out->after = after;
	snprintf(out->name, sizeof(out->name), "%.*s", (int)strcspn(line + at, "\n"), line + at);
	return out->kind < KINDS;
}

static void read_plan(struct prune *prune, const char *lines)
{
	size_t room = 0;

	for (const char *at = lines; *at; at++)
		room += *at == '\n';
	free(prune->items);
	prune->items = calloc(room + 1, sizeof(*prune->items));
	prune->count = 0;
	for (const char *at = lines; prune->items && *at; at += strcspn(at, "\n") + 1)
		prune->count += read_item(at, &prune->items[prune->count]);
}

static void on_planned(void *arg, const struct op_result *result)
{
	struct prune *prune = arg;

	prune->stage = CHOOSING;
	if (result->err)
		app_toast(prune->pane.app, ROLE_BAD, "%s", result->err->text);
	else
		read_plan(prune, result->lines);
	app_dirty(prune->pane.app);
}

static void plan(struct prune *prune)
{
	struct world *world = app_world(prune->pane.app);

	world->ops->safety->forget(world, prune);
	prune->stage = PLANNING;
	prune->since_ms = app_now_ms(prune->pane.app);
	if (world->ops->resources->plan(world, prune->all, on_planned, prune) < 0)
		prune->stage = CHOOSING;
	app_dirty(prune->pane.app);
}

static bool goes(const struct prune *prune, const struct item *item)
{
	return prune->on[item->kind] && (!item->after || prune->on[0]);
}

/* Of one kind, or of all that is chosen (KINDS). */
static size_t add_up(const struct prune *prune, size_t kind, uint64_t *bytes)
{
	size_t count = 0;

	*bytes = 0;
	for (size_t i = 0; i < prune->count; i++) {
		const struct item *item = &prune->items[i];

		if (kind < KINDS ? item->kind != kind : !goes(prune, item))
			continue;
		if (kind == 4 && item->after && !prune->on[0])
			continue;
		count++;
		*bytes += item->bytes;
	}
	return count;
}

/* ---- rows: each kind that has something, and its items below it ---- */

struct place {
	size_t kind;
	const struct item *item; /* NULL: the kind's own row */
};

static bool shows(const struct prune *prune, const struct item *item)
{
	return !item->after || prune->on[0];
}

static bool place_at(const struct prune *prune, size_t row, struct place *out)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		uint64_t bytes;

		if (!add_up(prune, kind, &bytes))
			continue;
		if (row-- == 0) {
			*out = (struct place){kind, NULL};
			return true;
		}
		for (size_t i = 0; i < prune->count; i++) {
			const struct item *item = &prune->items[i];

			if (item->kind != kind || !shows(prune, item) || row-- != 0)
				continue;
			*out = (struct place){kind, item};
			return true;
		}
	}
	return false;
}

static size_t count_rows(const struct prune *prune)
{
	size_t rows = 0;

	for (size_t kind = 0; kind < KINDS; kind++) {
		uint64_t bytes;
		size_t count = add_up(prune, kind, &bytes);

		rows += count ? count + 1 : 0;
	}
	return rows;
}

static void paint_kind(const struct prune *prune, struct canvas line, size_t kind)
{
	uint64_t bytes;
	size_t count = add_up(prune, kind, &bytes);
	char text[FIGURE_MAX];
	bool doing = prune->stage == DOING && prune->doing == kind;

	canvas_text(line, 2, 0, prune->on[kind] ? ROLE_MARK : ROLE_DIM,
		prune->on[kind] ? "[x]" : "[ ]");
	canvas_textf(line, 6, 0, doing ? ROLE_BUSY : ROLE_TITLE, "%zu %s%s", count,
		count == 1 ? kinds[kind].one : kinds[kind].many, doing ? ", going" : "");
	canvas_right(line, line.w - 10, 0, 8, prune->on[kind] ? ROLE_WARN : ROLE_DIM,
		format_bytes(bytes, text));
}

static void paint_item(const struct prune *prune, struct canvas line, const struct item *item)
{
	look style = goes(prune, item) ? ROLE_TEXT : ROLE_DIM;
	char text[FIGURE_MAX];

	canvas_name(line, 8, 0, line.w - 20, style, item->name);
	canvas_right(line, line.w - 10, 0, 8, style, format_bytes(item->bytes, text));
}

static void paint_rows(struct prune *prune, struct canvas canvas)
{
	struct place place;

	list_fit(&prune->list, count_rows(prune), canvas.h > 0 ? (size_t)canvas.h : 0);
	for (int y = 0; y < canvas.h; y++) {
		size_t row = prune->list.top + (size_t)y;
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (!place_at(prune, row, &place))
			return;
		if (place.item)
			paint_item(prune, line, place.item);
		else
			paint_kind(prune, line, place.kind);
		if (row != prune->list.selected)
			continue;
		canvas_text(line, 0, 0, ROLE_KEY, ">");
		canvas_bar(line, 0, ROLE_SELECTION);
		canvas_cursor(line, 0, 0, false);
	}
}

static void put_command(const struct prune *prune, struct buf *out)
{
	static const char *const commands[KINDS] = {"davit container prune", "davit trash empty",
		"davit network prune", "davit volume prune", "davit image prune",
		"davit builder prune"};
	static const bool takes_all[KINDS] = {[3] = true, [4] = true, [5] = true};
	uint64_t bytes;

	for (size_t i = 0; i < KINDS; i++)
		if (prune->on[i] && add_up(prune, i, &bytes))
			buf_addf(out, "%s%s%s", out->len ? "; " : "", commands[i],
				prune->all && takes_all[i] ? " -a" : "");
}

static void paint_foot(struct prune *prune, struct canvas box)
{
	const struct answer answers[] = {{'n', "n", "Cancel", ROLE_TEXT | STYLE_REVERSE},
		{'y', "y", "Prune", ROLE_TEXT},
		{'a', "a", prune->all ? "keep what has a name" : "also what has a name",
			ROLE_TEXT}};
	auto_buf command = BUF_INIT;
	char text[FIGURE_MAX];
	uint64_t bytes;
	size_t count = add_up(prune, KINDS, &bytes);
	int x;

	put_command(prune, &command);
	x = canvas_textf(box, 3, 0, ROLE_TITLE, "%zu to go, frees at least %s", count,
		format_bytes(bytes, text));
	canvas_cut(box, x + 3, 0, box.w - x - 5, ROLE_DIM,
		prune->all ? "also what has a name" : "what has a name stays");
	if (command.len) {
		x = canvas_text(box, 3, 1, ROLE_DIM, "Same as: ");
		canvas_cut(box, x, 1, box.w - x - 3, ROLE_DIM, buf_text(&command));
	}
	x = box.w < 60 ? 2 : 3;
	answers_paint(&prune->pane, canvas_sub(box, x, box.w < 60 ? 2 : 3, box.w - 2 * x, 2),
		answers, array_len(answers));
}

static void prune_paint(struct pane *pane, struct canvas canvas)
{
	struct prune *prune = container_of(pane, struct prune, pane);
	int rows = (int)count_rows(prune), w = canvas.w > 80 ? 78 : canvas.w, h;
	struct canvas box;

	h = rows + 8 > canvas.h ? canvas.h : rows + 8;
	h = h < 10 && canvas.h >= 10 ? 10 : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, "Prune what nobody needs?");
	if (prune->stage == PLANNING)
		canvas_textf(box, 3, 2, ROLE_BUSY, "looking what can go, %lld s",
			(long long)(app_now_ms(pane->app) - prune->since_ms) / 1000);
	else if (!rows)
		canvas_text(box, 3, 2, ROLE_OK, "Nothing can go: all of it is in use.");
	else
		paint_rows(prune, canvas_sub(box, 1, 1, w - 2, h - 7));
	paint_foot(prune, canvas_sub(box, 0, h - 5, w, 4));
}

static void prune_hints(struct pane *pane, struct canvas canvas)
{
	const struct prune *prune = container_of(pane, struct prune, pane);

	hint_words(canvas, prune->stage == DOING ? "Esc stops after this one"
						 : "Space on, off   y Prune   a all   Esc back");
}

/* ---- doing ---- */

static void finish(struct prune *prune, bool whole)
{
	struct app *app = prune->pane.app;
	char text[FIGURE_MAX];

	format_bytes(prune->freed, text);
	if (prune->trouble.code < 0)
		app_toast(app, ROLE_BAD, "Freed %s, then: %.300s", text, prune->trouble.text);
	else
		app_toast(app, whole ? ROLE_OK : ROLE_WARN,
			whole ? "Freed %s" : "Stopped; freed %s", text);
	if (prune->done)
		prune->done(prune->arg);
	app_close(app, &prune->pane);
}

static void step(struct prune *prune);

static void on_gone(void *arg, const struct op_result *result)
{
	struct prune *prune = arg;

	prune->freed += result->bytes;
	if (result->err)
		prune->trouble = *result->err;
	prune->doing++;
	step(prune);
}

static void step(struct prune *prune)
{
	struct world *world = app_world(prune->pane.app);
	uint64_t bytes;

	while (prune->doing < KINDS &&
		(!prune->on[prune->doing] || !add_up(prune, prune->doing, &bytes)))
		prune->doing++;
	app_dirty(prune->pane.app);
	if (prune->doing == KINDS || prune->trouble.code < 0)
		finish(prune, true);
	else if (world->ops->resources->prune(
			 world, kinds[prune->doing].kind, prune->all, on_gone, prune) < 0)
		on_gone(prune, &(struct op_result){.err = &(struct err){-ENOMEM, "out of memory"}});
}

static void begin(struct prune *prune)
{
	prune->stage = DOING;
	prune->doing = 0;
	step(prune);
}

static void on_sure(struct app *app, void *arg, int index)
{
	struct prune *prune = *(struct prune **)arg;

	(void)app;
	if (index == 1)
		begin(prune);
}

static void ask_again(struct prune *prune, size_t count, uint64_t bytes)
{
	struct prune **arg = malloc(sizeof(*arg));
	char title[80], word[24], text[FIGURE_MAX];
	auto_strs lines = STRS_INIT;
	struct pane *pane;

	snprintf(title, sizeof(title), "Prune %zu thing%s?", count, count == 1 ? "" : "s");
	snprintf(word, sizeof(word), "%zu", count);
	strs_addf(&lines, "%s and more go for good: nothing brings them back.",
		format_bytes(bytes, text));
	if (arg)
		*arg = prune;
	pane = arg ? typed_new(prune->pane.app, title, &lines, word, on_sure, arg) : NULL;
	if (!pane)
		free(arg);
	app_push(prune->pane.app, pane);
}

/* ---- keys ---- */

static void choose(struct prune *prune)
{
	uint64_t bytes;
	size_t count = add_up(prune, KINDS, &bytes);

	if (!count)
		app_toast(prune->pane.app, ROLE_INFO, "Nothing is chosen: Space turns a kind on");
	else if (app_safety(prune->pane.app) == SAFETY_FAST)
		begin(prune);
	else
		ask_again(prune, count, bytes);
}

static void turn(struct prune *prune)
{
	struct place place;

	if (place_at(prune, prune->list.selected, &place))
		prune->on[place.kind] = !prune->on[place.kind];
	app_dirty(prune->pane.app);
}

static bool prune_key(struct pane *pane, const struct key *key)
{
	struct prune *prune = container_of(pane, struct prune, pane);
	enum action move;

	if (key->code == KEY_ESC || key->code == 'n' || key->code == 'q' ||
		key->code == KEY_CONTROL('c')) {
		if (prune->stage == DOING)
			finish(prune, false);
		else
			app_close(pane->app, pane);
		return true;
	}
	if (prune->stage != CHOOSING)
		return true;
	move = keymap_find_in(app_keymap(pane->app), CONTEXT_MOVE, key);
	if (key->code == 'y') {
		choose(prune);
	} else if (key->code == 'a') {
		prune->all = !prune->all;
		plan(prune);
	} else if (key->code == ' ' || key->code == KEY_ENTER) {
		turn(prune);
	} else if (list_move(&prune->list, move, 0)) {
		app_dirty(pane->app);
	}
	return true;
}

static int64_t prune_deadline(struct pane *pane)
{
	const struct prune *prune = container_of(pane, struct prune, pane);
	int64_t now = app_now_ms(pane->app);

	return prune->stage == PLANNING ? now + 1000 - now % 1000 : -1;
}

static void prune_tick(struct pane *pane)
{
	app_dirty(pane->app);
}

static void prune_free(struct pane *pane)
{
	struct prune *prune = container_of(pane, struct prune, pane);
	struct world *world = app_world(pane->app);

	world->ops->safety->forget(world, prune);
	free(prune->items);
	free(prune);
}

static const struct pane_ops prune_ops = {
	.title = "question",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = prune_paint,
	.key = prune_key,
	.hints = prune_hints,
	.deadline = prune_deadline,
	.tick = prune_tick,
	.free = prune_free,
};

struct pane *prune_new(struct app *app, void (*done)(void *arg), void *arg)
{
	struct prune *prune = calloc(1, sizeof(*prune));

	if (!prune)
		return NULL;
	prune->pane = (struct pane){.ops = &prune_ops, .app = app};
	prune->done = done;
	prune->arg = arg;
	for (size_t i = 0; i < KINDS; i++)
		prune->on[i] = i != 3; /* volumes hold data: only when they are chosen */
	plan(prune);
	return &prune->pane;
}
