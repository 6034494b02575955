/* ring.h - a few large chunks between one thread that fills them and one that uses them up. */
#ifndef CORE_IMAGE_RING_H
#define CORE_IMAGE_RING_H

#include <stddef.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/own.h"

struct ring;

struct ring *ring_new(unsigned chunks, size_t chunk_size); /* NULL: out of memory */
void ring_free(struct ring *ring);
own_define(ring)
size_t ring_chunk_size(const struct ring *ring);

/* Writer: room for one chunk, waiting for it; NULL when the reader has given up. */
unsigned char *ring_room(struct ring *ring);
void ring_put(struct ring *ring, size_t len);            /* publishes what was written there */
void ring_end(struct ring *ring, const struct err *err); /* NULL: all is well */

/* Reader: the next chunk, lent until the next call; 0 at the end; the writer's error otherwise. */
ssize_t ring_get(struct ring *ring, const unsigned char **data, struct err *err);
void ring_stop(struct ring *ring); /* wants no more: the writer gets NULL */

#endif
