/* actions.c - the store's file `actions` (engine_actions.h): a journal of its own (journal.h). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/follow.h"
#include "core/privilege.h"
#include "util/redact.h"
#include "util/own.h"
#include "util/path.h"

enum { NO_LOGIN = -1 };

/* Opened by whoever needs it first: most commands only look. */
static struct journal *open_actions(struct engine *engine, struct err *err)
{
	if (!engine->actions)
		journal_open_as(
			store_dir(engine->store, STORE_ROOT), "actions", &engine->actions, err);
	return engine->actions;
}

/* ---- who ---- */

/* The login that a session goes back to, whatever su and sudo made of it since; kept by the kernel.
 */
static long login_uid(void)
{
	auto_close int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_buf text = BUF_INIT;
	unsigned long uid;

	if (proc >= 0 && path_read_at(proc, "loginuid", 64, &text) == 0 &&
		sscanf(buf_text(&text), "%lu", &uid) == 1 && uid != UINT32_MAX)
		return (long)uid;
	if (getenv("SUDO_UID") && sscanf(getenv("SUDO_UID"), "%lu", &uid) == 1)
		return (long)uid;
	return NO_LOGIN;
}

struct attrs {
	const char *v[2 * 16 + 1];
	size_t len;
	char uid[16], login[24], pid[16], from[64], us[24], undoes[24];
};

static void add(struct attrs *attrs, const char *key, const char *value)
{
	if (!value || !*value || attrs->len + 2 >= array_len(attrs->v))
		return;
	attrs->v[attrs->len++] = key;
	attrs->v[attrs->len++] = value;
}

static void add_who(struct attrs *attrs, const char *via)
{
	const char *ssh = getenv("SSH_CONNECTION");
	long login = login_uid();

	snprintf(attrs->uid, sizeof(attrs->uid), "%u", privilege_user());
	add(attrs, "uid", attrs->uid);
	if (login >= 0)
		snprintf(attrs->login, sizeof(attrs->login), "%ld", login);
	add(attrs, "login", attrs->login);
	add(attrs, "via", via);
	snprintf(attrs->pid, sizeof(attrs->pid), "%d", (int)getpid());
	add(attrs, "pid", attrs->pid);
	if (ssh)
		snprintf(attrs->from, sizeof(attrs->from), "%.*s", (int)strcspn(ssh, " "), ssh);
	add(attrs, "from", attrs->from);
}

/* ---- one record ---- */

void engine_action_add(struct engine *engine, const struct engine_action *action)
{
	struct journal *journal = open_actions(engine, NULL);
	auto_buf command = BUF_INIT, error = BUF_INIT;
	struct attrs attrs = {0};

	if (!journal || engine->read_only)
		return;
	add(&attrs, "name", action->name);
	add_who(&attrs, action->via);
	if (action->began_ns) {
		snprintf(attrs.us, sizeof(attrs.us), "%" PRIu64,
			(timing_now() - action->began_ns) / 1000);
		add(&attrs, "us", attrs.us);
	}
	/* A sentence may quote what was typed. */
	if (action->err && action->err->code < 0)
		redact_line(action->err->text, &error);
	add(&attrs, "error", buf_text(&error));
	if (!error.len)
		add(&attrs, "undo", action->undo);
	add(&attrs, "group", action->group);
	if (action->undoes) {
		snprintf(attrs.undoes, sizeof(attrs.undoes), "%" PRIu64, *action->undoes);
		add(&attrs, "undoes", attrs.undoes);
	}
	/* Last: it is what a record that would be too long may lose. */
	if (action->command)
		redact_line(action->command, &command);
	add(&attrs, "command", buf_text(&command));
	journal_add(
		journal, action->type, action->what, action->id ? action->id : "", attrs.v, NULL);
}

int engine_actions(
	struct engine *engine, uint64_t since_seq, event_fn on_action, void *arg, struct err *err)
{
	struct journal *journal = open_actions(engine, err);
	uint64_t seq = since_seq;

	return journal ? journal_read(journal, &seq, on_action, arg, err) : err->code;
}

uint64_t engine_actions_recent(struct engine *engine)
{
	enum { RECENT = 256 << 10 };
	struct journal *journal = open_actions(engine, NULL);
	uint64_t end = journal ? journal_end(journal) : 0;

	/* In the middle of a record: reading begins with the next one. */
	return end > RECENT ? (end - RECENT) & ~UINT64_C(7) : 0;
}

struct follower *engine_actions_follow(
	struct engine *engine, uint64_t since_seq, event_fn on_action, void *arg, struct err *err)
{
	struct journal *journal = open_actions(engine, err);

	return journal ? follow_journal(engine, journal, since_seq, on_action, arg, err) : NULL;
}
