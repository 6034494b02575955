/* lesson_shipped.c - the lessons of assets/lessons, built in: one text, each lesson behind a line
 * "=== NAME". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lesson.h"

__asm__(".pushsection .rodata\n"
	".global lessons_text\n"
	"lessons_text:\n"
	".incbin \"" LESSONS_TEXT "\"\n"
	".global lessons_text_end\n"
	"lessons_text_end:\n"
	".byte 0\n"
	".popsection\n");
extern const char lessons_text[], lessons_text_end[];

static const char MARK[] = "=== ";

/* The nth mark, or NULL. */
static const char *find(size_t n)
{
	const char *at = lessons_text;

	while (at < lessons_text_end) {
		const char *end = memchr(at, '\n', (size_t)(lessons_text_end - at));

		if (strncmp(at, MARK, sizeof(MARK) - 1) == 0 && n-- == 0)
			return at;
		at = end ? end + 1 : lessons_text_end;
	}
	return NULL;
}

size_t lesson_shipped_count(void)
{
	size_t count = 0;

	while (find(count))
		count++;
	return count;
}

void lesson_shipped_name(size_t i, char name[LESSON_NAME_SIZE])
{
	const char *at = find(i) + sizeof(MARK) - 1;

	snprintf(name, LESSON_NAME_SIZE, "%.*s", (int)strcspn(at, "\n"), at);
}

bool lesson_shipped_find(const char *who, size_t *i)
{
	size_t count = lesson_shipped_count();
	char name[LESSON_NAME_SIZE], *end;
	unsigned long number = strtoul(who, &end, 10);

	for (*i = 0; *i < count; ++*i) {
		lesson_shipped_name(*i, name);
		if (strcmp(name, who) == 0 || strcmp(name + strcspn(name, "-") + 1, who) == 0 ||
			(end > who && !*end && number == *i + 1))
			return true;
	}
	return false;
}

const char *lesson_shipped_text(size_t i, size_t *len)
{
	const char *at = strchr(find(i), '\n') + 1, *next = find(i + 1);

	*len = (size_t)((next ? next : lessons_text_end) - at);
	return at;
}
