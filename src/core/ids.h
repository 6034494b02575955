/* ids.h - the ids of the host that a container's user namespace is made of.
 *
 * Chosen when the container is created and its own for as long as it exists, the trash included:
 * containers/ID/config.json has them as maps, and containers/ID/ids lets the next choice read a
 * thousand of them in a millisecond: a symlink to "FIRST:COUNT", or a file of such lines when there
 * are several. On disk nothing is shifted: files keep the ids that the container knows them by, and
 * mounts show them through the maps. */
#ifndef CORE_IDS_H
#define CORE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_own.h"
#include "core/id_map.h"
#include "core/recipe.h"
#include "core/store.h"
#include "util/err.h"

/* Of no distribution's users, of no default in /etc/login.defs and of no other manager of
 * containers; the first 268 million are below what a group may be for ping's sysctl. */
#define IDS_FIRST 0x70000000u

/* The first free range of that size in the pool. Sorts `taken`. -ENOSPC: there is none. */
int ids_choose(
	struct id_range pool, struct id_range *taken, size_t len, uint32_t count, uint32_t *first);
/* Reads one line of /etc/subuid; false: it is none. *owner is where its name ends. */
bool ids_read_line(const char *line, size_t *owner, struct id_range *out);

/* Nobody else chooses until *lock is closed. */
int ids_lock(const struct store *store, int *lock, struct err *err);
/* Free on this host, outside of what `fixed` has of it. */
int ids_find(const struct store *store, const struct id_maps *fixed, uint32_t count,
	uint32_t *first, struct err *err);
/* All that `name` has in a file such as /etc/subuid, as a container's ids from 0 on. -ENOENT. */
int ids_named(const char *file, const char *name, struct id_maps *out, struct err *err);

/* ids_host.c */
/* Whether it is known that this host shows the store with mapped owners; and whether it may be
 * tried: -ENOTSUP says why not, of `what`. */
bool ids_host_can(const struct store *store);
int ids_host_check(const struct store *store, const char *what, struct err *err);
/* ids_apply.c */
/* What the request says of user namespaces, as namespace and maps of the recipe's spec. Until *lock
 * is closed nobody else chooses: after ids_record'ed directory is where all containers are. Does
 * nothing (and locks nothing) for who has the host's. */
int ids_apply(struct engine *engine, const struct container_request *request, struct recipe *recipe,
	int *lock, struct err *err);
/* Whether a container has a copy of its image instead of the layers: only the host's root may have
 * a file system show other owners than it has, so for an ordinary user's both the copy and what is
 * written above it are owned on disk by who their owners are outside. */
bool ids_own_tree(const struct spec *spec);
/* Into the directory of a container to be. */
int ids_record(const struct recipe *recipe, int dir_fd, struct err *err);
/* What config.json says; none: the host's. */
void ids_of_spec(const struct spec *spec, struct id_maps *users, struct id_maps *groups);
/* What a process's are now, as the kernel has them; none: the host's. */
void ids_of_process(int pid, struct id_maps *users, struct id_maps *groups);

#endif
