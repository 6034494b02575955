/* A .dockerignore from anywhere, and after a NUL byte a path: a walk and a single question agree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/ignore.h"

static bool walk(const struct ignore *ignore, const char *path, size_t len)
{
	struct ignore_state state, below;
	bool matched = false;

	ignore_begin(ignore, &state);
	for (size_t i = 1; i <= len; i++) {
		if (i < len && path[i] != '/')
			continue;
		matched = ignore_step(&state, path, i, &below);
		state = below;
	}
	return matched;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const uint8_t *end = len ? memchr(input, 0, len) : NULL;
	const char *path = end ? (const char *)end + 1 : "a/b.c";
	size_t text = end ? (size_t)(end - input) : len, path_len = end ? len - text - 1 : 5;
	struct ignore *ignore = NULL;
	struct err err;

	if (path_len > 200 || !path_len || path[0] == '/' || memchr(path, 0, path_len) ||
		ignore_read((const char *)input, text, &ignore, &err) < 0)
		return 0;
	if (walk(ignore, path, path_len) != ignore_matches(ignore, path, path_len))
		abort();
	/* What is kept below a directory can only be kept by a pattern that reaches there. */
	for (size_t i = 1; i < path_len; i++)
		if (path[i] == '/' && ignore_matches(ignore, path, i) &&
			!ignore_matches(ignore, path, path_len) &&
			!ignore_reaches_below(ignore, path, i, true))
			abort();
	ignore_free(ignore);
	return 0;
}
