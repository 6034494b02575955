#include "core/image/squash.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/chain.h"
#include "core/image/copy.h"
#include "core/image/layer_private.h"
#include "util/own.h"

/* With the root that is there without it, so that a root nobody changed is seen as such. */
static int make_upper(
	struct layer *const *below, size_t n_below, int dir, int *upper, struct err *err)
{
	auto_free const struct index **indexes = calloc(n_below + 1, sizeof(*indexes));
	const struct index *top;

	if (!indexes)
		return err_set(err, ENOMEM, "squash: out of memory");
	for (size_t i = 0; i < n_below; i++)
		indexes[i] = below[i]->index;
	top = chain_root(indexes, n_below);
	if (mkdirat(dir, "upper", 0755) < 0)
		return err_sys(err, "squash");
	*upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*upper < 0 || fchmod(*upper, 0755) < 0)
		return err_sys(err, "squash");
	return top ? copy_dress_dir(top, index_at(top, 0), dir, "upper", err) : 0;
}

static int add_layer(
	const struct layer *layer, int upper, const atomic_bool *canceled, struct err *err)
{
	auto_close int from = layer_diff_fd(layer, err);

	if (from < 0)
		return err->code;
	return copy_layer(
		layer->index, from, upper, COPY_SQUASH, store_driver(layer->store), canceled, err);
}

int layer_squash(struct store *store, struct layer *const *layers, size_t n_below, size_t n,
	int64_t latest, const atomic_bool *canceled, struct layer **out, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	auto_close int upper = -1;
	struct layer_source source = {
		.name = "upper",
		/* The copy driver keeps no whiteouts among its files: it takes a copy without. */
		.take = store_driver(store) == STORE_OVERLAY,
		.below = layers,
		.n_below = n_below,
		.latest = latest,
		.canceled = canceled,
	};

	if (stage_new(store, &stage, err) < 0 ||
		make_upper(layers, n_below, stage_fd(stage), &upper, err) < 0)
		return err->code;
	for (size_t i = n_below; i < n; i++)
		if (add_layer(layers[i], upper, canceled, err) < 0)
			return err_in(err, "squash layer %s", layers[i]->id);
	source.dir_fd = stage_fd(stage);
	return layer_make(store, &source, out, err);
}
