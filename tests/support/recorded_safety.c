/* recorded_safety.c - the trash, actions and undo of the recorded world.
 *
 *     action WHAT NAME [who=W] [via=V] [from=A] [pid=N] [error=TEXT] [undo=TEXT] [us=N] [command=C]
 *     weight NAME BYTES        what its removal gives back; until it is told, nothing answers
 *     undoable                 what ends from now on can be taken back
 *     note TEXT                is said with the next end
 *     taken                    a name that comes back is in use */
#include <errno.h>
#include <stdio.h>

#include "recorded_private.h"
#include "util/own.h"
#include "util/strs.h"

static const uint64_t second = 1000000000;

static int put(struct world *world, const char *id, unsigned flags, uint64_t ticket)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	buf_addf(&recorded->acts, "trash %s%s%s\n", row < 0 ? id : recorded->rows[row].c.name,
		flags & TRASH_VOLUMES ? " volumes" : "", flags & TRASH_OR_REMOVE ? " anyway" : "");
	return recorded_pend(recorded, ticket);
}

static int undo(
	struct world *world, const char *text, uint64_t undoes, const char *name, uint64_t ticket)
{
	(void)name;
	buf_addf(&recorded_of(world)->acts, "undo %llu: %s\n", (unsigned long long)undoes, text);
	return recorded_pend(recorded_of(world), ticket);
}

static int restore(struct world *world, const char *id, const char *name, uint64_t ticket)
{
	buf_addf(&recorded_of(world)->acts, "restore %.12s as %s\n", id, name);
	return recorded_pend(recorded_of(world), ticket);
}

static void suggest(struct world *world, const char *name, char out[136])
{
	(void)world;
	snprintf(out, 136, "%.120s-2", name);
}

static struct trash_limits limits(struct world *world)
{
	(void)world;
	return (struct trash_limits){600 * second, 1 << 30};
}

static void send_action(struct recorded *recorded, size_t i, event_fn on_action, void *arg)
{
	const struct strs *words = &recorded->actions[i].attrs;
	struct event_attr attrs[20];
	struct event event = {.seq = i + 1,
		.time_ns = ((uint64_t)RECORDED_NOW_S - 90 + i) * second,
		.type = recorded->actions[i].type,
		.action = recorded->actions[i].what,
		.id = recorded->actions[i].id,
		.attrs = attrs};

	for (size_t k = 0; k + 1 < words->len && event.attr_count < array_len(attrs); k += 2)
		attrs[event.attr_count++] = (struct event_attr){words->v[k], words->v[k + 1]};
	on_action(arg, &event);
}

static int actions(struct world *world, event_fn on_action, void *arg, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < recorded_of(world)->action_count; i++)
		send_action(recorded_of(world), i, on_action, arg);
	recorded_of(world)->acting = true;
	return 0;
}

static const char *login(struct world *world, unsigned uid)
{
	(void)world;
	return uid ? "anna" : "root";
}

static int own_pid(struct world *world)
{
	(void)world;
	return RECORDED_PID;
}

static void begin_group(struct world *world)
{
	(void)world;
}

static int weigh(struct world *world, const char *id, world_answer_fn *answer, void *arg)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	if (row < 0 || recorded->question_count == QUESTIONS_MAX)
		return -ENOMEM;
	recorded->questions[recorded->question_count++] =
		(struct recorded_question){row, answer, arg};
	return 0;
}

static void forget(struct world *world, void *arg)
{
	struct recorded *recorded = recorded_of(world);

	for (size_t i = 0; i < recorded->question_count; i++)
		if (recorded->questions[i].arg == arg)
			recorded->questions[i].answer = NULL;
	recorded_resources_forget(recorded, arg);
}

const struct world_safety_ops recorded_safety_ops = {
	.put = put,
	.undo = undo,
	.restore = restore,
	.suggest = suggest,
	.limits = limits,
	.actions = actions,
	.login = login,
	.pid = own_pid,
	.begin_group = begin_group,
	.weigh = weigh,
	.forget = forget,
};

/* ---- what the test tells ---- */

static void tell_action(struct recorded *recorded, char *rest)
{
	size_t i = recorded->action_count++;
	struct recorded_action *action = &recorded->actions[i];
	char *word = strsep(&rest, " "), *name = strsep(&rest, " ");
	int row = recorded_find(recorded, name);

	action->type = EVENT_CONTAINER;
	snprintf(action->what, sizeof(action->what), "%s", word);
	snprintf(action->id, sizeof(action->id), "%s", row < 0 ? "0" : recorded->rows[row].c.id);
	strs_add(&action->attrs, "name");
	strs_add(&action->attrs, name);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		*value++ = '\0';
		recorded_unescape(value);
		strs_add(&action->attrs, word);
		strs_add(&action->attrs, value);
	}
	if (recorded->acting && recorded->world.listener.acted)
		send_action(
			recorded, i, recorded->world.listener.acted, recorded->world.listener.self);
}

static void tell_weight(struct recorded *recorded, char *rest)
{
	char *name = strsep(&rest, " ");
	int row = recorded_find(recorded, name);
	const struct op_result result = {.bytes = strtoull(rest, NULL, 10), .lines = ""};

	for (size_t i = 0; i < recorded->question_count; i++) {
		struct recorded_question *question = &recorded->questions[i];

		if (question->row == row && question->answer)
			take(question->answer)(question->arg, &result);
	}
}

bool recorded_safety_tell(struct recorded *recorded, const char *verb, char *rest)
{
	if (strcmp(verb, "action") == 0)
		tell_action(recorded, rest);
	else if (strcmp(verb, "weight") == 0)
		tell_weight(recorded, rest);
	else if (strcmp(verb, "undoable") == 0)
		recorded->undoable = true;
	else if (strcmp(verb, "note") == 0)
		snprintf(recorded->note, sizeof(recorded->note), "%s", rest);
	else if (strcmp(verb, "taken") == 0)
		recorded->name_taken = true;
	else
		return false;
	return true;
}

void recorded_safety_fini(struct recorded *recorded)
{
	for (size_t i = 0; i < recorded->action_count; i++)
		strs_fini(&recorded->actions[i].attrs);
}
