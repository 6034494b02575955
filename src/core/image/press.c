#include "core/image/press.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "core/image/sha.h"
#include "util/own.h"
#include "util/strs.h"

enum { PIECE = 256 << 10, ZSTD_LEVEL = 3, GZIP_LEVEL = 1 };

static const char *const names[] = {[PRESS_GZIP] = "gzip", [PRESS_ZSTD] = "zstd"};

int press_codec_parse(const char *name, enum press_codec *out, struct err *err)
{
	for (size_t i = 0; i < array_len(names); i++) {
		if (!str_eq(name, names[i]))
			continue;
		*out = (enum press_codec)i;
		return 0;
	}
	return err_set(err, EINVAL, "unknown compression format %.40s: it is gzip or zstd", name);
}

const char *press_codec_name(enum press_codec codec)
{
	return names[codec];
}

struct press;

/* What turns one piece into the next, with a state of its own. */
struct maker {
	void *(*new)(void);
	int (*piece)(struct press *press, const void *data, size_t len, bool last, struct err *err);
	void (*free)(void *state);
};

struct press {
	int fd;
	const struct maker *maker;
	void *state;
	struct sha *in, *out;
	unsigned char *packed; /* PIECE bytes */
	uint64_t size;
};

static int put(struct press *press, size_t len, struct err *err)
{
	const unsigned char *at = press->packed;

	sha_add(press->out, at, len);
	press->size += len;
	while (len) {
		ssize_t put = write(press->fd, at, len);

		if (put < 0 && errno != EINTR)
			return err_sys(err, "compressed layer");
		at += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

struct gzip {
	struct isal_zstream stream;
	uint8_t level[ISAL_DEF_LVL1_DEFAULT];
};

static void *gzip_new(void)
{
	struct gzip *gzip = malloc(sizeof(*gzip));

	if (!gzip)
		return NULL;
	isal_deflate_init(&gzip->stream);
	gzip->stream.level = GZIP_LEVEL;
	gzip->stream.level_buf = gzip->level;
	gzip->stream.level_buf_size = sizeof(gzip->level);
	gzip->stream.gzip_flag = IGZIP_GZIP;
	return gzip;
}

static int gzip_piece(struct press *press, const void *data, size_t len, bool last, struct err *err)
{
	struct isal_zstream *stream = &((struct gzip *)press->state)->stream;

	stream->next_in = (uint8_t *)(uintptr_t)data; /* only read */
	stream->avail_in = (uint32_t)len;
	stream->end_of_stream = last;
	do {
		stream->next_out = press->packed;
		stream->avail_out = PIECE;
		if (isal_deflate(stream) != COMP_OK)
			return err_set(err, EIO, "a layer could not be compressed");
		if (put(press, PIECE - stream->avail_out, err) < 0)
			return err->code;
	} while (stream->avail_out == 0 || stream->avail_in);
	return 0;
}

static void *zstd_new(void)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (context)
		ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	return context;
}

static int zstd_piece(struct press *press, const void *data, size_t len, bool last, struct err *err)
{
	ZSTD_inBuffer in = {data, len, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {press->packed, PIECE, 0};

		left = ZSTD_compressStream2(
			press->state, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return err_set(err, EIO, "a layer could not be compressed: %s",
				ZSTD_getErrorName(left));
		if (put(press, out.pos, err) < 0)
			return err->code;
	} while (last ? left != 0 : in.pos < in.size);
	return 0;
}

static void zstd_free(void *state)
{
	ZSTD_freeCCtx(state);
}

static const struct maker makers[] = {
	[PRESS_GZIP] = {gzip_new, gzip_piece, free},
	[PRESS_ZSTD] = {zstd_new, zstd_piece, zstd_free},
};

int press_new(enum press_codec codec, int fd, struct press **out, struct err *err)
{
	auto_of(press) struct press *press = calloc(1, sizeof(*press));

	if (!press)
		return err_set(err, ENOMEM, "compressing: out of memory");
	press->fd = fd;
	press->maker = &makers[codec];
	press->state = press->maker->new ();
	press->in = sha_new();
	press->out = sha_new();
	press->packed = malloc(PIECE);
	if (!press->state || !press->in || !press->out || !press->packed)
		return err_set(err, ENOMEM, "compressing: out of memory");
	*out = take(press);
	return 0;
}

void press_free(struct press *press)
{
	if (!press)
		return;
	if (press->state)
		press->maker->free(press->state);
	sha_free(press->in);
	sha_free(press->out);
	free(press->packed);
	free(press);
}

int press_add(void *arg, const void *data, size_t len, struct err *err)
{
	struct press *press = arg;

	sha_add(press->in, data, len);
	return press->maker->piece(press, data, len, false, err);
}

int press_end(struct press *press, struct press_result *out, struct err *err)
{
	if (press->maker->piece(press, "", 0, true, err) < 0)
		return err->code;
	sha_done(press->in, out->diff_id);
	sha_done(press->out, out->digest);
	out->size = press->size;
	return 0;
}
