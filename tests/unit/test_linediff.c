#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"
#include "util/linediff.h"
#include "util/own.h"

static struct err err;

static int put(void *arg, const struct linediff_line *line)
{
	buf_addf(arg, "%c%.*s%s\n", "@ -+"[line->kind], (int)line -> len, line -> text,
		line -> cut ? "\\" : "");
	return 0;
}

static struct linediff_sum diff(
	const char *old, const char *new, unsigned context, uint64_t steps, struct buf *out)
{
	struct linediff_sum sum;

	assert_int_equal(linediff(&(struct linediff_text){old, strlen(old)},
				 &(struct linediff_text){new, strlen(new)},
				 &(struct linediff_options){.context = context, .steps = steps},
				 put, out, &sum, &err),
		0);
	return sum;
}

static void check(const char *old, const char *new, const char *wanted)
{
	auto_buf out = BUF_INIT;

	diff(old, new, 1, 0, &out);
	assert_string_equal(buf_text(&out), wanted);
}

static void what_was_added_and_removed_is_told_with_the_lines_around_it(void **state)
{
	(void)state;
	check("a\nb\nc\nd\n", "a\nb\nx\nd\n", "@-2,3 +2,3\n b\n-c\n+x\n d\n");
	check("a\nb\n", "a\nb\n", "");
	check("", "a\n", "@-0,0 +1\n+a\n");
	check("a\n", "", "@-1 +0,0\n-a\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nx\n3\n4\n5\n6\n7\ny\n9\n",
		"@-1,3 +1,3\n 1\n-2\n+x\n 3\n@-7,3 +7,3\n 7\n-8\n+y\n 9\n");
}

static void hunks_that_would_touch_are_one(void **state)
{
	(void)state;
	check("1\n2\n3\n4\n5\n", "1\nx\n3\ny\n5\n", "@-1,5 +1,5\n 1\n-2\n+x\n 3\n-4\n+y\n 5\n");
}

static void a_line_without_its_newline_differs_from_one_with_it(void **state)
{
	(void)state;
	check("a\nb", "a\nb\n", "@-1,2 +1,2\n a\n-b\\\n+b\n");
}

/* The longest common subsequence, by the square table everybody can check. */
static size_t common(const char *const *a, size_t n, const char *const *b, size_t m)
{
	size_t table[40][40] = {0};

	for (size_t i = 1; i <= n; i++)
		for (size_t k = 1; k <= m; k++)
			table[i][k] = strcmp(a[i - 1], b[k - 1]) == 0     ? table[i - 1][k - 1] + 1
				      : table[i - 1][k] > table[i][k - 1] ? table[i - 1][k]
									  : table[i][k - 1];
	return table[n][m];
}

struct replay {
	const char *const *old;
	size_t at, n, added, removed;
	struct buf made;
};

static int apply(void *arg, const struct linediff_line *line)
{
	struct replay *r = arg;

	if (line->kind == LINEDIFF_HUNK)
		return 0;
	if (line->kind != LINEDIFF_ADDED) {
		assert_memory_equal(r->old[r->at], line->text, line->len);
		r->at++;
	}
	if (line->kind != LINEDIFF_REMOVED)
		buf_addf(&r->made, "%.*s\n", (int)line->len, line->text);
	r->added += line->kind == LINEDIFF_ADDED;
	r->removed += line->kind == LINEDIFF_REMOVED;
	return 0;
}

static size_t make(const char *const *words, unsigned *seed, const char **out, struct buf *text)
{
	size_t n = (size_t)rand_r(seed) % 30;

	for (size_t i = 0; i < n; i++) {
		out[i] = words[rand_r(seed) % 4];
		buf_addf(text, "%s\n", out[i]);
	}
	return n;
}

static void every_way_is_the_shortest_and_leads_from_old_to_new(void **state)
{
	static const char *const words[] = {"a", "b", "c", "d"};
	unsigned seed = 7;

	(void)state;
	for (int turn = 0; turn < 3000; turn++) {
		auto_buf old = BUF_INIT, new = BUF_INIT;
		const char *a[32], *b[32];
		size_t n = make(words, &seed, a, &old), m = make(words, &seed, b, &new);
		struct replay replay = {.old = a, .n = n, .made = BUF_INIT};
		struct linediff_sum sum;

		assert_int_equal(linediff(&(struct linediff_text){buf_text(&old), old.len},
					 &(struct linediff_text){buf_text(&new), new.len},
					 &(struct linediff_options){.context = 100}, apply, &replay,
					 &sum, &err),
			0);
		if (sum.hunks)
			assert_string_equal(buf_text(&replay.made), buf_text(&new));
		else
			assert_string_equal(buf_text(&old), buf_text(&new));
		assert_int_equal(replay.removed, n - common(a, n, b, m));
		assert_int_equal(replay.added, m - common(a, n, b, m));
		assert_int_equal(sum.added, replay.added);
		assert_false(sum.rough);
		buf_fini(&replay.made);
	}
}

static void texts_that_have_nothing_in_common_are_told_in_bounded_time(void **state)
{
	auto_buf old = BUF_INIT, new = BUF_INIT, out = BUF_INIT;
	struct linediff_sum sum;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		buf_addf(&old, "%d\n", i);
		buf_addf(&new, "%d\n", 59999 - i);
	}
	sum = diff(buf_text(&old), buf_text(&new), 3, 1000000, &out);
	assert_true(sum.rough);
	assert_int_equal((int)sum.removed - (int)sum.added, 0);
}

static void too_many_lines_are_refused(void **state)
{
	auto_buf text = BUF_INIT;
	struct linediff_sum sum;

	(void)state;
	for (int i = 0; i <= LINEDIFF_LINES_MAX; i++)
		buf_addc(&text, '\n');
	assert_int_equal(linediff(&(struct linediff_text){text.data, text.len},
				 &(struct linediff_text){"", 0}, &(struct linediff_options){0}, put,
				 NULL, &sum, &err),
		-EFBIG);
	assert_string_equal(err.text, "more than 200000 lines: too many to compare");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_and_removed_is_told_with_the_lines_around_it),
		cmocka_unit_test(hunks_that_would_touch_are_one),
		cmocka_unit_test(a_line_without_its_newline_differs_from_one_with_it),
		cmocka_unit_test(every_way_is_the_shortest_and_leads_from_old_to_new),
		cmocka_unit_test(texts_that_have_nothing_in_common_are_told_in_bounded_time),
		cmocka_unit_test(too_many_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
