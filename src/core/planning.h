/* planning.h - the host's half of a compile: cgroup layout, kernel, seccomp program, resolver files. */
#ifndef CORE_PLANNING_H
#define CORE_PLANNING_H

#include "core/engine_own.h"
#include "core/image.h"
#include "core/recipe.h"

/* What defaults depend on here. */
int planning_host(struct engine *engine, struct defaults_host *out, struct err *err);
/* The plan of a container into out. */
int planning_compile(struct engine *engine, const struct container_request *request, const struct image *image,
	const struct recipe *recipe, const char *id, struct buf *out, struct err *err);
/* /etc/hosts and /etc/resolv.conf as the container shall see them. */
void planning_hosts(const struct recipe *recipe, const struct container_request *request, struct buf *out);
void planning_resolv_conf(struct buf *out);
/* The copy driver: a container's root as plain files, in dir_fd/root. */
int planning_assemble(struct engine *engine, const struct image *image, int dir_fd, struct err *err);

#endif
