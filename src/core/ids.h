/* ids.h - the range of the host's user and group ids that a container's user namespace is made of.
 *
 * Chosen when the container is created and its own for as long as it exists, the trash included:
 * containers/ID/config.json has it as maps, and containers/ID/ids, a symlink to "FIRST:COUNT", lets
 * the next choice read a thousand of them in a millisecond. On disk nothing is shifted: files keep
 * the ids that the container knows them by, and mounts show them through the map. */
#ifndef CORE_IDS_H
#define CORE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/image_ops.h"
#include "core/recipe.h"
#include "core/store.h"
#include "util/err.h"

/* The least: its terminals belong to group 5. */
enum { IDS_DEFAULT = 65536, IDS_LEAST = 6 };
/* Of no distribution's users, of no default in /etc/login.defs and of no other manager of
 * containers; the first 268 million are below what a group may be for ping's sysctl. */
#define IDS_FIRST 0x70000000u

/* The first free range of that size in the pool. Sorts `taken`. -ENOSPC: there is none. */
int ids_choose(struct image_ids pool, struct image_ids *taken, size_t len, uint32_t count,
	uint32_t *first);
/* Reads one line of /etc/subuid; false: it is none. *owner is where its name ends. */
bool ids_read_line(const char *line, size_t *owner, struct image_ids *out);
/* "auto" or "auto:size=N": how many; -EINVAL says so. */
int ids_read_mode(const char *mode, uint32_t *count, struct err *err);

/* A range for the recipe's container, as user namespace and maps of its spec. Until *lock is closed
 * nobody else chooses: after ids_record'ed directory is where all containers are. Does nothing (and
 * locks nothing) for every mode but auto. */
int ids_give(const struct store *store, const char *mode, struct recipe *recipe, int *lock,
	struct err *err);
/* Of the container whose directory this is; none: it has the host's. */
struct image_ids ids_of(int own_fd);
/* Into the directory of a container to be. */
int ids_record(const struct recipe *recipe, int dir_fd, struct err *err);

#endif
