/* world_image.h - images beyond their rows: a part of world.h. */
#ifndef TUI_WORLD_IMAGE_H
#define TUI_WORLD_IMAGE_H

#include "core/engine.h"

struct world;

/* One step of how an image came to be, the newest first. */
struct image_step {
	char created_by[600]; /* may be cut */
	char comment[120], tags[200];
	uint64_t created_ns, size; /* created_ns 0: not told; size 0: it changed the config alone */
};

struct world_image_ops {
	/* How much of each row's size other images have too; the caller frees *out. */
	int (*shared)(struct world *world, const struct image_entry *rows, size_t count,
		uint64_t **out, struct err *err);
	/* Of each row the diff ids of its layers: see engine_images_layers. */
	int (*layers)(struct world *world, const struct image_entry *rows, size_t count,
		struct strs *out, struct err *err);
	/* The caller frees *out. */
	int (*history)(struct world *world, const char *who, struct image_step **out, size_t *count,
		struct err *err);
};

#endif
