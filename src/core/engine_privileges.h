/* engine_privileges.h - the façade (core/engine.h): what a container is let do, and what it shares,
 * as it was made: true of stopped ones too. */
#ifndef CORE_ENGINE_PRIVILEGES_H
#define CORE_ENGINE_PRIVILEGES_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

enum { CONTAINER_NAMESPACES = 8 };

struct container_privileges {
	uint64_t caps; /* bit n: container_cap_name(n) */
	/* "" its own, "host", or "container:ID"; of container_namespace_name(n) */
	char shares[CONTAINER_NAMESPACES][80];
};
const char *container_cap_name(unsigned number);       /* "net_admin"; NULL past the last */
const char *container_namespace_name(unsigned number); /* "net"; likewise */

int engine_container_privileges(
	struct engine *engine, const char *id, struct container_privileges *out, struct err *err);

#endif
