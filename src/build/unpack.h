/* unpack.h - an archive that ADD was given, as files: read by a confined process. */
#ifndef BUILD_UNPACK_H
#define BUILD_UNPACK_H

#include "build/files.h"
#include "build/work.h"

/* By its first bytes. */
int unpack_looks_like(
	const struct file *file, const struct files_source *source, bool *looks, struct err *err);
/* *is_archive: the new directory *path, the caller's to free, has its files. Else nothing was made.
 */
int unpack_archive(struct build_work *work, const struct file *file,
	const struct files_source *source, char **path, bool *is_archive, struct err *err);

#endif
