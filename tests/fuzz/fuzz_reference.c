/* What a user or a document calls an image or a platform: what is accepted must read the same
 * again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/platform.h"
#include "core/reference.h"

static void read_again(const struct reference *ref)
{
	auto_buf text = BUF_INIT, familiar = BUF_INIT, again = BUF_INIT;
	struct reference same;
	struct err err;

	reference_text(ref, &text);
	reference_familiar(ref, &familiar);
	if (reference_parse(buf_text(&text), &same, &err) < 0)
		abort();
	reference_text(&same, &again);
	if (strcmp(buf_text(&text), buf_text(&again)) != 0)
		abort();
	/* The short form may be taken for an id, which is not a name; else it must mean the same.
	 */
	buf_clear(&again);
	if (reference_parse(buf_text(&familiar), &same, &err) == 0) {
		reference_text(&same, &again);
		if (strcmp(buf_text(&text), buf_text(&again)) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	char *text = strndup((const char *)input, len);
	struct reference ref;
	struct platform platform;
	char out[96];
	struct err err;

	if (!text)
		return 0;
	if (reference_parse(text, &ref, &err) == 0)
		read_again(&ref);
	if (platform_parse(text, &platform, &err) == 0)
		platform_text(&platform, out);
	free(text);
	return 0;
}
