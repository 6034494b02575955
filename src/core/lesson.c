/* lesson.c - a lesson that was read (lesson_parse.c): what is asked of it. */
#include "core/lesson.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "util/redact.h"

static void item_fini(struct lesson_item *item)
{
	free(item->text);
	free(item->text2);
	free(item->keys);
	free(item->check);
	free(item->solution);
	strs_fini(&item->choices);
	strs_fini(&item->expect);
	strs_fini(&item->needs);
}

void lesson_free(struct lesson *lesson)
{
	if (!lesson)
		return;
	for (size_t i = 0; i < lesson->count; i++)
		item_fini(&lesson->items[i]);
	free(lesson->items);
	strs_fini(&lesson->read);
	strs_fini(&lesson->needs);
	free(lesson->name);
	free(lesson->title);
	free(lesson->about);
	free(lesson->next);
	free(lesson);
}

void lesson_fit(struct lesson *lesson, bool rootless)
{
	enum lesson_only not_here = rootless ? LESSON_FOR_ROOT : LESSON_FOR_ROOTLESS;
	size_t kept = 0;

	for (size_t i = 0; i < lesson->count; i++)
		if (lesson->items[i].only == not_here)
			item_fini(&lesson->items[i]);
		else
			lesson->items[kept++] = lesson->items[i];
	lesson->count = kept;
}

/* ---- asking ---- */

static bool is_there(const char *pattern, const char *output)
{
	size_t len = strlen(pattern);
	auto_free char *inside = NULL;
	regex_t expression;
	bool found;

	if (len < 2 || pattern[0] != '/' || pattern[len - 1] != '/')
		return strstr(output, pattern) != NULL;
	inside = strndup(pattern + 1, len - 2);
	if (!inside || regcomp(&expression, inside, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return false;
	found = regexec(&expression, output, 0, NULL, 0) == 0;
	regfree(&expression);
	return found;
}

bool lesson_met(const struct lesson_item *item, const char *output, size_t *missing)
{
	for (size_t i = 0; i < item->expect.len; i++)
		if (!is_there(item->expect.v[i], output)) {
			*missing = i;
			return false;
		}
	return true;
}

static void typing_command(const struct lesson_item *item, struct buf *out)
{
	const char *const words[] = {"davit", "lesson", "type", item->keys, item->text};

	redact_join(words, array_len(words), out);
}

bool lesson_redo_command(const struct lesson_item *item, struct buf *out)
{
	buf_clear(out);
	if (item->kind == LESSON_RUN)
		buf_adds(out, item->text);
	else if (item->kind == LESSON_TRY)
		buf_adds(out, item->solution);
	else if (item->kind == LESSON_TERMINAL)
		typing_command(item, out);
	return out->len > 0;
}

size_t lesson_step_of(const struct lesson *lesson, size_t item)
{
	size_t steps = 0;

	for (size_t i = 0; i <= item && i < lesson->count; i++)
		steps += lesson->items[i].kind == LESSON_STEP;
	return steps;
}

size_t lesson_step_after(const struct lesson *lesson, size_t item)
{
	do
		item++;
	while (item < lesson->count && lesson->items[item].kind != LESSON_STEP);
	return item;
}

size_t lesson_steps(const struct lesson *lesson)
{
	return lesson_step_of(lesson, lesson->count);
}
