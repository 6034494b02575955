#include "core/image/compress.h"

#include <archive.h>
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* 128 MiB: what `zstd --ultra` needs at most without --long, and all that a stranger gets. */
enum { ZSTD_WINDOW_LOG_MAX = 27 };

struct decoder {
	enum codec codec;
	decoder_more_fn *more;
	void *arg;
	const unsigned char *data; /* what is left of the last piece */
	size_t len;
	bool input_ended, finished;
	struct inflate_state *gzip;
	ZSTD_DCtx *zstd;
	bool in_frame;
	struct archive *other;
	struct err err; /* of `more`, across libarchive */
};

static enum codec sniff(const unsigned char *data, size_t len)
{
	static const struct {
		enum codec codec;
		size_t len;
		unsigned char magic[6];
	} known[] = {
		{CODEC_GZIP, 3, {0x1f, 0x8b, 8}},
		{CODEC_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
		{CODEC_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
		{CODEC_BZIP2, 3, {'B', 'Z', 'h'}},
	};

	for (size_t i = 0; i < array_len(known); i++)
		if (len >= known[i].len && memcmp(data, known[i].magic, known[i].len) == 0)
			return known[i].codec;
	/* A skippable zstd frame may come first. */
	if (len >= 4 && (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0)
		return CODEC_ZSTD;
	return CODEC_PLAIN;
}

/* Makes sure there is input, unless it has ended. */
static int refill(struct decoder *decoder, struct err *err)
{
	ssize_t got;

	if (decoder->len || decoder->input_ended)
		return 0;
	got = decoder->more(decoder->arg, &decoder->data, err);
	if (got < 0)
		return (int)got;
	decoder->len = (size_t)got;
	decoder->input_ended = got == 0;
	return 0;
}

static la_ssize_t give_archive(struct archive *archive, void *arg, const void **out)
{
	struct decoder *decoder = arg;
	size_t len;

	if (refill(decoder, &decoder->err) < 0) {
		archive_set_error(archive, EIO, "%s", decoder->err.text);
		return ARCHIVE_FATAL;
	}
	*out = decoder->data;
	len = decoder->len;
	decoder->len = 0;
	return (la_ssize_t)len;
}

static int archive_failed(struct decoder *decoder, struct err *err)
{
	if (decoder->err.code)
		return err_set(err, decoder->err.code, "%s", decoder->err.text);
	return err_set(err, EBADMSG, "the compressed data is damaged: %s",
		archive_error_string(decoder->other));
}

static int begin_other(struct decoder *decoder, struct err *err)
{
	struct archive *other = decoder->other = archive_read_new();
	struct archive_entry *entry;

	if (!other)
		return err_set(err, ENOMEM, "decompress: out of memory");
	archive_read_support_format_raw(other);
	archive_read_support_filter_xz(other);
	archive_read_support_filter_bzip2(other);
	if (archive_read_open(other, decoder, NULL, give_archive, NULL) != ARCHIVE_OK ||
		archive_read_next_header(other, &entry) != ARCHIVE_OK)
		return archive_failed(decoder, err);
	return 0;
}

static int begin(struct decoder *decoder, bool archives, struct err *err)
{
	switch (decoder->codec) {
	case CODEC_GZIP:
		decoder->gzip = malloc(sizeof(*decoder->gzip));
		if (!decoder->gzip)
			return err_set(err, ENOMEM, "decompress: out of memory");
		isal_inflate_init(decoder->gzip);
		decoder->gzip->crc_flag = ISAL_GZIP;
		return 0;
	case CODEC_ZSTD:
		decoder->zstd = ZSTD_createDCtx();
		if (!decoder->zstd)
			return err_set(err, ENOMEM, "decompress: out of memory");
		ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
		return 0;
	case CODEC_XZ:
	case CODEC_BZIP2:
		if (archives)
			return begin_other(decoder, err);
		return err_set(err, ENOTSUP, "layers compressed with %s are not supported",
			decoder->codec == CODEC_XZ ? "xz" : "bzip2");
	case CODEC_PLAIN:
		break;
	}
	return 0;
}

int decoder_new(
	decoder_more_fn *more, void *arg, bool archives, struct decoder **out, struct err *err)
{
	auto_of(decoder) struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return err_set(err, ENOMEM, "decompress: out of memory");
	decoder->more = more;
	decoder->arg = arg;
	if (refill(decoder, err) < 0)
		return err->code;
	decoder->codec = sniff(decoder->data, decoder->len);
	if (begin(decoder, archives, err) < 0)
		return err->code;
	*out = take(decoder);
	return 0;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	free(decoder->gzip);
	ZSTD_freeDCtx(decoder->zstd);
	archive_read_free(decoder->other);
	free(decoder);
}

enum codec decoder_codec(const struct decoder *decoder)
{
	return decoder->codec;
}

static int truncated(struct err *err)
{
	return err_set(err, EBADMSG, "the compressed data ends too early");
}

/* After a member: another one, zeros up to the end, or nothing. */
static int next_member(struct decoder *decoder, struct err *err)
{
	bool zeros = false;

	for (;;) {
		if (refill(decoder, err) < 0)
			return err->code;
		if (decoder->input_ended) {
			decoder->finished = true;
			return 0;
		}
		while (decoder->len && *decoder->data == 0) {
			zeros = true;
			decoder->data++;
			decoder->len--;
		}
		if (decoder->len)
			break;
	}
	if (zeros || *decoder->data != 0x1f)
		return err_set(err, EBADMSG, "something that is not gzip follows the gzip data");
	isal_inflate_reset(decoder->gzip);
	decoder->gzip->crc_flag = ISAL_GZIP;
	return 0;
}

static ssize_t read_gzip(struct decoder *decoder, unsigned char *data, size_t len, struct err *err)
{
	struct inflate_state *gzip = decoder->gzip;
	size_t have = 0;

	while (have < len && !decoder->finished) {
		int failed;

		if (refill(decoder, err) < 0)
			return err->code;
		gzip->next_in = (unsigned char *)decoder->data;
		gzip->avail_in = (uint32_t)decoder->len;
		gzip->next_out = data + have;
		gzip->avail_out = (uint32_t)(len - have);
		failed = isal_inflate(gzip);
		if (failed)
			return err_set(err, EBADMSG, "the gzip data is damaged");
		/* ISA-L says nothing when the input stops short: no progress is the sign of it. */
		if (decoder->input_ended && gzip->avail_out == len - have &&
			gzip->block_state != ISAL_BLOCK_FINISH)
			return truncated(err);
		decoder->data = gzip->next_in;
		decoder->len = gzip->avail_in;
		have = len - gzip->avail_out;
		if (gzip->block_state == ISAL_BLOCK_FINISH && next_member(decoder, err) < 0)
			return err->code;
	}
	return (ssize_t)have;
}

static ssize_t read_zstd(struct decoder *decoder, unsigned char *data, size_t len, struct err *err)
{
	ZSTD_outBuffer out = {data, len, 0};

	while (out.pos < len) {
		ZSTD_inBuffer in;
		size_t left, before = out.pos;

		if (refill(decoder, err) < 0)
			return err->code;
		if (decoder->input_ended && !decoder->in_frame)
			break;
		in = (ZSTD_inBuffer){decoder->data, decoder->len, 0};
		left = ZSTD_decompressStream(decoder->zstd, &out, &in);
		if (ZSTD_isError(left))
			return err_set(err, EBADMSG, "the zstd data is damaged: %s",
				ZSTD_getErrorName(left));
		decoder->data += in.pos;
		decoder->len -= in.pos;
		decoder->in_frame = left != 0;
		if (decoder->input_ended && left && out.pos == before)
			return truncated(err);
	}
	return (ssize_t)out.pos;
}

static ssize_t read_plain(struct decoder *decoder, unsigned char *data, size_t len, struct err *err)
{
	size_t have = 0;

	while (have < len) {
		size_t part;

		if (refill(decoder, err) < 0)
			return err->code;
		if (decoder->input_ended)
			break;
		part = decoder->len < len - have ? decoder->len : len - have;
		memcpy(data + have, decoder->data, part);
		decoder->data += part;
		decoder->len -= part;
		have += part;
	}
	return (ssize_t)have;
}

static ssize_t read_other(struct decoder *decoder, unsigned char *data, size_t len, struct err *err)
{
	size_t have = 0;

	while (have < len) {
		la_ssize_t got = archive_read_data(decoder->other, data + have, len - have);

		if (got < 0)
			return archive_failed(decoder, err);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

ssize_t decoder_read(struct decoder *decoder, void *data, size_t len, struct err *err)
{
	switch (decoder->codec) {
	case CODEC_GZIP:
		return read_gzip(decoder, data, len, err);
	case CODEC_ZSTD:
		return read_zstd(decoder, data, len, err);
	case CODEC_PLAIN:
		return read_plain(decoder, data, len, err);
	default:
		return read_other(decoder, data, len, err);
	}
}
