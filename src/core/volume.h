/* volume.h - a store's volumes: a directory each, its record beside its data.
 *
 *     volumes/<name>/
 *         volume.json     what it was made with; never changes
 *         _data/          what containers see
 *         users/<id>      an empty file for each container that mounts it
 *         copying         there while an image's files are being copied into it
 *
 * No database knows of it, so a launch waits for none. It is made in staging and renamed into
 * place; its directory's flock is held by whoever changes users or removes it. A user counts for as
 * long as the roster has a row of that id: a file that a killed davit left behind means nothing. */
#ifndef CORE_VOLUME_H
#define CORE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/store.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

/* docker's label of those that nobody named: shown, and never asked by us. */
#define VOLUME_ANONYMOUS "com.docker.volume.anonymous"

enum { VOLUME_NAME_SIZE = 256 };

struct volume {
	char name[VOLUME_NAME_SIZE];
	uint64_t created_ns; /* CLOCK_REALTIME */
	bool anonymous;      /* nobody chose its name */
	struct strs labels;  /* "key=value" */
	struct strs options; /* of the local driver: "type=…", "o=…", "device=…" */
};
void volume_init(struct volume *volume);
void volume_fini(struct volume *volume);
#define auto_volume __attribute__((cleanup(volume_fini))) struct volume

/* docker's rules for the local driver's options. */
int volume_check_options(const struct strs *options, struct err *err);

/* As described by name, labels and options; the time is now. -EEXIST: there is one of that name,
 * and nothing was changed. */
int volume_make(struct store *store, const struct volume *volume, struct err *err);
/* Fills *out, which the caller has initialised. -ENOENT "get x: no such volume". */
int volume_read(struct store *store, const char *name, struct volume *out, struct err *err);
/* The names of all, sorted. */
int volume_names(struct store *store, struct strs *out, struct err *err);
/* "<root>/volumes/<name>/_data" */
void volume_path(const struct store *store, const char *name, char *path, size_t room);

/* The directory of one, locked until the fd is closed: it stays, and so do its users. -ENOENT. */
int volume_lock(struct store *store, const char *name, struct err *err);

#endif
