/* copy.h - what is in a layer, once more elsewhere; content is shared where the file system can. */
#ifndef CORE_IMAGE_COPY_H
#define CORE_IMAGE_COPY_H

#include <stdatomic.h>

#include "core/id_map.h"
#include "core/index.h"
#include "core/store.h"
#include "util/err.h"

enum copy_form {
	COPY_MERGE,  /* onto what the layers below left: whiteouts delete */
	COPY_SQUASH, /* the same in an upper directory: whiteouts stay, for what is below that */
	COPY_LAYER,  /* the layer as it is, whiteouts as the store's driver keeps them */
};

/* Copies a layer's diff directory into to_fd. canceled may be NULL. */
int copy_layer(const struct index *index, int from_fd, int to_fd, enum copy_form form,
	enum store_driver driver, const atomic_bool *canceled, struct err *err);

/* COPY_MERGE; owners: whose the copies are to be, outside of what they are in the layer. May be
 * NULL. */
int copy_layer_owned(const struct index *index, int from_fd, int to_fd, enum store_driver driver,
	const struct id_owners *owners, const atomic_bool *canceled, struct err *err);

/* One entry, which must not be a directory, as `name` in to_dir_fd, with all its metadata. */
int copy_entry(const struct index *index, const struct index_entry *entry, int from_fd,
	int to_dir_fd, const char *name, struct err *err);

/* Owner, mode, attributes and times of a directory that is there already. */
int copy_dress_dir(const struct index *index, const struct index_entry *entry, int to_dir_fd,
	const char *name, struct err *err);

#endif
