/* trash_mark.h - what the files behind trash.h share. */
#ifndef CORE_TRASH_MARK_H
#define CORE_TRASH_MARK_H

#include "core/trash.h"

/* Writes the mark into a container's directory; 0 or -errno. */
int trash_mark(int own, const struct trash_item *item);
/* An entry's directory and lock. -EBUSY when another process has it, -ENOENT when it is gone. */
int trash_lock(struct store *store, const char *id, int *own, int *lock, struct err *err);

#endif
