/* The plain mode: lines in, sentences out, over a recorded world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../support/recorded.h"
#include "tui/plain.h"
#include "util/buf.h"

struct stage {
	struct recorded *recorded;
	struct keep *keep;
	struct plain *plain;
	struct buf said;
};

static void hear(void *arg, const char *line)
{
	struct stage *stage = arg;

	buf_addf(&stage->said, "%s\n", line);
}

static struct stage *stage_of(bool read_only)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct plain_options options = {.say = hear, .arg = stage, .host = "ops1"};

	stage->recorded = recorded_new();
	recorded_set_now(stage->recorded, 1000);
	recorded_tell(stage->recorded, "container web running up=7200 image=web:2.0");
	recorded_tell(stage->recorded, "container db exited code=3 image=db:1");
	stage->keep = keep_new();
	options.world = recorded_world(stage->recorded);
	options.keep = stage->keep;
	options.read_only = read_only;
	stage->plain = plain_new(&options);
	plain_set_time(stage->plain, 1000, (uint64_t)RECORDED_NOW_S * 1000000000);
	plain_begin(stage->plain);
	buf_clear(&stage->said);
	return stage;
}

static int open_stage(void **state)
{
	*state = stage_of(false);
	return 0;
}

static int close_stage(void **state)
{
	struct stage *stage = *state;

	plain_free(stage->plain);
	keep_free(stage->keep);
	recorded_free(stage->recorded);
	buf_fini(&stage->said);
	free(stage);
	return 0;
}

/* What is said to a line. */
static const char *answer(struct stage *stage, const char *line)
{
	buf_clear(&stage->said);
	plain_line(stage->plain, line);
	return buf_text(&stage->said);
}

static void a_number_chooses_from_the_list_said_last(void **state)
{
	struct stage *stage = *state;

	assert_string_equal(answer(stage, "1"),
		"1. web: running, up 2h, image web:2.0\n"
		"2. db: exit 3, its process reported a failure, image db:1\n"
		"A number chooses one.\n");
	assert_non_null(strstr(answer(stage, "2"), "db: exit 3, image db:1"));
	assert_non_null(
		strstr(buf_text(&stage->said), "1. start\n2. remove\n3. last output\n0. menu\n"));
	assert_string_equal(answer(stage, "9"), "There is no 9 here. 0 is the menu.\n");
}

static void what_happens_is_said_with_what_was(void **state)
{
	struct stage *stage = *state;

	recorded_tell(
		stage->recorded, "container web running up=7200 image=web:2.0 health=unhealthy");
	assert_true(plain_is_stale(stage->plain));
	buf_clear(&stage->said);
	plain_look(stage->plain);
	assert_non_null(strstr(buf_text(&stage->said), "web: unhealthy (was running)"));
	buf_clear(&stage->said);
	plain_look(stage->plain);
	assert_string_equal(buf_text(&stage->said), "");
	recorded_tell(stage->recorded, "container new created");
	plain_look(stage->plain);
	assert_non_null(strstr(buf_text(&stage->said), "new: created (new)\n"));
}

static void what_is_lost_is_said_and_asked_about(void **state)
{
	struct stage *stage = *state;

	answer(stage, "1");
	answer(stage, "1");
	answer(stage, "1");
	assert_string_equal(plain_prompt(stage->plain), "Stop web? Type yes: ");
	assert_non_null(strstr(buf_text(&stage->said), "Same as: davit stop web"));
	assert_string_equal(answer(stage, "y"), "Nothing was done.\n");
	assert_string_equal(recorded_acts(stage->recorded), "");
	answer(stage, "1");
	answer(stage, "yes");
	assert_string_equal(recorded_acts(stage->recorded), "stop web\n");
	buf_clear(&stage->said);
	recorded_finish(stage->recorded, NULL);
	assert_non_null(strstr(buf_text(&stage->said), "Stopped web in"));
}

static void other_lines_are_davits(void **state)
{
	struct stage *stage = *state;
	auto_strs words = STRS_INIT;

	assert_string_equal(answer(stage, "davit stop -t 3 'a b'"), "");
	assert_true(plain_take_program(stage->plain, &words));
	assert_int_equal(words.len, 5);
	assert_string_equal(words.v[0], "davit");
	assert_string_equal(words.v[4], "a b");
	assert_false(plain_take_program(stage->plain, &words));
	assert_string_equal(keep_history(stage->keep, 0), "stop -t 3 'a b'");
	assert_string_equal(answer(stage, "ps 'a"), "A quote is not closed in: ps 'a\n");
}

static void lists_and_ends_of_logs_have_words_of_their_own(void **state)
{
	struct stage *stage = *state;
	auto_strs words = STRS_INIT;

	assert_non_null(strstr(answer(stage, "list"), "1. web: running, up 2h"));
	assert_non_null(strstr(answer(stage, "list containers"), "2. db: exit 3"));
	assert_string_equal(
		answer(stage, "list images"), "No images. \"pull IMAGE\" brings one.\n");
	assert_string_equal(answer(stage, "list volumes"),
		"There is no list of volumes: there are containers, images and journal.\n");
	assert_string_equal(answer(stage, "log web"), "");
	assert_true(plain_take_program(stage->plain, &words));
	assert_int_equal(words.len, 5);
	assert_string_equal(words.v[1], "logs");
	assert_string_equal(words.v[3], "20");
	assert_string_equal(words.v[4], "web");
	assert_non_null(strstr(answer(stage, "log"), "Whose? "));
}

static void a_filter_knows_what_containers_share(void **state)
{
	struct stage *stage = *state;

	recorded_tell(stage->recorded, "container vpn running shares=net=host networks=front");
	plain_look(stage->plain);
	assert_non_null(strstr(answer(stage, "filter ns.net:host net=front"), "1. vpn: running"));
	assert_non_null(strstr(buf_text(&stage->said), "1 of 3 match"));
}

static void filters_and_settings_are_those_of_the_screen(void **state)
{
	struct stage *stage = *state;

	assert_non_null(strstr(answer(stage, "filter state:run nmae:x"),
		"nmae:x is taken as text: there is no such field\n"));
	assert_non_null(strstr(answer(stage, "filter exit>2"), "1. db: exit 3"));
	assert_string_equal(answer(stage, "save filter bad"), "@bad is exit>2\n");
	assert_non_null(strstr(answer(stage, "filter -@bad"), "1. web: running"));
	assert_string_equal(answer(stage, "set sort cpu"), "sort is cpu, from now on\n");
	assert_non_null(strstr(answer(stage, "set sort"), "sort is cpu; there are state name"));
	assert_non_null(strstr(answer(stage, "help keys"), "KEYS OF YOUR OWN"));
}

static void a_read_only_session_changes_nothing(void **state)
{
	struct stage *stage = stage_of(true);
	auto_strs words = STRS_INIT;

	(void)state;
	answer(stage, "1");
	answer(stage, "1");
	assert_string_equal(
		answer(stage, "1"), "Read-only: nothing was changed. Elsewhere: davit stop web\n");
	assert_string_equal(answer(stage, "rm -f web"),
		"Read-only: nothing was changed. Elsewhere: davit rm -f web\n");
	assert_false(plain_take_program(stage->plain, &words));
	answer(stage, "ps -a");
	assert_true(plain_take_program(stage->plain, &words));
	close_stage((void **)&stage);
}

static void names_and_outputs_cannot_write_on_the_terminal(void **state)
{
	struct stage *stage = *state;

	recorded_tell(stage->recorded, "container \\e[2Jx running");
	buf_clear(&stage->said);
	plain_look(stage->plain);
	assert_null(strchr(buf_text(&stage->said), '\033'));
	assert_non_null(strstr(buf_text(&stage->said), "[2Jx: running (new)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_number_chooses_from_the_list_said_last, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			what_happens_is_said_with_what_was, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			what_is_lost_is_said_and_asked_about, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(other_lines_are_davits, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			lists_and_ends_of_logs_have_words_of_their_own, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			a_filter_knows_what_containers_share, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			filters_and_settings_are_those_of_the_screen, open_stage, close_stage),
		cmocka_unit_test(a_read_only_session_changes_nothing),
		cmocka_unit_test_setup_teardown(
			names_and_outputs_cannot_write_on_the_terminal, open_stage, close_stage),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
