/* mounts.h - everything that a container mounts of the host's: what the user asked for, what
 * another container lends (--volumes-from) and what the image wants a volume for. */
#ifndef CORE_MOUNTS_H
#define CORE_MOUNTS_H

#include "core/engine_own.h"
#include "core/image.h"
#include "core/mount_option.h"
#include "runtime/spec.h"

struct mount_point {
	struct mount_option option;
	char *name;        /* a volume's: the one given, or 64 hex digits */
	bool is_anonymous; /* a volume that nobody named */
	bool is_taken;     /* from another container: neither made nor filled here */
	bool is_extra;     /* by --mount: shown apart in inspect */
};

struct mounts {
	struct mount_point *v;
	size_t len;
};

/* Reads and merges; later sources give way to earlier ones: -v and --mount (twice the same target
 * is an error), --volumes-from, --tmpfs, the image. Makes nothing. */
int mounts_gather(struct engine *engine, const struct container_request *request,
	const struct image *image, struct mounts *out, struct err *err);
void mounts_fini(struct mounts *mounts);

/* Adds them to a spec, in the place of defaults of the same target. Makes the missing sources of
 * binds, as docker does. */
int mounts_apply(
	struct engine *engine, const struct mounts *mounts, struct spec *spec, struct err *err);
/* Parents before what lies in them; what has equally many parents keeps its order. */
void mounts_sort(struct spec *spec);

bool mounts_cover(const struct mounts *mounts, const char *target);

#endif
