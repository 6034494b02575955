/* engine_actions.h - the façade (core/engine.h): who did what, when, and how it went.
 *
 * Events (core/event.h) are facts about things; an action is a person's: one record for each change
 * asked for, by whichever front end, kept in the store across reboots, readable by its owner alone
 * and without secrets (util/redact.h). Records have the form of events: type and id of what it was
 * about, action the verb, and these attributes, each only where there is something to say:
 *
 *     name      of what it was about           uid, login    who: the user's number, and that of
 *     command   the command line that does               the login it goes back to
 *               the same                       via           "cli", "screen"
 *     error     why it failed                  pid, from     of the front end; over ssh, from where
 *     us        how long it took               undo          what takes it back (engine_undo)
 *     group     of what was asked for at once  undoes        seq of the action that this took back
 */
#ifndef CORE_ENGINE_ACTIONS_H
#define CORE_ENGINE_ACTIONS_H

#include <stdint.h>

#include "core/engine_base.h"
#include "core/engine_system.h"
#include "core/event.h"

struct engine_action {
	enum event_type type;
	const char *what;          /* "remove" */
	const char *id, *name;     /* either may be NULL */
	const char *via, *command; /* the command as typed, or as it would have been */
	const struct err *err;     /* NULL: it went well */
	uint64_t began_ns;         /* CLOCK_MONOTONIC, timing_now's; 0: no time */
	const char *undo;          /* NULL: nothing takes it back */
	const char *group;         /* or NULL */
	const uint64_t *undoes;    /* or NULL */
};
/* Failures are not worth failing an operation for. */
void engine_action_add(struct engine *engine, const struct engine_action *action);

/* From seq on (0: all that is kept), and then as they come. Same rules as engine_follow. */
struct follower *engine_actions_follow(
	struct engine *engine, uint64_t since_seq, event_fn on_action, void *arg, struct err *err);
/* Where the newest few hundred begin. */
uint64_t engine_actions_recent(struct engine *engine);
int engine_actions(
	struct engine *engine, uint64_t since_seq, event_fn on_action, void *arg, struct err *err);

/* ---- taking back ---- */

/* One word for how, then what it needs:
 *
 *     restore ID…      out of the trash         tag IMAGE NAME    the name back to that image
 *     rename ID NAME   the old name             untag NAME        a name that was given
 *     start ID         "start again"            unpause ID  pause ID
 *
 * -EINVAL for another. result as of the operation it stands for. */
struct op *engine_undo(struct engine *engine, const char *undo, op_done_fn done, void *arg);
/* "restore web", as a user would put it, and the command line that does the same. */
void engine_undo_describe(const char *undo, struct buf *words, struct buf *command);

#endif
