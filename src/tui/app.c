/* app.c - see app.h. The stack of panes, the frame around them, and what they share. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "tui/app_private.h"
#include "tui/format.h"
#include "tui/frame.h"
#include "tui/pane/table.h"

/* A long sentence takes longer to read. */
enum { TOAST_MS = 5000, BAD_TOAST_MS = 12000, LETTER_MS = 50, RETRY_MS = 2000, TOAST_LINES = 4 };

static void listen_to(struct app *app);

/* ---- making, freeing ---- */

/* What is shown stays, as of when it was read; it is asked for again until it can be had. */
static void cannot_read(struct app *app, const char *why)
{
	char when[FIGURE_MAX];

	if (!app->unread)
		app->unread_ns = app->real_ns;
	app->unread = true;
	app->retry_ms = app->now_ms + RETRY_MS;
	if (app->real_ns)
		app_toast(app, ROLE_BAD, "%s. Shown as of %s; logs and terminals go on", why,
			format_clock(app->unread_ns, when));
	else
		app_toast(app, ROLE_BAD, "%s", why);
}

void app_read_containers(struct app *app)
{
	struct container *rows = NULL;
	struct err err;
	size_t count = 0;

	app->stale_containers = false;
	if (app->world->ops->containers(app->world, &rows, &count, &err) < 0) {
		cannot_read(app, err.text);
		return;
	}
	if (app->unread)
		app_toast(app, ROLE_OK, "Read again: what is shown is true");
	app->unread = false;
	model_take_containers(app->model, rows, count);
	app->dirty = true;
}

static void read_images(struct app *app)
{
	struct image_entry *rows = NULL;
	struct err err;
	size_t count = 0;

	app->stale_images = false;
	if (app->world->ops->images(app->world, &rows, &count, &err) < 0) {
		app_toast(app, ROLE_BAD, "%s", err.text);
		return;
	}
	model_take_images(app->model, rows, count);
	app->dirty = true;
}

struct app *app_new(const struct app_options *options)
{
	auto_of(app) struct app *app = calloc(1, sizeof(*app));

	if (!app || !(app->model = model_new()) || !(app->actions = actions_new()))
		return NULL;
	app->world = options->world;
	app->keymap = options->keymap;
	app->custom = options->custom;
	app->mouse_wished = options->mouse;
	app->look = 1; /* so that what the settings say is seen to */
	app->keep = options->keep ? options->keep : (app->own_keep = keep_new());
	if (!app->keep)
		return NULL;
	snprintf(app->host, sizeof(app->host), "%s", options->host ? options->host : "");
	snprintf(
		app->trouble, sizeof(app->trouble), "%s", options->trouble ? options->trouble : "");
	app->safety = options->safety;
	app->read_only = options->read_only;
	app->choices = table_choices();
	app->dirty = true;
	app_take_settings(app);
	listen_to(app);
	if (!*app->trouble) {
		app_read_containers(app);
		read_images(app);
		app->jobs.stale = true;
	}
	if (options->complaint && *options->complaint)
		app_toast(app, ROLE_BAD, "%s", options->complaint);
	else if (options->notice && *options->notice)
		app_toast(app, ROLE_INFO, "%s", options->notice);
	app_push(app, containers_new(app));
	return app->top ? take(app) : NULL;
}

void app_free(struct app *app)
{
	if (!app)
		return;
	while (app->top)
		app_pop(app);
	app_jobs_fini(app);
	model_free(app->model);
	actions_free(app->actions);
	filter_free(app->filter);
	batch_fini(&app->batch);
	strs_fini(&app->offers);
	buf_fini(&app->copied);
	strs_fini(&app->program);
	keep_free(app->own_keep);
	free(app->hots);
	free(app);
}

/* ---- what panes ask ---- */

struct model *app_model(struct app *app)
{
	return app->model;
}

struct world *app_world(struct app *app)
{
	return app->world;
}

const struct keymap *app_keymap(struct app *app)
{
	return app->keymap;
}

struct choices *app_choices(struct app *app)
{
	return &app->choices;
}

int64_t app_now_ms(const struct app *app)
{
	return app->now_ms;
}

uint64_t app_real_ns(const struct app *app)
{
	return app->real_ns;
}

const char *app_trouble(const struct app *app)
{
	return *app->trouble ? app->trouble : NULL;
}

void app_push(struct app *app, struct pane *pane)
{
	if (!pane) {
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	pane->below = app->top;
	app->top = pane;
	app->dirty = true;
}

void app_close(struct app *app, struct pane *pane)
{
	struct pane **link = &app->top;

	while (*link != pane)
		link = &(*link)->below;
	*link = pane->below;
	pane->ops->free(pane);
	app_let_go(app);
	app->dirty = true;
}

void app_pop(struct app *app)
{
	app_close(app, app->top);
}

void app_dirty(struct app *app)
{
	app->dirty = true;
}

void app_wish(struct app *app, enum wish wish)
{
	app->wish = wish;
}

void app_toast(struct app *app, enum role role, const char *fmt, ...)
{
	va_list args;
	int64_t least_ms = role == ROLE_BAD ? BAD_TOAST_MS : TOAST_MS, reading_ms;

	va_start(args, fmt);
	vsnprintf(app->toast, sizeof(app->toast), fmt, args);
	va_end(args);
	reading_ms = (int64_t)strlen(app->toast) * LETTER_MS;
	app->toast_role = role;
	app->toast_until_ms = app->now_ms + (reading_ms > least_ms ? reading_ms : least_ms);
	app->jobs.told[0] = '\0';
	app->dirty = true;
}

void app_tell(struct app *app, enum role role, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(app->later, sizeof(app->later), fmt, args);
	va_end(args);
	app->later_role = role;
}

static void say_later(struct app *app)
{
	char text[sizeof(app->later)];

	memcpy(text, app->later, sizeof(text));
	app->later[0] = '\0';
	app_toast(app, app->later_role, "%s", text);
}

void app_lend(struct app *app, const char *id, const char *name)
{
	snprintf(app->lent_id, sizeof(app->lent_id), "%s", id);
	snprintf(app->lent_name, sizeof(app->lent_name), "%s", name);
	app->wish = WISH_LEND;
}

const char *app_lent_id(const struct app *app)
{
	return app->lent_id;
}

const char *app_lent_name(const struct app *app)
{
	return app->lent_name;
}

bool app_lent_is_plain(const struct app *app)
{
	const struct row *row = model_row(app->model, app->lent_id);

	return row && !row->c.tty;
}

void app_lent_back(struct app *app, const char *outcome, bool bad)
{
	struct pane *pane = app_pane(app);

	if (outcome)
		app_toast(app, bad ? ROLE_BAD : ROLE_INFO, "%s", outcome);
	if (pane && pane->ops->resumed)
		pane->ops->resumed(pane);
	app->dirty = true;
}

/* ---- verbs under way ---- */

static int begin(struct app *app, enum verb verb, const char *id, int signal, uint64_t ticket)
{
	const struct world_ops *ops = app->world->ops;

	if (verb == VERB_UPDATE)
		return ops->container->update(app->world, id, &app->update, ticket);
	if (verb == VERB_REMOVE)
		return ops->safety->put(app->world, id, (unsigned)signal, ticket);
	return ops->act(app->world, verb, id, signal, ticket);
}

static uint64_t cannot(char *why, size_t room, const char *name, const char *sentence)
{
	snprintf(why, room, "%s: %s", name, sentence);
	return 0;
}

/* Of one that has gone, as far as it is known. */
static const char *last_name(struct app *app, const char *id)
{
	const struct act *act;

	for (size_t age = 0; (act = actions_at(app_actions(app), age)); age++)
		if (strcmp(act->id, id) == 0 && *act->name)
			return act->name;
	return id;
}

uint64_t app_start(
	struct app *app, enum verb verb, const char *id, int signal, char *why, size_t room)
{
	struct row *row = model_row(app->model, id);
	struct asked_one one;
	uint64_t ticket;

	if (!row)
		return cannot(
			why, room, last_name(app, id), "it is gone: somebody else removed it");
	if (row->asked || !(ticket = asked_add(&app->asked, verb, &row->c, app->now_ms)))
		return cannot(why, room, row->c.name, "something is still under way");
	if (begin(app, verb, row->c.id, signal, ticket) < 0) {
		asked_take(&app->asked, ticket, &one);
		return cannot(why, room, row->c.name, "out of memory");
	}
	row->asked = true;
	row->verb = verb;
	row->asked_ms = app->now_ms;
	if (verb == VERB_STOP || verb == VERB_RESTART || verb == VERB_REMOVE)
		row->grace_s = app->world->ops->grace(app->world, id);
	app->dirty = true;
	return ticket;
}

void app_act(struct app *app, enum verb verb, const char *id, int signal)
{
	char why[300];

	app_begin_group(app);
	if (!app_start(app, verb, id, signal, why, sizeof(why)))
		app_toast(app, ROLE_WARN, "%s", why);
}

void app_rename(struct app *app, const char *id, const char *name)
{
	struct row *row = model_row(app->model, id);
	uint64_t ticket = row ? asked_add(&app->asked, VERB_RENAME, &row->c, app->now_ms) : 0;

	app_begin_group(app);
	if (ticket && app->world->ops->container->rename(app->world, id, name, ticket) < 0)
		app_done(app, ticket, &(struct err){-ENOMEM, "out of memory"});
}

void app_tag(struct app *app, const char *who, const char *name)
{
	uint64_t ticket = asked_add_named(&app->asked, VERB_TAG, name, app->now_ms);

	app_begin_group(app);
	if (ticket && app->world->ops->container->tag(app->world, who, name, ticket) < 0)
		app_done(app, ticket, &(struct err){-ENOMEM, "out of memory"});
}

void app_remove_image(struct app *app, const char *who)
{
	uint64_t ticket = asked_add_named(&app->asked, VERB_REMOVE, who, app->now_ms);

	app_begin_group(app);
	if (!ticket)
		app_toast(app, ROLE_WARN, "%s: something is still under way", who);
	else if (app->world->ops->remove_image(app->world, who, ticket) < 0)
		app_done(app, ticket, &(struct err){-ENOMEM, "out of memory"});
}

void app_done(void *self, uint64_t ticket, const struct err *err)
{
	struct app *app = self;
	struct asked_one one;
	struct row *row;
	char outcome[300];

	if (!asked_take(&app->asked, ticket, &one))
		return;
	row = model_row(app->model, one.id);
	if (row)
		row->asked = false;
	if (err && err->code == -EEXIST && !batch_has(&app->batch, ticket) &&
		app_name_is_taken(app, &one))
		return;
	asked_outcome(&one, err, app->now_ms, outcome, sizeof(outcome));
	app->stale_containers = true;
	if (one.verb == VERB_RESTORE && !err && *one.id)
		app_want(app, one.id);
	if (app_batch_ended(app, ticket, err, outcome))
		return;
	app_add_outcome(app, ticket, outcome, sizeof(outcome));
	if (one.verb == VERB_RESTORE && !err)
		app_add_start(app, outcome, sizeof(outcome));
	app_toast(app, err ? ROLE_BAD : ROLE_OK, "%s", outcome);
}

/* ---- facts ---- */

static void on_changed(void *self, enum world_noun noun)
{
	struct app *app = self;

	app->stale_containers |= noun == WORLD_CONTAINERS;
	app->stale_images |= noun == WORLD_IMAGES;
	app->jobs.stale |= noun == WORLD_JOBS;
	for (struct pane *pane = app->top; pane; pane = pane->below)
		if (pane->ops->changed)
			pane->ops->changed(pane, noun);
}

static void on_happened(void *self, const struct event *event)
{
	struct app *app = self;
	const char *container = event_attr(event, "container");

	model_take_event(app->model, event);
	/* An update, or a network that came or went: the row does not show it. */
	if (event->type == EVENT_CONTAINER)
		model_doubt_facts(app->model, event->id);
	else if (container)
		model_doubt_facts(app->model, container);
	app->dirty = true;
}

/* What is covered whole hears of it when it is painted again. */
static void on_log(void *self, struct world_log *log)
{
	struct app *app = self;

	for (struct pane *pane = app->top; pane; pane = pane->below) {
		if (pane->ops->log_grew)
			pane->ops->log_grew(pane, log);
		if (!pane->ops->overlay)
			return;
	}
}

static void listen_to(struct app *app)
{
	app->world->listener = (struct world_listener){
		.self = app,
		.changed = on_changed,
		.happened = on_happened,
		.done = app_done,
		.log_grew = on_log,
		.outcome = app_outcome,
		.acted = app_acted,
	};
}

/* ---- time ---- */

void app_set_time(struct app *app, int64_t now_ms, uint64_t real_ns)
{
	/* What was said before there was a clock is shown as long as the rest. */
	if (!app->now_ms && app->toast_until_ms)
		app->toast_until_ms += now_ms;
	app->now_ms = now_ms;
	app->real_ns = real_ns;
	model_set_now(app->model, real_ns);
}

size_t app_running(const struct app *app)
{
	struct totals totals = model_totals(app->model);

	return totals.running + totals.paused;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

int64_t app_deadline(const struct app *app)
{
	int64_t at = -1;

	if (app->stale_containers || app->stale_images || (*app->later && !app->toast_until_ms))
		return app->now_ms;
	if (app->toast_until_ms)
		at = sooner(at, app->toast_until_ms);
	if (app->unread)
		at = sooner(at, app->retry_ms);
	if (app->asked.count)
		at = sooner(at, app->now_ms + 1000 - app->now_ms % 1000);
	at = sooner(at, app_figures_deadline(app));
	at = sooner(at, app_jobs_deadline(app));
	for (struct pane *pane = app->top; pane; pane = pane->below)
		if (pane->ops->deadline)
			at = sooner(at, pane->ops->deadline(pane));
	return at;
}

/* What nobody at the keys waits for. */
static void read_world(struct app *app)
{
	if (app->stale_containers || (app->unread && app->now_ms >= app->retry_ms))
		app_read_containers(app);
	if (app->stale_images)
		read_images(app);
	app_figures_tick(app);
	app_jobs_tick(app);
}

void app_tick(struct app *app)
{
	if (app->toast_until_ms && app->now_ms >= app->toast_until_ms) {
		app->toast_until_ms = 0;
		app->dirty = true;
	}
	if (*app->later && !app->toast_until_ms)
		say_later(app);
	if (!app->hurry)
		read_world(app);
	if (app->asked.count)
		app->dirty = true;
	for (struct pane *pane = app->top, *below; pane; pane = below) {
		int64_t at = pane->ops->deadline ? pane->ops->deadline(pane) : -1;

		below = pane->below;
		if (at >= 0 && app->now_ms >= at)
			pane->ops->tick(pane);
	}
}

bool app_is_dirty(const struct app *app)
{
	return app->dirty;
}

void app_hurry(struct app *app, bool hurry)
{
	app->hurry = hurry;
}

bool app_is_hurried(const struct app *app)
{
	return app->hurry;
}

void app_let_go(struct app *app)
{
	app->leavings = true;
}

bool app_take_leavings(struct app *app)
{
	bool any = app->leavings;

	app->leavings = false;
	return any;
}

bool app_is_urgent(const struct app *app)
{
	return app->urgent;
}

void app_answer(struct app *app)
{
	app->dirty = app->urgent = true;
}

enum wish app_take_wish(struct app *app)
{
	enum wish wish = app->wish;

	app->wish = WISH_NONE;
	return wish;
}

void app_resized(struct app *app)
{
	app->dirty = true;
}

/* ---- painting ---- */

/* What went wrong is told in full, over the end of what the pane shows: nothing else says it. */
static int toast_height(const struct app *app, int width)
{
	const char *text = app->toast;
	int rows = 0;

	if (app->toast_role != ROLE_BAD && app->toast_role != ROLE_WARN)
		return 1;
	do {
		text += text_line(text, width);
		text += strspn(text, " \n");
		rows++;
	} while (*text && rows < TOAST_LINES);
	return rows;
}

/* `above`: what lies over the line of keys. */
static void paint_toast(struct app *app, struct canvas above)
{
	int rows = above.w > 2 ? toast_height(app, above.w - 2) : 1;
	struct canvas room;

	rows = rows > above.h ? above.h : rows;
	room = canvas_sub(above, 0, above.h - rows, above.w, rows);
	if (rows == 1) {
		canvas_cut(room, 1, 0, room.w - 2, app->toast_role, app->toast);
		return;
	}
	canvas_clear(room, ROLE_TEXT);
	canvas_wrap(canvas_sub(room, 1, 0, room.w - 2, rows), 0, app->toast_role, app->toast);
}

/* The line above the keys, and more of what lies over it where a sentence takes more. */
static void paint_status(struct app *app, struct canvas above)
{
	struct canvas line = canvas_sub(above, 0, above.h - 1, above.w, 1);

	if (app->prompting)
		app_paint_prompt(app, line);
	else if (app->toast_until_ms)
		paint_toast(app, above);
	else
		app_jobs_paint(app, line);
}

static void paint_header(struct pane *pane, struct canvas canvas)
{
	struct app *app = pane->app;
	char corner[120];

	snprintf(corner, sizeof(corner), "%s%s%s", app->line.meter, *app->line.meter ? "  " : "",
		app->host);
	frame_header(pane, canvas, app_view_of(app->top), corner);
}

static void paint_pane(struct app *app, struct pane *pane, struct grid *grid)
{
	struct canvas all = canvas_all(grid);
	bool framed = !pane->ops->whole && all.h >= 6;

	if (pane->ops->overlay)
		paint_pane(app, pane->below, grid);
	if (framed && !pane->ops->overlay)
		paint_header(pane, canvas_sub(all, 0, 0, all.w, 1));
	pane->ops->paint(pane, framed ? canvas_sub(all, 0, 1, all.w, all.h - 3) : all);
	if (framed) {
		struct canvas last = canvas_sub(all, 0, all.h - 1, all.w, 1);

		canvas_clear(last, ROLE_TEXT);
		if (app->prompting)
			app_paint_prompt_hints(app, last);
		else if (pane->ops->hints)
			pane->ops->hints(pane, last);
	}
	if (framed)
		paint_status(app, canvas_sub(all, 0, 1, all.w, all.h - 2));
}

void app_paint(struct app *app, struct grid *grid)
{
	app->dirty = app->urgent = false;
	app->hot_count = 0;
	grid_clear(grid);
	paint_pane(app, app->top, grid);
}
