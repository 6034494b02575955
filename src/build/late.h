/* late.h - large files of a COPY (FILES_LARGE), whose content is written when the layer is hashed.
 *
 * The layer's tar is read once in any case. A file that is made with its size and facts alone gets
 * its content then, out of the same buffers: what is hashed is what is written, and nothing is read
 * back. */
#ifndef BUILD_LATE_H
#define BUILD_LATE_H

#include "build/files.h"
#include "core/image/layer_tar.h"
#include "core/index.h"
#include "util/err.h"
#include "util/own.h"

struct late;

struct late *late_new(void); /* NULL: out of memory */
void late_free(struct late *late);
own_define(late)

/* The layers that the new one will stand on, bottom first; lent until it is made. */
void late_stand_on(struct late *late, const struct index *const *below, size_t n);
/* What they have at its name is compared with a file's content before that is written. */
bool late_may_be(const struct late *late, const char *path);
/* A file in the upper directory; all but the path is lent until the layer is made. */
int late_add(struct late *late, const char *path, const struct file *file,
	const struct files_source *source, struct err *err);
/* Another file took its name. */
void late_drop(struct late *late, const char *path);
/* As making the layer asks for it; lent. */
const struct layer_late *late_files(struct late *late);

#endif
