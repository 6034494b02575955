#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine_tape.h"

#define HEAD "{\"version\":2,\"width\":80,\"height\":24,\"title\":\"mine\"}\n"

static struct tape *parsed(const char *text)
{
	struct tape *tape = NULL;
	struct err err = {0};

	if (tape_parse(text, strlen(text), &tape, &err) < 0)
		fail_msg("%s", err.text);
	return tape;
}

static void assert_refused(const char *text, const char *sentence)
{
	struct tape *tape = NULL;
	struct err err = {0};

	assert_int_equal(tape_parse(text, strlen(text), &tape, &err), -EINVAL);
	if (!strstr(err.text, sentence))
		fail_msg("%s", err.text);
}

static void a_tape_is_its_head_and_its_events(void **state)
{
	auto_of(tape) struct tape *tape =
		parsed(HEAD "[0.5,\"o\",\"a\"]\n[1,\"m\",\"step\"]\n[2,\"i\",\"typed\"]\n");
	size_t count;
	const struct tape_event *events = tape_events(tape, &count);

	(void)state;
	assert_string_equal(tape_title(tape), "mine");
	assert_int_equal(tape_columns(tape), 80);
	assert_int_equal(tape_rows(tape), 24);
	assert_int_equal(count, 2);
	assert_int_equal(events[1].kind, TAPE_MARK);
	assert_string_equal(events[1].text, "step");
}

static void time_never_runs_backwards(void **state)
{
	auto_of(tape) struct tape *tape = parsed(HEAD "[5,\"o\",\"a\"]\n[1,\"o\",\"b\"]\n");
	size_t count;
	const struct tape_event *events = tape_events(tape, &count);

	(void)state;
	assert_true(events[1].at_s >= events[0].at_s);
}

static void as_text_it_is_without_what_a_terminal_acts_on(void **state)
{
	auto_of(tape) struct tape *tape = parsed(HEAD
		"[0,\"o\",\"\\u001b[31mred\\u001b[0m\\r\\n\"]\n[1,\"o\",\"\\u001b]0;t\\u0007x\"]\n");
	auto_buf text = BUF_INIT;

	(void)state;
	tape_text(tape, &text);
	assert_string_equal(buf_text(&text), "red\nx");
}

static void what_is_no_tape_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_refused("", "line 1: the tape is empty");
	assert_refused("{\"version\":1}\n", "line 1: not an asciicast of version 2");
	assert_refused("{\"version\":2,\"width\":0,\"height\":1}\n", "line 1: width and height");
	assert_refused(HEAD "[\"a\"]\n", "line 2: not [seconds, kind, text]");
	assert_refused(HEAD "\n[1,\n", "line 3: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tape_is_its_head_and_its_events),
		cmocka_unit_test(time_never_runs_backwards),
		cmocka_unit_test(as_text_it_is_without_what_a_terminal_acts_on),
		cmocka_unit_test(what_is_no_tape_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
