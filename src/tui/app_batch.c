/* app_batch.c - acting on many at once: see batch.h. */
#include <stdio.h>

#include "tui/app_private.h"

struct batch *app_batch(struct app *app)
{
	return &app->batch;
}

static void tell(struct app *app)
{
	const struct batch *batch = &app->batch;
	char text[200];

	batch_summary(batch, app->now_ms, text, sizeof(text));
	if (!batch_is_over(batch))
		app_toast(app, ROLE_BUSY, "%s", text);
	else if (batch->failed)
		app_toast(app, ROLE_BAD, "%s. %s shows which, and tries again", text,
			keymap_label(app->keymap, ACTION_RESULTS));
	else if (batch->undoable)
		app_toast(app, ROLE_OK, "%s   %s undoes", text,
			keymap_label(app->keymap, ACTION_UNDO));
	else
		app_toast(app, ROLE_OK, "%s", text);
}

static uint64_t start_image(struct app *app, const char *who, char *why, size_t room)
{
	uint64_t ticket = asked_add_named(&app->asked, VERB_REMOVE, who, app->now_ms);
	struct asked_one one;

	if (!ticket) {
		snprintf(why, room, "%.200s: something is still under way", who);
	} else if (app->world->ops->remove_image(app->world, who, ticket) < 0) {
		asked_take(&app->asked, ticket, &one);
		ticket = 0;
		snprintf(why, room, "%.200s: out of memory", who);
	}
	return ticket;
}

static uint64_t start_undo(struct app *app, uint64_t seq, const char *name, char *why, size_t room)
{
	const struct act *act = actions_find(app->actions, seq);
	uint64_t ticket = act ? app_start_undo(app, act) : 0;

	if (!ticket)
		snprintf(why, room, "%.200s: %s", name,
			act ? "something is still under way" : "it is too long ago");
	return ticket;
}

static uint64_t start_item(struct app *app, const struct batch_item *item, char *why, size_t room)
{
	struct batch *batch = &app->batch;

	switch (batch->of) {
	case BATCH_IMAGES:
		return start_image(app, item->name, why, room);
	case BATCH_ACTIONS:
		return start_undo(app, item->seq, item->name, why, room);
	case BATCH_CONTAINERS:
		break;
	}
	return app_start(app, batch->verb, item->id, batch->signal, why, room);
}

static void step(struct app *app)
{
	struct batch *batch = &app->batch;
	struct batch_item *item;
	char why[300];

	while ((item = batch_next(batch))) {
		uint64_t ticket = start_item(app, item, why, sizeof(why));

		batch_begun(&app->batch, item, ticket, why);
	}
	if (batch_is_over(batch))
		batch->over_ms = app->now_ms;
	tell(app);
}

/* False: another is still under way, or there is no memory. */
static bool begin_many(struct app *app, enum verb verb, int signal, size_t count)
{
	struct batch *batch = &app->batch;

	if (!batch_is_over(batch))
		app_toast(app, ROLE_WARN, "%zu of %zu are still under way: %s shows them",
			batch->count - batch->done - batch->failed, batch->count,
			keymap_label(app->keymap, ACTION_RESULTS));
	else if (batch_begin(batch, verb, signal, count, app->now_ms) < 0)
		app_toast(app, ROLE_BAD, "out of memory");
	else
		return true;
	return false;
}

void app_remove_images(struct app *app, const struct strs *names)
{
	struct batch *batch = &app->batch;

	if (!begin_many(app, VERB_REMOVE, 0, names->len))
		return;
	app_begin_group(app);
	batch->of = BATCH_IMAGES;
	batch->noun = "names of images";
	for (size_t i = 0; i < names->len; i++)
		snprintf(batch->items[i].name, sizeof(batch->items[i].name), "%s", names->v[i]);
	step(app);
}

/* "containers", where they are brought back; else what they all are, if they are the same. */
static const char *noun_of(const struct act *const *acts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (acts[i]->type != acts[0]->type)
			return "actions";
	return acts[0]->type == EVENT_IMAGE ? "names of images" : "containers";
}

void app_take_back_many(struct app *app, const struct act *const *acts, size_t count)
{
	struct batch *batch = &app->batch;
	const char *noun = noun_of(acts, count);
	enum verb verb = VERB_RESTORE;

	for (size_t i = 0; i < count; i++)
		if (strcmp(acts[i]->what, "remove") != 0)
			verb = VERB_UNDO;
	if (!begin_many(app, verb, 0, count))
		return;
	app_begin_group(app);
	batch->of = BATCH_ACTIONS;
	batch->noun = verb == VERB_RESTORE ? noun : "actions";
	for (size_t i = 0; i < count; i++) {
		batch->items[i].seq = acts[i]->seq;
		snprintf(batch->items[i].id, sizeof(batch->items[i].id), "%s", acts[i]->id);
		snprintf(batch->items[i].name, sizeof(batch->items[i].name), "%s", acts[i]->name);
	}
	step(app);
}

void app_act_many(struct app *app, enum verb verb, const char (*ids)[65], size_t count, int signal)
{
	struct batch *batch = &app->batch;

	if (count == 1) {
		app_act(app, verb, ids[0], signal);
		return;
	}
	if (!begin_many(app, verb, signal, count))
		return;
	app_begin_group(app);
	for (size_t i = 0; i < count; i++) {
		const struct row *row = model_row(app->model, ids[i]);

		snprintf(batch->items[i].id, sizeof(batch->items[i].id), "%s", ids[i]);
		snprintf(batch->items[i].name, sizeof(batch->items[i].name), "%s",
			row ? row->c.name : ids[i]);
	}
	step(app);
}

void app_retry(struct app *app)
{
	if (!app->batch.failed || !batch_is_over(&app->batch))
		return;
	batch_retry(&app->batch, app->now_ms);
	step(app);
}

void app_update(
	struct app *app, const char (*ids)[65], size_t count, const struct update_request *request)
{
	if (!batch_is_over(&app->batch)) {
		app_toast(app, ROLE_WARN, "Something is still under way");
		return;
	}
	app->update = *request;
	if (request->cpuset_cpus) {
		snprintf(
			app->update_cpuset, sizeof(app->update_cpuset), "%s", request->cpuset_cpus);
		app->update.cpuset_cpus = app->update_cpuset;
	}
	if (request->restart) {
		snprintf(app->update_restart, sizeof(app->update_restart), "%s", request->restart);
		app->update.restart = app->update_restart;
	}
	app_act_many(app, VERB_UPDATE, ids, count, 0);
}

bool app_batch_ended(struct app *app, uint64_t ticket, const struct err *err, const char *outcome)
{
	if (!batch_ended(&app->batch, ticket, err, outcome))
		return false;
	app->batch.undoable |= app->outcome_ticket == ticket && app->undoable && !err;
	step(app);
	return true;
}
