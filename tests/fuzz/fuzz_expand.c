/* A word from anywhere, expanded in every way that there is. */
#include <stdint.h>
#include <string.h>

#include "build/expand.h"

static const char *look_up(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "v") == 0 ? "a/b*c/d" : strcmp(name, "e") == 0 ? "" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct piece word = {(const char *)input, len};
	struct err err;

	if (len && memchr(input, 0, len))
		return 0;
	for (unsigned way = 0; way < 16; way++) {
		const struct expander x = {.escape = way & 1 ? '`' : '\\',
			.raw_quotes = way & 2,
			.raw_escapes = way & 4,
			.skip_quotes = way & 8,
			.keep_unset = way & 4,
			.lookup = look_up};
		auto_buf out = BUF_INIT;
		auto_strs words = STRS_INIT;

		expand_word(&x, word, &out, &err);
		expand_words(&x, word, &words, &err);
	}
	return 0;
}
