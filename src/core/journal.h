/* journal.h - the append-only file of events in the run root (records: runtime/wire.h, meaning:
 * core/event.h).
 *
 * One O_APPEND write a record, by everyone, shims included; readers copy what they look at. Records
 * are 8-aligned, so a torn write costs its own record and no other. */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include <uv.h>

#include "core/event.h"
#include "util/err.h"

struct journal;

int journal_open(int run_fd, struct journal **out, struct err *err);
/* For who only looks: an empty one in memory where there is none. */
int journal_open_read_only(int dir_fd, const char *name, struct journal **out, struct err *err);
/* Another file of the same kind, in another directory. */
int journal_open_as(int dir_fd, const char *name, struct journal **out, struct err *err);
void journal_close(struct journal *journal); /* NULL is fine */
int journal_fd(
	const struct journal *journal); /* lent, O_WRONLY | O_APPEND, for a shim to inherit */

/* attrs: "key", "value", …, NULL. A record that would be too long loses attributes from its end. */
int journal_add(struct journal *journal, enum event_type type, const char *action, const char *id,
	const char *const *attrs, struct err *err);

typedef void (*journal_fn)(void *arg, const struct event *event);
/* Calls back for each record from sequence `*seq` on and moves *seq behind the last; torn and
 * foreign bytes are skipped. A *seq behind the end (the journal of an earlier boot) starts from the
 * beginning. */
int journal_read(
	struct journal *journal, uint64_t *seq, journal_fn on_event, void *arg, struct err *err);
/* The sequence that the next record will have. */
uint64_t journal_end(struct journal *journal);

#endif
