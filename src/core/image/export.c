#include <errno.h>
#include <stdlib.h>

#include "core/image/layer_tar.h"
#include "core/image/outfile.h"
#include "core/image/scan.h"
#include "core/image/transfer.h"

struct exporting {
	int root_fd;
	struct tree *tree;
	const struct image_watch *watch;
};

static int fill(void *arg, int fd, struct err *err)
{
	struct exporting *e = arg;
	struct outflow flow;
	struct layer_tar tar = {
		.tree = e->tree,
		.diff_fd = e->root_fd,
		.record = true, /* sizes are of the moment they are read */
		.canceled = e->watch ? e->watch->canceled : NULL,
		.put = outflow_put,
		.arg = &flow,
	};
	int failed = outflow_init(&flow, fd, "export", err);

	if (!failed)
		failed = layer_tar_write(&tar, err);
	if (!failed)
		failed = outflow_end(&flow, err);
	outflow_fini(&flow);
	return failed;
}

int image_export(int root_fd, const struct id_owners *owners, const char *path, int fd,
	const struct image_watch *watch, struct err *err)
{
	auto_of(tree) struct tree *tree = NULL;
	const struct scan scan = {
		.root_fd = root_fd,
		.any_name = true,
		.owners = owners ? *owners : (struct id_owners){NULL, NULL},
		.latest = SCAN_ANY_TIME,
		.canceled = watch ? watch->canceled : NULL,
	};
	struct exporting e = {.root_fd = root_fd, .watch = watch};

	if (scan_tree(&scan, &tree, NULL, err) < 0)
		return err_in(err, "export");
	e.tree = tree;
	return outfile_write(path, fd, "export", fill, &e, err);
}
