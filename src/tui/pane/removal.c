/* removal.c - see removal.h. What each weighs is asked when the question opens, and appears as it
 * is answered. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/question.h"
#include "tui/pane/removal.h"

enum { LISTED = 8, MANY_RUNNING = 5 };

struct removal;

struct going {
	struct removal *removal;
	char id[65];
	uint64_t bytes;
	bool known;
	size_t volumes;
};

struct removal {
	struct pane pane;
	size_t count;
	bool volumes; /* those that nobody named go, too */
	size_t top;   /* row of what is said that is in view */
	struct going list[];
};

/* What a typed answer needs when this pane has gone. */
struct sure {
	size_t count;
	unsigned flags;
	char ids[][65];
};

static const struct row *row_of(const struct removal *removal, size_t i)
{
	return model_row(app_model(removal->pane.app), removal->list[i].id);
}

static bool is_live(const struct row *row)
{
	return row->c.state == CONTAINER_RUNNING || row->c.state == CONTAINER_PAUSED ||
	       row->c.state == CONTAINER_RESTARTING;
}

/* ---- what it comes to ---- */

struct sum {
	size_t there, live, for_good, volumes;
	uint64_t bytes; /* of what can be kept */
	bool known;     /* all of it */
};

static bool goes_for_good(const struct removal *removal, size_t i, const struct row *row)
{
	struct world *world = app_world(removal->pane.app);
	struct trash_limits limits = world->ops->safety->limits(world);

	return row->c.auto_remove || !limits.keep_ns || removal->list[i].bytes > limits.cap_bytes;
}

static struct sum add_up(const struct removal *removal)
{
	struct sum sum = {.known = true};

	for (size_t i = 0; i < removal->count; i++) {
		const struct row *row = row_of(removal, i);

		if (!row)
			continue;
		sum.there++;
		sum.live += is_live(row);
		sum.volumes += removal->list[i].volumes;
		sum.known &= removal->list[i].known;
		if (goes_for_good(removal, i, row))
			sum.for_good++;
		else
			sum.bytes += removal->list[i].bytes;
	}
	return sum;
}

/* ---- painting ---- */

/* What does not fit goes from the right; what will be lost of it is said in lines, too. */
static void paint_one(const struct removal *removal, struct canvas line, size_t i)
{
	const struct row *row = row_of(removal, i);
	struct state_look state;
	char size[FIGURE_MAX] = "…";
	bool narrow = line.w < 56;
	int name = narrow ? line.w - 20 : line.w - 46;

	if (!row)
		return;
	state = format_state(row, app_now_ms(removal->pane.app));
	if (removal->list[i].known)
		format_bytes(removal->list[i].bytes, size);
	canvas_name(line, 0, 0, name, ROLE_TEXT, row->c.name);
	canvas_cut(line, name + 1, 0, narrow ? 11 : 14, state.role, state.word);
	canvas_right(line, name + (narrow ? 13 : 15), 0, 7, ROLE_TEXT, size);
	if (goes_for_good(removal, i, row))
		canvas_cut(line, 24 + name, 0, line.w - 24 - name, ROLE_BAD, "gone for good");
	else if (is_live(row))
		canvas_cut(line, 24 + name, 0, line.w - 24 - name, ROLE_WARN, "will be stopped");
}

static void paint_list(const struct removal *removal, struct canvas list, size_t shown)
{
	for (size_t i = 0; i < shown; i++)
		paint_one(removal, canvas_sub(list, 0, (int)i, list.w, 1), i);
	if (shown < removal->count)
		canvas_textf(list, 0, (int)shown, ROLE_DIM, "and %zu more", removal->count - shown);
}

static void put_until(struct buf *out, uint64_t keep_ns)
{
	uint64_t minutes = keep_ns / 60000000000u;

	if (minutes)
		buf_addf(
			out, "%llu minute%s", (unsigned long long)minutes, minutes == 1 ? "" : "s");
	else
		buf_addf(out, "%llu seconds", (unsigned long long)(keep_ns / 1000000000u));
}

static void describe(const struct removal *removal, const struct sum *sum, struct strs *lines)
{
	struct world *world = app_world(removal->pane.app);
	struct trash_limits limits = world->ops->safety->limits(world);
	auto_buf undo = BUF_INIT;
	char size[FIGURE_MAX];

	if (removal->volumes)
		strs_add(lines, "Volumes: those without a name go, too. Images: kept.");
	else if (sum->volumes)
		strs_addf(lines, "Volumes: kept (%zu). Images: kept.", sum->volumes);
	else
		strs_add(lines, "Volumes: kept. Images: kept.");
	if (sum->for_good == sum->there) {
		strs_add(lines, "Undo: no. Files and logs in it are lost.");
		return;
	}
	buf_adds(&undo, sum->for_good ? "Undo: for what is kept, for " : "Undo: yes, for ");
	put_until(&undo, limits.keep_ns);
	buf_addf(&undo, " (%s).", keymap_label(app_keymap(removal->pane.app), ACTION_UNDO));
	if (sum->known)
		buf_addf(&undo, " Uses %s until then.", format_bytes(sum->bytes, size));
	if (sum->known && sum->bytes > limits.cap_bytes)
		buf_adds(&undo, " The trash holds less: the oldest go.");
	strs_add(lines, buf_text(&undo));
}

static void add_command(const struct removal *removal, const struct sum *sum, struct strs *lines)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "Same as: davit rm --trash%s%s", removal->volumes ? " -v" : "",
		sum->for_good ? " -f" : "");
	for (size_t i = 0; i < removal->count; i++) {
		const struct row *row = row_of(removal, i);

		if (i == LISTED) {
			buf_adds(&text, " …");
			break;
		}
		if (row)
			buf_addf(&text, " %s", row->c.name);
	}
	strs_add(lines, buf_text(&text));
}

static void put_title(const struct removal *removal, char *out, size_t room)
{
	if (removal->count == 1 && row_of(removal, 0))
		snprintf(out, room, "Remove %s?", row_of(removal, 0)->c.name);
	else
		snprintf(out, room, "Remove %zu containers?", removal->count);
}

static void removal_paint(struct pane *pane, struct canvas canvas)
{
	struct removal *removal = container_of(pane, struct removal, pane);
	struct sum sum = add_up(removal);
	size_t room = canvas.h > 16 ? LISTED : canvas.h > 12 ? 4 : 1;
	size_t shown = removal->count < room ? removal->count : room;
	const struct answer answers[] = {{'n', "n", "Cancel", ROLE_TEXT | STYLE_REVERSE},
		{'y', "y", "Remove", ROLE_TEXT},
		{'v', "v", removal->volumes ? "keep volumes" : "also volumes",
			removal->volumes ? ROLE_WARN : ROLE_TEXT}};
	auto_strs lines = STRS_INIT;
	struct question_parts parts;
	char title[200];

	put_title(removal, title, sizeof(title));
	describe(removal, &sum, &lines);
	add_command(removal, &sum, &lines);
	parts = question_paint(pane, canvas,
		&(struct question){.title = title,
			.frame = sum.for_good ? ROLE_BAD : ROLE_FOCUS,
			.width = 72,
			.head = (int)shown + (shown < removal->count),
			.lines = &lines,
			.answers = answers,
			.count = array_len(answers)},
		&removal->top);
	paint_list(removal, parts.head, shown);
}

static void removal_hints(struct pane *pane, struct canvas canvas)
{
	(void)pane;
	hint_words(canvas, "Enter Cancel   y Remove   Esc back");
}

/* ---- answers ---- */

void removal_do(struct app *app, const char (*ids)[65], size_t count, unsigned flags)
{
	app_act_many(app, VERB_REMOVE, ids, count, (int)flags);
	model_unmark(app_model(app));
}

static void on_sure(struct app *app, void *arg, int index)
{
	const struct sure *sure = arg;

	if (index == 1)
		removal_do(app, sure->ids, sure->count, sure->flags);
}

static struct sure *sure_new(const struct removal *removal, unsigned flags)
{
	struct sure *sure = calloc(1, sizeof(*sure) + removal->count * sizeof(sure->ids[0]));

	if (!sure)
		return NULL;
	sure->count = removal->count;
	sure->flags = flags;
	for (size_t i = 0; i < removal->count; i++)
		memcpy(sure->ids[i], removal->list[i].id, sizeof(sure->ids[i]));
	return sure;
}

/* The count, or the name where there is one. */
static void ask_again(struct removal *removal, const struct sum *sum, struct sure *sure)
{
	const struct row *row = row_of(removal, 0);
	auto_strs lines = STRS_INIT;
	char word[140], title[200];
	struct pane *pane;

	if (removal->count == 1 && row) {
		snprintf(word, sizeof(word), "%s", row->c.name);
		snprintf(title, sizeof(title), "Remove %s%s?", word,
			removal->volumes ? " with its volumes"
			: sum->for_good  ? " for good"
					 : "");
	} else {
		snprintf(word, sizeof(word), "%zu", removal->count);
		snprintf(title, sizeof(title), "Remove %s containers%s?", word,
			removal->volumes ? " with their volumes" : "");
	}
	if (sum->live)
		strs_addf(&lines, "%zu of them run%s and will be stopped.", sum->live,
			sum->live == 1 ? "s" : "");
	if (sum->for_good)
		strs_addf(&lines, "%zu cannot be kept and go%s for good.", sum->for_good,
			sum->for_good == 1 ? "es" : "");
	if (removal->volumes)
		strs_add(&lines, "Volumes that nobody named go when the trash lets go of them.");
	add_command(removal, sum, &lines);
	pane = typed_new(removal->pane.app, title, &lines, word, on_sure, sure);
	if (!pane)
		free(sure);
	app_push(removal->pane.app, pane);
}

static void remove_them(struct removal *removal)
{
	struct app *app = removal->pane.app;
	struct sum sum = add_up(removal);
	unsigned flags =
		(removal->volumes ? TRASH_VOLUMES : 0) | (sum.for_good ? TRASH_OR_REMOVE : 0);
	struct sure *sure = sure_new(removal, flags);
	bool twice = removal->volumes || sum.for_good || sum.live > MANY_RUNNING ||
		     app_safety(app) == SAFETY_STRICT;

	if (!sure) {
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	if (twice && app_safety(app) != SAFETY_FAST) {
		ask_again(removal, &sum, sure);
		return;
	}
	removal_do(app, sure->ids, sure->count, flags);
	free(sure);
}

static bool removal_key(struct pane *pane, const struct key *key)
{
	struct removal *removal = container_of(pane, struct removal, pane);

	if (key->code == 'y')
		remove_them(removal);
	if (question_key(key, &removal->top)) {
		app_dirty(pane->app);
	} else if (key->code == 'v') {
		removal->volumes = !removal->volumes;
		app_dirty(pane->app);
	} else if (key->code == 'y' || key->code == 'n' || key->code == 'q' ||
		   key->code == KEY_ENTER || key->code == KEY_ESC ||
		   key->code == KEY_CONTROL('c')) {
		app_close(pane->app, pane);
	}
	return true;
}

/* ---- what it weighs ---- */

static void on_weighed(void *arg, const struct op_result *result)
{
	struct going *going = arg;

	going->known = true;
	going->bytes = result->err ? 0 : result->bytes;
	app_dirty(going->removal->pane.app);
}

static size_t count_volumes(struct world *world, const struct row *row)
{
	auto_free struct container_facts *facts = NULL;
	size_t volumes = 0;
	struct err err;

	if (world->ops->container->facts(world, &row->c, &facts, &err) < 0)
		return 0;
	for (const char *at = facts->mounts; *at; at++)
		volumes += (at == facts->mounts || at[-1] == '\n') && *at != '/';
	return volumes;
}

static void removal_free(struct pane *pane)
{
	struct removal *removal = container_of(pane, struct removal, pane);
	struct world *world = app_world(pane->app);

	for (size_t i = 0; i < removal->count; i++)
		world->ops->safety->forget(world, &removal->list[i]);
	free(removal);
}

static const struct pane_ops removal_ops = {
	.title = "question",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = removal_paint,
	.key = removal_key,
	.hints = removal_hints,
	.free = removal_free,
};

struct pane *removal_new(struct app *app, const char (*ids)[65], size_t count)
{
	struct removal *removal = calloc(1, sizeof(*removal) + count * sizeof(removal->list[0]));
	struct world *world = app_world(app);

	if (!removal)
		return NULL;
	removal->pane = (struct pane){.ops = &removal_ops, .app = app};
	removal->count = count;
	for (size_t i = 0; i < count; i++) {
		struct going *going = &removal->list[i];
		const struct row *row = model_row(app_model(app), ids[i]);

		going->removal = removal;
		memcpy(going->id, ids[i], sizeof(going->id));
		if (row && i < LISTED)
			going->volumes = count_volumes(world, row);
		if (world->ops->safety->weigh(world, ids[i], on_weighed, going) < 0)
			going->known = true;
	}
	return &removal->pane;
}
