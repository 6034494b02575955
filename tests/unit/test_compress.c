#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "core/image/compress.h"
#include "util/buf.h"

static struct err err;

struct pieces {
	const struct buf *from;
	size_t at, size;
};

static ssize_t more(void *arg, const unsigned char **data, struct err *e)
{
	struct pieces *pieces = arg;
	size_t left = pieces->from->len - pieces->at,
	       part = left < pieces->size ? left : pieces->size;

	(void)e;
	*data = (const unsigned char *)pieces->from->data + pieces->at;
	pieces->at += part;
	return (ssize_t)part;
}

static void gzip_onto(struct buf *out, const char *text)
{
	struct isal_zstream stream;
	unsigned char room[65536];

	isal_deflate_init(&stream);
	stream.gzip_flag = IGZIP_GZIP;
	stream.end_of_stream = 1;
	stream.next_in = (unsigned char *)text;
	stream.avail_in = (uint32_t)strlen(text);
	stream.next_out = room;
	stream.avail_out = sizeof(room);
	assert_int_equal(isal_deflate(&stream), COMP_OK);
	buf_add(out, room, stream.total_out);
}

static void zstd_onto(struct buf *out, const char *text)
{
	char room[65536];
	size_t len = ZSTD_compress(room, sizeof(room), text, strlen(text), 1);

	assert_false(ZSTD_isError(len));
	buf_add(out, room, len);
}

/* What comes out, or NULL after a failure. */
static const char *decoded(const struct buf *in, size_t piece, struct buf *out)
{
	struct pieces pieces = {in, 0, piece};
	struct decoder *decoder = NULL;
	ssize_t got = 1;
	char room[7];

	buf_clear(out);
	if (decoder_new(more, &pieces, false, &decoder, &err) < 0)
		return NULL;
	while ((got = decoder_read(decoder, room, sizeof(room), &err)) > 0)
		buf_add(out, room, (size_t)got);
	decoder_free(decoder);
	return got < 0 ? NULL : buf_text(out);
}

static const char text[] =
	"a text that is long enough to be worth compressing, compressing, compressing";

static void members_and_frames_are_read_through(void **state)
{
	auto_buf gzip = BUF_INIT, zstd = BUF_INIT, out = BUF_INIT, twice = BUF_INIT;

	(void)state;
	buf_addf(&twice, "%s%s", text, text);
	gzip_onto(&gzip, text);
	gzip_onto(&gzip, text);
	zstd_onto(&zstd, text);
	buf_add(&zstd, "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11); /* a skippable frame */
	zstd_onto(&zstd, text);
	for (size_t piece = 6; piece < 40; piece++) {
		assert_string_equal(decoded(&gzip, piece, &out), buf_text(&twice));
		assert_string_equal(decoded(&zstd, piece, &out), buf_text(&twice));
	}
}

static void zeros_may_follow_gzip_and_nothing_else(void **state)
{
	auto_buf gzip = BUF_INIT, out = BUF_INIT;

	(void)state;
	gzip_onto(&gzip, text);
	for (int i = 0; i < 1000; i++)
		buf_addc(&gzip, '\0');
	assert_string_equal(decoded(&gzip, 100, &out), text);
	buf_adds(&gzip, "garbage");
	assert_null(decoded(&gzip, 100, &out));
	assert_string_equal(err.text, "something that is not gzip follows the gzip data");
}

static void every_truncation_is_noticed(void **state)
{
	auto_buf gzip = BUF_INIT, zstd = BUF_INIT, out = BUF_INIT;
	struct buf *all[] = {&gzip, &zstd};

	(void)state;
	gzip_onto(&gzip, text);
	zstd_onto(&zstd, text);
	for (int i = 0; i < 2; i++) {
		for (size_t whole = all[i]->len--; all[i]->len >= 6; all[i]->len--) {
			assert_true(all[i]->len < whole);
			if (decoded(all[i], 1000, &out))
				fail_msg("%zu of %zu bytes were fine", all[i]->len, whole);
		}
	}
}

static void a_flipped_bit_is_noticed(void **state)
{
	auto_buf gzip = BUF_INIT, out = BUF_INIT;

	(void)state;
	gzip_onto(&gzip, text);
	gzip.data[gzip.len - 6] ^= 1; /* in the checksum */
	assert_null(decoded(&gzip, 1000, &out));
	assert_string_equal(err.text, "the gzip data is damaged");
}

static void other_bytes_pass_unchanged_and_xz_is_no_layer(void **state)
{
	auto_buf plain = BUF_INIT, xz = BUF_INIT, out = BUF_INIT;

	(void)state;
	buf_adds(&plain, text);
	assert_string_equal(decoded(&plain, 10, &out), text);
	buf_clear(&plain);
	buf_add(&plain, "", 0);
	assert_string_equal(decoded(&plain, 10, &out), "");
	buf_add(&xz,
		"\xfd"
		"7zXZ\0rest",
		10);
	assert_null(decoded(&xz, 10, &out));
	assert_string_equal(err.text, "layers compressed with xz are not supported");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_frames_are_read_through),
		cmocka_unit_test(zeros_may_follow_gzip_and_nothing_else),
		cmocka_unit_test(every_truncation_is_noticed),
		cmocka_unit_test(a_flipped_bit_is_noticed),
		cmocka_unit_test(other_bytes_pass_unchanged_and_xz_is_no_layer),
	};

	return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
