/* lesson_shipped.c - the lessons of assets/lessons and their tapes of assets/tapes, built in: a
 * text of each kind, everything behind a line "=== NAME". */
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
	".global tapes_text\n"
	"tapes_text:\n"
	".incbin \"" TAPES_TEXT "\"\n"
	".global tapes_text_end\n"
	"tapes_text_end:\n"
	".byte 0\n"
	".popsection\n");
extern const char lessons_text[], lessons_text_end[], tapes_text[], tapes_text_end[];

static const char MARK[] = "=== ";

struct shelf {
	const char *begin, *end;
};
static const struct shelf lessons = {lessons_text, lessons_text_end};
static const struct shelf tapes = {tapes_text, tapes_text_end};

/* The nth mark, or NULL. */
static const char *find(const struct shelf *shelf, size_t n)
{
	const char *at = shelf->begin;

	while (at < shelf->end) {
		const char *end = memchr(at, '\n', (size_t)(shelf->end - at));

		if (strncmp(at, MARK, sizeof(MARK) - 1) == 0 && n-- == 0)
			return at;
		at = end ? end + 1 : shelf->end;
	}
	return NULL;
}

static const char *text_of(const struct shelf *shelf, size_t n, size_t *len)
{
	const char *at = strchr(find(shelf, n), '\n') + 1, *next = find(shelf, n + 1);

	*len = (size_t)((next ? next : shelf->end) - at);
	return at;
}

size_t lesson_shipped_count(void)
{
	size_t count = 0;

	while (find(&lessons, count))
		count++;
	return count;
}

void lesson_shipped_name(size_t i, char name[LESSON_NAME_SIZE])
{
	const char *at = find(&lessons, i) + sizeof(MARK) - 1;

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
	return text_of(&lessons, i, len);
}

int lesson_shipped_parse(size_t i, struct lesson **out, struct err *err)
{
	char name[LESSON_NAME_SIZE];
	size_t len;
	const char *text = lesson_shipped_text(i, &len);

	lesson_shipped_name(i, name);
	return lesson_parse(name, text, len, out, err);
}

const char *lesson_shipped_tape(const char *name, size_t *len)
{
	size_t room = strlen(name);
	const char *at;

	for (size_t i = 0; (at = find(&tapes, i)); i++) {
		at += sizeof(MARK) - 1;
		if (strncmp(at, name, room) == 0 && at[room] == '\n')
			return text_of(&tapes, i, len);
	}
	return NULL;
}
