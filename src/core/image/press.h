/* press.h - a tar on its way becomes a compressed blob.
 *
 * gzip by ISA-L's fastest level that still finds most matches, zstd at its default: compressing a
 * layer is then rarely slower than sending it. Both digests come out, of the tar and of the blob.
 * The same tar gives the same blob on the same machine; elsewhere it may not, which is why what was
 * made once is remembered (pressed.h). */
#ifndef CORE_IMAGE_PRESS_H
#define CORE_IMAGE_PRESS_H

#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"
#include "util/own.h"

enum press_codec { PRESS_GZIP, PRESS_ZSTD };

struct press_result {
	char diff_id[DIGEST_SIZE]; /* of what came in */
	char digest[DIGEST_SIZE];  /* of what went out */
	uint64_t size;
};

/* "gzip", "zstd". -EINVAL: another. */
int press_codec_parse(const char *name, enum press_codec *out, struct err *err);
const char *press_codec_name(enum press_codec codec);

struct press;

/* Writes to fd from its position on; fd is lent. */
int press_new(enum press_codec codec, int fd, struct press **out, struct err *err);
void press_free(struct press *press);
own_define(press)

/* The next bytes of the tar; arg is the struct press, so that whoever writes a tar can
 * write it here. */
int press_add(void *arg, const void *data, size_t len, struct err *err);
/* Nothing may be added after it. */
int press_end(struct press *press, struct press_result *out, struct err *err);

#endif
