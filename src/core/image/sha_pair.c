#include "core/image/sha_pair.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

struct sha_pair {
	struct sha *one[2]; /* without the instructions */
	uint32_t state[2][8];
	uint64_t len;
};

static const uint32_t begin[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
	0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* ---- the instructions ---- */

#ifdef __x86_64__

static const uint32_t rounds[64] __attribute__((aligned(16))) = {0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1,
	0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351,
	0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb,
	0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814,
	0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The unit keeps a hash's eight words as ABEF and CDGH. */
struct lane {
	__m128i abef, cdgh;
	__m128i words[4]; /* the sixteen of the schedule that the next four are made of */
	const uint8_t *at;
};

#define NATIVE __attribute__((target("sha,sse4.1,ssse3")))

NATIVE static inline void lane_load(struct lane *lane, const uint32_t state[8])
{
	__m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
	__m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);

	lane->abef = _mm_alignr_epi8(low, high, 8);
	lane->cdgh = _mm_blend_epi16(high, low, 0xf0);
}

NATIVE static inline void lane_store(const struct lane *lane, uint32_t state[8])
{
	__m128i low = _mm_shuffle_epi32(lane->abef, 0x1b);
	__m128i high = _mm_shuffle_epi32(lane->cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
	_mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

/* Four rounds, the step-th of sixteen. */
NATIVE static inline void lane_rounds(struct lane *lane, int step)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i *words = lane->words, sum;

	if (step < 4) {
		words[step] = _mm_shuffle_epi8(
			_mm_loadu_si128((const __m128i *)(lane->at + 16 * step)), big_endian);
	} else {
		sum = _mm_sha256msg1_epu32(words[step & 3], words[(step + 1) & 3]);
		sum = _mm_add_epi32(
			sum, _mm_alignr_epi8(words[(step + 3) & 3], words[(step + 2) & 3], 4));
		words[step & 3] = _mm_sha256msg2_epu32(sum, words[(step + 3) & 3]);
	}
	sum = _mm_add_epi32(
		words[step & 3], _mm_load_si128((const __m128i *)(rounds + (size_t)4 * step)));
	lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
	lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* What the two do is interleaved: that is all the gain. */
NATIVE static void add_native(struct sha_pair *pair, const void *a, const void *b, size_t blocks)
{
	struct lane x = {.at = a}, y = {.at = b};

	lane_load(&x, pair->state[0]);
	lane_load(&y, pair->state[1]);
	for (; blocks; blocks--, x.at += SHA_BLOCK, y.at += SHA_BLOCK) {
		const struct lane x_before = x, y_before = y;

#pragma GCC unroll 16
		for (int step = 0; step < 16; step++) {
			lane_rounds(&x, step);
			lane_rounds(&y, step);
		}
		x.abef = _mm_add_epi32(x.abef, x_before.abef);
		x.cdgh = _mm_add_epi32(x.cdgh, x_before.cdgh);
		y.abef = _mm_add_epi32(y.abef, y_before.abef);
		y.cdgh = _mm_add_epi32(y.cdgh, y_before.cdgh);
	}
	lane_store(&x, pair->state[0]);
	lane_store(&y, pair->state[1]);
}

static bool cpu_has_it(void)
{
	unsigned a, b, c, d;

	/* SSSE3 and SSE4.1; SHA. */
	return __get_cpuid(1, &a, &b, &c, &d) && c & 1u << 9 && c & 1u << 19 &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & 1u << 29;
}

#else

static void add_native(struct sha_pair *pair, const void *a, const void *b, size_t blocks)
{
	(void)pair, (void)a, (void)b, (void)blocks;
}

static bool cpu_has_it(void)
{
	return false;
}

#endif

/* Asking the CPU is slow on virtual machines: once. */
static atomic_int native = -1;

bool sha_pair_is_native(void)
{
	if (atomic_load(&native) < 0)
		atomic_store(&native, cpu_has_it());
	return atomic_load(&native) == 1;
}

void sha_pair_use_native(bool use)
{
	atomic_store(&native, use && cpu_has_it());
}

/* ---- two streams ---- */

static void restart(struct sha_pair *pair)
{
	memcpy(pair->state[0], begin, sizeof(begin));
	memcpy(pair->state[1], begin, sizeof(begin));
	pair->len = 0;
}

struct sha_pair *sha_pair_new(void)
{
	auto_of(sha_pair) struct sha_pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return NULL;
	restart(pair);
	for (int i = 0; i < 2 && !sha_pair_is_native(); i++) {
		pair->one[i] = sha_new();
		if (!pair->one[i])
			return NULL;
	}
	return take(pair);
}

void sha_pair_free(struct sha_pair *pair)
{
	if (!pair)
		return;
	sha_free(pair->one[0]);
	sha_free(pair->one[1]);
	free(pair);
}

void sha_pair_add(struct sha_pair *pair, const void *a, const void *b, size_t len)
{
	if (pair->one[0]) {
		sha_add(pair->one[0], a, len);
		sha_add(pair->one[1], b, len);
		return;
	}
	add_native(pair, a, b, len / SHA_BLOCK);
	pair->len += len;
}

static void put_words(const uint32_t state[8], unsigned char out[SHA_BYTES])
{
	for (int i = 0; i < SHA_BYTES; i++)
		out[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i & 3)));
}

void sha_pair_done(struct sha_pair *pair, unsigned char a[SHA_BYTES], unsigned char b[SHA_BYTES])
{
	unsigned char last[SHA_BLOCK] = {0x80};
	uint64_t bits = pair->len * 8;

	if (pair->one[0]) {
		sha_done_bytes(pair->one[0], a);
		sha_done_bytes(pair->one[1], b);
		return;
	}
	for (int i = 0; i < 8; i++)
		last[SHA_BLOCK - 1 - i] = (unsigned char)(bits >> 8 * i);
	add_native(pair, last, last, 1);
	put_words(pair->state[0], a);
	put_words(pair->state[1], b);
	restart(pair);
}
