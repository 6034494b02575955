/* app_safety.c - what was done and can be taken back, how much is asked before, and a session that
 * changes nothing. */
#include <stdio.h>

#include "tui/app_private.h"

/* ---- policy ---- */

enum safety app_safety(const struct app *app)
{
	return app->safety;
}

bool safety_read(const char *word, enum safety *out)
{
	static const char *const words[] = {
		[SAFETY_NORMAL] = "normal", [SAFETY_FAST] = "fast", [SAFETY_STRICT] = "strict"};

	for (size_t i = 0; word && i < array_len(words); i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum safety)i;
			return true;
		}
	return false;
}

bool app_refuses(struct app *app, const char *command)
{
	if (!app->read_only)
		return false;
	app_toast(app, ROLE_WARN, "Read-only session: nothing was changed. Elsewhere: %s", command);
	return true;
}

bool app_is_read_only(const struct app *app)
{
	return app->read_only;
}

/* ---- what was done ---- */

static void on_old_action(void *arg, const struct event *event)
{
	struct app *app = arg;

	actions_take(app->actions, app->world, event);
}

struct actions *app_actions(struct app *app)
{
	struct err err;

	if (app->actions_read)
		return app->actions;
	app->actions_read = true;
	if (app->world->ops->safety->actions(app->world, on_old_action, app, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	return app->actions;
}

void app_acted(void *self, const struct event *event)
{
	struct app *app = self;

	actions_take(app->actions, app->world, event);
	app->dirty = true;
}

void app_outcome(void *self, uint64_t ticket, const char *note, bool undoable)
{
	struct app *app = self;

	app->outcome_ticket = ticket;
	app->undoable = undoable;
	snprintf(app->note, sizeof(app->note), "%s", note ? note : "");
}

/* What `done` of this ticket adds to its sentence. */
void app_add_outcome(struct app *app, uint64_t ticket, char *text, size_t room)
{
	size_t len = strlen(text);

	if (app->outcome_ticket != ticket || !ticket)
		return;
	app->outcome_ticket = 0;
	if (*app->note)
		snprintf(
			text + len, room - len, ". %.*s", (int)strcspn(app->note, "\n"), app->note);
	else if (app->undoable)
		snprintf(text + len, room - len, "   %s undoes",
			keymap_label(app->keymap, ACTION_UNDO));
}

void app_begin_group(struct app *app)
{
	app->world->ops->safety->begin_group(app->world);
}

/* ---- asking ---- */

uint64_t app_ticket(struct app *app, enum verb verb, const char *name)
{
	uint64_t ticket = asked_add_named(&app->asked, verb, name, app->now_ms);

	if (!ticket)
		app_toast(app, ROLE_WARN, "%s: something is still under way", name);
	return ticket;
}

void app_begun(struct app *app, uint64_t ticket, int code)
{
	if (code < 0)
		app_done(app, ticket, &(struct err){code, "out of memory"});
}

/* ---- taking back ---- */

void app_add_start(struct app *app, char *text, size_t room)
{
	size_t len = strlen(text);

	snprintf(
		text + len, room - len, "   %s starts it", keymap_label(app->keymap, ACTION_START));
}

static bool is_restore(const struct act *act)
{
	return strncmp(act->undo, "restore ", 8) == 0;
}

uint64_t app_start_undo(struct app *app, const struct act *act)
{
	bool restores = is_restore(act);
	char name[320];
	uint64_t ticket;

	if (restores)
		snprintf(name, sizeof(name), "%s", act->name);
	else
		snprintf(name, sizeof(name), "%s %s", act->what, act->name);
	ticket = app_ticket(app, restores ? VERB_RESTORE : VERB_UNDO, name);
	if (!ticket)
		return 0;
	if (restores)
		snprintf(app->asked.list[app->asked.count - 1].id, 65, "%s", act->undo + 8);
	app_begun(app, ticket,
		app->world->ops->safety->undo(app->world, act->undo, act->seq, act->name, ticket));
	return ticket;
}

void app_bring_back(struct app *app, const char *id, const char *name)
{
	uint64_t ticket = app_ticket(app, VERB_RESTORE, name);

	app_begin_group(app);
	if (!ticket)
		return;
	snprintf(app->asked.list[app->asked.count - 1].id, 65, "%s", id);
	app_begun(app, ticket, app->world->ops->safety->restore(app->world, id, name, ticket));
}

/* The name is in use by now: under another, which is asked for. */
static void on_name(void *arg, const char *text, bool done)
{
	struct app *app = arg;
	uint64_t ticket;

	if (!done || !*text)
		return;
	ticket = asked_add_named(&app->asked, VERB_RESTORE, text, app->now_ms);
	if (ticket &&
		app->world->ops->safety->restore(app->world, app->coming_back, text, ticket) < 0)
		app_done(app, ticket, &(struct err){-ENOMEM, "out of memory"});
}

bool app_name_is_taken(struct app *app, const struct asked_one *one)
{
	char label[80], other[136];

	if (one->verb != VERB_RESTORE || strchr(one->id, ' ') || app->prompting)
		return false;
	snprintf(app->coming_back, sizeof(app->coming_back), "%s", one->id);
	app->world->ops->safety->suggest(app->world, one->name, other);
	snprintf(label, sizeof(label), "%.40s is in use; bring it back as: ", one->name);
	app_prompt(app, label, other, on_name, app);
	app->prompt_before[0] = '\0'; /* Esc leaves it where it is */
	return true;
}

struct undo_ground app_undo_ground(struct app *app)
{
	struct undo_ground ground = {
		.limits = app->world->ops->safety->limits(app->world), .now_ns = app->real_ns};

	ground.images = model_images(app->model, &ground.image_count);
	return ground;
}

/* With all that was asked for at once. */
void app_take_back(struct app *app, const struct act *act)
{
	struct undo_ground ground = app_undo_ground(app);
	const struct act *other, *acts[ACTIONS_KEPT];
	size_t count = 0;

	for (size_t age = 0; *act->group && (other = actions_at(app->actions, age)); age++)
		if (strcmp(other->group, act->group) == 0 && !actions_why_not(other, &ground))
			acts[count++] = other;
	if (count > 1) {
		app_take_back_many(app, acts, count);
		return;
	}
	app_begin_group(app);
	app_start_undo(app, act);
}

static void on_chosen(struct app *app, void *arg, int index)
{
	const struct act *act = actions_find(app->actions, *(uint64_t *)arg);

	if (index == 1 && act)
		app_take_back(app, act);
}

/* Somebody else's is taken back only after a question. */
static void ask(struct app *app, const struct act *act)
{
	static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Undo"}};
	auto_buf words = BUF_INIT, command = BUF_INIT, same = BUF_INIT, did = BUF_INIT;
	uint64_t *seq = malloc(sizeof(*seq));
	const char *lines[4];
	struct pane *dialog;

	engine_undo_describe(act->undo, &words, &command);
	buf_addf(&did, "%s did this, not this screen:", act->who);
	buf_addf(&same, "Same as: %s", buf_text(&command));
	lines[0] = buf_text(&did);
	lines[1] = act->command;
	lines[2] = "";
	lines[3] = buf_text(&same);
	dialog = seq ? dialog_new(app, "Undo?", lines, array_len(lines), choices,
			       array_len(choices), 0, on_chosen, seq)
		     : NULL;
	if (!dialog)
		free(seq);
	else
		*seq = act->seq;
	app_push(app, dialog);
}

void app_undo(struct app *app, const struct act *act)
{
	if (app->read_only) {
		auto_buf words = BUF_INIT, command = BUF_INIT;

		engine_undo_describe(act->undo, &words, &command);
		app_refuses(app, buf_text(&command));
	} else if (act->pid == app->world->ops->safety->pid(app->world)) {
		app_take_back(app, act);
	} else {
		ask(app, act);
	}
}

/* What it leaves to undo is not known before it ends, and what was done before is not meant. */
static bool is_busy(struct app *app)
{
	size_t count = app->asked.count;

	if (count)
		app_toast(app, ROLE_WARN,
			"%s: something is still under way; undo it when it has ended",
			app->asked.list[count - 1].name);
	return count > 0;
}

void app_undo_last(struct app *app)
{
	const struct actions *actions = app_actions(app);
	struct undo_ground ground = app_undo_ground(app);
	const struct act *act = actions_undoable(actions, &ground);

	if (is_busy(app))
		return;
	if (act)
		app_undo(app, act);
	else
		app_toast(app, ROLE_INFO, "Nothing to undo: %s shows what was done",
			keymap_label(app->keymap, ACTION_JOURNAL));
}
