#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/image/compress.h"
#include "core/image/press.h"
#include "core/image/sha.h"
#include "util/buf.h"

/* Text that repeats and bytes that do not. */
static void fill(struct buf *out, size_t len)
{
	uint32_t bits = 1;

	while (out->len < len) {
		bits = bits * 1664525 + 1013904223;
		buf_addf(out, "line %u of something\n", bits >> (bits & 15));
	}
	out->len = len;
}

static void press_all(enum press_codec codec, const struct buf *tar, size_t step, int fd,
	struct press_result *result)
{
	auto_of(press) struct press *press = NULL;

	assert_int_equal(press_new(codec, fd, &press, NULL), 0);
	for (size_t at = 0; at < tar->len; at += step)
		assert_int_equal(press_add(press, tar->data + at,
					 tar->len - at < step ? tar->len - at : step, NULL),
			0);
	assert_int_equal(press_end(press, result, NULL), 0);
}

struct source {
	int fd;
	unsigned char data[65536];
};

static ssize_t more(void *arg, const unsigned char **data, struct err *err)
{
	struct source *source = arg;

	(void)err;
	*data = source->data;
	return read(source->fd, source->data, sizeof(source->data));
}

static void check_round(enum press_codec codec, size_t len, size_t step)
{
	auto_buf tar = BUF_INIT, back = BUF_INIT;
	struct press_result result;
	struct source source = {.fd = memfd_create("blob", 0)};
	auto_of(decoder) struct decoder *decoder = NULL;
	char digest[DIGEST_SIZE];
	auto_free char *blob = NULL;
	ssize_t got;

	fill(&tar, len);
	press_all(codec, &tar, step, source.fd, &result);
	sha_of(buf_text(&tar), tar.len, digest);
	assert_string_equal(result.diff_id, digest);
	assert_int_equal(lseek(source.fd, 0, SEEK_END), result.size);
	blob = malloc(result.size);
	assert_int_equal(pread(source.fd, blob, result.size, 0), result.size);
	sha_of(blob, result.size, digest);
	assert_string_equal(result.digest, digest);
	lseek(source.fd, 0, SEEK_SET);
	assert_int_equal(decoder_new(more, &source, false, &decoder, NULL), 0);
	assert_int_equal(decoder_codec(decoder), codec == PRESS_GZIP ? CODEC_GZIP : CODEC_ZSTD);
	assert_non_null(buf_reserve(&back, len + 1));
	got = decoder_read(decoder, back.data, len + 1, NULL);
	assert_int_equal(got, len);
	assert_memory_equal(back.data, tar.data ? tar.data : "", len);
	close(source.fd);
}

static void what_is_pressed_comes_out_again_with_both_digests(void **state)
{
	static const size_t lengths[] = {0, 1, 1024, 256 << 10, 3000001};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++) {
		check_round(PRESS_GZIP, lengths[i], 100000);
		check_round(PRESS_ZSTD, lengths[i], 100000);
	}
}

static void the_same_tar_is_the_same_blob(void **state)
{
	auto_buf tar = BUF_INIT;
	struct press_result one, two;
	int fd = memfd_create("blob", 0);

	(void)state;
	fill(&tar, 700000);
	for (int codec = PRESS_GZIP; codec <= PRESS_ZSTD; codec++) {
		press_all(codec, &tar, 256 << 10, fd, &one);
		press_all(codec, &tar, 256 << 10, fd, &two);
		assert_string_equal(one.digest, two.digest);
	}
	close(fd);
}

static void a_format_is_known_by_name_or_refused(void **state)
{
	enum press_codec codec;
	struct err err = {0};

	(void)state;
	assert_int_equal(press_codec_parse("zstd", &codec, NULL), 0);
	assert_string_equal(press_codec_name(codec), "zstd");
	assert_int_equal(press_codec_parse("xz", &codec, &err), -EINVAL);
	assert_string_equal(err.text, "unknown compression format xz: it is gzip or zstd");
}

static void a_full_disk_is_said(void **state)
{
	auto_of(press) struct press *press = NULL;
	auto_buf tar = BUF_INIT;
	struct press_result result;
	struct err err = {0};
	int fd = open("/dev/full", O_WRONLY), failed;

	(void)state;
	fill(&tar, 3000000);
	assert_int_equal(press_new(PRESS_GZIP, fd, &press, NULL), 0);
	failed = press_add(press, tar.data, tar.len, &err);
	if (!failed)
		failed = press_end(press, &result, &err);
	assert_int_equal(failed, -ENOSPC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_pressed_comes_out_again_with_both_digests),
		cmocka_unit_test(the_same_tar_is_the_same_blob),
		cmocka_unit_test(a_format_is_known_by_name_or_refused),
		cmocka_unit_test(a_full_disk_is_said),
	};

	return cmocka_run_group_tests_name("press", tests, NULL, NULL);
}
