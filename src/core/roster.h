/* roster.h - the table of containers in the run root: what exists, what state it is in.
 *
 * The rows and who writes them are described in runtime/row.h. A roster is safe to use from several
 * threads and processes: reads copy a row and check its sequence, changes of identity happen under
 * one flock(2) that is never held for longer than a scan. After a reboot the file is gone;
 * roster_open then builds it from every container's own `row` and `last` files. */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/row.h"
#include "util/err.h"

struct roster;

/* run_fd: the run root; containers_fd: the store's containers directory. Both stay the caller's. */
int roster_open(int run_fd, int containers_fd, struct roster **out, struct err *err);
/* For who only looks: nothing of it can be changed. Where this boot has none yet, what containers/
 * remembers is read into memory. */
int roster_open_read_only(int run_fd, int containers_fd, struct roster **out, struct err *err);
void roster_close(struct roster *roster);   /* NULL is fine */
int roster_fd(const struct roster *roster); /* lent, for a shim to inherit */

/* ---- restart policies, once a boot ---- */

/* Nobody has told the user yet of what would start, nor applied the policies; the caller is the
 * first and does. */
bool roster_take_offer(struct roster *roster);
/* The policies are this process's to apply; false when that was done in this boot, or another is at
 * it. */
bool roster_take_policies(struct roster *roster);
void roster_policies_applied(struct roster *roster);

/* Rows are numbered from 1. Copies row `number`; -ENOENT past the end or when it is free. */
int roster_read(struct roster *roster, unsigned number, struct row *out);
/* All rows in use, in order and a few dozen at a time. The row is lent until the next call, and may
 * be written to. */
enum { ROSTER_SCAN = 32 };
struct roster_scan {
	struct roster *roster;
	unsigned number; /* of the row that was just given */
	unsigned at, count;
	struct row rows[ROSTER_SCAN];
};
void roster_scan_begin(struct roster *roster, struct roster_scan *scan);
struct row *roster_scan_next(struct roster_scan *scan); /* NULL: no more */
/* The number of the last row there may be. */
unsigned roster_last(struct roster *roster);

/* By full id, then name, then unique id prefix; removing and creating rows are found too. -ENOENT,
 * or -EEXIST for an ambiguous prefix. */
int roster_find(
	struct roster *roster, const char *who, unsigned *number, struct row *out, struct err *err);

/* What a container's own directory remembers of it, as a reboot would read it: use is ROW_USED.
 * -EIO when that is damaged, or another container's. */
int roster_read_saved(int dir_fd, const char *id, struct row *out);

/* Reserves a row for row->id under row->name; -EEXIST in docker's words when the name is taken. */
int roster_add(struct roster *roster, const struct row *row, unsigned *number, struct err *err);
/* Gives that container's row another name; -EEXIST likewise, -ENOENT when the row is not its any
 * more. */
int roster_rename(
	struct roster *roster, unsigned number, const char *id, const char *name, struct err *err);
/* Only while the row is still that container's: one that somebody else freed, and perhaps gave
 * away, is left alone. */
int roster_set_use(
	struct roster *roster, unsigned number, const char *id, enum row_use use, struct err *err);
/* 1: the row is free now; 0: it was not that container's any more. */
int roster_free(struct roster *roster, unsigned number, const char *id, struct err *err);
/* Its restart policy from the next exit on; restart is 1 + enum plan_restart. -ENOENT likewise. */
int roster_set_policy(struct roster *roster, unsigned number, const char *id, uint32_t restart,
	uint32_t max, struct err *err);
/* Writes the row as it is now into dir_fd/row, the copy that a reboot reads. A kill before it: then
 * the change did not happen, for the next boot. */
int roster_save(
	struct roster *roster, unsigned number, const char *id, int dir_fd, struct err *err);
/* Replaces the state (sequence numbers are filled in). For creators, and for whoever holds the
 * container's lock because its shim is gone. */
int roster_set_state(
	struct roster *roster, unsigned number, const struct row_state *state, struct err *err);

#endif
