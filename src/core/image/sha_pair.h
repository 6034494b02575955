/* sha_pair.h - SHA-256 of two streams at once.
 *
 * A round of one stream waits for the round before it; with the CPU's own instructions (SHA-NI) the
 * rounds of another fit into that wait: two streams take about as long as one. Elsewhere they are
 * hashed one after the other. */
#ifndef IMAGE_SHA_PAIR_H
#define IMAGE_SHA_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/image/sha.h"
#include "util/own.h"

enum { SHA_BLOCK = 64 };

struct sha_pair;

struct sha_pair *sha_pair_new(void); /* NULL: out of memory */
void sha_pair_free(struct sha_pair *pair);
own_define(sha_pair)

/* The same length of both, of whole blocks. */
void sha_pair_add(struct sha_pair *pair, const void *a, const void *b, size_t len);
/* And begins again. */
void sha_pair_done(struct sha_pair *pair, unsigned char a[SHA_BYTES], unsigned char b[SHA_BYTES]);

/* For tests: whether the instructions are there and used. */
bool sha_pair_is_native(void);
void sha_pair_use_native(bool use);

#endif
