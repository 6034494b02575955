/* export_layer.c - one layer as the tar it is: unwrapped from the blob it came as, or, where that
 * was not kept, made again from its files. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/image/blob.h"
#include "core/image/compress.h"
#include "core/image/layer_private.h"
#include "core/image/outfile.h"
#include "core/image/rebuild.h"
#include "core/image/transfer.h"

enum { PIECE = 256 << 10 };

struct exporting {
	const struct layer *layer;
	struct store *store;
	const atomic_bool *canceled;
	/* of a blob */
	int fd;
	unsigned char *in, *out;
};

static ssize_t more_input(void *arg, const unsigned char **data, struct err *err)
{
	struct exporting *e = arg;
	ssize_t got = read(e->fd, e->in, PIECE);

	*data = e->in;
	return got < 0 ? err_sys(err, "read the blob") : got;
}

static int unwrap(struct exporting *e, struct outflow *flow, struct err *err)
{
	auto_of(decoder) struct decoder *decoder = NULL;
	ssize_t got;

	if (decoder_new(more_input, e, false, &decoder, err) < 0)
		return err->code;
	while ((got = decoder_read(decoder, e->out, PIECE, err)) > 0) {
		if (e->canceled && *e->canceled)
			return err_set(err, ECANCELED, "canceled");
		if (outflow_put(flow, e->out, (size_t)got, err) < 0)
			return err->code;
	}
	return (int)got;
}

static int unwrap_blob(struct exporting *e, struct outflow *flow, struct err *err)
{
	uint64_t size;
	auto_close int fd = blob_open(e->store, e->layer->blob, &size, err);
	auto_free unsigned char *in = malloc(PIECE), *out = malloc(PIECE);

	if (fd < 0)
		return fd;
	if (!in || !out)
		return err_set(err, ENOMEM, "out of memory");
	e->fd = fd;
	e->in = in;
	e->out = out;
	return unwrap(e, flow, err);
}

static int make_again(struct exporting *e, struct outflow *flow, struct err *err)
{
	auto_of(rebuild) struct rebuild *rebuild = NULL;
	uint64_t size;

	if (rebuild_new(e->layer, &rebuild, &size, err) < 0)
		return err->code;
	return rebuild_write(rebuild, outflow_put, flow, e->canceled, err);
}

static int fill(void *arg, int fd, struct err *err)
{
	struct exporting *e = arg;
	struct outflow flow;
	int failed = outflow_init(&flow, fd, "export", err);

	if (!failed)
		failed = *e->layer->blob ? unwrap_blob(e, &flow, err) : make_again(e, &flow, err);
	if (!failed)
		failed = outflow_end(&flow, err);
	outflow_fini(&flow);
	return failed;
}

int image_export_layer(struct store *store, const char *diff_id, const char *path, int fd,
	const struct image_watch *watch, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	struct exporting e = {.store = store, .canceled = watch ? watch->canceled : NULL};

	if (layer_find(store, diff_id, &layer, err) < 0)
		return err_in(err, "export");
	e.layer = layer;
	return outfile_write(path, fd, "export", fill, &e, err);
}
