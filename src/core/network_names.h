/* network_names.h - a network's table of who is on it (runtime/launch_names.h), from the engine's
 * side: leases are taken here. */
#ifndef CORE_NETWORK_NAMES_H
#define CORE_NETWORK_NAMES_H

#include "core/network.h"

/* What is asked of a table, and what it gave. */
struct lease {
	const char *id;                     /* the container's */
	uint8_t address4[16], address6[16]; /* asked for; zero: any. As given, after */
	uint8_t mac[6];                     /* likewise */
	char link[16];                      /* the host's end, to be noted */
	const struct strs *names;           /* the container's own, hostname, aliases */
	unsigned number;                    /* given: of the record */
};

/* Under the table's lock: one record, one address of each family that the network has. -EADDRINUSE
 * "Address already in use", -ENOSPC when the pool is exhausted (docker's words for both). Leases of
 * containers that are not up any more are taken back on the way. */
int names_take(
	struct engine *engine, const struct network *network, struct lease *lease, struct err *err);
/* Frees that record while it is still this container's. */
void names_give_back(
	struct engine *engine, const char *network_id, unsigned number, const char *container);
/* Every record of that container, in every network: for one whose `net` never came to be. */
void names_give_back_all(struct engine *engine, const char *container);
/* Names of a container that is up change: its own after a rename, aliases. */
int names_rename(struct engine *engine, const char *network_id, const char *container,
	const char *old_name, const char *new_name, struct err *err);

/* A copy of the used records, of containers that are up; the caller frees it. */
int names_list(struct engine *engine, const char *network_id, struct names_record **out,
	size_t *count, struct err *err);

/* An empty table in dir (RUN_ROOT/n/<id>), unless there is one. */
int names_create(int dir, const struct network *network, struct err *err);

#endif
