#include "core/etc_networks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/etc.h"
#include "core/network.h"
#include "util/own.h"

/* The host is found where the default bridge begins, from every network: docker's rule. */
static int find_gateway(struct engine *engine, struct etc_gateway *out, struct err *err)
{
	struct network bridge;
	char text[ADDRESS_TEXT];
	int failed = network_find(engine, NETWORK_DEFAULT, &bridge, err);

	if (failed)
		return failed;
	if (bridge.v4.family)
		snprintf(out->v4, sizeof(out->v4), "%.15s",
			address_text(AF_INET, bridge.v4.gateway, text));
	if (bridge.v6.family)
		snprintf(out->v6, sizeof(out->v6), "%s",
			address_text(AF_INET6, bridge.v6.gateway, text));
	return 0;
}

/* A network that is not known any more leads nowhere. */
static bool is_internal(struct engine *engine, const char *id)
{
	struct network network;

	return network_look(engine, id, &network, NULL) < 0 || network.internal;
}

static void make_link(struct engine *engine, const struct endpoint *from, struct etc_link *to)
{
	*to = (struct etc_link){
		.is_named = !from->is_default_bridge,
		.is_internal = !from->is_default_bridge && is_internal(engine, from->network_id),
	};
	snprintf(to->network_id, sizeof(to->network_id), "%s", from->network_id);
	memcpy(to->v4, from->address4, sizeof(to->v4));
	memcpy(to->v6, from->address6, sizeof(to->v6));
}

int etc_follow_networks(struct engine *engine, const char *id, int own, int run, struct err *err)
{
	struct endpoints endpoints;
	struct etc_networks networks = {0};
	auto_free struct etc_link *links = NULL;
	int failed = network_endpoints(engine, id, &endpoints, err);

	if (failed)
		return failed;
	links = calloc(endpoints.len + 1, sizeof(*links));
	for (size_t i = 0; links && i < endpoints.len; i++)
		make_link(engine, &endpoints.v[i], &links[i]);
	networks.links = links;
	networks.count = endpoints.len;
	endpoints_fini(&endpoints);
	if (!links)
		return err_set(err, ENOMEM, "follow the container's networks: out of memory");
	if (etc_follow_wants_gateway(own))
		failed = find_gateway(engine, &networks.gateway, err);
	return failed ? failed : etc_follow(own, run, &networks, err);
}
