/* ids_option.h - --userns, --uidmap, --gidmap, --subuidname and --subgidname, as podman has them.
 * Pure.
 *
 *     --userns host | auto[:OPTION,…] | keep-id[:uid=N,gid=N] | MAP[,MAP…] | container:WHO |
 * ns:PATH | private
 *     --uidmap [FLAGS]MAP     FLAGS: g of groups too, u not of groups, @ as it is
 *
 * MAP as in id_map.h; of auto OPTION is size=N, uidmapping=MAP or gidmapping=MAP. */
#ifndef CORE_IDS_OPTION_H
#define CORE_IDS_OPTION_H

#include "core/engine_container.h"
#include "core/id_map.h"

enum ids_kind {
	IDS_HOST,  /* none of its own */
	IDS_AUTO,  /* whatever is free, and the maps that are given */
	IDS_GIVEN, /* the maps */
	IDS_NAMED, /* what users and groups of those names have in /etc/subuid and /etc/subgid */
	IDS_CONTAINER, /* the one of `who` */
	IDS_PATH,      /* the one whose file is `who` */
	IDS_KEEP,      /* all of an ordinary user's, who is `keep_user` and `keep_group` in there */
};
enum { IDS_DEFAULT = 65536 };
#define IDS_OWN UINT32_MAX /* the user's own */

struct ids_option {
	enum ids_kind kind;
	const char *who;          /* lent by the request */
	const char *user, *group; /* the same */
	uint32_t count;           /* IDS_AUTO */
	uint32_t keep_user, keep_group;
	struct id_maps users, groups;
	char text[80]; /* for sentences: "--userns auto:size=5" */
};

/* On failure nothing has to be given back. -EINVAL, -ENOTSUP. */
int ids_option_read(
	const struct container_request *request, struct ids_option *out, struct err *err);
/* The sentence of a mode that root has no use for. -ENOTSUP. */
int ids_option_of_rootless(const char *mode, struct err *err);
void ids_option_fini(struct ids_option *option);
#define auto_ids_option __attribute__((cleanup(ids_option_fini))) struct ids_option

#endif
