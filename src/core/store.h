/* store.h - where everything lives, and how it comes and goes without ever being half there.
 *
 *     <root>/              0700, default /var/lib/davit, --root, DAVIT_ROOT
 *       format             "davit-store 1", the storage driver and why
 *       images.db          SQLite: images, layers, tags (store_db.h)
 *       blobs/sha256/      as they came, verified, 0444
 *       layers/<26>/       diff/ and index
 *       containers/ volumes/ cache/
 *       staging/ trash/    <boot>.<pid>.<start>.<n>: being made, being removed
 *       kept/              containers that were removed and can be brought back (trash.h)
 *     <run root>/          0700, default /run/davit, --run-root, DAVIT_RUN_ROOT
 *       store              which store's it is (place.h): no other one is opened with it
 *
 * Crash-only: an object is made in staging/, renamed into its place, then named in the database;
 * it is removed the other way round, through trash/. What a dead process left in either is swept
 * by the next one that works there. Nothing is fsynced on the way: rows say synced=0 and the boot
 * they were made in, store_sync makes them synced=1, and what another boot left unsynced is
 * verified before use (image_settle in core/image.h). */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/own.h"

struct store;

struct store_options {
	const char *root;     /* NULL: DAVIT_ROOT, else /var/lib/davit */
	const char *run_root; /* NULL: DAVIT_RUN_ROOT, else /run/davit */
	bool sync;            /* --sync: commits wait for the disk */
	bool read_only;       /* makes nothing; what is not there is an error */
};

enum store_dir {
	STORE_ROOT,
	STORE_BLOBS, /* blobs/sha256 */
	STORE_LAYERS,
	STORE_CONTAINERS,
	STORE_VOLUMES,
	STORE_STAGING,
	STORE_TRASH,
	STORE_KEPT,
	STORE_CACHE,
	STORE_RUN, /* the run root */
	STORE_DIRS,
};

enum store_driver { STORE_OVERLAY, STORE_COPY };

/* Creates what is missing. Not root: -EPERM and a sentence with both ways out. A store of a newer
 * format: -ENOTSUP, naming both. The caller owns *out; one thread at a time uses it, but the fds
 * may be used from any. */
int store_open(const struct store_options *options, struct store **out, struct err *err);
void store_close(struct store *store);
static inline void store_closep(struct store **store)
{
	store_close(*store);
}
#define auto_store __attribute__((cleanup(store_closep))) struct store

/* O_PATH directory fds, lent for the store's life. */
int store_fd(const struct store *store);
int store_dir(const struct store *store, enum store_dir which);
const char *store_root(const struct store *store); /* absolute path, lent */
const char *store_run_root(const struct store *store);
bool store_waits_for_disk(const struct store *store);

/* Chosen by trying when the store was created, and recorded with the reason. */
enum store_driver store_driver(const struct store *store);
const char *store_driver_name(const struct store *store); /* "overlay", "copy" */
const char *store_driver_reason(const struct store *store);

/* This boot's id, as the kernel writes it (36 characters); lent. */
const char *store_boot_id(const struct store *store);

/* A place of one's own below staging/: a locked directory that the next davit removes if we die. */
struct stage;
int stage_new(struct store *store, struct stage **out, struct err *err);
int stage_fd(const struct stage *stage);           /* of the directory, readable; lent */
const char *stage_name(const struct stage *stage); /* below staging/ */
/* Moves the directory to `name` below `to`. -EEXIST: there is one, and the stage is still ours. */
int stage_move(struct stage *stage, enum store_dir to, const char *name, struct err *err);
void stage_free(struct stage *stage); /* removes what was not moved; NULL is fine */
own_define(stage)

/* Removes what is at `name` below `from`, at once for everybody else: rename into trash/,
 * then unlink. -ENOENT: no such name. */
int store_discard(struct store *store, enum store_dir from, const char *name, struct err *err);
/* The same in two halves, where the first is done under a lock and the second may take long. */
enum { STORE_HIDDEN_SIZE = 64 };
int store_hide(struct store *store, enum store_dir from, const char *name,
	char hidden[STORE_HIDDEN_SIZE], struct err *err);
int store_delete_hidden(struct store *store, const char *hidden, struct err *err);
/* Removes what dead processes left in staging/ and trash/. Cheap when there is nothing. */
void store_sweep(struct store *store);

/* Held around "rename into place, then name it in the database", and by who checks both: a layer's
 * directory without a row is then nobody's. Returns an fd to close, or a negative errno. */
int store_lock(struct store *store, bool exclusive, struct err *err);

/* Who makes images finds layers and blobs long before the row that will need them is there. So it
 * holds the store from the first that it finds until it is closed, and meanwhile nobody collects
 * what seems to be unused. Any number may; asking again is free. */
int store_hold(struct store *store, struct err *err);
/* Since when the one that has held longest does, in seconds since 1970; INT64_MAX: nobody does.
 * What was last used before that is used by none of them, because whoever finds something marks it
 * as used (build_cache.h). */
int64_t store_held_since(struct store *store);
/* The time to mark it with: now, and never before our own hold, whatever the clock does. */
int64_t store_use_time(const struct store *store);
/* For who collects, with the store's lock held exclusively: an fd that lets nobody begin to hold
 * until it is closed; -EAGAIN: somebody holds. */
int store_alone(struct store *store, struct err *err);

/* One syncfs, then synced=1 for what was committed before it. What `--sync` waits for and what
 * `davit sweep --sync` runs detached. */
int store_sync(struct store *store, struct err *err);

#endif
