/* feed.h - part of a file that one thread reads while another may still be writing it.
 *
 * The writer puts bytes into the file its own way, then publishes how far they go; a reader that
 * has caught up sleeps until there is more. A file that is complete is a feed that has ended. */
#ifndef CORE_IMAGE_FEED_H
#define CORE_IMAGE_FEED_H

#include <stdint.h>
#include <sys/types.h>

#include "util/own.h"

struct feed;

/* Reads the file fd from offset on. fd is lent: it must stay open until feed_free. NULL: no memory.
 */
struct feed *feed_new(int fd, uint64_t offset);
/* The same of a finished part of a file. */
struct feed *feed_of_part(int fd, uint64_t offset, uint64_t len);
void feed_free(struct feed *feed); /* after the last reader and writer are done; NULL is fine */
own_define(feed)

/* Writer: bytes 0..watermark (counted from offset) are in the file now. May also fall back
 * to 0 as long as no reader was given any byte (-EBUSY otherwise): a server that cannot
 * resume. */
int feed_advance(struct feed *feed, uint64_t watermark);
/* Writer: no more will come. failed: 0, or the negative errno that readers get after the last byte.
 */
void feed_end(struct feed *feed, int failed);

/* Reader: up to len bytes, waiting for at least one; 0 at the end; else a negative errno. */
ssize_t feed_read(struct feed *feed, void *data, size_t len);

#endif
