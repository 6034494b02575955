/* world_layers.h - the files of images and containers, layer by layer: a part of world.h.
 *
 * Opened layers are looked at directly (core/engine_layers.h): nothing of that blocks. What takes
 * longer is asked for and answered once, from the loop, unless the asker lets go first. */
#ifndef TUI_WORLD_LAYERS_H
#define TUI_WORLD_LAYERS_H

#include "core/engine.h"

struct world;
struct world_ask;
struct world_watch;

/* To the host: all of `inside` as it shows with `height` layers of an image, or as a container has
 * it; or one layer as it is. */
struct world_export {
	const char *who; /* an image's id, a container's */
	bool container;
	unsigned height;     /* of an image */
	bool alone;          /* the topmost layer as a tar */
	bool tar;            /* outside becomes an archive */
	const char *inside;  /* "/etc/hosts" */
	const char *outside; /* a path here */
};
/* err NULL: it is there. */
typedef void world_export_fn(void *arg, const struct err *err);

struct world_layers_ops {
	/* Each NULL: out of memory, and done is not called. */
	struct world_ask *(*open)(struct world *world, const struct layers_wish *wish,
		layers_done_fn *done, void *arg);
	struct world_ask *(*waste)(
		struct world *world, struct layers *layers, layers_waste_fn *done, void *arg);
	struct world_ask *(*read)(struct world *world, struct layers *layers,
		struct layers_version version, uint64_t offset, size_t max, layers_read_fn *done,
		void *arg);
	struct world_ask *(*diff)(struct world *world, struct layers *layers,
		struct layers_version old, struct layers_version new, layers_diff_fn *done,
		void *arg);
	struct world_ask *(*export)(struct world *world, const struct world_export *wish,
		world_export_fn *done, void *arg);
	/* Cancels what was asked for; done is not called any more. NULL is fine. */
	void (*forget)(struct world *world, struct world_ask *ask);

	/* Tells when names come and go in directories that a container wrote to; paths are added
	 * one by one, "" is the topmost. NULL: there is no telling. */
	struct world_watch *(*watch)(
		struct world *world, struct layers *layers, void (*changed)(void *arg), void *arg);
	void (*watch_dir)(struct world_watch *watch, const char *path);
	void (*unwatch)(struct world_watch *watch); /* NULL is fine */
};

#endif
