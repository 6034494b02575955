/* download.h - blobs on their way into ingests, several at once, each followed by its reader.
 *
 * Each blob has a feed: bytes go to the ingest's file first, then the feed's watermark moves, so
 * that unpacking never slows the network and a killed process leaves bytes to go on from. A lost
 * connection is taken up where it broke. Whether the bytes are right is for the reader to say. */
#ifndef CORE_IMAGE_DOWNLOAD_H
#define CORE_IMAGE_DOWNLOAD_H

#include <stdatomic.h>

#include "core/image/blob.h"
#include "core/image/crew.h"
#include "core/image/feed.h"
#include "core/image/registry.h"
#include "core/image_ops.h"

enum { DOWNLOAD_STREAMS = 6 };

struct download {
	const char *digest; /* lent, like all here */
	uint64_t size;
	const struct strs *urls; /* see registry_blob */
	struct ingest *ingest;
	struct feed *feed; /* of the ingest's file; ended when download_wait returns */
};

struct downloads;

/* Starts fetching, in this order, until the crew that reads fails; `blobs` and what it points to
 * must live until downloads_wait. on_progress of watch is called with the digests. */
int downloads_start(struct registry *registry, const struct download *blobs, size_t count,
	struct crew *readers, const struct image_watch *watch, struct downloads **out,
	struct err *err);
/* Any thread: no more bytes are wanted; feeds end with -ECANCELED. */
void downloads_stop(struct downloads *downloads);
/* Waits for all, frees, and says the first failure. NULL is fine. */
int downloads_wait(struct downloads *downloads, struct err *err);

#endif
