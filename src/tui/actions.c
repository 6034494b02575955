/* actions.c - see actions.h. A ring; seqs grow in it. */
#include <stdio.h>

#include "tui/actions.h"
#include "util/strs.h"

struct actions {
	struct act ring[ACTIONS_KEPT];
	size_t next, count; /* next: where the one to come goes */
};

struct actions *actions_new(void)
{
	return calloc(1, sizeof(struct actions));
}

void actions_free(struct actions *actions)
{
	free(actions);
}

static struct act *at(const struct actions *actions, size_t age)
{
	if (age >= actions->count)
		return NULL;
	return (struct act *)&actions
		->ring[(actions->next + ACTIONS_KEPT - 1 - age) % ACTIONS_KEPT];
}

const struct act *actions_at(const struct actions *actions, size_t age)
{
	return at(actions, age);
}

static struct act *find(const struct actions *actions, uint64_t seq)
{
	for (size_t age = 0; age < actions->count; age++)
		if (at(actions, age)->seq == seq)
			return at(actions, age);
	return NULL;
}

const struct act *actions_find(const struct actions *actions, uint64_t seq)
{
	return find(actions, seq);
}

static const char *attr(const struct event *event, const char *key)
{
	const char *value = event_attr(event, key);

	return value ? value : "";
}

#define copy(to, from) snprintf(to, sizeof(to), "%s", from)

static void set_who(struct act *act, struct world *world, const struct event *event)
{
	const char *uid = attr(event, "uid"), *login = attr(event, "login");

	copy(act->who, world->ops->safety->login(world, (unsigned)atoi(uid)));
	if (*login && !str_eq(uid, login)) {
		char was[64];

		copy(was, act->who);
		snprintf(act->who, sizeof(act->who), "%s (%.30s)",
			world->ops->safety->login(world, (unsigned)atoi(login)), was);
	}
}

void actions_take(struct actions *actions, struct world *world, const struct event *event)
{
	struct act *act, *undone;

	if (actions->count && at(actions, 0)->seq >= event->seq)
		return;
	act = &actions->ring[actions->next];
	actions->next = (actions->next + 1) % ACTIONS_KEPT;
	actions->count += actions->count < ACTIONS_KEPT;
	*act = (struct act){.seq = event->seq,
		.time_ns = event->time_ns,
		.us = strtoull(attr(event, "us"), NULL, 10),
		.type = event->type,
		.pid = atoi(attr(event, "pid")),
		.undoes = strtoull(attr(event, "undoes"), NULL, 10)};
	copy(act->what, event->action);
	copy(act->id, event->id);
	copy(act->name, attr(event, "name"));
	copy(act->via, attr(event, "via"));
	copy(act->from, attr(event, "from"));
	copy(act->error, attr(event, "error"));
	copy(act->command, attr(event, "command"));
	copy(act->undo, attr(event, "undo"));
	copy(act->group, attr(event, "group"));
	set_who(act, world, event);
	undone = event_attr(event, "undoes") && !*act->error ? find(actions, act->undoes) : NULL;
	if (undone)
		undone->undone = true;
}

const char *actions_why_not(
	const struct act *act, const struct trash_limits *limits, uint64_t now_ns)
{
	if (*act->error)
		return "it failed: there is nothing to take back";
	if (!*act->undo)
		return "nothing takes it back";
	if (act->undone)
		return "it has been taken back";
	if (str_has_prefix(act->undo, "restore ") && act->time_ns < now_ns &&
		now_ns - act->time_ns >= limits->keep_ns)
		return "the trash has let go of it";
	return NULL;
}

const struct act *actions_undoable(
	const struct actions *actions, const struct trash_limits *limits, uint64_t now_ns)
{
	for (size_t age = 0; age < actions->count; age++)
		if (!actions_why_not(at(actions, age), limits, now_ns))
			return at(actions, age);
	return NULL;
}
