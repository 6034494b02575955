/* request.h - a container_request of one's own: the caller's strings may be gone before the work is
 * done. */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "core/engine.h"

/* A deep copy, or NULL when out of memory. */
struct container_request *request_copy(const struct container_request *request);
void request_free(
	struct container_request *request); /* a copy, with its plain strings; NULL is fine */

struct network_request *network_request_copy(const struct network_request *request);
void network_request_free(struct network_request *request); /* NULL is fine */

#endif
