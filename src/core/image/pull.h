/* pull.h - an image from a registry into the store.
 *
 *     resolve   HEAD: nothing new → done, in one round trip; else the manifest, by digest
 *     config    early: it says which layers we hold already
 *     layers    download, verify, inflate, unpack: at once, and overlapped      (pull_layers.c)
 *     commit    one transaction
 *
 * Whatever happens on the way, the store is as before, plus parts of blobs that the next pull goes
 * on from. Blocks; belongs in a process of its own, which it confines (confine.h). */
#ifndef CORE_IMAGE_PULL_H
#define CORE_IMAGE_PULL_H

#include "core/image_ops.h"

/* An entry of struct image_ops. The codes callers branch on: -EINVAL a bad reference or platform,
 * -ENOENT no such image or none for the platform, -EACCES denied, -EBADMSG wrong bytes,
 * -ECANCELED, -EHOSTUNREACH, -ECONNREFUSED and -ETIMEDOUT no registry. */
int image_pull(struct store *store, const struct image_pull_options *options,
	const struct image_watch *watch, struct err *err);

#endif
