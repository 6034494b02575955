/* Any line: hiding its secrets ends, and what was hidden once has nothing more to hide. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	auto_free char *line = strndup((const char *)input, len);
	auto_buf once = BUF_INIT, twice = BUF_INIT;

	if (!line)
		return 0;
	redact_line(line, &once);
	redact_line(buf_text(&once), &twice);
	if (strcmp(buf_text(&once), buf_text(&twice)) != 0)
		abort();
	return 0;
}
