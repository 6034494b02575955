/* exec.h - one more process in a running container: a second plan, sent to its shim. */
#ifndef CORE_EXEC_H
#define CORE_EXEC_H

#include "core/engine_own.h"
#include "runtime/spec.h"

/* What a container was made as; the caller frees it with spec_free. */
int exec_read_spec(struct engine *engine, const char *id, struct spec **out, struct err *err);
/* The plan of one more process in the container of that spec. */
int exec_compile(struct engine *engine, const char *id, const struct spec *spec,
	const struct exec_request *request, unsigned rows, unsigned columns, struct buf *plan,
	struct err *err);
/* Compiles the plan and sends it with its trace over a freshly connected socket, which from then on
 * carries the process's streams. want: enum wire_want, 0 for a detached one. id gets 64 random hex
 * digits. Blocking, no waiting. */
int exec_send(struct engine *engine, const struct row *row, const struct exec_request *request,
	uint32_t want, unsigned rows, unsigned columns, int fd, char id[65], struct err *err);

#endif
