/* A tape of a stranger's: parsed or refused with its line; time never runs backwards, and its text
 * has nothing that a terminal would act on. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_of(tape) struct tape *tape = NULL;
	auto_buf text = BUF_INIT;
	const struct tape_event *events;
	struct err err = {0};
	size_t count;

	if (tape_parse((const char *)data, len, &tape, &err) < 0) {
		assert(strncmp(err.text, "line ", 5) == 0);
		return 0;
	}
	events = tape_events(tape, &count);
	for (size_t i = 1; i < count; i++)
		assert(events[i].at_s >= events[i - 1].at_s);
	tape_text(tape, &text);
	for (size_t i = 0; i < text.len; i++)
		assert((unsigned char)text.data[i] >= ' ' || text.data[i] == '\n' ||
			text.data[i] == '\t');
	return 0;
}
