/* Two texts, divided by the first NUL: what is told must lead from the one to the other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/linediff.h"

static struct buf old_again, new_again;

static int replay(void *arg, const struct linediff_line *line)
{
	(void)arg;
	if (line->kind == LINEDIFF_HUNK)
		return 0;
	if (line->kind != LINEDIFF_ADDED) {
		buf_add(&old_again, line->text, line->len);
		buf_adds(&old_again, line->cut ? "" : "\n");
	}
	if (line->kind != LINEDIFF_REMOVED) {
		buf_add(&new_again, line->text, line->len);
		buf_adds(&new_again, line->cut ? "" : "\n");
	}
	return 0;
}

static void must(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const uint8_t *nul = len ? memchr(input, '\0', len) : NULL;
	size_t old_len = nul ? (size_t)(nul - input) : len;
	struct linediff_text old = {(const char *)input, old_len}, new = {"", 0};
	struct linediff_options options = {.context = UINT32_MAX / 4, .steps = 1000000};
	struct linediff_sum sum;
	struct err err;

	if (nul)
		new = (struct linediff_text){(const char *)nul + 1, len - old_len - 1};
	if (linediff(&old, &new, &options, replay, NULL, &sum, &err) == 0 && sum.hunks) {
		must(old_again.len == old.len && !memcmp(buf_text(&old_again), old.data, old.len));
		must(new_again.len == new.len && !memcmp(buf_text(&new_again), new.data, new.len));
	}
	buf_fini(&old_again);
	buf_fini(&new_again);
	return 0;
}
