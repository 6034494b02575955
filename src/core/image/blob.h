/* blob.h - content by digest: blobs/sha256/<hex>, immutable, complete or not there.
 *
 * An ingest is a blob on its way in: cache/ingest/<hex>.part, locked by whoever fills it. It
 * survives its process, so that a download can go on where it stopped; nobody trusts a byte of it
 * before its digest was checked. */
#ifndef CORE_IMAGE_BLOB_H
#define CORE_IMAGE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/store.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

/* An fd to read, and the size. -ENOENT: we do not have it. */
int blob_open(struct store *store, const char *digest, uint64_t *size, struct err *err);
bool blob_exists(struct store *store, const char *digest);
/* A whole small blob (at most JSON_MAX), its digest checked. */
int blob_read(struct store *store, const char *digest, struct buf *out, struct err *err);
/* Stores bytes we have in memory; *digest is filled. Already there is fine. */
int blob_write(struct store *store, const void *data, size_t len, char digest[DIGEST_SIZE],
	struct err *err);

struct ingest;
/* -EAGAIN: another process is filling it. -EEXIST: the blob is there already. */
int ingest_open(struct store *store, const char *digest, struct ingest **out, struct err *err);
int ingest_fd(const struct ingest *ingest);        /* read and write; lent */
uint64_t ingest_have(const struct ingest *ingest); /* bytes found when it was opened */
/* Forgets what was there, to begin at 0. */
int ingest_restart(struct ingest *ingest, struct err *err);
/* Copies part of another file in, in the kernel where it can. */
int ingest_copy(struct ingest *ingest, int from_fd, uint64_t offset, uint64_t len, struct err *err);
/* Makes it a blob. `verified`: the caller hashed exactly these bytes already, as layer_unpack
 * does; otherwise they are hashed here. A wrong digest or size discards it: -EBADMSG. */
int ingest_commit(struct ingest *ingest, uint64_t size, bool verified, struct err *err);
/* Throws away what came in, so that nobody resumes it. */
void ingest_discard(struct ingest *ingest);
void ingest_free(struct ingest *ingest); /* keeps the part for later; NULL is fine */
own_define(ingest)

#endif
