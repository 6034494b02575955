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
#include "runtime/plan_build.h"
#include "util/json.h"
#include "util/json_text.h"

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

static const struct timeline_subject stopped = {.name = "web"};

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
	json_put_text(&rest, "a \"b\"\\\n\x01 ü");
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
	const struct timeline_subject running = {
		.name = "web", .running = true, .now_ns = 4000000000};
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
	const struct timeline_subject waiting = {
		.name = "web", .running = true, .now_ns = 1250000000};
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

/* A plan of three steps: what is held over a restart, the new process, its program. */
static void build_plan(struct buf *bytes, struct plan *plan)
{
	struct plan_build build;
	auto_strs words = STRS_INIT;
	const char *why;
	int step;

	strs_add(&words, "true");
	plan_build_init(&build, PLAN_CONTAINER);
	plan_build_step(&build, &(struct plan_step){.op = PLAN_CGROUP_MAKE,
					.a = plan_build_text(&build, "/sys/fs/cgroup/x")});
	plan_build_step(&build, &(struct plan_step){.op = PLAN_CLONE, .n = {0x20000000}});
	plan_build_step(
		&build, &(struct plan_step){.op = PLAN_EXEC, .a = plan_build_list(&build, &words)});
	assert_int_equal(plan_build_finish(&build, bytes), 0);
	plan_build_fini(&build);
	assert_int_equal(plan_open(bytes->data, bytes->len, plan, &why, &step), 0);
}

static void the_steps_of_the_last_restart_are_told(void **state)
{
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	union {
		struct trace trace;
		char room[sizeof(struct trace) + 3 * sizeof(struct trace_mark)];
	} clocks = {.trace = {.began_ns = 1400000000}};
	struct timeline_subject subject = {.name = "web", .plan = &plan, .again = &clocks.trace};
	auto_timeline timeline = {0}, older = {0};

	(void)state;
	build_plan(&bytes, &plan);
	clocks.trace.step[1] = (struct trace_mark){1401000000, 1402000000, 0, TRACE_SHIM};
	clocks.trace.step[2] = (struct trace_mark){1402000000, 1404000000, 0, TRACE_CHILD};
	assert_true(restart_of(TWO_RESTARTS, &subject, &timeline));
	assert_string_equal(find(&timeline, "attempt 1: the same plan again")->words,
		"attempt 1: the same plan again, from clone to exec");
	assert_string_equal(find(&timeline, "attempt 2: the same plan again")->words,
		"attempt 2: the same plan again, from clone to exec: 4.00 ms");
	assert_int_equal(find(&timeline, "become true")->from_ns, 402000000);
	assert_string_equal(timeline.lanes.v[find(&timeline, "become true")->lane], "container");
	assert_string_equal(timeline.lanes.v[find(&timeline, "start a process")->lane], "monitor");
	assert_false(says(&timeline, "/sys/fs/cgroup/x")); /* it was held: nobody made it again */
	clocks.trace.began_ns = 1;                         /* of another restart */
	assert_true(restart_of(TWO_RESTARTS, &subject, &older));
	assert_false(says(&older, "become true"));
}

/* ---- a pull ---- */

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbb"
#define PULL_BEGINS                                                                                \
	FACT(1000, 1000, "\"fact\":\"pull\",\"name\":\"r/three:1\"")                               \
	FACT(1000, 1020, "\"fact\":\"head\",\"which\":\"1\",\"of\":\"sha256:cc\",\"result\":0")    \
	FACT(1030, 1030,                                                                           \
		"\"fact\":\"layer\",\"number\":0,\"of\":\"" DIGEST_A                               \
		"\",\"total\":10,\"state\":\"held\"")                                              \
	FACT(1030, 1030,                                                                           \
		"\"fact\":\"layer\",\"number\":1,\"of\":\"" DIGEST_B                               \
		"\",\"total\":2000000,\"state\":\"fetch\"")
#define SO_FAR(ms, to_ms, rest)                                                                    \
	"{\"so_far\":1,\"at\":17956756" #ms "000,\"from\":" #ms "000000,\"to\":" #to_ms            \
	"000000," rest "}\n"

static bool pull_of(const char *text, bool running, uint64_t now_ns, struct timeline *out)
{
	const struct timeline_subject subject = {
		.name = "three", .running = running, .now_ns = now_ns, .root = "/store"};
	auto_facts facts = {0};

	facts_parse(&facts, text, strlen(text));
	return timeline_of_pull(&subject, &facts, out);
}

static void a_pull_has_a_lane_for_each_layer(void **state)
{
	auto_timeline timeline = {0};
	const struct timeline_span *download;

	(void)state;
	assert_true(pull_of(
		PULL_BEGINS FACT(1031, 1131,
			"\"fact\":\"download\",\"of\":\"" DIGEST_B
			"\",\"bytes\":2000000,\"total\":2000000,\"had\":500000,"
			"\"tries\":1,\"result\":0") FACT(1032, 1150,
			"\"fact\":\"unpack\",\"of\":\"" DIGEST_B
			"\",\"bytes\":2000000,\"tar\":4000000,\"entries\":1,"
			"\"codec\":\"zstd\",\"waited_us\":0,\"hashed_us\":5000")
			FACT(1151, 1152, "\"fact\":\"commit\",\"of\":\"sha256:dd\",\"result\":0"),
		false, 0, &timeline));
	assert_int_equal(timeline.lanes.len, 3);
	assert_string_equal(timeline.lanes.v[1], "aaaaaaaaaaaa");
	assert_int_equal(find(&timeline, "here already")->lane, 1);
	download = find(&timeline, "download, from byte 500000 on");
	assert_int_equal(download->lane, 2);
	assert_int_equal(download->done, 2000000);
	assert_string_equal(download->proof, "sha256sum /store/blobs/sha256/bbbbbbbbbbbbbbbb");
	find(&timeline, "unpack 1 file from zstd; 5.00 ms of it hashing");
	assert_string_equal(timeline.summary,
		"2 layers, 1 of them here before; 1.5 MB of layers were fetched.");
	assert_int_equal(timeline.total_ns, 152000000);
}

static void a_pull_under_way_shows_the_newest_of_what_it_tells(void **state)
{
	auto_timeline timeline = {0};
	const struct timeline_span *download;

	(void)state;
	assert_true(pull_of(PULL_BEGINS SO_FAR(1031, 1200,
				    "\"fact\":\"download\",\"of\":\"" DIGEST_B
				    "\",\"bytes\":100,\"total\":2000000") SO_FAR(1031, 1400,
				    "\"fact\":\"download\",\"of\":\"" DIGEST_B
				    "\",\"bytes\":900,\"total\":2000000"),
		true, 1500000000, &timeline));
	assert_true(timeline.open);
	download = find(&timeline, "download");
	assert_true(download->open);
	assert_int_equal(download->done, 900);
	assert_int_equal(download->to_ns, 500000000);
	for (size_t i = 0; i < timeline.count; i++)
		assert_int_not_equal(timeline.spans[i].done, 100);
}

static void a_pull_that_was_killed_does_not_go_on(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(pull_of(PULL_BEGINS, false, 1500000000, &timeline));
	assert_false(timeline.open);
	assert_non_null(strstr(timeline.summary, "it did not end well"));
}

/* ---- a build ---- */

#define STEP(ms, to_ms, n, state, name)                                                            \
	FACT(ms, to_ms,                                                                            \
		"\"step\":" #n ",\"fact\":\"step\",\"state\":\"" state                             \
		"\",\"line\":1,\"name\":\"" name "\"")
#define A_STEP                                                                                     \
	SO_FAR(1000, 1000,                                                                         \
		"\"step\":1,\"fact\":\"step\",\"state\":\"running\",\"line\":1,"                   \
		"\"name\":\"[2/2] RUN make\"")                                                     \
	FACT(1000, 1001,                                                                           \
		"\"step\":1,\"fact\":\"key\",\"key\":\"sha256:0123456789abcdef\",\"hit\":0")       \
	SO_FAR(1011, 1011, "\"step\":1,\"fact\":\"command\"")

static bool build_of(
	const char *text, bool running, uint64_t now_ns, unsigned step, struct timeline *out)
{
	const struct timeline_subject subject = {
		.name = "4a11", .running = running, .now_ns = now_ns};
	auto_facts facts = {0};

	facts_parse(&facts, text, strlen(text));
	return timeline_of_build(&subject, &facts, step, out);
}

static void a_build_shows_its_steps_side_by_side(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(
		build_of(STEP(1000, 1001, 0, "done",
				 "[1/2] FROM x@sha256:"
				 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
				 STEP(1002, 1302, 1, "failed", "[2/2] RUN make")
					 STEP(1002, 1003, 2, "cached", "[internal] load"),
			false, 0, 0, &timeline));
	assert_int_equal(timeline.count, 3);
	assert_string_equal(timeline.lanes.v[0], "1/2");
	assert_string_equal(timeline.spans[0].words, "#1 FROM x");
	assert_true(find(&timeline, "#2 RUN make: failed")->result < 0);
	find(&timeline, "#3 load: cached");
}

static void a_step_says_where_its_time_went(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(build_of(
		A_STEP FACT(1001, 1300,
			"\"step\":1,\"fact\":\"run\",\"launch_us\":10000,"
			"\"command_us\":280000,\"after_us\":9000,\"code\":0") FACT(1300, 1306,
			"\"step\":1,\"fact\":\"diff\",\"scan_us\":1000,\"stage_us\":0,"
			"\"digest_us\":5000,\"empty\":0,\"diff_id\":\"sha256:ab\"") FACT(1306, 1307,
			"\"step\":1,\"fact\":\"commit\",\"layer\":\"xyz\",\"result\":0")
			STEP(1000, 1307, 1, "done", "[2/2] RUN make"),
		false, 0, 2, &timeline));
	assert_false(timeline.open);
	assert_int_equal(find(&timeline, "its command ran")->from_ns, 11000000);
	assert_int_equal(find(&timeline, "its command ran")->to_ns, 291000000);
	assert_int_equal(find(&timeline, "hash its tar")->from_ns, 301000000);
	find(&timeline, "has the key 0123456789ab: not known");
	assert_false(says(&timeline, "its command runs"));
	assert_string_equal(timeline.summary,
		"Time went to: launching 10.0 ms, commands 280 ms, comparing 1.00 ms, hashing 5.00 "
		"ms, committing 1.00 ms, keys 1.00 ms.");
}

static void a_step_under_way_shows_what_it_is_at(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_true(build_of(A_STEP, true, 3011000000, 2, &timeline));
	assert_true(timeline.open);
	assert_true(find(&timeline, "its command runs")->open);
	assert_int_equal(find(&timeline, "its command runs")->to_ns, 2011000000);
}

static void a_step_that_is_not_there_is_none(void **state)
{
	auto_timeline timeline = {0};

	(void)state;
	assert_false(build_of(A_STEP, false, 0, 7, &timeline));
	assert_false(build_of("", false, 0, 0, &timeline));
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
		cmocka_unit_test(the_steps_of_the_last_restart_are_told),
		cmocka_unit_test(a_pause_under_way_says_when_it_ends),
		cmocka_unit_test(a_stop_ends_the_wait_for_the_next_attempt),
		cmocka_unit_test(lives_before_a_start_by_hand_are_another_series),
		cmocka_unit_test(a_pull_has_a_lane_for_each_layer),
		cmocka_unit_test(a_pull_under_way_shows_the_newest_of_what_it_tells),
		cmocka_unit_test(a_pull_that_was_killed_does_not_go_on),
		cmocka_unit_test(a_build_shows_its_steps_side_by_side),
		cmocka_unit_test(a_step_says_where_its_time_went),
		cmocka_unit_test(a_step_under_way_shows_what_it_is_at),
		cmocka_unit_test(a_step_that_is_not_there_is_none),
		cmocka_unit_test(the_json_says_what_the_spans_say),
		cmocka_unit_test(times_have_three_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
