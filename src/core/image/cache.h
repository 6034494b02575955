/* cache.h - the results of builds' steps, to and from a registry or a directory (step_cache.h).
 *
 *     read    the manifest, and the config that lists the steps: a few kilobytes     (cache_read.c)
 *     fetch   layers that a build turned out to need, onto those it has              (cache_read.c)
 *     write   layers, each compressed once in its life, config and manifest        (cache_write.c)
 *
 * All of it is hostile input: a layer is used only when both its digests are what was said. Each
 * call blocks, and belongs in a process of its own, which it confines (confine.h). */
#ifndef CORE_IMAGE_CACHE_H
#define CORE_IMAGE_CACHE_H

#include "core/image/step_cache.h"
#include "core/image_ops.h"

/* Entries of struct image_ops. -ENOENT: there is none there. -ENODATA: what is there is none. */
int image_cache_read(struct store *store, const struct image_cache_place *place,
	const struct image_watch *watch, struct buf *lines, struct err *err);
int image_cache_fetch(struct store *store, const struct image_cache_place *place,
	const struct strs *chain, const struct image_watch *watch, struct strs *ids,
	struct err *err);
int image_cache_write(struct store *store, const struct image_cache_place *place,
	const struct image_cache_write_options *options, const struct image_watch *watch,
	struct err *err);

#endif
