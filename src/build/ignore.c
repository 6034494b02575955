#include "build/ignore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/no_memory.h"
#include "build/paths.h"
#include "build/quote.h"
#include "build/wildcard.h"

struct pattern {
	struct wildcard *wildcard;
	bool keeps; /* it began with "!" */
};

struct ignore {
	struct pattern *v;
	size_t len, room;
};

void ignore_free(struct ignore *ignore)
{
	if (!ignore)
		return;
	for (size_t i = 0; i < ignore->len; i++)
		wildcard_free(ignore->v[i].wildcard);
	free(ignore->v);
	free(ignore);
}

bool ignore_is_empty(const struct ignore *ignore)
{
	return ignore->len == 0;
}

static int add(struct ignore *ignore, struct piece text, bool keeps, struct err *err)
{
	const char *wrong = wildcard_check(text);
	auto_buf quoted = BUF_INIT;

	quote_add(&quoted, text);
	if (wrong)
		return err_set(err, EINVAL, "%.200s: %s", buf_text(&quoted), wrong);
	if (ignore->len == ignore->room) {
		size_t room = ignore->room ? ignore->room * 2 : 16;
		struct pattern *v = realloc(ignore->v, room * sizeof(*v));

		if (!v)
			return no_memory(err);
		ignore->v = v;
		ignore->room = room;
	}
	ignore->v[ignore->len] = (struct pattern){.wildcard = wildcard_new(text), .keeps = keeps};
	return ignore->v[ignore->len++].wildcard ? 0 : no_memory(err);
}

/* One pattern, without blanks around it. */
static int add_pattern(struct ignore *ignore, struct piece text, struct err *err)
{
	auto_buf clean = BUF_INIT;
	struct piece path;
	bool keeps = text.at[0] == '!';

	if (keeps)
		text = piece_trim(piece_skip(text, 1));
	if (!text.len)
		return err_set(err, EINVAL, "illegal exclusion pattern: \"!\"");
	if (text.len > IGNORE_PATTERN_MAX)
		return err_set(
			err, EINVAL, "a pattern is longer than %d bytes", IGNORE_PATTERN_MAX);
	path_clean(text, &clean);
	if (buf_failed(&clean))
		return no_memory(err);
	path = (struct piece){buf_text(&clean), clean.len};
	if (path.len > 1 && path.at[0] == '/')
		path = piece_skip(path, 1);
	return add(ignore, path, keeps, err);
}

int ignore_new(const struct strs *patterns, struct ignore **out, struct err *err)
{
	auto_of(ignore) struct ignore *ignore = calloc(1, sizeof(*ignore));

	if (!ignore)
		return no_memory(err);
	for (size_t i = 0; i < patterns->len; i++) {
		struct piece text = piece_trim(piece_of(patterns->v[i]));

		if (text.len && add_pattern(ignore, text, err) < 0)
			return err->code;
	}
	*out = take(ignore);
	return 0;
}

static int read_line(struct ignore *ignore, struct piece line, int number, struct err *err)
{
	if (line.len && line.at[0] == '#')
		return 0;
	line = piece_trim(line);
	if (!line.len)
		return 0;
	if (memchr(line.at, 0, line.len))
		return err_set(err, EINVAL, ".dockerignore: line %d has a NUL byte", number);
	return add_pattern(ignore, line, err) < 0 ? err_in(err, ".dockerignore: line %d", number)
						  : 0;
}

int ignore_read(const char *text, size_t len, struct ignore **out, struct err *err)
{
	auto_of(ignore) struct ignore *ignore = calloc(1, sizeof(*ignore));
	struct piece rest = {text, len};

	if (!ignore)
		return no_memory(err);
	if (len > IGNORE_FILE_MAX)
		return err_set(
			err, EFBIG, ".dockerignore is larger than %d MiB", IGNORE_FILE_MAX >> 20);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		rest = piece_skip(rest, 3);
	for (int number = 1; rest.len; number++) {
		const char *end = memchr(rest.at, '\n', rest.len);
		size_t line = end ? (size_t)(end - rest.at) : rest.len;

		if (read_line(ignore, (struct piece){rest.at, line}, number, err) < 0)
			return err->code;
		rest = piece_skip(rest, line + (end != NULL));
	}
	*out = take(ignore);
	return 0;
}

/* The path itself, or a directory that it lies in. */
static bool matches_any(const struct wildcard *wildcard, const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (path[i] == '/' && wildcard_matches(wildcard, path, i))
			return true;
	return wildcard_matches(wildcard, path, len);
}

bool ignore_matches(const struct ignore *ignore, const char *path, size_t len)
{
	bool matched = false;

	for (size_t i = 0; i < ignore->len; i++)
		if (ignore->v[i].keeps == matched && matches_any(ignore->v[i].wildcard, path, len))
			matched = !matched;
	return matched;
}

bool ignore_reaches_below(const struct ignore *ignore, const char *path, size_t len, bool keeps)
{
	for (size_t i = 0; i < ignore->len; i++)
		if (ignore->v[i].keeps == keeps &&
			wildcard_reaches_below(ignore->v[i].wildcard, path, len))
			return true;
	return false;
}

void ignore_begin(const struct ignore *ignore, struct ignore_state *root)
{
	*root = (struct ignore_state){.ignore = ignore};
}

bool ignore_step(
	const struct ignore_state *parent, const char *path, size_t len, struct ignore_state *here)
{
	const struct ignore *ignore = parent->ignore;
	bool matched = false;

	if (here)
		*here = (struct ignore_state){.ignore = ignore};
	if (ignore->len > IGNORE_FAST)
		return ignore_matches(ignore, path, len);
	for (size_t i = 0; i < ignore->len; i++) {
		bool known = parent->matched[i / 64] >> i % 64 & 1;
		bool wanted = here || ignore->v[i].keeps == matched;

		if (!known && (!wanted || !wildcard_matches(ignore->v[i].wildcard, path, len)))
			continue;
		matched = !ignore->v[i].keeps;
		if (here)
			here->matched[i / 64] |= (uint64_t)1 << i % 64;
	}
	return matched;
}
