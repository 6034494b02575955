/* link_safety.c - the trash, the actions and their undoing: world_safety.h on the engine. */
#include <pwd.h>
#include <stdio.h>

#include "tui/link_record.h"

/* ---- into the trash, and back ---- */

/* result.lines of these is a note for the user: why there is nothing to take back, or what is
 * missing. */
static void on_noted(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;

	deed->note = result->err ? NULL : result->lines;
	if (deed->record.undo && deed->note && *deed->note) {
		free(deed->record.undo);
		deed->record.undo = NULL;
	}
	link_deed_done(arg, result);
}

static int put(struct world *world, const char *id, unsigned flags, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);
	struct container room;

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, EVENT_CONTAINER, "remove", id, link_record_name(link, id, &room),
		"rm --trash %s%s", flags & TRASH_VOLUMES ? "-v " : "", room.name);
	link_record_undo(deed, "restore %s", id);
	return link_deed_begun(deed, engine_trash_put(link->engine, id, flags, on_noted, deed));
}

static int undo(
	struct world *world, const char *text, uint64_t undoes, const char *name, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);
	bool of_image = str_has_prefix(text, "tag ") || str_has_prefix(text, "untag ");
	auto_buf words = BUF_INIT, command = BUF_INIT;

	if (!deed)
		return -ENOMEM;
	engine_undo_describe(text, &words, &command);
	link_record_as(deed, of_image ? EVENT_IMAGE : EVENT_CONTAINER, "undo", NULL, name, "%s",
		command.len > 6 ? buf_text(&command) + 6 /* davit */ : "");
	deed->record.is_undo = true;
	deed->record.undoes = undoes;
	return link_deed_begun(deed, engine_undo(link->engine, text, on_noted, deed));
}

static int restore(struct world *world, const char *id, const char *name, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, EVENT_CONTAINER, "restore", id, name, "trash restore --name %s %.12s",
		name, id);
	return link_deed_begun(deed, engine_trash_restore(link->engine, id, name, on_noted, deed));
}

static void suggest(struct world *world, const char *name, char out[136])
{
	engine_trash_suggest(link_of(world)->engine, name, out);
}

static struct trash_limits limits(struct world *world)
{
	(void)world;
	return engine_trash_limits();
}

/* ---- actions ---- */

static void on_action(void *arg, const struct event *event)
{
	struct link *link = arg;
	const struct world_listener *listener = &link->world.listener;

	if (link->old_actions)
		link->old_actions(link->old_arg, event);
	else if (listener->acted)
		listener->acted(listener->self, event);
}

/* One reading for both: those that are there come before engine_actions_follow returns. */
static int actions(struct world *world, event_fn on_old, void *arg, struct err *err)
{
	struct link *link = link_of(world);

	if (!link->engine)
		return link_no_engine(err);
	if (link->actions)
		return 0;
	link->old_actions = on_old;
	link->old_arg = arg;
	link->actions = engine_actions_follow(
		link->engine, engine_actions_recent(link->engine), on_action, link, err);
	link->old_actions = NULL;
	return link->actions ? 0 : err->code;
}

/* From the file alone: a directory server could take its time. */
static const char *login(struct world *world, unsigned uid)
{
	struct link *link = link_of(world);
	FILE *file;
	struct passwd *entry;

	if (link->login[0] && link->login_uid == uid)
		return link->login;
	link->login_uid = uid;
	snprintf(link->login, sizeof(link->login), "%u", uid);
	file = fopen("/etc/passwd", "re");
	while (file && (entry = fgetpwent(file)))
		if (entry->pw_uid == uid) {
			snprintf(link->login, sizeof(link->login), "%s", entry->pw_name);
			break;
		}
	if (file)
		fclose(file);
	return link->login;
}

static int own_pid(struct world *world)
{
	(void)world;
	return (int)getpid();
}

static void begin_group(struct world *world)
{
	struct link *link = link_of(world);

	snprintf(link->group, sizeof(link->group), "%d.%llu", (int)getpid(),
		(unsigned long long)uv_hrtime());
}

/* ---- small questions ---- */

int link_answer(struct deed *deed, struct op *op, world_answer_fn *answer, void *arg)
{
	deed->answer = answer;
	deed->answer_arg = arg;
	return link_deed_begun(deed, op);
}

void link_answered(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;
	world_answer_fn *answer = deed->answer;
	void *answer_arg = deed->answer_arg;

	link_record_add(deed, result);
	link_deed_free(deed);
	if (answer)
		answer(answer_arg, result);
}

static int weigh(struct world *world, const char *id, world_answer_fn *answer, void *arg)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, 0);

	return deed ? link_answer(deed,
			      engine_container_weigh(link->engine, id, link_answered, deed), answer,
			      arg)
		    : -ENOMEM;
}

static void forget(struct world *world, void *arg)
{
	for (struct deed *deed = link_of(world)->deeds; deed; deed = deed->next)
		if (deed->answer && deed->answer_arg == arg)
			deed->answer = NULL;
}

const struct world_safety_ops link_safety_ops = {
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
