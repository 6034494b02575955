/* compress.h - whatever a layer or archive is wrapped in, taken off as it streams by.
 *
 * What it is, is told by its first bytes, never by what somebody called it. gzip may have several
 * members and zeros after them, zstd several frames and skippable ones. A stream that ends too
 * early is an error, and so is anything that follows the compressed data. */
#ifndef CORE_IMAGE_COMPRESS_H
#define CORE_IMAGE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/own.h"

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ, CODEC_BZIP2 };

/* As tar_more_fn; the first piece has at least 6 bytes unless the whole stream is shorter. */
typedef ssize_t decoder_more_fn(void *arg, const unsigned char **data, struct err *err);

struct decoder;

/* Reads the first piece. `archives`: xz and bzip2 are fine too, as whole archives are sometimes
 * wrapped, though no layer may be. */
int decoder_new(
	decoder_more_fn *more, void *arg, bool archives, struct decoder **out, struct err *err);
void decoder_free(struct decoder *decoder);
own_define(decoder)
enum codec decoder_codec(const struct decoder *decoder);

/* Fills data up to len unless the end comes first; 0 at the end; else a negative errno. */
ssize_t decoder_read(struct decoder *decoder, void *data, size_t len, struct err *err);

#endif
