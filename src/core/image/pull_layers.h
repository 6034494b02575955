/* pull_layers.h - all layers of one image: found, or downloaded and unpacked. */
#ifndef CORE_IMAGE_PULL_LAYERS_H
#define CORE_IMAGE_PULL_LAYERS_H

#include "core/image/layer.h"
#include "core/image/manifest.h"
#include "core/image/registry.h"

struct pulled_layers {
	struct layer **v;     /* one for each diff id; the same pointer where two are the same */
	struct layer **owned; /* each once */
	size_t count;
};

void pulled_layers_fini(struct pulled_layers *layers);
#define auto_pulled_layers __attribute__((cleanup(pulled_layers_fini))) struct pulled_layers

/* Blocks. The blobs are in the store when this succeeds; the layers wait for image_commit.
 * on_progress of watch has to bear being called from several threads at once. */
int pull_layers(struct store *store, struct registry *registry, const struct manifest *manifest,
	const struct config_facts *facts, const struct image_watch *watch,
	struct pulled_layers *out, struct err *err);

#endif
