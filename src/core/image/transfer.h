/* transfer.h - `davit export` and `davit import`: a tree of files as a plain archive, and back. */
#ifndef CORE_IMAGE_TRANSFER_H
#define CORE_IMAGE_TRANSFER_H

#include "core/image_ops.h"

int image_export(int root_fd, const struct id_owners *owners, const char *path, int fd,
	const struct image_watch *watch, struct err *err);
int image_export_layer(struct store *store, const char *diff_id, const char *path, int fd,
	const struct image_watch *watch, struct err *err);
int image_import(struct store *store, const struct image_import_options *options,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err);

#endif
