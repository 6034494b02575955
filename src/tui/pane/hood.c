/* hood.c - the tab of what the kernel says of one container: every row with what it means, what
 * proves it, and what the host or another container has in its place. */
#include <errno.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/pane/proof.h"
#include "tui/widget/list.h"

enum { READ_MS = 2000, NAME_WIDTH = 20, VALUE_WIDTH = 26 };

/* What was read of one of the two. */
struct reading {
	void *holder;
	const struct hood_row *rows;
	size_t count;
};

struct hood_tab {
	struct pane pane;
	char id[65];
	struct reading here, beside;
	bool compares;
	char other[65], other_name[136]; /* whom it is compared with; "": the host */
	struct list list;
	char selected[200]; /* part and name: rows come and go */
	int64_t read_ms;    /* 0: never */
	bool stands;        /* it does not run: only its records are left */
	char trouble[500];
	struct trying *trying; /* a call that is tried now */
};

/* ---- reading ---- */

static void forget(struct hood_tab *tab, struct reading *reading)
{
	app_world(tab->pane.app)->ops->hood->release(reading->holder);
	*reading = (struct reading){0};
}

static bool same(const struct reading *a, const struct reading *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->rows[i].name, b->rows[i].name) != 0 ||
			strcmp(a->rows[i].value, b->rows[i].value) != 0)
			return false;
	return true;
}

/* What did not change is not painted again. */
static int read_one(
	struct hood_tab *tab, const char *id, unsigned parts, struct reading *into, struct err *err)
{
	struct world *world = app_world(tab->pane.app);
	struct reading now = {0};
	int failed =
		world->ops->hood->read(world, id, parts, &now.holder, &now.rows, &now.count, err);

	if (failed || !same(into, &now))
		app_dirty(tab->pane.app);
	forget(tab, into);
	*into = now;
	return failed;
}

static void read_all(struct hood_tab *tab)
{
	struct err err;
	int failed;

	*tab->trouble = '\0';
	tab->read_ms = app_now_ms(tab->pane.app);
	failed = read_one(tab, tab->id, HOOD_ALL, &tab->here, &err);
	tab->stands = failed == -ESRCH;
	if (tab->stands)
		failed = read_one(tab, tab->id, 1u << HOOD_RECORDS, &tab->here, &err);
	if (failed)
		snprintf(tab->trouble, sizeof(tab->trouble), "%s", err.text);
	if (tab->compares &&
		read_one(tab, *tab->other ? tab->other : NULL, HOOD_ALL, &tab->beside, &err) < 0) {
		app_toast(tab->pane.app, ROLE_WARN, "%s", err.text);
		tab->compares = false;
	}
}

static bool runs(const struct hood_tab *tab)
{
	const struct row *row = model_row(app_model(tab->pane.app), tab->id);

	return row && row->c.pid;
}

static int64_t hood_deadline(struct pane *pane)
{
	struct hood_tab *tab = container_of(pane, struct hood_tab, pane);

	if (!tab->read_ms)
		return app_now_ms(pane->app);
	return runs(tab) ? tab->read_ms + READ_MS : -1;
}

static void hood_tick(struct pane *pane)
{
	read_all(container_of(pane, struct hood_tab, pane));
}

static void hood_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_CONTAINERS)
		container_of(pane, struct hood_tab, pane)->read_ms = 0;
}

/* ---- rows ---- */

static const struct hood_row *find(const struct reading *in, const struct hood_row *row)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->rows[i].part == row->part && strcmp(in->rows[i].name, row->name) == 0)
			return &in->rows[i];
	return NULL;
}

static const struct hood_row *selected_row(const struct hood_tab *tab)
{
	return tab->list.selected < tab->here.count ? &tab->here.rows[tab->list.selected] : NULL;
}

static void remember(struct hood_tab *tab)
{
	const struct hood_row *row = selected_row(tab);

	*tab->selected = '\0';
	if (row)
		snprintf(tab->selected, sizeof(tab->selected), "%d %s", row->part, row->name);
}

static void find_selected(struct hood_tab *tab, size_t height)
{
	char key[sizeof(tab->selected)];

	list_fit(&tab->list, tab->here.count, height);
	for (size_t i = 0; i < tab->here.count; i++) {
		snprintf(key, sizeof(key), "%d %s", tab->here.rows[i].part, tab->here.rows[i].name);
		if (strcmp(key, tab->selected) == 0) {
			list_select(&tab->list, i);
			break;
		}
	}
	remember(tab);
}

/* ---- painting ---- */

static void paint_beside(
	struct hood_tab *tab, struct canvas canvas, int x, const struct hood_row *row)
{
	const struct hood_row *other = find(&tab->beside, row);
	bool equal = other && strcmp(other->value, row->value) == 0;

	canvas_text(canvas, x, 0, equal ? ROLE_DIM : ROLE_WARN, equal ? "=" : "#");
	canvas_cut(canvas, x + 2, 0, canvas.w - x - 2, equal ? ROLE_DIM : ROLE_TEXT,
		other ? other->value : "-");
}

static void paint_row(struct hood_tab *tab, struct canvas canvas, size_t i)
{
	const struct hood_row *row = &tab->here.rows[i];
	bool first = i == tab->list.top || tab->here.rows[i - 1].part != row->part;
	int x = 16, value = x + NAME_WIDTH + 1, words = value + VALUE_WIDTH + 1;

	if (first)
		canvas_cut(canvas, 2, 0, 13, ROLE_TITLE, hood_part_name(row->part));
	if (row->open_door)
		canvas_text(canvas, x - 1, 0, ROLE_WARN, "!");
	canvas_name(canvas, x, 0, NAME_WIDTH, ROLE_TEXT, row->name);
	canvas_cut(canvas, value, 0,
		canvas.w - value > VALUE_WIDTH ? VALUE_WIDTH : canvas.w - value,
		row->open_door ? ROLE_WARN : ROLE_INFO, row->value);
	if (canvas.w > words + 10) {
		if (tab->compares)
			paint_beside(tab, canvas, words, row);
		else
			canvas_cut(canvas, words, 0, canvas.w - words - 1, ROLE_DIM, row->words);
	}
	app_hot_row(&tab->pane, canvas, i, tab->list.selected);
	if (i != tab->list.selected)
		return;
	canvas_text(canvas, 0, 0, ROLE_TEXT, ">");
	canvas_bar(canvas, 0, ROLE_SELECTION);
	canvas_cursor(canvas, 0, 0, false);
}

/* What the selected row means, whole, and how to see it by hand. */
static struct proof proof_of(const struct hood_tab *tab, const struct hood_row *row)
{
	const struct hood_row *other = tab->compares ? find(&tab->beside, row) : NULL;
	struct proof proof = {row->name, row->words, row->proof, row->command, NULL, NULL};

	if (tab->compares) {
		proof.beside = *tab->other ? tab->other_name : "the host";
		proof.beside_value = other ? other->value : "-";
	}
	return proof;
}

static void paint_below(struct hood_tab *tab, struct canvas canvas)
{
	const struct hood_row *row = selected_row(tab);
	struct proof proof;

	if (!row) {
		canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "");
		return;
	}
	proof = proof_of(tab, row);
	proof_paint(canvas, &proof);
}

static void hood_paint(struct pane *pane, struct canvas canvas)
{
	struct hood_tab *tab = container_of(pane, struct hood_tab, pane);
	int below = canvas.h >= 14 ? PROOF_ROWS + tab->compares : 0;
	struct canvas rows = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1 - below);
	char title[240];

	snprintf(title, sizeof(title), "Under the hood%s%s%s",
		tab->stands ? ": it does not run, its records are what is left" : "",
		tab->compares ? ", beside " : "",
		!tab->compares ? ""
		: *tab->other  ? tab->other_name
			       : "the host");
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	if (*tab->trouble) {
		canvas_cut(canvas, 2, 2, canvas.w - 3, ROLE_DIM, tab->trouble);
		return;
	}
	find_selected(tab, rows.h > 0 ? (size_t)rows.h : 0);
	for (int y = 0; y < rows.h && tab->list.top + (size_t)y < tab->here.count; y++)
		paint_row(tab, canvas_sub(rows, 0, y, rows.w, 1), tab->list.top + (size_t)y);
	if (below)
		paint_below(tab, canvas_sub(canvas, 0, canvas.h - below, canvas.w, below));
}

/* ---- keys ---- */

/* Nobody, the host, the next container that runs, and so on round to nobody. */
static void compare_with_next(struct hood_tab *tab)
{
	size_t count;
	struct row *const *all = model_all(app_model(tab->pane.app), &count);
	bool passed = !*tab->other;

	if (!tab->compares) {
		tab->compares = true;
		*tab->other = '\0';
		tab->read_ms = 0;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct container *c = &all[i]->c;

		if (passed && c->pid && strcmp(c->id, tab->id) != 0) {
			memcpy(tab->other, c->id, sizeof(tab->other));
			memcpy(tab->other_name, c->name, sizeof(tab->other_name));
			tab->read_ms = 0;
			return;
		}
		passed |= strcmp(c->id, tab->other) == 0;
	}
	tab->compares = false;
	forget(tab, &tab->beside);
}

static void go_to_part(struct hood_tab *tab, bool forwards)
{
	size_t at = tab->list.selected, count = tab->here.count;
	const struct hood_row *rows = tab->here.rows;

	if (!count)
		return;
	if (forwards) {
		while (at + 1 < count && rows[at].part == rows[at + 1].part)
			at++;
		at = at + 1 < count ? at + 1 : 0;
	} else {
		while (at > 0 && rows[at].part == rows[at - 1].part)
			at--;
		at = at > 0 ? at - 1 : count - 1;
		while (at > 0 && rows[at].part == rows[at - 1].part)
			at--;
	}
	list_select(&tab->list, at);
	tab->list.top = at;
	remember(tab);
}

static void prove(struct hood_tab *tab)
{
	const struct hood_row *row = selected_row(tab);

	if (row)
		proof_run(tab->pane.app, row->command, NULL);
}

/* ---- trying a call ---- */

enum { ANSWER_WIDTH = 76 };

static void put_paragraph(struct buf *text, const char *words)
{
	while (*words) {
		size_t len = text_line(words, ANSWER_WIDTH);

		buf_add(text, words, len);
		buf_addc(text, '\n');
		words += len;
		words += *words == ' ';
	}
	buf_addc(text, '\n');
}

static void put_answer(const struct try_answer *answer, struct buf *text)
{
	const struct trial *call = answer->call;
	char line[120];

	put_paragraph(text, call->shown);
	put_paragraph(text, call->words);
	snprintf(line, sizeof(line), "%s: %s", call->name, try_verdict_name(answer->verdict));
	put_paragraph(text, line);
	put_paragraph(text, answer->sentence);
	if (*call->capability) {
		snprintf(line, sizeof(line), "It needs CAP_%s, which the container %s.",
			call->capability, answer->has_capability ? "has" : "has not");
		put_paragraph(text, line);
	}
	put_paragraph(text, "It was tried by a process of its own, started as an exec is: with the "
			    "container's namespaces, user, capabilities and filter.");
}

static void on_tried(void *arg, const struct try_answer *answer, const struct err *err)
{
	struct hood_tab *tab = arg;
	auto_buf text = BUF_INIT;
	char title[80];

	tab->trying = NULL;
	if (!answer) {
		app_toast(tab->pane.app, ROLE_BAD, "%s", err->text);
		return;
	}
	put_answer(answer, &text);
	snprintf(title, sizeof(title), "%s, tried behind its walls", answer->call->name);
	app_push(tab->pane.app, text_new(tab->pane.app, title, &text));
	app_answer(tab->pane.app);
}

static void on_call(void *arg, const char *call, bool done)
{
	struct hood_tab *tab = arg;
	struct world *world = app_world(tab->pane.app);
	char line[128];
	struct err err;

	if (!done || !*call || app_prompt_was_left(tab->pane.app))
		return;
	snprintf(line, sizeof(line), "davit explain --try %.40s %.12s", call, tab->id);
	if (tab->trying || app_refuses(tab->pane.app, line))
		return;
	if (world->ops->hood->try_call(world, tab->id, call, on_tried, tab, &tab->trying, &err) < 0)
		app_toast(tab->pane.app, ROLE_WARN, "%s", err.text);
}

/* The selected row's, when it is one that can be tried. */
static void ask_call(struct hood_tab *tab)
{
	const struct hood_row *row = selected_row(tab);
	bool can = row && row->part == HOOD_SECCOMP && try_find(row->name);

	app_prompt(tab->pane.app, "try the call: ", can ? row->name : "mount", on_call, tab);
}

static bool hood_act(struct pane *pane, enum action action, int count)
{
	struct hood_tab *tab = container_of(pane, struct hood_tab, pane);

	find_selected(tab, tab->list.height);
	if (list_move(&tab->list, action, count)) {
		remember(tab);
		return true;
	}
	switch (action) {
	case ACTION_COMPARE:
		compare_with_next(tab);
		return true;
	case ACTION_PROVE:
		prove(tab);
		return true;
	case ACTION_TRY:
		ask_call(tab);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		go_to_part(tab, action == ACTION_NEXT);
		return true;
	default:
		return false;
	}
}

static bool hood_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct hood_tab *tab = container_of(pane, struct hood_tab, pane);
	const struct hood_row *row = selected_row(tab);
	struct proof proof;

	if (!row)
		return false;
	proof = proof_of(tab, row);
	return proof_copies(&proof, row->value, nth, what, text);
}

static void hood_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_PROVE, "prove it");

	x = hint(pane, room, x, ACTION_COMPARE, "compare");
	x = hint(pane, room, x, ACTION_TRY, "try a call");
	x = hint(pane, room, x, ACTION_NEXT, "next part");
	hint(pane, room, x, ACTION_COPY, "copy");
}

static void hood_tab_free(struct pane *pane)
{
	struct hood_tab *tab = container_of(pane, struct hood_tab, pane);

	app_world(pane->app)->ops->hood->try_leave(tab->trying);
	forget(tab, &tab->here);
	forget(tab, &tab->beside);
	free(tab);
}

static const struct pane_ops hood_ops = {
	.title = "Under the hood",
	.context = CONTEXT_HOOD,
	.paint = hood_paint,
	.act = hood_act,
	.copies = hood_copies,
	.hints = hood_hints,
	.deadline = hood_deadline,
	.tick = hood_tick,
	.changed = hood_changed,
	.free = hood_tab_free,
};

struct pane *hood_new(struct app *app, const char *id)
{
	struct hood_tab *tab = calloc(1, sizeof(*tab));

	if (!tab)
		return NULL;
	tab->pane = (struct pane){.ops = &hood_ops, .app = app};
	snprintf(tab->id, sizeof(tab->id), "%s", id);
	read_all(tab);
	return &tab->pane;
}
