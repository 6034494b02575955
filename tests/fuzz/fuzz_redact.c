/* A secret, and any line behind it: whatever quotes and blanks there are, the secret does not get
 * through. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static const char *const secrets[] = {
		"--env=API_TOKEN=Zz9q", " PASSWORD='Zz9q' ", " --password Zz9q", "x://a:Zz9q@b"};
	auto_free char *line = strndup((const char *)input, len);

	if (!line || strstr(line, "Zz9q"))
		return 0;
	for (size_t i = 0; i < array_len(secrets); i++) {
		auto_buf whole = BUF_INIT, out = BUF_INIT;

		/* In front of it, so that it is a word of its own. */
		buf_addf(&whole, "%s %s", secrets[i], line);
		redact_line(buf_text(&whole), &out);
		if (strstr(buf_text(&out), "Zz9q"))
			abort();
	}
	return 0;
}
