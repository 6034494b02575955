#include "build/key.h"

#include <stdio.h>
#include <string.h>

static void add_length(struct key *key, uint64_t len)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(len >> 8 * i);
	sha_add(key->sha, bytes, sizeof(bytes));
}

void key_bytes(struct key *key, const char *name, const void *data, size_t len)
{
	if (key->failed)
		return;
	add_length(key, strlen(name));
	sha_add(key->sha, name, strlen(name));
	add_length(key, len);
	if (len)
		sha_add(key->sha, data, len);
}

void key_begin(struct key *key, const char *what)
{
	key->sha = sha_new();
	key->failed = !key->sha;
	key_bytes(key, "davit step 1", what, strlen(what));
}

void key_text(struct key *key, const char *name, const char *text)
{
	if (text)
		key_bytes(key, name, text, strlen(text));
}

void key_number(struct key *key, const char *name, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	key_text(key, name, text);
}

void key_words(struct key *key, const char *name, const struct words *words)
{
	key_number(key, name, (int64_t)words->len);
	for (size_t i = 0; i < words->len; i++)
		key_text(key, "-", words->v[i]);
}

bool key_end(struct key *key, char digest[DIGEST_SIZE])
{
	digest[0] = '\0';
	if (!key->failed)
		sha_done(key->sha, digest);
	sha_free(key->sha);
	key->sha = NULL;
	return !key->failed;
}
