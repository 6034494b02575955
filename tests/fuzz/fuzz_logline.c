/* A line of a log: what would be seen of it, and how bad it is. Its text alone is the text with
 * colours, nothing in it has power, and its level is found within it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tui/ansi.h"
#include "tui/loglevel.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static void check_same(const char *bytes, size_t len, const char *plain, size_t plain_len)
{
	static struct ansi_line line;

	ansi_read(bytes, len, ROLE_TEXT, &line);
	assert(line.len <= ANSI_LINE_MAX);
	if (line.cut)
		return;
	assert(line.len == plain_len);
	for (size_t i = 0; i < plain_len; i++)
		assert(line.text[i] == plain[i] || (line.text[i] == '\0' && plain[i] == ' '));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const char *bytes = (const char *)input;
	char *plain = malloc(len * 8 + 16), small[20];
	size_t plain_len;
	enum log_level level;

	while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
		len--;
	plain_len = ansi_plain(bytes, len, plain, len * 8 + 16);
	assert(strlen(plain) == plain_len && !memchr(plain, '\033', plain_len));
	assert(!ansi_is_plain(bytes, len) || (plain_len == len && !memcmp(plain, bytes, len)));
	check_same(bytes, len, plain, plain_len);
	assert(ansi_plain(bytes, len, small, sizeof(small)) < sizeof(small));
	level = loglevel_of(plain, plain_len);
	assert(level < LEVEL_COUNT && loglevel_letter(level));
	free(plain);
	return 0;
}
