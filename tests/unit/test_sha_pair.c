#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/sha_pair.h"

enum { LEN = 1 << 16 };

static void fill(unsigned char *to, unsigned seed)
{
	for (size_t i = 0; i < LEN; i++)
		to[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
}

static void one(const unsigned char *data, size_t len, unsigned char out[SHA_BYTES])
{
	auto_of(sha) struct sha *sha = sha_new();

	sha_add(sha, data, len);
	sha_done_bytes(sha, out);
}

/* In pieces of so many blocks, one after another on the same pair. */
static void both_are_right(void)
{
	auto_of(sha_pair) struct sha_pair *pair = sha_pair_new();
	unsigned char *a = malloc(LEN), *b = malloc(LEN);
	unsigned char wanted[2][SHA_BYTES], found[2][SHA_BYTES];

	fill(a, 1);
	fill(b, 2);
	for (size_t len = 0; len <= LEN; len = len ? len * 2 : SHA_BLOCK)
		for (size_t piece = SHA_BLOCK; piece <= 4096; piece *= 4) {
			for (size_t at = 0, n; at < len; at += n) {
				n = len - at < piece ? len - at : piece;
				sha_pair_add(pair, a + at, b + at, n);
			}
			sha_pair_done(pair, found[0], found[1]);
			one(a, len, wanted[0]);
			one(b, len, wanted[1]);
			assert_memory_equal(found, wanted, sizeof(found));
		}
	free(a);
	free(b);
}

static void two_streams_have_the_digests_that_each_has_alone(void **state)
{
	(void)state;
	both_are_right();
}

static void so_they_have_where_the_cpu_has_no_instructions_for_it(void **state)
{
	(void)state;
	sha_pair_use_native(false);
	assert_false(sha_pair_is_native());
	both_are_right();
	sha_pair_use_native(true);
}

static void data_need_not_be_aligned(void **state)
{
	auto_of(sha_pair) struct sha_pair *pair = sha_pair_new();
	unsigned char *a = malloc(LEN), wanted[SHA_BYTES], found[2][SHA_BYTES];

	(void)state;
	fill(a, 3);
	for (size_t off = 0; off < 17; off++) {
		sha_pair_add(pair, a + off, a + off, 1024);
		sha_pair_done(pair, found[0], found[1]);
		one(a + off, 1024, wanted);
		assert_memory_equal(found[0], wanted, SHA_BYTES);
		assert_memory_equal(found[1], wanted, SHA_BYTES);
	}
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_streams_have_the_digests_that_each_has_alone),
		cmocka_unit_test(so_they_have_where_the_cpu_has_no_instructions_for_it),
		cmocka_unit_test(data_need_not_be_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
