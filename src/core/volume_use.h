/* volume_use.h - which container uses which volume, and what becomes of both (volume.h).
 *
 * A container's own list is containers/ID/volumes (runtime/wire.h). Once its anonymous volumes are
 * to go with it, the file is called volumes.gone, so that whoever finishes an interrupted removal
 * knows. Its monitor tells of "mount" and "unmount". */
#ifndef CORE_VOLUME_USE_H
#define CORE_VOLUME_USE_H

#include "core/engine_own.h"
#include "core/mounts.h"
#include "core/volume.h"

/* Before the container's directory exists, with its row reserved: makes what is missing, becomes a
 * user of each and copies the image's files into those that want them. On failure nothing of it is
 * left but named volumes. */
int volume_use_all(struct engine *engine, const struct mounts *mounts, const struct image *image,
	const char *id, struct err *err);
/* The other way round, for a creation that failed. */
void volume_use_undo(struct engine *engine, const struct mounts *mounts, const char *id);
/* The container's list into its directory; does nothing where it has no volumes. */
int volume_use_record(
	struct engine *engine, const struct mounts *mounts, int dir_fd, struct err *err);

/* Mounts what the volumes of container `id` are made of, before a start. */
int volume_use_start(struct engine *engine, int own_fd, const char *id, struct err *err);
/* What its monitor would have told, had it not been killed: that nothing is mounted any more. */
void volume_use_lost(struct engine *engine, int own_fd, const char *id);
/* Before the container's directory goes: it is no user any more. anonymous: those nobody named go
 * too, unless others use them. May be done again. */
void volume_use_end(struct engine *engine, const char *id, bool anonymous);
/* The same of a directory that is not in its place any more (trash.h). */
void volume_use_end_at(struct engine *engine, int own_fd, const char *id, bool anonymous);
/* A container that goes into the trash lets go of what somebody named, and keeps the rest; one that
 * comes back takes it up again. missing: the names of those that are gone by then. */
void volume_use_keep(struct engine *engine, int own_fd, const char *id);
void volume_use_again(struct engine *engine, int own_fd, const char *id, struct strs *missing);

/* The ids of containers that use it; forgets users that are gone. lock_fd: from volume_lock. */
int volume_users(struct engine *engine, int lock_fd, struct strs *out, struct err *err);
/* How many those are now, without a lock and without forgetting any: for who only looks. */
unsigned volume_count_users(struct engine *engine, const char *name);
/* -EBUSY "remove x: volume is in use - [ids]"; *bytes (may be NULL) is what its data took. */
int volume_remove(struct engine *engine, const char *name, uint64_t *bytes, struct err *err);

/* volume_mount.c: what options describe, at _data. Does nothing without options. busy: a running
 * container uses what is mounted already. */
int volume_mount(struct engine *engine, const struct volume *volume, int lock_fd, bool busy,
	struct err *err);
int volume_unmount(struct engine *engine, int lock_fd, struct err *err);
bool volume_is_mounted(int lock_fd);

/* volume_fill.c: the files of the image below target into the volume, when it is empty. */
int volume_fill(struct engine *engine, const struct image *image, int lock_fd, const char *subpath,
	const char *target, struct err *err);

#endif
