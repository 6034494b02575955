/* pids.h - the numbers of a container's processes: those that its cgroup lists, or where it has
 * none those of its pid namespace and below its monitor. A number is nobody's name: see
 * processes.c. */
#ifndef CORE_PIDS_H
#define CORE_PIDS_H

#include "core/engine_own.h"

struct pids {
	int *v; /* ascending */
	size_t len, room;
	bool failed;
};
#define auto_pids __attribute__((cleanup(pids_fini))) struct pids

void pids_fini(struct pids *pids);
/* Of a container that runs; *out is empty before. */
int pids_of(struct engine *engine, const struct row *row, struct pids *out, struct err *err);
bool pids_has(const struct pids *pids, int pid);

#endif
