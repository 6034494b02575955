/* tar_file.h - an archive that somebody wants at a path: there whole or not at all, because until
 * it is finished it has another name. */
#ifndef CORE_TAR_FILE_H
#define CORE_TAR_FILE_H

#include "util/buf.h"
#include "util/err.h"

struct tar_file {
	const char *path; /* lent */
	struct buf part;
	int fd; /* to write to */
};

/* On failure there is nothing to end. */
int tar_file_begin(struct tar_file *file, const char *path, struct err *err);
/* failed: what writing it came to; returned when it is no success. */
int tar_file_end(struct tar_file *file, int failed, struct err *err);

#endif
