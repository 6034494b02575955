/* engine_volume.h - the façade (core/engine.h): volumes. */
#ifndef CORE_ENGINE_VOLUME_H
#define CORE_ENGINE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

struct volume_entry {
	char name[256];
	char *mountpoint;    /* where its data lies on the host */
	uint64_t created_ns; /* CLOCK_REALTIME */
	bool anonymous;      /* made for a container, or without a name */
	unsigned containers; /* that mount it, running or not */
	struct strs labels;  /* "key=value" */
	struct strs options; /* of the local driver, the same */
};
/* By name; the caller frees it with engine_volumes_free. */
int engine_volumes(
	struct engine *engine, struct volume_entry **out, size_t *count, struct err *err);
void engine_volumes_free(struct volume_entry *volumes, size_t count);
/* docker's object; the caller deletes it. -ENOENT "get x: no such volume". */
int engine_volume_inspect(
	struct engine *engine, const char *name, struct cJSON **out, struct err *err);
/* What its data takes on the disk: walks all of it. */
uint64_t engine_volume_size(struct engine *engine, const char *name);

/* The ids of containers that mount it, running or not, and of those in the trash that do. */
int engine_volume_users(struct engine *engine, const char *name, struct strs *ids, struct err *err);

struct volume_request {
	const char *name;   /* NULL or "": a random one */
	const char *driver; /* NULL: "local", the only one */
	struct strs labels, options;
};
/* result.lines: the name. One that is there already is fine, and left as it is. */
struct op *engine_volume_create(
	struct engine *engine, const struct volume_request *request, op_done_fn done, void *arg);
/* Refused while a container mounts it, running or not (-EBUSY); force: fine when there is none. */
struct op *engine_volume_remove(
	struct engine *engine, const char *name, bool force, op_done_fn done, void *arg);
/* Those that no container mounts: the anonymous ones, or all. result.lines: their names. */
struct op *engine_volume_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

#endif
