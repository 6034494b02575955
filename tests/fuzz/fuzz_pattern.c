/* An expression on the first line, looked for in the others: it is found where it is said to be
 * met, within the line, and skipping never skips it. */
#include <assert.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tui/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static void check(struct pattern *pattern, const char *line, size_t len)
{
	bool meets = pattern_meets(pattern, line, len);
	size_t at = 0, begin, end, last = 0;

	assert(pattern_find(pattern, line, len, 0, &begin, &end) == meets || len > 1000);
	assert(!meets || pattern_skip(pattern, line, len) < len || len == 0 ||
		pattern_skip(pattern, line, len) == 0);
	while (at <= len && pattern_find(pattern, line, len, at, &begin, &end)) {
		assert(begin >= at && end >= begin && end <= len && begin >= last);
		last = begin;
		at = end > begin ? end : end + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const char *bytes = (const char *)input, *newline;
	char text[200];
	size_t text_len;

	setlocale(LC_CTYPE, "C.UTF-8");
	newline = memchr(bytes, '\n', len);
	text_len = newline ? (size_t)(newline - bytes) : len;
	if (text_len >= sizeof(text) || memchr(bytes, '\0', text_len))
		return 0;
	memcpy(text, bytes, text_len);
	text[text_len] = '\0';
	for (int plain = 0; plain < 2; plain++) {
		struct pattern *pattern = plain ? pattern_new_plain(text) : pattern_new(text);
		const char *at = bytes + text_len + (newline != NULL), *end = bytes + len;

		while (at < end) {
			const char *stop = memchr(at, '\n', (size_t)(end - at));

			stop = stop ? stop : end;
			check(pattern, at, (size_t)(stop - at));
			at = stop + 1;
		}
		if (plain)
			assert(!pattern_is_regular(pattern) &&
				(!text_len || pattern_meets(pattern, text, text_len)));
		pattern_free(pattern);
	}
	return 0;
}
