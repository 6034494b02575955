#include "core/image/split.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "util/buf.h"
#include "util/strs.h"

#define MAGIC "davitsp1"

enum {
	RAW = 0,
	CONTENT = 1,
	ROOM = 128 << 10,
	RAW_MAX = 64 << 10, /* bytes of one record */
	LEVEL = 3,
};

struct split {
	int fd;
	ZSTD_CCtx *zstd;
	char *out;
	/* the record that is being made: neighbours become one */
	struct buf raw;
	uint64_t header, at, len;
	bool has_content;
	int failed;
};

static void write_all(struct split *split, const char *data, size_t len)
{
	while (len && !split->failed) {
		ssize_t put = write(split->fd, data, len);

		if (put < 0 && errno != EINTR)
			split->failed = -errno;
		if (put > 0) {
			data += put;
			len -= (size_t)put;
		}
	}
}

static void compress(struct split *split, const void *data, size_t len, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {data, len, 0};
	size_t left = 1;

	while (!split->failed && (in.pos < in.size || (end != ZSTD_e_continue && left))) {
		ZSTD_outBuffer out = {split->out, ROOM, 0};

		left = ZSTD_compressStream2(split->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			split->failed = -EIO;
		else
			write_all(split, split->out, out.pos);
	}
}

static void put_number(struct split *split, uint64_t number)
{
	number = htole64(number);
	compress(split, &number, sizeof(number), ZSTD_e_continue);
}

static void flush(struct split *split)
{
	if (split->raw.len) {
		uint32_t len = htole32((uint32_t)split->raw.len);

		compress(split, &(char){RAW}, 1, ZSTD_e_continue);
		compress(split, &len, sizeof(len), ZSTD_e_continue);
		compress(split, split->raw.data, split->raw.len, ZSTD_e_continue);
		buf_clear(&split->raw);
	}
	if (split->has_content) {
		compress(split, &(char){CONTENT}, 1, ZSTD_e_continue);
		put_number(split, split->header);
		put_number(split, split->at);
		put_number(split, split->len);
		split->has_content = false;
	}
}

static void on_raw(void *arg, const void *data, size_t len)
{
	struct split *split = arg;

	if (split->has_content)
		flush(split);
	for (const char *at = data; len;) {
		size_t part = len < RAW_MAX - split->raw.len ? len : RAW_MAX - split->raw.len;

		buf_add(&split->raw, at, part);
		at += part;
		len -= part;
		if (split->raw.len == RAW_MAX)
			flush(split);
	}
	if (buf_failed(&split->raw))
		split->failed = -ENOMEM;
}

static void on_content(void *arg, uint64_t header, uint64_t at, size_t len)
{
	struct split *split = arg;

	if (split->has_content && split->header == header && split->at + split->len == at) {
		split->len += len;
		return;
	}
	if (split->has_content || split->raw.len)
		flush(split);
	split->header = header;
	split->at = at;
	split->len = len;
	split->has_content = true;
}

const struct tar_tee split_tee = {.raw = on_raw, .content = on_content};

int split_new(int fd, struct split **out, struct err *err)
{
	auto_of(split) struct split *split = calloc(1, sizeof(*split));

	if (split) {
		split->fd = fd;
		split->zstd = ZSTD_createCCtx();
		split->out = malloc(ROOM);
	}
	if (!split || !split->zstd || !split->out)
		return err_set(err, ENOMEM, "layer headers: out of memory");
	ZSTD_CCtx_setParameter(split->zstd, ZSTD_c_compressionLevel, LEVEL);
	write_all(split, MAGIC, strlen(MAGIC));
	*out = take(split);
	return 0;
}

int split_end(struct split *split, struct err *err)
{
	flush(split);
	compress(split, NULL, 0, ZSTD_e_end);
	if (split->failed)
		return err_set(err, split->failed, "layer headers: %s", err_name(split->failed));
	return 0;
}

void split_free(struct split *split)
{
	if (!split)
		return;
	ZSTD_freeCCtx(split->zstd);
	buf_fini(&split->raw);
	free(split->out);
	free(split);
}

/* ---- reading ---- */

struct reading {
	int fd;
	ZSTD_DCtx *zstd;
	char *room;
	ZSTD_inBuffer in;
	bool ended; /* the file */
};

static int damaged(struct err *err)
{
	return err_set(err, EBADMSG, "the layer's headers are damaged");
}

/* len bytes, or 0 and *end when the stream is over. */
static int take_bytes(struct reading *r, void *to, size_t len, bool *end, struct err *err)
{
	ZSTD_outBuffer out = {to, len, 0};

	while (out.pos < len) {
		size_t before = out.pos, left;

		if (r->in.pos == r->in.size && !r->ended) {
			ssize_t got = read(r->fd, r->room, ROOM);

			if (got < 0)
				return err_sys(err, "the layer's headers");
			r->ended = got == 0;
			r->in = (ZSTD_inBuffer){r->room, (size_t)(got > 0 ? got : 0), 0};
		}
		left = ZSTD_decompressStream(r->zstd, &out, &r->in);
		if (ZSTD_isError(left))
			return damaged(err);
		if (out.pos == before && r->ended && r->in.pos == r->in.size) {
			*end = out.pos == 0;
			return *end ? 0 : damaged(err);
		}
	}
	*end = false;
	return 0;
}

static int read_raw(
	struct reading *r, const struct split_reader *reader, char *raw, struct err *err)
{
	uint32_t len;
	bool end;

	if (take_bytes(r, &len, sizeof(len), &end, err) < 0)
		return err->code;
	len = le32toh(len);
	if (end || !len || len > RAW_MAX)
		return damaged(err);
	if (take_bytes(r, raw, len, &end, err) < 0)
		return err->code;
	return end ? damaged(err) : reader->raw(reader->arg, raw, len, err);
}

static int read_content(struct reading *r, const struct split_reader *reader, struct err *err)
{
	uint64_t numbers[3];
	bool end;

	if (take_bytes(r, numbers, sizeof(numbers), &end, err) < 0)
		return err->code;
	if (end)
		return damaged(err);
	return reader->content(
		reader->arg, le64toh(numbers[0]), le64toh(numbers[1]), le64toh(numbers[2]), err);
}

static int read_all(
	struct reading *r, const struct split_reader *reader, char *raw, struct err *err)
{
	for (;;) {
		unsigned char type;
		bool end;
		int failed = take_bytes(r, &type, 1, &end, err);

		if (failed || end)
			return failed;
		failed = type == RAW       ? read_raw(r, reader, raw, err)
			 : type == CONTENT ? read_content(r, reader, err)
					   : damaged(err);
		if (failed)
			return failed;
	}
}

int split_read(int fd, const struct split_reader *reader, struct err *err)
{
	auto_free char *room = malloc(ROOM), *raw = malloc(RAW_MAX);
	struct reading r = {.fd = fd, .zstd = ZSTD_createDCtx(), .room = room};
	char magic[sizeof(MAGIC)] = "";
	int failed;

	if (!room || !raw || !r.zstd)
		failed = err_set(err, ENOMEM, "layer headers: out of memory");
	else if (read(fd, magic, strlen(MAGIC)) != (ssize_t)strlen(MAGIC) || !str_eq(magic, MAGIC))
		failed = damaged(err);
	else
		failed = read_all(&r, reader, raw, err);
	ZSTD_freeDCtx(r.zstd);
	return failed;
}
