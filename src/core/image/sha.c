#include "core/image/sha.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct sha {
	EVP_MD_CTX *context;
	EVP_MD *sha256; /* fetched once: looking it up costs more than hashing a small file */
};

struct sha *sha_new(void)
{
	auto_of(sha) struct sha *sha = calloc(1, sizeof(*sha));

	if (!sha)
		return NULL;
	sha->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha->context = EVP_MD_CTX_new();
	if (!sha->sha256 || !sha->context ||
		EVP_DigestInit_ex2(sha->context, sha->sha256, NULL) != 1)
		return NULL;
	return take(sha);
}

void sha_free(struct sha *sha)
{
	if (!sha)
		return;
	EVP_MD_CTX_free(sha->context);
	EVP_MD_free(sha->sha256);
	free(sha);
}

void sha_add(struct sha *sha, const void *data, size_t len)
{
	EVP_DigestUpdate(sha->context, data, len);
}

static void to_text(const unsigned char *bytes, char digest[DIGEST_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	memcpy(digest, "sha256:", 7);
	for (int i = 0; i < DIGEST_HEX / 2; i++) {
		digest[7 + 2 * i] = hex[bytes[i] >> 4];
		digest[8 + 2 * i] = hex[bytes[i] & 15];
	}
	digest[DIGEST_SIZE - 1] = '\0';
}

void sha_done_bytes(struct sha *sha, unsigned char bytes[SHA_BYTES])
{
	EVP_DigestFinal_ex(sha->context, bytes, NULL);
	EVP_DigestInit_ex2(sha->context, sha->sha256, NULL);
}

void sha_done(struct sha *sha, char digest[DIGEST_SIZE])
{
	unsigned char bytes[SHA_BYTES];

	sha_done_bytes(sha, bytes);
	to_text(bytes, digest);
}

void sha_of(const void *data, size_t len, char digest[DIGEST_SIZE])
{
	unsigned char bytes[EVP_MAX_MD_SIZE] = {0};

	EVP_Digest(data, len, bytes, NULL, EVP_sha256(), NULL);
	to_text(bytes, digest);
}
