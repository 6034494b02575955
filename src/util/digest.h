/* digest.h - "sha256:<64 hex>", the name of content, as text.
 *
 * Computing one needs OpenSSL and lives in core/image/sha.h; everybody else only
 * compares, checks and shortens. */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <stdbool.h>

#include "util/err.h"

enum {
	DIGEST_HEX = 64,                              /* the hex digits of a SHA-256 */
	DIGEST_SIZE = sizeof("sha256:") + DIGEST_HEX, /* its text with the NUL */
	DIGEST_SHORT = 12,                            /* what lists show of an id */
};

/* Exactly a sha256 digest, the only kind the store keeps. */
bool digest_is_sha256(const char *text);
/* Any digest of the reference grammar, with docker's words for what is wrong:
 * "invalid reference format", "unsupported digest algorithm", "invalid checksum digest length". */
int digest_check(const char *text, struct err *err);
/* The hex part of a digest; lent. */
const char *digest_hex(const char *digest);

#endif
