#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/recorded.h"
#include "tui/logfeed.h"
#include "util/own.h"

enum {
	LINES = 30000, /* a megabyte: five chunks */
	PARTS = 17,    /* steps that a chunk takes */
};

struct stage {
	struct recorded *recorded;
	struct world *world;
	struct world_log *log;
};

static void tell(struct stage *stage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct stage *stage, const char *fmt, ...)
{
	char line[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	assert_true(recorded_tell(stage->recorded, line));
}

static int open_stage(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct err err;

	stage->recorded = recorded_new();
	recorded_set_now(stage->recorded, 100000);
	stage->world = recorded_world(stage->recorded);
	tell(stage, "container web running");
	tell(stage, "flood web %d 10", LINES);
	assert_int_equal(stage->world->ops->log->open(stage->world, "web", &stage->log, &err), 0);
	*state = stage;
	return 0;
}

static int close_stage(void **state)
{
	struct stage *stage = *state;

	stage->world->ops->log->close(stage->log);
	recorded_free(stage->recorded);
	free(stage);
	return 0;
}

struct asking {
	struct pattern *pattern;
	struct filter *filter;
	struct logquery *query;
};

static struct asking ask(struct stage *stage, const char *pattern, const char *filter)
{
	struct asking asking = {0};
	struct logquery_parts parts = {.want_stdout = true, .want_stderr = true};
	struct filter_context context = {0};

	if (pattern)
		parts.pattern = asking.pattern = pattern_new(pattern);
	if (filter)
		parts.filter = asking.filter = filter_new(&logquery_fields, filter, &context);
	asking.query = logquery_new(stage->world, &parts);
	return asking;
}

static void end(struct asking *asking)
{
	logquery_free(asking->query);
	pattern_free(asking->pattern);
	filter_free(asking->filter);
}

/* The offsets of the lines that are asked for, one by one. */
static size_t by_hand(struct stage *stage, struct asking *asking, uint64_t *out)
{
	const struct world_log_ops *ops = stage->world->ops->log;
	struct log_piece piece;
	size_t count = 0;

	ops->seek(stage->log, 0);
	while (ops->next(stage->log, &piece) == 1)
		if (logquery_meets(asking->query, stage->log, &piece, 0))
			out[count++] = piece.offset;
	return count;
}

static enum logscan_answer sure(
	struct logscan *scan, bool back, uint64_t from, uint64_t *out, size_t *steps)
{
	enum logscan_answer answer;

	while ((answer = (back ? logscan_previous : logscan_next)(scan, from, out)) ==
		LOGSCAN_LATER) {
		assert_true(logscan_step(scan, false, 0));
		++*steps;
	}
	return answer;
}

static void check_scan(struct stage *stage, const char *pattern, const char *filter)
{
	struct asking asking = ask(stage, pattern, filter);
	auto_free uint64_t *wanted = calloc(LINES * 2, sizeof(*wanted));
	size_t count = by_hand(stage, &asking, wanted), steps = 0;
	auto_of(logscan) struct logscan *scan = logscan_new(stage->world, stage->log, asking.query);
	uint64_t at, from = UINT64_MAX;

	for (size_t i = count; i > 0; i--, from = at) {
		assert_int_equal(sure(scan, true, from, &at, &steps), LOGSCAN_FOUND);
		assert_int_equal(at, wanted[i - 1]);
	}
	assert_int_equal(sure(scan, true, from, &at, &steps), LOGSCAN_NONE);
	from = 0;
	for (size_t i = 0; i < count; i++, from = at + 1) {
		assert_int_equal(sure(scan, false, from, &at, &steps), LOGSCAN_FOUND);
		assert_int_equal(at, wanted[i]);
		if (i % 97 == 0)
			assert_int_equal(logscan_rank(scan, at), i);
	}
	assert_int_equal(sure(scan, false, from, &at, &steps), LOGSCAN_NONE);
	while (logscan_step(scan, true, 0))
		;
	assert_true(logscan_sum(scan).done);
	assert_int_equal(logscan_sum(scan).hits, count);
	if (!pattern)
		assert_int_equal(logscan_sum(scan).lines, LINES);
	logscan_free(take(scan));
	end(&asking);
}

static void every_line_that_is_asked_for_is_found_from_both_ends(void **state)
{
	check_scan(*state, "request 1234 ", NULL);
	check_scan(*state, "request [0-9]*99 ", NULL);
	check_scan(*state, "served", NULL);
	check_scan(*state, "absent", NULL);
	check_scan(*state, NULL, "level:error");
	check_scan(*state, NULL, "level>=warn -12");
	check_scan(*state, NULL, "stream:stderr");
	check_scan(*state, "77", "level:info");
}

static void the_answer_from_the_end_needs_the_end_only(void **state)
{
	struct stage *stage = *state;
	struct asking asking = ask(stage, NULL, "level:error");
	auto_of(logscan) struct logscan *scan = logscan_new(stage->world, stage->log, asking.query);
	size_t steps = 0;
	uint64_t at;

	assert_int_equal(sure(scan, true, UINT64_MAX, &at, &steps), LOGSCAN_FOUND);
	assert_true(steps <= 2 * PARTS);
	steps = 0;
	assert_int_equal(sure(scan, false, 0, &at, &steps), LOGSCAN_FOUND);
	assert_in_range(steps, 1, PARTS + 1);
	assert_false(logscan_sum(scan).done);
	logscan_free(take(scan));
	end(&asking);
}

static void what_is_written_later_is_looked_through_as_it_comes(void **state)
{
	struct stage *stage = *state;
	struct asking asking = ask(stage, NULL, "needle");
	auto_of(logscan) struct logscan *scan = logscan_new(stage->world, stage->log, asking.query);
	uint64_t at = 0, last = 0;
	size_t steps = 0;

	assert_int_equal(sure(scan, true, UINT64_MAX, &at, &steps), LOGSCAN_NONE);
	for (int i = 0; i < 20; i++) {
		tell(stage, "log web out needle %d", i);
		tell(stage, "flood web 700 1");
		last = at;
		assert_int_equal(sure(scan, true, UINT64_MAX, &at, &steps), LOGSCAN_FOUND);
		assert_true(i == 0 || at > last);
	}
	assert_int_equal(logscan_sum(scan).hits, 20);
	assert_true(logscan_sum(scan).done);
	logscan_free(take(scan));
	end(&asking);
}

/* ---- several logs as one ---- */

static struct logfeed *three_logs(struct stage *stage)
{
	struct logfeed *feed = logfeed_new(stage->world);
	struct err err;

	tell(stage, "container api running");
	tell(stage, "container db running");
	for (int i = 0; i < 300; i++) {
		tell(stage, "log api out@%d api %d", 1000 - i * 3, i);
		if (i % 4 == 0)
			tell(stage, "log db err@%d db %d", 1000 - i * 3, i);
	}
	tell(stage, "container quiet running");
	assert_int_equal(logfeed_add(feed, "api", &err), 0);
	assert_int_equal(logfeed_add(feed, "quiet", &err), 0);
	assert_int_equal(logfeed_add(feed, "db", &err), 0);
	return feed;
}

static size_t walk(struct logfeed *feed, char (*texts)[40], size_t room)
{
	struct logfeed_place place = logfeed_begin(feed);
	struct logfeed_row row;
	uint64_t last = 0;
	size_t count = 0;

	while (count < room && logfeed_next(feed, &place, &row) == LOGSCAN_FOUND) {
		assert_true(row.piece.time_ns >= last);
		last = row.piece.time_ns;
		if (row.is_mark)
			snprintf(texts[count++], 40, "%s", row.text);
		else
			snprintf(
				texts[count++], 40, "%.*s", (int)row.piece.len - 1, row.piece.data);
	}
	return count;
}

static void check_back(struct logfeed *feed, char (*texts)[40], size_t count)
{
	struct logfeed_place place = logfeed_end(feed);
	struct logfeed_row row;
	char text[40];

	while (logfeed_previous(feed, &place, &row) == LOGSCAN_FOUND) {
		assert_true(count > 0);
		if (row.is_mark)
			snprintf(text, sizeof(text), "%s", row.text);
		else
			snprintf(
				text, sizeof(text), "%.*s", (int)row.piece.len - 1, row.piece.data);
		assert_string_equal(text, texts[--count]);
	}
	assert_int_equal(count, 0);
}

static void logs_come_in_order_of_time_and_the_same_backwards(void **state)
{
	auto_of(logfeed) struct logfeed *feed = three_logs(*state);
	char texts[500][40];
	size_t count = walk(feed, texts, 500);

	assert_int_equal(count, 375);
	assert_string_equal(texts[0], "api 0");
	assert_string_equal(texts[1], "db 0");
	assert_string_equal(texts[2], "api 1");
	check_back(feed, texts, count);
	logfeed_free(take(feed));
}

static void what_happened_stands_between_the_lines(void **state)
{
	auto_of(logfeed) struct logfeed *feed = three_logs(*state);
	const uint64_t second = 1000000000, now = (uint64_t)RECORDED_NOW_S * second;
	struct logfeed_mark marks[] = {
		{0, 0, "rotated"}, {now - 997 * second, 0, "restarted"}, {now, 0, "ended"}};
	char texts[500][40];
	size_t count;

	logfeed_marks(feed, marks, 3);
	count = walk(feed, texts, 500);
	assert_int_equal(count, 378);
	assert_string_equal(texts[0], "rotated");
	assert_string_equal(texts[3], "restarted");
	assert_string_equal(texts[4], "api 1");
	assert_string_equal(texts[377], "ended");
	check_back(feed, texts, count);
	logfeed_free(take(feed));
}

static void a_time_leads_to_the_same_place_in_all_logs(void **state)
{
	auto_of(logfeed) struct logfeed *feed = three_logs(*state);
	struct logfeed_place place =
		logfeed_since(feed, ((uint64_t)RECORDED_NOW_S - 500) * 1000000000);
	struct logfeed_row row;

	assert_int_equal(logfeed_next(feed, &place, &row), LOGSCAN_FOUND);
	assert_memory_equal(row.piece.data, "api 167", 7);
	assert_int_equal(logfeed_next(feed, &place, &row), LOGSCAN_FOUND);
	assert_memory_equal(row.piece.data, "api 168", 7);
	assert_int_equal(logfeed_next(feed, &place, &row), LOGSCAN_FOUND);
	assert_memory_equal(row.piece.data, "db 168", 6);
	logfeed_free(take(feed));
}

static void only_what_is_asked_for_comes_and_what_is_looked_for_is_found(void **state)
{
	struct stage *stage = *state;
	auto_of(logfeed) struct logfeed *feed = three_logs(stage);
	struct asking even = ask(stage, NULL, "/[02468]$/"), db = ask(stage, "db 8$", NULL);
	struct logfeed_place place = logfeed_end(feed), found;
	struct logfeed_row row;
	size_t source, count = 0;

	assert_true(logfeed_ask(feed, even.query));
	while (logfeed_step(feed, true, 0))
		;
	while (logfeed_previous(feed, &place, &row) == LOGSCAN_FOUND)
		count++;
	assert_int_equal(count, 150 + 75);
	assert_int_equal(logfeed_asked(feed).hits, 225);
	assert_int_equal(logfeed_asked(feed).lines, 375);
	assert_true(logfeed_look_for(feed, db.query));
	while (logfeed_step(feed, true, 0))
		;
	assert_int_equal(logfeed_find(feed, &(struct logfeed_place){0}, false, &found, &source),
		LOGSCAN_FOUND);
	assert_int_equal(source, 2);
	assert_int_equal(logfeed_next(feed, &found, &row), LOGSCAN_FOUND);
	assert_memory_equal(row.piece.data, "db 8\n", 5);
	logfeed_free(take(feed));
	end(&even);
	end(&db);
}

#define on_stage(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(every_line_that_is_asked_for_is_found_from_both_ends),
		on_stage(the_answer_from_the_end_needs_the_end_only),
		on_stage(what_is_written_later_is_looked_through_as_it_comes),
		on_stage(logs_come_in_order_of_time_and_the_same_backwards),
		on_stage(what_happened_stands_between_the_lines),
		on_stage(a_time_leads_to_the_same_place_in_all_logs),
		on_stage(only_what_is_asked_for_comes_and_what_is_looked_for_is_found),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
