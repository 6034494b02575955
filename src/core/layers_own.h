/* layers_own.h - opened layers' insides, for layers*.c alone. */
#ifndef CORE_LAYERS_OWN_H
#define CORE_LAYERS_OWN_H

#include "core/engine_own.h"
#include "core/image_layers.h"

/* One image's or one container's. */
struct layers_stack {
	struct image *image; /* NULL: gone, while a container still stands on it */
	struct image_layer *facts;
	size_t n;          /* layers of the image */
	unsigned first;    /* number of the lowest of them */
	bool container;    /* one more on top is what it wrote */
	char id[65];       /* of the container */
	char image_id[80]; /* "sha256:…" */
};

/* What shows below a directory that has children in some layer. */
struct layers_weight {
	uint64_t bytes;
	uint32_t files;
	uint32_t changes; /* between the two spans */
};

/* The same of what is in it and no deeper, kept from one weighing to the next: only where a layer
 * that came or went has a say, it is another. */
struct layers_own {
	struct strata_state was, is;
	struct layers_weight weight;
	struct layers_sums sums;
};

/* layers_weigh under way: first every path is found, then what shows is followed downwards, then
 * sums are taken upwards. */
struct weighing {
	enum { WEIGH_IDLE, WEIGH_FIND, WEIGH_DOWN, WEIGH_UP } phase;
	struct strata_span before, after;
	uint32_t next;
	bool *differs; /* of each layer: it counts now and did not, or the other way round */
};

struct layers {
	unsigned users; /* whoever opened it, and work on the pool */
	struct layers_stack stacks[2];
	unsigned n_stacks;
	size_t n; /* layers of both */
	struct layers_layer *described;
	char (*paths)[100];
	struct index **indexes;
	bool *owns; /* this place maps the index; the others share it */
	struct strata *strata;

	struct weighing weighing;
	/* The last that was finished; NULL: none was. Sorted by spot. */
	struct strata_span before, after;
	struct layers_sums sums;
	uint32_t *dirs;
	uint32_t n_dirs;
	uint32_t dirs_of;       /* as many spots were there */
	struct layers_own *own; /* of each of dirs; for the spans: */
	struct strata_span own_before, own_after;
	bool own_is_known;
	struct layers_weight *weights;
};

/* What became of a spot between two spans. Between two stacks, the same written once more, perhaps
 * at another time, is the same. */
enum strata_change layers_change(const struct layers *layers, struct strata_span before,
	struct strata_span after, const struct strata_state *was, const struct strata_state *is);

/* The weight of a directory for these spans; NULL: not known. */
const struct layers_weight *layers_weight(
	const struct layers *layers, uint32_t spot, struct strata_span after);
void layers_weights_free(struct layers *layers);

/* An fd of the directory that a layer's files are in, whatever stands there now. */
int layers_open_dir(
	struct engine *engine, const struct layers *layers, unsigned layer, struct err *err);

/* engine_layers_start's opening, at once. */
int layers_open_here(struct engine *engine, const struct layers_wish *wish, struct layers **out,
	struct err *err);

#endif
