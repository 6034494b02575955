/* life.c - the tab of one container's life: the states there are and the one it is in, the way from
 * each to the next with its key and its command, what has happened to it, and why it ended.
 *
 *     created ── start ──▶ running ── exit ──▶ exited ── rm ──▶ removed
 *                          pause │ ▲ unpause         policy: restarting ──▶ running
 *                                ▼ │
 *                              paused
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"

struct life {
	struct pane pane;
	char id[65];
	struct death death;
	bool asked;
};

/* ---- the diagram ---- */

struct place {
	enum container_state state;
	const char *name;
	int x, y, w;
};
static const struct place places[] = {
	{CONTAINER_CREATED, "created", 1, 1, 11},
	{CONTAINER_RUNNING, "running", 24, 1, 11},
	{CONTAINER_EXITED, "exited", 47, 1, 10},
	{CONTAINER_REMOVING, "removed", 68, 1, 11},
	{CONTAINER_PAUSED, "paused", 24, 6, 11},
	{CONTAINER_RESTARTING, "restarting", 47, 6, 14},
};

static void paint_place(struct canvas canvas, const struct place *place, bool current)
{
	struct canvas box = canvas_sub(canvas, place->x, place->y, place->w, 3);

	canvas_box(box, current ? ROLE_FOCUS : ROLE_BORDER, ROLE_TITLE, "");
	canvas_text(box, 2, 1, current ? ROLE_FOCUS | STYLE_REVERSE | STYLE_BOLD : ROLE_DIM,
		place->name);
	if (current)
		canvas_text(box, 0, 1, ROLE_FOCUS, ">");
}

static int key_and_word(
	struct life *life, struct canvas canvas, int x, int y, enum action action, const char *word)
{
	const char *key = keymap_label_in(app_keymap(life->pane.app), CONTEXT_CONTAINERS, action);

	x = canvas_text(canvas, x, y, ROLE_KEY, key);
	return canvas_text(canvas, x + 1, y, ROLE_TEXT, word);
}

static void paint_way(struct canvas canvas, int x, int y, int w)
{
	canvas_hline(canvas, x, y, w - 1, ROLE_BORDER);
	canvas_text(canvas, x + w - 1, y, ROLE_BORDER, canvas_glyph(canvas, GLYPH_ARROW));
}

static void paint_ways(struct life *life, struct canvas canvas)
{
	paint_way(canvas, 13, 2, 10);
	key_and_word(life, canvas, 14, 1, ACTION_START, "start");
	paint_way(canvas, 36, 2, 10);
	canvas_text(canvas, 37, 1, ROLE_TEXT, "its end");
	key_and_word(life, canvas, 37, 3, ACTION_STOP, "stop");
	paint_way(canvas, 58, 2, 9);
	key_and_word(life, canvas, 59, 1, ACTION_REMOVE, "rm");
	canvas_vline(canvas, 27, 4, 2, ROLE_BORDER);
	canvas_vline(canvas, 31, 4, 2, ROLE_BORDER);
	key_and_word(life, canvas, 14, 4, ACTION_PAUSE, "pause");
	key_and_word(life, canvas, 33, 4, ACTION_PAUSE, "unpause");
	canvas_vline(canvas, 51, 4, 2, ROLE_BORDER);
	canvas_text(canvas, 53, 4, ROLE_TEXT, "policy");
	canvas_text(canvas, 36, 7, ROLE_DIM, "running <");
	canvas_hline(canvas, 45, 7, 2, ROLE_BORDER);
	canvas_text(canvas, 40, 8, ROLE_TEXT, "waits");
}

static void paint_diagram(struct life *life, struct canvas canvas, enum container_state state)
{
	paint_ways(life, canvas);
	for (size_t i = 0; i < array_len(places); i++)
		paint_place(canvas, &places[i],
			places[i].state == state ||
				(state == CONTAINER_DEAD && places[i].state == CONTAINER_EXITED));
}

/* What the kernel was asked for, to come into each state. */
static const char *meaning(enum container_state state)
{
	switch (state) {
	case CONTAINER_CREATED:
		return "Everything is decided and written down; nothing runs. start makes its "
		       "namespaces, mounts and cgroups, and executes its program.";
	case CONTAINER_RUNNING:
		return "Its first process runs. stop sends that a signal; pause writes to the freezer "
		       "of its cgroup; when it ends, the kernel kills the others.";
	case CONTAINER_PAUSED:
		return "Its cgroup is frozen: no process of it gets any time, and none was sent a "
		       "signal. Memory, files and sockets are kept.";
	case CONTAINER_RESTARTING:
		return "It ended, and its policy starts it again; its monitor waits longer each time.";
	case CONTAINER_REMOVING:
		return "Its files are being removed.";
	case CONTAINER_EXITED:
	case CONTAINER_DEAD:
		return "Its processes are gone, and with them its namespaces and cgroups. Its "
		       "writable layer and its log are kept; rm lets go of them.";
	}
	return "";
}

/* ---- the rest ---- */

static int paint_words(struct canvas canvas, int y, look style, const char *words)
{
	for (; *words && y < canvas.h; y++) {
		size_t len = text_line(words, canvas.w - 2);

		canvas_textn(canvas, 1, y, style, words, len);
		words += len;
		words += *words == ' ';
	}
	return y;
}

static int paint_death(const struct life *life, struct canvas canvas, int y)
{
	y = paint_words(canvas, y, ROLE_TITLE, buf_text(&life->death.sentence));
	for (size_t i = 0; i < life->death.evidence.len && y < canvas.h; i++)
		canvas_cut(canvas, 3, y++, canvas.w - 4, ROLE_TEXT, life->death.evidence.v[i]);
	return paint_words(canvas, y, ROLE_INFO, buf_text(&life->death.advice));
}

static void paint_events(struct life *life, struct canvas canvas)
{
	const struct happening *h;
	int y = 1;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "What happened to it");
	for (size_t age = 0; y < canvas.h && (h = model_happening(app_model(life->pane.app), age));
		age++) {
		char when[FIGURE_MAX];

		if (strcmp(h->id, life->id) != 0)
			continue;
		canvas_text(canvas, 1, y, ROLE_DIM, format_clock(h->time_ns, when));
		canvas_cut(canvas, 11, y++, canvas.w - 12, ROLE_TEXT, h->text);
	}
}

static void life_paint(struct pane *pane, struct canvas canvas)
{
	struct life *life = container_of(pane, struct life, pane);
	const struct row *row = model_row(app_model(pane->app), life->id);
	enum container_state state = row ? row->c.state : CONTAINER_REMOVING;
	int y = 1;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "Its life");
	if (canvas.w >= 78 && canvas.h >= 18) {
		paint_diagram(life, canvas_sub(canvas, 0, 1, canvas.w, 9), state);
		y = 11;
	}
	y = paint_words(canvas, y, ROLE_DIM, meaning(state));
	y = paint_death(life, canvas, y + 1);
	if (y + 3 < canvas.h)
		paint_events(life, canvas_sub(canvas, 0, y + 1, canvas.w, canvas.h - y - 1));
}

static void ask(struct life *life)
{
	struct world *world = app_world(life->pane.app);
	struct death death = {0};
	struct err err;

	life->asked = true;
	if (world->ops->hood->death(world, life->id, &death, &err) < 0)
		death_fini(&death);
	else {
		death_fini(&life->death);
		life->death = death;
	}
	app_dirty(life->pane.app);
}

static int64_t life_deadline(struct pane *pane)
{
	struct life *life = container_of(pane, struct life, pane);

	return life->asked ? -1 : app_now_ms(pane->app);
}

static void life_tick(struct pane *pane)
{
	ask(container_of(pane, struct life, pane));
}

static void life_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_CONTAINERS)
		container_of(pane, struct life, pane)->asked = false;
}

static void life_hints(struct pane *pane, struct canvas canvas)
{
	hint_ends(pane, canvas, "back");
}

static bool life_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct life *life = container_of(pane, struct life, pane);

	if (nth > 0 || !life->death.sentence.len)
		return false;
	*what = "why";
	buf_adds(text, buf_text(&life->death.sentence));
	return true;
}

static void life_free(struct pane *pane)
{
	struct life *life = container_of(pane, struct life, pane);

	death_fini(&life->death);
	free(life);
}

static const struct pane_ops life_ops = {
	.title = "Life",
	.context = CONTEXT_LIFE,
	.paint = life_paint,
	.hints = life_hints,
	.copies = life_copies,
	.deadline = life_deadline,
	.tick = life_tick,
	.changed = life_changed,
	.free = life_free,
};

struct pane *life_new(struct app *app, const char *id)
{
	struct life *life = calloc(1, sizeof(*life));

	if (!life)
		return NULL;
	life->pane = (struct pane){.ops = &life_ops, .app = app};
	snprintf(life->id, sizeof(life->id), "%s", id);
	app_read_events(app);
	ask(life);
	return &life->pane;
}
