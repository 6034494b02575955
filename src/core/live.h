/* live.h - a directory that a container may be writing to, as the index of a layer, in memory.
 *
 * What a container wrote is hostile: every directory is opened below the root it was given, through
 * no symbolic link and onto no other file system; names that vanish while they are looked at were
 * never there, and what was seen is as true as a look at something that moves can be. Whiteouts and
 * opaque directories are those of overlay.
 *
 * A file's content is read only where that decides whether it is the same as below: where it has
 * the size of the file it stands for, and READ_MAX bytes in all. Of others the hash is unknown
 * (INDEX_UNREAD). */
#ifndef CORE_LIVE_H
#define CORE_LIVE_H

#include <stdatomic.h>

#include "core/id_map.h"
#include "core/index.h"
#include "util/strs.h"

enum { LIVE_ENTRIES_MAX = 1000000 };

struct live {
	int dir_fd; /* the directory is `name` in it; lent */
	const char *name;
	bool whole;                       /* all there is, not what changed: what is missing was
					   * deleted, what is as below is left out */
	struct id_owners owners;          /* whose it is on disk; NULLs: its layers' */
	const struct index *const *below; /* bottom first */
	size_t n_below;
	const struct strs *stubs;    /* mount points made for it: new and empty, they are left
				      * out; or NULL */
	const atomic_bool *canceled; /* or NULL */
};

/* -E2BIG: more than LIVE_ENTRIES_MAX. The caller owns *out. */
int live_scan(const struct live *live, struct index **out, struct err *err);

#endif
