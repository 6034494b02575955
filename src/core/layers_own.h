/* layers_own.h - opened layers' insides, for layers*.c alone. */
#ifndef CORE_LAYERS_OWN_H
#define CORE_LAYERS_OWN_H

#include "core/engine_own.h"
#include "core/image_layers.h"

struct layers {
	struct image *image;
	size_t n;
	struct image_layer *facts;
	struct layers_layer *described;
	char (*paths)[48];
	struct index **indexes;
	bool *owns; /* this place maps the index; the others share it */
	struct strata *strata;
	/* layers_weigh's, of each spot; 0: of no height yet */
	unsigned weighed;
	uint64_t *bytes;
	uint32_t *files;
};

#endif
