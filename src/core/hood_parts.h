/* hood_parts.h - what the files of hood share: the process that is looked at, and adding rows. */
#ifndef CORE_HOOD_PARTS_H
#define CORE_HOOD_PARTS_H

#include "core/engine_hood.h"
#include "core/engine_own.h"
#include "runtime/plan.h"
#include "util/arena.h"
#include "util/own.h"

struct hood {
	struct arena texts;
	struct hood_row *rows;
	size_t count, room;
	bool failed; /* out of memory */
};
/* Whom it is about. */
struct hooded {
	struct engine *engine;
	const struct row *row; /* NULL: the host */
	int pid;               /* the container's init, or this process */
	int proc_fd;           /* /proc/PID, which stays this process's; -1: it does not run */
	int own_fd;            /* containers/ID; -1 */
	struct hood *hood;
	struct hood_row *last; /* the row added last */
};

/* Adds a row whose value is printf's. */
void hood_add(struct hooded *h, enum hood_part part, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Of the row added last. */
void hood_words(struct hooded *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hood_proof(struct hooded *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hood_command(struct hooded *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The proof, and the command that prints that file. */
void hood_shown_by(struct hooded *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As a shell takes it for one word, whatever is in it: a container names paths. Lent from `into`.
 */
const char *hood_quote(const char *word, struct buf *into);
/* A file of /proc/PID; "" when it cannot be read. Lent from `into`. */
const char *hood_read(const struct hooded *h, const char *name, struct buf *into);
/* What stands after "Name:\t" in /proc/PID/status, up to the line's end; "" when it is not there.
 */
void hood_status(const char *status, const char *name, char *out, size_t room);

/* The filter of the plan in containers/ID; lent from bytes. NULL: there is none. */
const struct plan_step *hood_find_filter(int own_fd, struct buf *bytes, struct plan *plan);
/* Whether it lives in a user namespace other than ours. */
bool hood_has_userns(const struct hooded *h);

void hood_namespaces(struct hooded *h);
void hood_cgroups(struct hooded *h);
void hood_mounts(struct hooded *h);
void hood_capabilities(struct hooded *h);
void hood_seccomp(struct hooded *h);
void hood_identity(struct hooded *h);
void hood_environment(struct hooded *h);
void hood_processes(struct hooded *h);
void hood_network(struct hooded *h);
void hood_records(struct hooded *h);

own_define(hood)

#endif
