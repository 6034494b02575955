/* Typed bytes: whole or in pieces they mean the same keys, and none is lost. */
#include <assert.h>
#include <stdint.h>

#include "tui/input.h"
#include "tui/widget/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

struct sum {
	uint64_t codes;
	size_t raw;
};

static void count(struct sum *sum, const struct key *key, struct prompt *prompt)
{
	sum->codes = sum->codes * 31 + key->code * 8 + key->mods;
	sum->raw += key->len;
	assert(key->len > 0 && key->len <= KEY_RAW_MAX && key->code <= KEY_LAST);
	prompt_key(prompt, key);
	assert(prompt->at <= strlen(prompt->text) && strlen(prompt->text) < sizeof(prompt->text));
}

static struct sum decode(const char *bytes, size_t len, size_t piece)
{
	struct input decoder = {0};
	struct prompt prompt = {0};
	struct sum sum = {0};
	struct key key;
	bool got;

	for (size_t at = 0; at < len; at += piece) {
		size_t part = len - at < piece ? len - at : piece;
		size_t in = 0;

		do {
			in += input_next(&decoder, bytes + at + in, part - in, &key, &got);
			if (got)
				count(&sum, &key, &prompt);
		} while (got);
		assert(in == part);
	}
	while (input_flush(&decoder, &key))
		count(&sum, &key, &prompt);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct sum whole = decode((const char *)input, len, len + 1);
	struct sum pieces = decode((const char *)input, len, 1);

	assert(whole.raw == len && pieces.raw == len && whole.codes == pieces.codes);
	return 0;
}
