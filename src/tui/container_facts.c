/* container_facts.c - what is known of a container beyond its row: see world_container.h. */
#include <stddef.h>

#include "tui/world_container.h"
#include "util/own.h"
#include "util/pack.h"

const struct container_facts container_facts_none = {
	.project = "",
	.ports = "",
	.networks = "",
	.addresses = "",
	.user = "",
	.restart = "",
	.cpuset = "",
	.probe = "",
	.labels = "",
	.mounts = "",
	.shares = "",
};

struct container_facts *container_facts_copy(const struct container_facts *facts)
{
	static const size_t texts[] = {
		offsetof(struct container_facts, project),
		offsetof(struct container_facts, ports),
		offsetof(struct container_facts, networks),
		offsetof(struct container_facts, addresses),
		offsetof(struct container_facts, user),
		offsetof(struct container_facts, restart),
		offsetof(struct container_facts, cpuset),
		offsetof(struct container_facts, probe),
		offsetof(struct container_facts, labels),
		offsetof(struct container_facts, mounts),
		offsetof(struct container_facts, shares),
	};

	return pack(facts, sizeof(*facts), texts, array_len(texts));
}
