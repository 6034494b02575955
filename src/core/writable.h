/* writable.h - what a container wrote: where that is, and which layers it stands on. */
#ifndef CORE_WRITABLE_H
#define CORE_WRITABLE_H

#include "core/engine_own.h"
#include "core/hold.h"
#include "core/image_ops.h"

struct writable {
	unsigned number;
	struct row row;
	int own_fd; /* containers/ID */
	struct hold hold;
	struct strs layers, stubs;
	struct id_maps users, groups; /* ids_own_tree: whose it is on disk; else none */
	struct image_tree tree;       /* lent from the above */
};

int writable_open(struct engine *engine, const char *who, struct writable *out, struct err *err);
/* Nothing of it changes until writable_release. Where it cannot be frozen it is only looked at. */
int writable_hold(struct engine *engine, struct writable *writable, struct err *err);
/* False: it runs, and this host could not freeze it. */
bool writable_is_held(const struct writable *writable);
void writable_release(struct writable *writable);
void writable_close(struct writable *writable); /* releases too */

#endif
