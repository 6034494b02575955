/* A lesson of a stranger's: parsed or refused with its line, and what was parsed holds together. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/lesson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_of(lesson) struct lesson *lesson = NULL;
	struct err err = {0};
	size_t missing;

	if (lesson_parse("fuzz", (const char *)data, len, &lesson, &err) < 0) {
		assert(strncmp(err.text, "line ", 5) == 0);
		return 0;
	}
	assert(lesson->count && lesson->items[0].kind == LESSON_STEP);
	for (size_t i = 0; i < lesson->count; i++) {
		const struct lesson_item *item = &lesson->items[i];

		assert(*item->text && item->line > 0);
		assert(item->kind != LESSON_ASK || item->right < item->choices.len);
		assert(item->kind != LESSON_TRY || (item->check && item->solution));
		lesson_met(item, "some output\n", &missing);
	}
	assert(lesson_steps(lesson) >= lesson_step_of(lesson, 0));
	return 0;
}
