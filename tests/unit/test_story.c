#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/job_fields.h"
#include "tui/jobtext.h"
#include "tui/story.h"
#include "tui/widget/outview.h"

static void tell(struct story *story, enum job_event_kind kind, int step, const char *text)
{
	struct job_event event = {
		.kind = kind, .step = step, .id = "", .name = text, .text = text, .line = step + 1};

	story_take(story, &event);
}

static void a_step_is_what_was_told_of_it_last(void **state)
{
	auto_of(story) struct story *story = story_new();

	(void)state;
	tell(story, JOB_EVENT_PLAN, 0, "[1/2] FROM a");
	tell(story, JOB_EVENT_PLAN, 1, "[2/2] RUN b");
	tell(story, JOB_EVENT_CACHED, 0, "");
	tell(story, JOB_EVENT_STARTED, 1, "");
	tell(story, JOB_EVENT_WHY, 1, "the command changed");
	tell(story, JOB_EVENT_OUTPUT, 1, "one\n");
	tell(story, JOB_EVENT_OUTPUT, 1, "two\n");
	assert_int_equal(story->steps_len, 2);
	assert_int_equal(story->steps[0].state, STEP_CACHED);
	assert_int_equal(story->steps[1].state, STEP_RUNNING);
	assert_int_equal(story->steps[1].line, 2);
	assert_string_equal(buf_text(&story->steps[1].text), "one\ntwo\n");
	assert_int_equal(story_running(story), 1);
	assert_int_equal(story_broke(story), 1);
	assert_int_equal(story_over(story), 1);
	tell(story, JOB_EVENT_FAILED, 1, "exit code: 1");
	assert_int_equal(story_failed(story), 1);
}

static void what_was_under_way_is_left_when_nothing_more_comes(void **state)
{
	auto_of(story) struct story *story = story_new();

	(void)state;
	tell(story, JOB_EVENT_PLAN, 0, "a");
	tell(story, JOB_EVENT_PLAN, 1, "b");
	tell(story, JOB_EVENT_STARTED, 0, "");
	story_end(story);
	assert_int_equal(story->steps[0].state, STEP_LEFT);
	assert_int_equal(story->steps[1].state, STEP_LEFT);
}

static void digests_are_not_a_part_of_a_steps_name(void **state)
{
	auto_of(story) struct story *story = story_new();
	char name[200];

	(void)state;
	snprintf(name, sizeof(name), "FROM a:1@sha256:%064d AS b", 7);
	tell(story, JOB_EVENT_PLAN, 0, name);
	assert_string_equal(story->steps[0].name, "FROM a:1 AS b");
	tell(story, JOB_EVENT_PLAN, 1, "RUN echo x@sha256:short");
	assert_string_equal(story->steps[1].name, "RUN echo x@sha256:short");
}

static void of_much_output_the_end_is_kept_from_a_lines_beginning(void **state)
{
	auto_of(story) struct story *story = story_new();
	char line[80];

	(void)state;
	for (int i = 0; i < 30000; i++) {
		snprintf(line, sizeof(line), "line %d of very much output\n", i);
		tell(story, JOB_EVENT_OUTPUT, 0, line);
	}
	assert_true(story->steps[0].cut);
	assert_true(story->steps[0].text.len <= 2 * STORY_TEXT_MAX);
	assert_memory_equal(buf_text(&story->steps[0].text), "line ", 5);
	assert_non_null(strstr(buf_text(&story->steps[0].text), "line 29999 of"));
}

static void numbers_out_of_range_make_no_steps(void **state)
{
	auto_of(story) struct story *story = story_new();

	(void)state;
	tell(story, JOB_EVENT_PLAN, STORY_STEPS_MAX, "x");
	tell(story, JOB_EVENT_OUTPUT, -1, "said");
	assert_int_equal(story->steps_len, 0);
	assert_string_equal(buf_text(&story->said), "said\n");
}

/* ---- the window on it ---- */

static void assert_row(struct grid *grid, int y, const char *expected)
{
	auto_buf row = BUF_INIT;

	grid_row_text(grid, y, &row);
	assert_string_equal(buf_text(&row), expected);
}

static void paint(struct outview *view, struct grid *grid, const char *text)
{
	grid_clear(grid);
	outview_paint(view, canvas_all(grid), text, strlen(text));
}

static void the_end_is_followed_until_somebody_looks_up(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(10, 2, true);
	auto_free struct outview *view = calloc(1, sizeof(*view));

	(void)state;
	outview_init(view);
	paint(view, grid, "one\ntwo\nthree\n");
	assert_row(grid, 0, "two");
	paint(view, grid, "one\ntwo\nthree\nfour\n");
	assert_row(grid, 1, "four");
	assert_true(outview_act(view, ACTION_UP, 2));
	paint(view, grid, "one\ntwo\nthree\nfour\nfive\n");
	assert_row(grid, 0, "one");
	assert_true(outview_act(view, ACTION_LAST, 0));
	paint(view, grid, "one\ntwo\nthree\nfour\nfive\n");
	assert_row(grid, 1, "five");
}

static void a_line_keeps_its_colours_and_no_other_power(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(20, 2, true);
	auto_free struct outview *view = calloc(1, sizeof(*view));

	(void)state;
	outview_init(view);
	paint(view, grid, "\033[31mred\033[0m\033[2J\033]0;title\007 end\n");
	assert_row(grid, 0, "red end");
	assert_int_equal(style_fg(grid_at(grid, 0, 0)->style), 1);
	assert_int_equal(style_fg(grid_at(grid, 4, 0)->style), -1);
}

static void long_lines_are_wrapped_when_that_is_asked_for(void **state)
{
	auto_of(grid) struct grid *grid = grid_new(5, 4, true);
	auto_free struct outview *view = calloc(1, sizeof(*view));

	(void)state;
	outview_init(view);
	paint(view, grid, "abcdefgh\nx\n");
	assert_row(grid, 0, "abcd~");
	outview_act(view, ACTION_WRAP, 0);
	paint(view, grid, "abcdefgh\nx\n");
	assert_row(grid, 0, "abcde");
	assert_row(grid, 1, "fgh");
	assert_row(grid, 2, "x");
}

static void what_is_searched_comes_to_the_top(void **state)
{
	static const char text[] = "one\ntwo\nthree\nfour\nfive\nsix\n";
	auto_of(grid) struct grid *grid = grid_new(10, 2, true);
	auto_free struct outview *view = calloc(1, sizeof(*view));

	(void)state;
	outview_init(view);
	paint(view, grid, text);
	outview_act(view, ACTION_FIRST, 0);
	snprintf(view->search, sizeof(view->search), "FOUR");
	assert_true(outview_search(view, text, strlen(text), false));
	paint(view, grid, text);
	assert_row(grid, 0, "four");
	snprintf(view->search, sizeof(view->search), "seven");
	assert_false(outview_search(view, text, strlen(text), true));
}

static void no_canvas_is_too_small(void **state)
{
	auto_free struct outview *view = calloc(1, sizeof(*view));

	(void)state;
	outview_init(view);
	for (int w = 1; w < 6; w++)
		for (int h = 1; h < 4; h++) {
			auto_of(grid) struct grid *grid = grid_new(w, h, false);

			view->wrap = h % 2;
			paint(view, grid, "\xe4\xbd\xa0\xe5\xa5\xbd wide\n\nx\x1b[");
			paint(view, grid, "");
		}
}

/* ---- words ---- */

static void times_are_as_long_as_they_need_to_be(void **state)
{
	char out[FIGURE_MAX];

	(void)state;
	assert_string_equal(jobtext_span(400000000, out), "0.4s");
	assert_string_equal(jobtext_span(37200000000, out), "37s");
	assert_string_equal(jobtext_span(72000000000, out), "1:12");
	assert_string_equal(jobtext_span(7391000000000, out), "2:03:11");
	assert_string_equal(jobtext_clock(41900000000, out), "0:41");
}

static void progress_is_a_percentage_only_where_a_total_is_known(void **state)
{
	struct job job = {.state = JOB_RUNNING, .began_ns = 1000000000};
	char out[JOBTEXT_MAX];

	(void)state;
	assert_string_equal(jobtext_progress(&job, out), "");
	assert_true(jobtext_part(&job) < 0);
	job.done = 12 << 20;
	assert_string_equal(jobtext_progress(&job, out), "12M");
	assert_true(jobtext_part(&job) < 0);
	job.total = 19 << 20;
	assert_string_equal(jobtext_progress(&job, out), "63% 12M/19M");
	assert_string_equal(jobtext_eta(&job, 2000000000, out), "");
	job.usual_ns = 81000000000;
	assert_string_equal(jobtext_eta(&job, 42000000000, out), "ETA 0:40 (last time 1:21)");
	assert_string_equal(jobtext_eta(&job, 90000000000, out), "longer than last time (1:21)");
}

static void a_job_that_was_told_to_end_says_so(void **state)
{
	struct job job = {.state = JOB_RUNNING, .canceled = true};

	(void)state;
	assert_string_equal(jobtext_state(&job).word, "ending");
	job.state = JOB_CANCELED;
	assert_string_equal(jobtext_state(&job).word, "canceled");
}

static void builds_are_narrowed_by_the_same_words_as_all_lists(void **state)
{
	struct job job = {.kind = "build",
		.what = "shop/api:1",
		.state = JOB_FAILED,
		.began_ns = 1000000000,
		.ended_ns = 91000000000};
	static const struct {
		const char *text;
		bool meets;
	} cases[] = {{"shop", true}, {"state:failed", true}, {"state:done", false},
		{"took>60", true}, {"took>100", false}, {"-api", false}};
	struct filter_context context = {0};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_of(filter) struct filter *filter =
			filter_new(&job_fields, cases[i].text, &context);

		assert_int_equal(filter_meets(filter, &job, 0), cases[i].meets);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_what_was_told_of_it_last),
		cmocka_unit_test(what_was_under_way_is_left_when_nothing_more_comes),
		cmocka_unit_test(digests_are_not_a_part_of_a_steps_name),
		cmocka_unit_test(of_much_output_the_end_is_kept_from_a_lines_beginning),
		cmocka_unit_test(numbers_out_of_range_make_no_steps),
		cmocka_unit_test(the_end_is_followed_until_somebody_looks_up),
		cmocka_unit_test(a_line_keeps_its_colours_and_no_other_power),
		cmocka_unit_test(long_lines_are_wrapped_when_that_is_asked_for),
		cmocka_unit_test(what_is_searched_comes_to_the_top),
		cmocka_unit_test(no_canvas_is_too_small),
		cmocka_unit_test(times_are_as_long_as_they_need_to_be),
		cmocka_unit_test(progress_is_a_percentage_only_where_a_total_is_known),
		cmocka_unit_test(a_job_that_was_told_to_end_says_so),
		cmocka_unit_test(builds_are_narrowed_by_the_same_words_as_all_lists),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
