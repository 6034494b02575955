/* idmap.h - what "idmap" of a bind says: as whom its owners are shown. Pure.
 *
 *     idmap                      as the container's own user namespace has it
 *     idmap=[@]uids=FILES-HOST-COUNT[#…];gids=…
 *
 * As podman has it: who owns it in the source, who that is on the host, how many; behind @ HOST is
 * an id of the container. */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include "core/id_map.h"
#include "runtime/spec.h"

struct idmap {
	bool is_relative; /* what is outside is the container's */
	struct id_maps users, groups;
};

/* The words behind "idmap="; "" leaves both without maps. On failure nothing has to be given back.
 * -EINVAL. */
int idmap_read(const char *text, struct idmap *out, struct err *err);
void idmap_fini(struct idmap *idmap);
#define auto_idmap __attribute__((cleanup(idmap_fini))) struct idmap
/* As maps of a mount of that spec; `target` is for sentences. Maps that were not given are the
 * container's. */
int idmap_apply(const char *text, const char *target, struct spec *spec, struct spec_mount *mount,
	struct err *err);

#endif
