/* engine_trash.h - the façade (core/engine.h): containers that were removed and can come back. */
#ifndef CORE_ENGINE_TRASH_H
#define CORE_ENGINE_TRASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

/* How long and how much: ten minutes and 1 GiB, unless DAVIT_TRASH_TIME (seconds; 0: no trash) and
 * DAVIT_TRASH_SIZE (bytes) say otherwise. */
struct trash_limits {
	uint64_t keep_ns, cap_bytes;
};
struct trash_limits engine_trash_limits(void);

struct trash_entry {
	char id[65], name[136], image[200];
	uint64_t removed_ns, until_ns; /* CLOCK_REALTIME; it may go earlier, for the cap */
	uint64_t bytes;                /* blocks on the disk */
	unsigned uid;                  /* of who removed it */
};
/* Newest first, without what has expired; the caller frees it with free(). */
int engine_trash(struct engine *engine, struct trash_entry **out, size_t *count, struct err *err);

/* Stops the container when it runs (its own signal and patience) and removes it, so that it can be
 * brought back. One that cannot be kept (it was started with --rm, or is more than the trash holds)
 * is left as it is, -E2BIG; or, with TRASH_OR_REMOVE, removed for good, and result.lines says so.
 * result.bytes: what it takes. */
enum trash_flag {
	TRASH_VOLUMES = 1, /* those that nobody named go with it */
	TRASH_OR_REMOVE = 2,
};
struct op *engine_trash_put(
	struct engine *engine, const char *who, unsigned flags, op_done_fn done, void *arg);
/* The other way (who may name several, with blanks between): an exited container with the id and
 * name it had; name NULL: its own. -EEXIST when that is taken by now. result.lines: volumes it had
 * that are gone, one a line. */
struct op *engine_trash_restore(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg);
/* For good; who NULL: all. result.lines: the ids. */
struct op *engine_trash_empty(struct engine *engine, const char *who, op_done_fn done, void *arg);
/* "web-2": the first such name that no container has. */
void engine_trash_suggest(struct engine *engine, const char *name, char out[136]);

/* result.bytes: what a container takes of the disk, less its image: what its removal gives back. */
struct op *engine_container_weigh(
	struct engine *engine, const char *who, op_done_fn done, void *arg);

#endif
