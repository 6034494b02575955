/* Compressed bytes from anywhere, as a layer and as an archive, up to a megabyte of what they hold.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/image/compress.h"

struct pieces {
	const uint8_t *data;
	size_t len;
};

static ssize_t more(void *arg, const unsigned char **data, struct err *err)
{
	struct pieces *pieces = arg;
	size_t part = pieces->len < 64 ? pieces->len : 64;

	(void)err;
	*data = pieces->data;
	pieces->data += part;
	pieces->len -= part;
	return (ssize_t)part;
}

static void decode(const uint8_t *input, size_t len, bool archives)
{
	struct pieces pieces = {input, len};
	struct decoder *decoder = NULL;
	char out[4096];
	struct err err;

	if (decoder_new(more, &pieces, archives, &decoder, &err) < 0)
		return;
	for (int i = 0; i < 256 && decoder_read(decoder, out, sizeof(out), &err) > 0; i++)
		;
	decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	decode(input, len, false);
	decode(input, len, true);
	return 0;
}
