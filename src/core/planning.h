/* planning.h - the host's half of a compile: cgroup layout, kernel, seccomp program, the files
 * under /etc. */
#ifndef CORE_PLANNING_H
#define CORE_PLANNING_H

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/image.h"
#include "core/recipe.h"
#include "runtime/compile.h"

/* What defaults depend on here. */
int planning_host(struct engine *engine, struct defaults_host *out, struct err *err);

/* Adds the binds of hostname, hosts and resolv.conf (core/etc.h) to the recipe's spec. */
int planning_bind_files(
	struct engine *engine, const char *id, struct recipe *recipe, struct err *err);

/* The plan of a container into out. */
int planning_compile(struct engine *engine, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, const char *id, struct buf *out,
	struct err *err);
/* What both kinds of plan need: kernel, cgroups, and the seccomp program that goes with these
 * capabilities. */
struct planning_facts {
	struct kernel kernel;
	struct buf seccomp;
	char cgroup_path[GROUPS_PATH_SIZE];
	struct launch_facts facts;
};
int planning_facts(struct engine *engine, const char *id, const struct spec *spec, bool privileged,
	struct planning_facts *out, struct err *err);
void planning_facts_fini(struct planning_facts *facts);

/* The image as plain files, in dir_fd/root: the container's root with the copy driver, its one
 * layer where ids_own_tree says so. */
#define OWN_TREE "containers/%.64s/root"
int planning_assemble(struct engine *engine, const struct image *image, const struct spec *spec,
	int dir_fd, struct err *err);

#endif
