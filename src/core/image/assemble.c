#include "core/image/assemble.h"

#include <errno.h>

#include "core/image/copy.h"
#include "core/image/layer_private.h"

static int add_layer(struct store *store, const char *id, int root_fd,
	const struct id_owners *owners, const atomic_bool *canceled, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_close int diff_fd = -1;

	if (layer_open(store, id, &layer, err) < 0)
		return err->code;
	diff_fd = layer_diff_fd(layer, err);
	if (diff_fd < 0)
		return err->code;
	return copy_layer_owned(
		layer->index, diff_fd, root_fd, store_driver(store), owners, canceled, err);
}

int image_assemble(struct store *store, const struct image *image, int root_fd,
	const struct id_owners *owners, const atomic_bool *canceled, struct err *err)
{
	for (size_t i = 0; i < image->layers.len; i++)
		if (add_layer(store, image->layers.v[i], root_fd, owners, canceled, err) < 0)
			return err_in(err, "layer %s", image->layers.v[i]);
	return 0;
}
