/* key.h - a digest of what a step is: fields in order, each with its name and its length, so that
 * no two different steps are written the same. */
#ifndef BUILD_KEY_H
#define BUILD_KEY_H

#include <stdint.h>

#include "build/words.h"
#include "core/image/sha.h"

struct key {
	struct sha *sha;
	bool failed;
};

void key_begin(struct key *key, const char *what);
void key_text(struct key *key, const char *name, const char *text); /* NULL is not "" */
void key_bytes(struct key *key, const char *name, const void *data, size_t len);
void key_number(struct key *key, const char *name, int64_t number);
void key_words(struct key *key, const char *name, const struct words *words);
/* False: out of memory, and digest is "". */
bool key_end(struct key *key, char digest[DIGEST_SIZE]);

#endif
