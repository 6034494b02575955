/* shim_rig.h - a container without an engine: a busybox root file system, a plan made by hand, the
 * real davit-shim on its fds, and the client's half of wire.h. Works inside the sandbox only; see
 * rig_enter_sandbox.
 *
 * Everything asserts: what a rig cannot do is a failed test. */
#ifndef SUPPORT_SHIM_RIG_H
#define SUPPORT_SHIM_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/plan.h"
#include "runtime/plan_build.h"
#include "runtime/row.h"
#include "runtime/wire.h"
#include "util/buf.h"

struct rig {
	char base[64], id[65];
	int number;
	int store, run, own, roster, journal, lock, root; /* root: the image's only layer */
	int shim;                                         /* pidfd; -1: not running */
	int shim_pid, born;
	bool has_v1;
};

/* How the container is to be; zeroes are docker's defaults without a network. */
struct rig_spec {
	const char *const *argv; /* NULL: true */
	const char *const *env;  /* NULL: PATH=/bin */
	uint32_t flags;          /* enum plan_flags */
	const char *user, *cwd;
	uint64_t avoid; /* enum plan_avoid */
	uint32_t restart, restart_max;
	uint64_t log_max;
	uint32_t log_files;
	const char *pids_max; /* v1 and v2 text; NULL: none */
	const char *memory_max;
	bool bare; /* without cgroups, masks and network */
	bool host_pids;
	bool no_seccomp_gap; /* keeps NO_NEW_PRIVS on */
	const char *bind;    /* host path, mounted at /mnt */
	const char *davit;   /* what is started as `davit sweep`; NULL: nothing */
};

/* Runs the whole program again inside the sandbox unless it is there already. Call first in main.
 */
void rig_enter_sandbox(int argc, char **argv);

struct rig *rig_new(void);
void rig_free(struct rig *rig); /* ends the shim if need be and removes all */
/* The plan of spec, and for an exec (kind PLAN_EXECUTION) too. */
void rig_plan(struct rig *rig, const struct rig_spec *spec, enum plan_kind kind, struct buf *out);

enum { RIG_NO_GO = 1 << 30 }; /* in want: only prepare */

/* Starts the shim; its born connection is rig->born. want 0: no HELLO is sent. GO is sent. */
void rig_launch(struct rig *rig, const struct rig_spec *spec, uint32_t want);
void rig_launch_plan(struct rig *rig, const struct buf *plan, const char *verb, uint32_t want,
	const char *davit);
int rig_connect(struct rig *rig, uint32_t want); /* greeted; the caller closes */
/* A new connection that carries the exec. */
int rig_exec(struct rig *rig, const struct rig_spec *spec, uint32_t want, const char id[65]);

struct rig_frame {
	struct wire_head head;
	char body[WIRE_PAYLOAD_MAX + 1]; /* NUL-terminated */
};

void rig_put(int fd, enum wire_type type, const void *payload, size_t len);
/* false: nothing within ms, or the connection ended (head.type is 0 then). */
bool rig_get(int fd, struct rig_frame *frame, int ms);
/* Reads on until such a frame comes; what streams carried meanwhile is added to out (NULL: thrown
 * away). */
void rig_until(int fd, enum wire_type type, struct rig_frame *frame, struct buf *out);
struct wire_exit rig_until_exit(int fd, struct buf *out);
int rig_request(struct rig *rig, int fd, enum wire_type type, const void *payload,
	size_t len); /* its DONE */

struct row_state rig_state(struct rig *rig);
void rig_until_status(struct rig *rig, enum row_status status);
void rig_until_shim_gone(struct rig *rig);
bool rig_journal_has(struct rig *rig, const char *action);
/* A file of the store's container directory, whole. */
void rig_read(int dir, const char *name, struct buf *out);
int rig_sealed(const void *data, size_t len); /* memfd */

#endif
