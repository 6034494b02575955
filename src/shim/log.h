/* log.h - the container's output on disk: raw bytes, and beside them an index (wire.h has the
 * format).
 *
 * Bytes go from the pipe to the file inside the kernel (splice(2)); they pass through the shim only
 * near a rotation, which cuts at a line's end, and where somebody else wants them too. Never blocks
 * on a full disk: what does not fit is dropped and counted. */
#ifndef SHIM_LOG_H
#define SHIM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/wire.h"

struct log {
	int dir, fd, index; /* dir is lent */
	bool tty, no_splice;
	uint8_t last_stream; /* enum log_stream of the last mark, 0: none */
	unsigned files;      /* rotated ones kept */
	uint64_t max;        /* 0: no rotation */
	uint64_t size, index_size, last_offset, last_ns, dropped, before;
};

/* Opens or continues log and log.index in dir. -1 fds afterwards mean: no log, everything is
 * dropped. */
int log_open(struct log *log, int dir, bool tty, uint64_t max_bytes, unsigned files);
void log_close(struct log *log);
bool log_is_open(const struct log *log);

void log_write(struct log *log, enum log_stream stream, const char *data, size_t len);
/* Moves what `pipe` holds, up to max. Bytes moved, 0: end of file, -EAGAIN: nothing there,
 * -EXFULL: these bytes must go through log_write. */
ssize_t log_splice(struct log *log, enum log_stream stream, int pipe, size_t max);

#endif
