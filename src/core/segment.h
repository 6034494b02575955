/* segment.h - one log file and its index (runtime/wire.h), read while a shim may be writing. */
#ifndef CORE_SEGMENT_H
#define CORE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/wire.h"

struct segment {
	int fd;
	ino_t inode;
	uint64_t size; /* bytes of log that are there now */
	const struct log_mark *marks;
	size_t count;
	int index_fd;
	void *map;
	size_t map_len;
};

/* suffix: "" or ".1" …; 0, or -ENOENT. */
int segment_open(int dir_fd, const char *suffix, struct segment *out);
void segment_fini(struct segment *segment);
/* Looks how far it has grown. */
int segment_refresh(struct segment *segment);
/* Bytes that were logged before this file's first. */
uint64_t segment_before(const struct segment *segment);
/* Lets go of the index's pages; they come back when they are looked at. */
void segment_forget(const struct segment *segment);
/* The index of the mark that covers offset; 0 when there is none before it. */
size_t segment_mark(const struct segment *segment, uint64_t offset);
uint64_t segment_mark_offset(const struct segment *segment, size_t mark);
unsigned segment_mark_stream(const struct segment *segment, size_t mark);
/* Where the uninterrupted run of that mark's stream ends, or begins; looked for no further than
 * limit. */
uint64_t segment_run_end(const struct segment *segment, size_t mark, uint64_t limit);
uint64_t segment_run_begin(const struct segment *segment, size_t mark, uint64_t limit);
/* Offset of the first byte read at or after time_ns; size when all is older. */
uint64_t segment_since(const struct segment *segment, uint64_t time_ns);

#endif
