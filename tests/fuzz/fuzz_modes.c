/* What a container prints, cut in two anywhere: watching it never goes wrong, cutting changes
 * nothing, and undoing leaves nothing to undo. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/modes.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static void undo(const char *data, size_t len, size_t cut, struct buf *out)
{
	struct modes modes = MODES_INIT;

	modes_watch(&modes, data, cut);
	modes_watch(&modes, data + cut, len - cut);
	modes_undo(&modes, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const char *data = (const char *)input;
	struct buf whole = BUF_INIT, halves = BUF_INIT, again = BUF_INIT;

	undo(data, len, 0, &whole);
	undo(data, len, len ? input[0] % (len + 1) : 0, &halves);
	if (strcmp(buf_text(&whole), buf_text(&halves)) != 0)
		abort();
	undo(buf_text(&whole), whole.len, 0, &again);
	if (again.len)
		abort();
	buf_fini(&whole);
	buf_fini(&halves);
	buf_fini(&again);
	return 0;
}
