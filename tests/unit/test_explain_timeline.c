#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/explain_timeline.h"
#include "util/own.h"

enum { MS = 1000000 };

static struct timeline_span spans[] = {
	{.from_ns = 0, .to_ns = 12 * MS, .words = "send SIGTERM", .calls = "kill()", .proof = ""},
	{.from_ns = 12 * MS,
		.to_ns = 62 * MS,
		.lane = 1,
		.awaited = true,
		.words = "end its work",
		.calls = "",
		.proof = "davit logs web"},
	{.from_ns = 62 * MS,
		.to_ns = 62 * MS,
		.lane = 1,
		.words = "is gone",
		.calls = "",
		.proof = ""},
};

/* One line of what is shown of spans[first..], first counted from 0 and the line from 1. */
static const char *line_of(
	const struct timeline *timeline, bool proofs, unsigned columns, int number)
{
	static char line[300];
	auto_buf out = BUF_INIT;
	const char *at;

	explain_put_timeline(timeline, proofs, columns, &out);
	at = buf_text(&out);
	while (--number && (at = strchr(at, '\n')))
		at++;
	assert_non_null(at);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static void stop_of_web(struct timeline *timeline)
{
	*timeline = (struct timeline){.kind = TIMELINE_STOP,
		.title = "stop of web",
		.summary = "It took 62 ms.",
		.total_ns = 62 * MS,
		.spans = spans,
		.count = array_len(spans)};
	strs_add(&timeline->lanes, "monitor");
	strs_add(&timeline->lanes, "container");
}

static void a_line_is_a_span_and_a_mark_took_no_time(void **state)
{
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	assert_string_equal(line_of(&timeline, false, 0, 1), "stop of web");
	assert_string_equal(line_of(&timeline, false, 0, 3),
		" begin us   took us   who        what (* waited for)");
	assert_string_equal(
		line_of(&timeline, false, 0, 4), "      0.0  12000.0    monitor    send SIGTERM");
	assert_string_equal(
		line_of(&timeline, false, 0, 5), "  12000.0  50000.0  * container  end its work");
	assert_string_equal(
		line_of(&timeline, false, 0, 6), "  62000.0             container  is gone");
	assert_string_equal(line_of(&timeline, false, 0, 8), "It took 62 ms.");
	strs_fini(&timeline.lanes);
}

static void the_unit_is_chosen_by_the_whole(void **state)
{
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	timeline.total_ns = 100 * (uint64_t)MS;
	assert_string_equal(
		line_of(&timeline, false, 0, 5), "     12.0     50.0  * container  end its work");
	timeline.total_ns = 100000 * (uint64_t)MS;
	assert_string_equal(
		line_of(&timeline, false, 0, 5), "     0.01    0.050  * container  end its work");
	strs_fini(&timeline.lanes);
}

static void a_narrow_terminal_cuts_lines_between_two_characters(void **state)
{
	struct timeline_span umlauts = {.to_ns = MS, .words = "äöü", .calls = "", .proof = ""};
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	assert_string_equal(
		line_of(&timeline, false, 40, 4), "      0.0  12000.0    monitor    send S~");
	assert_string_equal(
		line_of(&timeline, false, 45, 4), "      0.0  12000.0    monitor    send SIGTERM");
	timeline.spans = &umlauts;
	timeline.count = 1;
	assert_string_equal(
		line_of(&timeline, false, 36, 4), "      0.0   1000.0    monitor    äöü");
	assert_string_equal(
		line_of(&timeline, false, 35, 4), "      0.0   1000.0    monitor    ä~");
	strs_fini(&timeline.lanes);
}

static void a_wide_terminal_shows_where_each_lies(void **state)
{
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	assert_string_equal(line_of(&timeline, false, 110, 4),
		"      0.0  12000.0    monitor    |====                    | send SIGTERM");
	assert_string_equal(line_of(&timeline, false, 110, 5),
		"  12000.0  50000.0  * container  |    ====================| end its work");
	assert_string_equal(line_of(&timeline, false, 110, 6),
		"  62000.0             container  |                       .| is gone");
	strs_fini(&timeline.lanes);
}

static void what_goes_on_failed_or_is_half_there_says_so(void **state)
{
	struct timeline_span span = {.to_ns = 5 * MS,
		.open = true,
		.done = 1500000,
		.total = 3000000,
		.words = "fetch layer",
		.calls = "",
		.proof = ""};
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	timeline.open = true;
	timeline.spans = &span;
	timeline.count = 1;
	assert_string_equal(line_of(&timeline, false, 0, 1), "stop of web, still going on");
	assert_string_equal(line_of(&timeline, false, 0, 4),
		"      0.0   5000.0+   monitor    fetch layer: 1.5MB of 3MB");
	span.open = false;
	span.done = span.total;
	span.result = -ENOSPC;
	assert_string_equal(line_of(&timeline, false, 0, 4),
		"      0.0   5000.0    monitor    fetch layer: 3MB  (No space left on device)");
	strs_fini(&timeline.lanes);
}

static void proofs_stand_below_their_lines(void **state)
{
	struct timeline timeline;

	(void)state;
	stop_of_web(&timeline);
	assert_string_equal(
		line_of(&timeline, true, 0, 5), "                                > kill()");
	assert_string_equal(
		line_of(&timeline, true, 0, 7), "                                $ davit logs web");
	strs_fini(&timeline.lanes);
}

static void a_launch_of_nothing_is_its_head_alone(void **state)
{
	struct timeline timeline = {.title = "launch of web", .summary = ""};
	auto_buf out = BUF_INIT;

	(void)state;
	explain_put_timeline(&timeline, true, 80, &out);
	assert_string_equal(buf_text(&out),
		"launch of web\n\n begin us   took us   who  what (* waited for)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_span_and_a_mark_took_no_time),
		cmocka_unit_test(the_unit_is_chosen_by_the_whole),
		cmocka_unit_test(a_narrow_terminal_cuts_lines_between_two_characters),
		cmocka_unit_test(a_wide_terminal_shows_where_each_lies),
		cmocka_unit_test(what_goes_on_failed_or_is_half_there_says_so),
		cmocka_unit_test(proofs_stand_below_their_lines),
		cmocka_unit_test(a_launch_of_nothing_is_its_head_alone),
	};

	return cmocka_run_group_tests_name("explain timeline", tests, NULL, NULL);
}
