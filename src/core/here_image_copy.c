/* here_image_copy.c - files out of an image, done by this very process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/here_private.h"
#include "core/image_layers.h"
#include "core/image_root.h"
#include "core/tar_file.h"
#include "util/buf.h"
#include "util/own.h"

struct copying {
	struct here here;
	const struct image_ops *ops;
	const struct image_copy_request *request;
	struct image *image;
	struct image_layer *layers; /* of the config, bottom first */
	size_t n, height;
};

static int check_height(struct copying *c, struct err *err)
{
	c->height = c->request->height ? c->request->height : c->n;
	if (c->height > c->n)
		return err_set(
			err, EINVAL, "there is no layer %zu: the image has %zu", c->height, c->n);
	return 0;
}

/* A layer that comes twice is mounted once, in its upper place. */
static bool comes_again(const struct copying *c, size_t i)
{
	for (size_t k = i + 1; k < c->height; k++)
		if (str_eq(c->layers[k].id, c->layers[i].id))
			return true;
	return false;
}

static int keep_lower_layers(struct copying *c, struct err *err)
{
	struct strs kept = STRS_INIT;

	for (size_t i = 0; i < c->height; i++)
		if (!comes_again(c, i))
			strs_add(&kept, c->layers[i].id);
	strs_fini(&c->image->layers);
	c->image->layers = kept;
	return strs_failed(&kept) ? err_set(err, ENOMEM, "copy: out of memory") : 0;
}

/* ---- the merged tree ---- */

static int open_assembled(struct copying *c, struct stage **stage, struct err *err)
{
	struct store *store = c->here.engine->store;
	int fd;

	if (stage_new(store, stage, err) < 0 || c->ops->assemble(store, c->image, stage_fd(*stage),
							NULL, c->here.watch.canceled, err) < 0)
		return err->code;
	fd = fcntl(stage_fd(*stage), F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_sys(err, "copy") : fd;
}

static int copy_tree(struct copying *c, int root, int fd, struct err *err)
{
	const struct image_copy_request *request = c->request;
	const struct image_copy how = {
		.root_fd = root,
		.container = request->who,
		.image = true,
		.inside = request->inside,
		.outside = fd >= 0 ? NULL : request->outside,
		.fd = fd,
		.out = true,
		.archive = request->archive,
		.follow = request->follow,
		.bytes = request->bytes,
	};

	return c->ops->copy(&how, &c->here.watch, err);
}

static int copy_to_tar(struct copying *c, int root, struct err *err)
{
	struct tar_file tar;
	int failed = tar_file_begin(&tar, c->request->outside, err);

	return failed ? failed : tar_file_end(&tar, copy_tree(c, root, tar.fd, err), err);
}

static int copy_merged(struct copying *c, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	auto_close int root = -1;

	if (keep_lower_layers(c, err) < 0)
		return err->code;
	root = store_driver(c->here.engine->store) == STORE_COPY
		       ? open_assembled(c, &stage, err)
		       : image_root_open(c->here.engine->store, c->image, err);
	if (root < 0)
		return root;
	if (!c->request->outside)
		return copy_tree(c, root, STDOUT_FILENO, err);
	return c->request->tar ? copy_to_tar(c, root, err) : copy_tree(c, root, -1, err);
}

static int copy(struct copying *c, struct err *err)
{
	struct store *store = c->here.engine->store;
	int failed = image_find(store, c->request->who, &c->image, err);

	if (!failed)
		failed = image_layers(store, c->image, &c->layers, &c->n, err);
	if (!failed)
		failed = check_height(c, err);
	if (failed)
		return failed;
	if (c->request->alone)
		return c->ops->export_layer(store, c->layers[c->height - 1].diff_id,
			c->request->outside, STDOUT_FILENO, &c->here.watch, err);
	return copy_merged(c, err);
}

int engine_image_copy_here(struct engine *engine, const struct image_copy_request *request,
	const struct job_options *options, struct err *err)
{
	struct copying c = {.request = request};
	int failed = here_begin(&c.here, engine, options, NULL, &c.ops, err);

	if (!failed)
		failed = copy(&c, err);
	free(c.layers);
	image_free(c.image);
	return failed;
}
