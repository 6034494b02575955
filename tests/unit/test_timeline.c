#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/timeline.h"
#include "util/json.h"

/* A fact at `ms` of its clock, as monitors write them. */
#define FACT(ms, to_ms, rest)                                                                      \
	"{\"at\":17956756" #ms "000,\"from\":" #ms "000000,\"to\":" #to_ms "000000," rest "}\n"
#define ASKED(ms, verb)                                                                            \
	FACT(ms, ms,                                                                               \
		"\"fact\":\"asked\",\"verb\":\"" verb                                              \
		"\",\"signal\":0,\"wait_ms\":-2,\"pid\":7,\"uid\":0,\"by\":\"davit " verb          \
		" web\"")
#define SIGNAL(ms, n)  FACT(ms, ms, "\"fact\":\"signal\",\"signal\":" #n ",\"pid\":9,\"result\":0")
#define WAIT(ms, most) FACT(ms, ms, "\"fact\":\"wait\",\"wait_ms\":" #most)
#define EXIT(ms, code, signal)                                                                     \
	FACT(ms, ms,                                                                               \
		"\"fact\":\"exit\",\"code\":" #code ",\"signal\":" #signal                         \
		",\"flags\":0,\"ran_us\":100000")
#define DECIDE(ms, again, attempt, wait)                                                           \
	FACT(ms, ms,                                                                               \
		"\"fact\":\"decide\",\"again\":" #again                                            \
		",\"policy\":3,\"most\":3,\"attempt\":" #attempt ",\"wait_ms\":" #wait             \
		",\"by_hand\":0")
#define AGAIN(ms, to_ms, n) FACT(ms, to_ms, "\"fact\":\"again\",\"attempt\":" #n ",\"pid\":10")
#define LEFTOVERS(ms)                                                                              \
	FACT(ms, ms, "\"fact\":\"network\"")                                                       \
	FACT(ms, ms, "\"fact\":\"cgroups\"") FACT(ms, ms, "\"fact\":\"mounts\"")

static const struct timeline_subject stopped = {"web", false, 0};

static const struct timeline_span *find(const struct timeline *timeline, const char *words)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (strstr(timeline->spans[i].words, words))
			return &timeline->spans[i];
	print_error("no span says \"%s\"\n", words);
	fail();
	return NULL;
}

static bool says(const struct timeline *timeline, const char *words)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (strstr(timeline->spans[i].words, words))
			return true;
	return false;
}

static bool stop_of(const char *text, const struct timeline_subject *subject, struct timeline *out)
{
	auto_facts facts = {0};

	facts_parse(&facts, text, strlen(text));
	return timeline_of_stop(subject, &facts, out);
}

static bool restart_of(
	const char *text, const struct timeline_subject *subject, struct timeline *out)
{
	auto_facts facts = {0};

	facts_parse(&facts, text, strlen(text));
	return timeline_of_restart(subject, &facts, out);
}

/* ---- facts ---- */

static void a_torn_line_costs_itself_alone(void **state)
{
	static const char text[] = "{\"at\":1,\"from\":2,\"to\":3,\"fact\":\"a\",\"n\":-5}\n"
				   "{\"at\":1,\"from\":2,\"to\n"
				   "no line at all\n"
				   "{\"at\":1,\"from\":9,\"to\":3,\"fact\":\"backwards\"}\n"
				   "{\"at\":4,\"from\":5,\"to\":5,\"fact\":\"b\"}\n"
				   "{\"at\":4,\"from\":5,\"to\":5,\"fact\":\"unfinished\"}";
	auto_facts facts = {0};

	(void)state;
	facts_parse(&facts, text, sizeof(text) - 1);
	assert_int_equal(facts.len, 2);
	assert_string_equal(facts.v[0].what, "a");
	assert_int_equal(fact_number(&facts.v[0], "n", 0), -5);
	assert_int_equal(fact_number(&facts.v[0], "none", 7), 7);
	assert_string_equal(facts.v[1].what, "b");
}

static void what_is_written_is_read(void **state)
{
	auto_buf text = BUF_INIT, rest = BUF_INIT;
	auto_facts facts = {0};

	(void)state;
	buf_adds(&rest, "\"fact\":\"x\",\"text\":");
	fact_quote(&rest, "a \"b\"\\\n\x01 ü");
	fact_put(&text, 1, 2, 3, buf_text(&rest));
	facts_parse(&facts, buf_text(&text), text.len);
	assert_int_equal(facts.len, 1);
	assert_string_equal(fact_text(&facts.v[0], "text"), "a \"b\"\\\n\x01 ü");
}

/* ---- a stop ---- */

static void a_polite_stop_says_how_long_it_took_of_its_time(void **state)
{
	auto_timeline timeline = {0};
	const struct timeline_span *wait;

	(void)state;
	assert_true(stop_of(ASKED(1000, "stop") SIGNAL(1001, 15) WAIT(1001, 10000) EXIT(1251, 3, 0)
				    DECIDE(1252, 0, 0, 0) LEFTOVERS(1253),
		&stopped, &timeline));
	assert_string_equal(timeline.title, "stop of web");
	assert_false(timeline.open);
	assert_int_equal(timeline.total_ns, 253000000);
	wait = find(&timeline, "it ended by itself after 250 ms of the 10.0 s it had");
	assert_int_equal(wait->from_ns, 1000000);
	assert_int_equal(wait->to_ns, 251000000);
	assert_true(wait->awaited);
	assert_string_equal(wait->proof, "grep SigCgt /proc/9/status");
	assert_string_equal(find(&timeline, "send SIGTERM")->calls,
		"pidfd_send_signal(pidfd of 9, SIGTERM, NULL, 0)");
	find(&timeline, "davit stop web (pid 7, user 0) asked that it stop");
	find(&timeline, "let go of its root file system");
	assert_string_equal(timeline.summary,
		"It ended with exit code 3, 251 ms after it was asked and 250 ms after SIGTERM.");
}

static void a_kill_ends_the_wait(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(stop_of(ASKED(1000, "stop") SIGNAL(1000, 15) WAIT(1000, 1000) SIGNAL(2000, 9)
				    EXIT(2002, 137, 9) DECIDE(2002, 0, 0, 0) LEFTOVERS(2003),
		&stopped, &timeline));
	assert_int_equal(find(&timeline, "it did not end within 1.00 s")->to_ns, 1000000000);
	find(&timeline, "the time is up: send SIGKILL");
	assert_int_equal(find(&timeline, "every process of its pid namespace")->to_ns, 1002000000);
	find(&timeline, "ended by SIGKILL (exit code 137)");
}

static void a_stop_under_way_counts_to_its_end(void **state)
{
	const struct timeline_subject running = {"web", true, 4000000000};
	auto_timeline timeline = {0};
	const struct timeline_span *wait;

	(void)state;
	assert_true(stop_of(
		ASKED(1000, "stop") SIGNAL(1000, 15) WAIT(1000, 10000), &running, &timeline));
	assert_true(timeline.open);
	wait = find(&timeline, "it has 10.0 s to end by itself");
	assert_true(wait->open);
	assert_int_equal(wait->to_ns, 3000000000);
	assert_int_equal(wait->due_ns, 10000000000);
}

static void a_signal_long_before_is_no_part_of_the_stop(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(stop_of(ASKED(1000, "signal") SIGNAL(1000, 1) ASKED(9000, "stop") SIGNAL(9000,
				    15) WAIT(9000, 1000) EXIT(9100, 0, 0) DECIDE(9100, 0, 0, 0),
		&stopped, &timeline));
	assert_int_equal(timeline.total_ns, 100000000);
	assert_false(says(&timeline, "SIGHUP"));
}

static void a_monitor_that_was_killed_leaves_its_record_as_far_as_it_goes(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(stop_of(
		ASKED(1000, "stop") SIGNAL(1000, 15) WAIT(1000, 10000), &stopped, &timeline));
	assert_false(timeline.open);
	assert_int_equal(timeline.total_ns, 0);
	assert_non_null(strstr(timeline.summary, "nothing more is known"));
}

static void of_two_stops_the_last_is_told(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(stop_of(ASKED(1000, "stop") SIGNAL(1000, 15) EXIT(1100, 1, 0) DECIDE(1100, 0, 0,
				    0) LEFTOVERS(1101) ASKED(5000, "kill") SIGNAL(5000, 9)
				    EXIT(5001, 137, 9) DECIDE(5001, 0, 0, 0) LEFTOVERS(5002),
		&stopped, &timeline));
	find(&timeline, "asked that it be killed");
	assert_false(says(&timeline, "exit code 1 "));
}

static void what_nobody_stopped_has_no_stop(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_false(stop_of(
		EXIT(1100, 1, 0) DECIDE(1100, 0, 0, 0) LEFTOVERS(1101), &stopped, &timeline));
	assert_false(stop_of("", &stopped, &timeline));
}

/* ---- restarts ---- */

#define TWO_RESTARTS                                                                               \
	EXIT(1000, 7, 0)                                                                           \
	DECIDE(1000, 1, 1, 100)                                                                    \
	AGAIN(1100, 1103, 1) EXIT(1200, 7, 0) DECIDE(1200, 1, 2, 200) AGAIN(1400, 1404, 2)

static void restarts_tell_each_wait_and_each_attempt(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(restart_of(TWO_RESTARTS EXIT(1500, 0, 0) DECIDE(1500, 0, 2, 0) LEFTOVERS(1501),
		&stopped, &timeline));
	assert_int_equal(find(&timeline, "wait 100 ms")->to_ns, 100000000);
	assert_int_equal(find(&timeline, "wait 200 ms")->to_ns, 400000000);
	assert_int_equal(find(&timeline, "attempt 2: the same plan again")->from_ns, 400000000);
	find(&timeline, "policy on-failure:3: that was all");
	assert_string_equal(timeline.summary,
		"2 restarts; the last life ended with exit code 0, and that was all.");
}

static void a_pause_under_way_says_when_it_ends(void **state)
{
	const struct timeline_subject waiting = {"web", true, 1250000000};
	auto_timeline timeline = {0};
	const struct timeline_span *wait;

	(void)state;
	assert_true(restart_of(EXIT(1000, 7, 0) DECIDE(1000, 1, 3, 400), &waiting, &timeline));
	wait = find(&timeline, "wait 400 ms");
	assert_true(wait->open);
	assert_int_equal(wait->to_ns, 250000000);
	assert_int_equal(wait->due_ns, 400000000);
	assert_string_equal(timeline.summary, "It waits for its next attempt.");
}

static void a_stop_ends_the_wait_for_the_next_attempt(void **state)
{
	auto_timeline timeline = {0}, stop = {0};
	static const char facts[] =
		EXIT(1000, 7, 0) DECIDE(1000, 1, 3, 400) ASKED(1300, "stop") LEFTOVERS(1301);

	(void)state;
	assert_true(restart_of(facts, &stopped, &timeline));
	assert_int_equal(find(&timeline, "wait 400 ms")->to_ns, 300000000);
	assert_string_equal(timeline.summary, "Somebody ended its wait for the next attempt.");
	assert_true(stop_of(facts, &stopped, &stop));
	assert_string_equal(stop.summary, "It did not run: it waited to be started again.");
}

static void lives_before_a_start_by_hand_are_another_series(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(
		restart_of(TWO_RESTARTS EXIT(1500, 0, 0) DECIDE(1500, 0, 2, 0) LEFTOVERS(1501)
				   EXIT(8000, 7, 0) DECIDE(8000, 1, 1, 100) AGAIN(8100, 8104, 1),
			&stopped, &timeline));
	assert_int_equal(timeline.total_ns, 104000000);
}

/* ---- as JSON ---- */

static void the_json_says_what_the_spans_say(void **state)
{
	auto_timeline timeline = {0};
	auto_json *json = NULL;
	const cJSON *spans, *last;

	(void)state;
	assert_true(stop_of(
		ASKED(1000, "stop") SIGNAL(1001, 15) EXIT(1251, 3, 0), &stopped, &timeline));
	json = timeline_json(&timeline);
	assert_string_equal(json_str(json, "Kind"), "stop");
	spans = json_array(json, "Spans");
	assert_int_equal(cJSON_GetArraySize(spans), timeline.count);
	last = cJSON_GetArrayItem(spans, 0);
	assert_string_equal(json_str(last, "Lane"), "client");
	assert_true(cJSON_IsFalse(json_get(json, "Open")));
}

static void times_have_three_figures(void **state)
{
	char out[24];

	(void)state;
	assert_string_equal(timeline_time(473000, out), "473 µs");
	assert_string_equal(timeline_time(12340000, out), "12.3 ms");
	assert_string_equal(timeline_time(10000000000, out), "10.0 s");
	assert_string_equal(timeline_time(90000000000, out), "1.50 min");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_torn_line_costs_itself_alone),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_polite_stop_says_how_long_it_took_of_its_time),
		cmocka_unit_test(a_kill_ends_the_wait),
		cmocka_unit_test(a_stop_under_way_counts_to_its_end),
		cmocka_unit_test(a_signal_long_before_is_no_part_of_the_stop),
		cmocka_unit_test(a_monitor_that_was_killed_leaves_its_record_as_far_as_it_goes),
		cmocka_unit_test(of_two_stops_the_last_is_told),
		cmocka_unit_test(what_nobody_stopped_has_no_stop),
		cmocka_unit_test(restarts_tell_each_wait_and_each_attempt),
		cmocka_unit_test(a_pause_under_way_says_when_it_ends),
		cmocka_unit_test(a_stop_ends_the_wait_for_the_next_attempt),
		cmocka_unit_test(lives_before_a_start_by_hand_are_another_series),
		cmocka_unit_test(the_json_says_what_the_spans_say),
		cmocka_unit_test(times_have_three_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
