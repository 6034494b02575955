/* outfile.h - where an archive goes: a file that is there whole or not at all, or a stream. */
#ifndef CORE_IMAGE_OUTFILE_H
#define CORE_IMAGE_OUTFILE_H

#include <stddef.h>

#include "util/err.h"

typedef int outfile_fn(void *arg, int fd, struct err *err);

/* Calls fill with an fd to write to. path: beside it, then renamed over it when fill went well; a
 * device or a pipe is written where it is. NULL: fd itself. `what` begins the sentences. */
int outfile_write(
	const char *path, int fd, const char *what, outfile_fn *fill, void *arg, struct err *err);

/* Small pieces to an fd in large writes, which may be a pipe that does not block. */
struct outflow {
	int fd;
	const char *what;
	char *data; /* OUTFLOW_ROOM */
	size_t len;
};
enum { OUTFLOW_ROOM = 1 << 20 };
int outflow_init(struct outflow *flow, int fd, const char *what, struct err *err);
/* A tar_put_fn; arg is the struct outflow. */
int outflow_put(void *arg, const void *data, size_t len, struct err *err);
int outflow_end(struct outflow *flow, struct err *err); /* writes what is left */
void outflow_fini(struct outflow *flow);

#endif
