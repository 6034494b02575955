/* id_map.h - which user or group of the host each of a container's is. Pure.
 *
 *     CONTAINER:HOST[:COUNT]     a run of ids; without a count it is one
 *
 * As podman writes them, and as the kernel has them in uid_map, with blanks for the colons. */
#ifndef CORE_ID_MAP_H
#define CORE_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum { ID_MAPS_MAX = 340 }; /* the kernel's, since 4.15 */
enum { ID_NOBODY = 65534 }; /* who is shown as an owner that a container has no id for */

struct id_range {
	uint32_t first, count;
};
struct id_map {
	uint32_t inside, outside, count;
};
struct id_maps {
	struct id_map *v;
	size_t len;
	bool failed; /* out of memory */
};

/* Whose a tree's owners are. */
struct id_owners {
	const struct id_maps *users, *groups;
};

void id_maps_fini(struct id_maps *maps);
#define auto_id_maps __attribute__((cleanup(id_maps_fini))) struct id_maps
void id_maps_add(struct id_maps *maps, struct id_map map);
void id_maps_copy(struct id_maps *maps, const struct id_maps *from);
/* False: it is none. */
bool id_map_read(const char *text, struct id_map *out);
/* The kernel's lines; what is none of them ends the reading. */
void id_maps_read(const char *text, struct id_maps *out);
/* Whether the kernel will take them; whole: and a container can live with them. `what` is the
 * option that they were given with. -EINVAL. */
int id_maps_check(const struct id_maps *maps, const char *what, bool whole, struct err *err);
/* Of maps that were checked: container's ids below `count` that no map of `fixed` has, in order,
 * each run mapped on from *next on, which moves. */
void id_maps_fill(
	struct id_maps *maps, const struct id_maps *fixed, uint32_t count, uint32_t *next);
/* How many those are. */
uint32_t id_maps_missing(const struct id_maps *fixed, uint32_t count);
/* All of `count` ids from 0 on, of which 0 is `kept` in there and all others keep their order. */
void id_maps_keep(struct id_maps *maps, uint32_t kept, uint64_t count);
/* By the first id inside, as people read them. */
void id_maps_sort(struct id_maps *maps);

/* Nobody's id is ID_NOBODY inside; what there is no id for outside stays what it is, for the kernel
 * to refuse. No maps at all, or NULL: the host's own ids. */
uint32_t id_inside(const struct id_maps *maps, uint32_t outside);
uint32_t id_outside(const struct id_maps *maps, uint32_t inside);
bool id_is_mapped(const struct id_maps *maps, uint32_t inside);

#endif
