/* network_view.h - how containers are on networks, as docker's objects show it. */
#ifndef CORE_NETWORK_VIEW_H
#define CORE_NETWORK_VIEW_H

#include <cjson/cJSON.h>

#include "core/engine.h"

struct wanted;

/* NetworkSettings of a container, running or not. */
void network_view_settings(
	struct engine *engine, const struct container *container, cJSON *inspect);
/* HostConfig's PortBindings and PublishAllPorts, and Config's ExposedPorts. */
void network_view_bindings(const struct wanted *wanted, cJSON *host_config);
void network_view_exposed(const struct wanted *wanted, cJSON *config);

#endif
