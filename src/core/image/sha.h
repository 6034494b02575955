/* sha.h - SHA-256 as bytes pass by, with the CPU's own instructions where it has them. */
#ifndef CORE_IMAGE_SHA_H
#define CORE_IMAGE_SHA_H

#include <stddef.h>

#include "util/digest.h"
#include "util/own.h"

struct sha;

struct sha *sha_new(void); /* NULL: out of memory */
void sha_free(struct sha *sha);
own_define(sha)

void sha_add(struct sha *sha, const void *data, size_t len);
/* "sha256:…" of all bytes so far; begins anew. */
void sha_done(struct sha *sha, char digest[DIGEST_SIZE]);
enum { SHA_BYTES = DIGEST_HEX / 2 };
void sha_done_bytes(struct sha *sha, unsigned char bytes[SHA_BYTES]); /* the same as bytes */
/* Of one piece of memory. */
void sha_of(const void *data, size_t len, char digest[DIGEST_SIZE]);

#endif
