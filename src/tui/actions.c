/* actions.c - see actions.h. A ring; seqs grow in it. */
#include <stddef.h>
#include <stdio.h>

#include "tui/actions.h"
#include "util/pack.h"
#include "util/strs.h"

struct actions {
	struct act *ring[ACTIONS_KEPT];
	size_t taken; /* ever */
};

struct actions *actions_new(void)
{
	return calloc(1, sizeof(struct actions));
}

void actions_free(struct actions *actions)
{
	if (!actions)
		return;
	for (size_t i = 0; i < ACTIONS_KEPT; i++)
		free(actions->ring[i]);
	free(actions);
}

size_t actions_taken(const struct actions *actions)
{
	return actions->taken;
}

static struct act *at(const struct actions *actions, size_t age)
{
	if (age >= ACTIONS_KEPT || age >= actions->taken)
		return NULL;
	return actions->ring[(actions->taken - 1 - age) % ACTIONS_KEPT];
}

const struct act *actions_at(const struct actions *actions, size_t age)
{
	return at(actions, age);
}

static struct act *find(const struct actions *actions, uint64_t seq)
{
	struct act *act;

	for (size_t age = 0; (act = at(actions, age)); age++)
		if (act->seq == seq)
			return act;
	return NULL;
}

const struct act *actions_find(const struct actions *actions, uint64_t seq)
{
	return find(actions, seq);
}

/* "" where there is none. */
static const char *attr(const struct event *event, const char *key)
{
	const char *value = event_attr(event, key);

	return value ? value : "";
}

enum { WHO_MAX = 64 };

static void name_who(char who[WHO_MAX], struct world *world, const struct event *event)
{
	const char *uid = attr(event, "uid"), *login = attr(event, "login");
	char own[WHO_MAX];

	snprintf(own, sizeof(own), "%s", world->ops->safety->login(world, (unsigned)atoi(uid)));
	if (*login && !str_eq(uid, login))
		snprintf(who, WHO_MAX, "%s (%.30s)",
			world->ops->safety->login(world, (unsigned)atoi(login)), own);
	else
		memcpy(who, own, sizeof(own));
}

static struct act *act_new(struct world *world, const struct event *event)
{
	static const size_t texts[] = {offsetof(struct act, what), offsetof(struct act, id),
		offsetof(struct act, name), offsetof(struct act, who), offsetof(struct act, via),
		offsetof(struct act, from), offsetof(struct act, error),
		offsetof(struct act, command), offsetof(struct act, undo),
		offsetof(struct act, group)};
	char who[WHO_MAX];
	const struct act act = {.seq = event->seq,
		.time_ns = event->time_ns,
		.us = strtoull(attr(event, "us"), NULL, 10),
		.type = event->type,
		.pid = atoi(attr(event, "pid")),
		.undoes = strtoull(attr(event, "undoes"), NULL, 10),
		.what = event->action,
		.id = event->id,
		.name = attr(event, "name"),
		.who = who,
		.via = attr(event, "via"),
		.from = attr(event, "from"),
		.error = attr(event, "error"),
		.command = attr(event, "command"),
		.undo = attr(event, "undo"),
		.group = attr(event, "group")};

	name_who(who, world, event);
	return pack(&act, sizeof(act), texts, array_len(texts));
}

void actions_take(struct actions *actions, struct world *world, const struct event *event)
{
	struct act *act, *undone;

	if (actions->taken && at(actions, 0)->seq >= event->seq)
		return;
	act = act_new(world, event);
	if (!act)
		return; /* it is on record all the same */
	free(actions->ring[actions->taken % ACTIONS_KEPT]);
	actions->ring[actions->taken++ % ACTIONS_KEPT] = act;
	undone = event_attr(event, "undoes") && !*act->error ? find(actions, act->undoes) : NULL;
	if (undone)
		undone->undone = true;
}

/* undo: "tag ID NAME". */
static bool is_image_gone(const char *undo, const struct undo_ground *ground)
{
	const char *id = undo + strlen("tag ");
	size_t len = strcspn(id, " ");

	if (!str_has_prefix(undo, "tag "))
		return false;
	for (size_t i = 0; i < ground->image_count; i++)
		if (strlen(ground->images[i].id) == len &&
			strncmp(ground->images[i].id, id, len) == 0)
			return false;
	return true;
}

const char *actions_why_not(const struct act *act, const struct undo_ground *ground)
{
	if (*act->error)
		return "it failed: there is nothing to take back";
	if (!*act->undo)
		return "nothing takes it back";
	if (act->undone)
		return "it has been taken back";
	if (str_has_prefix(act->undo, "restore ") && act->time_ns < ground->now_ns &&
		ground->now_ns - act->time_ns >= ground->limits.keep_ns)
		return "the trash has let go of it";
	if (is_image_gone(act->undo, ground))
		return "the image itself has gone since";
	return NULL;
}

const struct act *actions_undoable(const struct actions *actions, const struct undo_ground *ground)
{
	const struct act *act;

	for (size_t age = 0; (act = at(actions, age)); age++)
		if (!actions_why_not(act, ground))
			return act;
	return NULL;
}
