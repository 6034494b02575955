/* resources.h - what there is beside containers and images, as rows: the Resources view's copy of
 * the world. Names come at once, weights when the engine has weighed. */
#ifndef TUI_RESOURCES_H
#define TUI_RESOURCES_H

#include "tui/filter.h"
#include "tui/world.h"
#include "util/own.h"

enum resource_tab {
	RESOURCE_VOLUMES,
	RESOURCE_NETWORKS,
	RESOURCE_DISK,
	RESOURCE_TRASH,
	RESOURCE_TABS
};

struct resource {
	enum resource_tab tab;
	char name[256], id[72];
	char kind[200];  /* a network's driver, the image of what is in the trash */
	char extra[120]; /* subnets; how a volume is made; where a disk row leads */
	uint64_t size, reclaimable, created_ns, until_ns;
	bool sized, anonymous, builtin;
	unsigned users; /* containers that use it; of a disk row, what is in use */
	unsigned count; /* of a disk row */
};

/* The heaviest of one kind of thing on the disk. */
struct heavy {
	const char *name; /* lent until the next weighing */
	uint64_t size;
};

struct resources;

struct resources *resources_new(void); /* NULL when out of memory */
void resources_free(struct resources *resources);
own_define(resources)

/* Reads names again. Weights of those that are known stay. */
int resources_read(struct resources *resources, struct world *world, struct err *err);
/* What world_resources' usage answered. */
void resources_weigh(struct resources *resources, const char *json);

const struct resource *resources_rows(
	const struct resources *resources, enum resource_tab tab, size_t *count);
/* Of the nth row of RESOURCE_DISK: at most `room`, the heaviest first. */
size_t resources_heaviest(
	const struct resources *resources, size_t disk_row, struct heavy *out, size_t room);
const char *resources_tab_name(enum resource_tab tab);

extern const struct filter_set resource_fields; /* of struct resource */

#endif
