#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/lesson.h"

static struct lesson *parsed(const char *text)
{
	struct lesson *lesson = NULL;
	struct err err = {0};

	if (lesson_parse("test", text, strlen(text), &lesson, &err) < 0)
		fail_msg("%s", err.text);
	return lesson;
}

static void assert_refused(const char *text, const char *sentence)
{
	struct lesson *lesson = NULL;
	struct err err = {0};

	assert_int_equal(lesson_parse("test", text, strlen(text), &lesson, &err), -EINVAL);
	assert_string_equal(err.text, sentence);
	assert_null(lesson);
}

static void a_lesson_is_its_head_and_what_happens_in_order(void **state)
{
	auto_of(lesson) struct lesson *lesson = parsed(
		"# a comment\ntitle: Files\nminutes: 7\nnext: 02-more\nneeds: debian\n\n"
		"step: One\nsay: First\n  line.\n\n  Second.\nrun: ls\nexpect: a\ncode: 2\n");

	(void)state;
	assert_string_equal(lesson->title, "Files");
	assert_int_equal(lesson->minutes, 7);
	assert_string_equal(lesson->next, "02-more");
	assert_string_equal(lesson->needs.v[0], "debian");
	assert_int_equal(lesson->count, 3);
	assert_string_equal(lesson->items[1].text, "First\nline.\n\nSecond.");
	assert_int_equal(lesson->items[2].kind, LESSON_RUN);
	assert_int_equal(lesson->items[2].code, 2);
	assert_int_equal(lesson->items[2].line, 12);
}

static void a_question_knows_its_right_answer(void **state)
{
	auto_of(lesson) struct lesson *lesson = parsed(
		"title: x\nstep: s\nask: Which?\n  - this\n  - that\n  + the other\nbecause: so\n");

	(void)state;
	assert_int_equal(lesson->items[1].choices.len, 3);
	assert_int_equal(lesson->items[1].right, 2);
	assert_string_equal(lesson->items[1].choices.v[2], "the other");
	assert_string_equal(lesson->items[1].text2, "so");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	assert_refused("step: a\nrun: b\n", "line 1: a lesson has a title: put 'title: …' here");
	assert_refused("title: x\nrun: b\n",
		"line 2: a lesson begins with a step: put 'step: …' before this");
	assert_refused(
		"title: x\nstep: a\nexpekt: b\n", "line 3: no key is called 'expekt': 'expect'?");
	assert_refused("title: x\nstep: a\nsay: b\nexpect: c\n",
		"line 4: 'expect:' belongs right after a command");
	assert_refused("title: x\nstep: a\nask: b\n  - c\n  - d\n",
		"line 3: a question needs two answers or more, one of them with '+'");
	assert_refused("title: x\nstep: a\nask: b\n  + c\n  + d\n",
		"line 3: this question has two right answers");
	assert_refused("title: x\nstep: a\ntry: b\nhint: c\n",
		"line 3: a task needs 'check:' and 'solution:'");
	assert_refused("title: x\nstep: a\nterminal: b\n",
		"line 3: a terminal needs 'keys:', what a learner types");
	assert_refused("title: x\nstep: a\nrun: b\nexpect: /(/\n",
		"line 4: expect: not an expression that can be looked for");
	assert_refused("title: x\nminutes: soon\n", "line 2: minutes: a number from 1 to 600");
	assert_refused("title: x\n", "line 2: there is no step in it");
	assert_refused("hello\n", "line 1: a key and a colon expected, such as 'say:'");
	assert_refused("  hello\n", "line 1: goes on with nothing");
}

static void what_is_expected_is_a_text_or_an_expression(void **state)
{
	auto_of(lesson) struct lesson *lesson =
		parsed("title: x\nstep: s\nrun: r\nexpect: Exited (0)\nexpect: /^[0-9]+ ok$/\n");
	const struct lesson_item *item = &lesson->items[1];
	size_t missing = 9;

	(void)state;
	assert_true(lesson_met(item, "Exited (0) now\n12 ok\n", &missing));
	assert_false(lesson_met(item, "Exited (0)\nx 12 ok\n", &missing));
	assert_int_equal(missing, 1);
}

static void steps_are_counted_from_one(void **state)
{
	auto_of(lesson) struct lesson *lesson =
		parsed("title: x\nstep: a\nsay: b\nstep: c\nsay: d\nsay: e\n");

	(void)state;
	assert_int_equal(lesson_steps(lesson), 2);
	assert_int_equal(lesson_step_of(lesson, 0), 1);
	assert_int_equal(lesson_step_of(lesson, 4), 2);
}

static void a_need_belongs_to_the_lesson_or_to_one_step(void **state)
{
	auto_of(lesson) struct lesson *lesson = parsed(
		"title: x\nneeds: sh\nstep: a\nneeds: one\nneeds: two\nsay: b\nstep: c\nsay: d\n");

	(void)state;
	assert_int_equal(lesson->needs.len, 1);
	assert_int_equal(lesson->items[0].needs.len, 2);
	assert_string_equal(lesson->items[0].needs.v[1], "two");
	assert_int_equal(lesson->items[2].needs.len, 0);
	assert_int_equal(lesson_step_after(lesson, 0), 2);
	assert_int_equal(lesson_step_after(lesson, 1), 2);
	assert_int_equal(lesson_step_after(lesson, 2), lesson->count);
	assert_refused("title: x\nstep: a\nsay: b\nneeds: c\n",
		"line 4: 'needs:' belongs at the head, or right after 'step:'");
	assert_refused("title: x\nneeds: two words\nstep: a\n",
		"line 2: needs: one word: root, uplink, limits, or the name of a program");
	assert_refused("title: x\nneeds: ../bin/sh\nstep: a\n",
		"line 2: needs: one word: root, uplink, limits, or the name of a program");
}

static void what_is_lacking_is_told_in_words(void **state)
{
	auto_strs needs = STRS_INIT;
	char words[LESSON_LACK_SIZE];

	(void)state;
	strs_add(&needs, "sh");
	assert_null(lesson_lacks(&needs, words));
	strs_add(&needs, "no-such-program");
	assert_string_equal(
		lesson_lacks(&needs, words), "the program no-such-program, which is not installed");
}

static void what_is_for_some_is_left_out_for_others(void **state)
{
	static const char text[] = "title: x\nstep: s\nsay: all\nsay: root's\nonly: root\n"
				   "prove: true\nonly: rootless\nexpect: a\nrun: ls\n";
	auto_of(lesson) struct lesson *of_root = parsed(text), *of_user = parsed(text);

	(void)state;
	assert_int_equal(of_root->count, 5);
	lesson_fit(of_root, false);
	assert_int_equal(of_root->count, 4);
	assert_string_equal(of_root->items[2].text, "root's");
	assert_string_equal(of_root->items[3].text, "ls");
	lesson_fit(of_user, true);
	assert_int_equal(of_user->count, 4);
	assert_string_equal(of_user->items[2].text, "true");
	assert_string_equal(of_user->items[2].expect.v[0], "a");
	assert_refused("title: x\nstep: s\nsay: a\nonly: me\n", "line 4: only: root or rootless");
	assert_refused("title: x\nstep: s\nonly: root\n",
		"line 3: 'only:' belongs right after what it is about (a step has 'needs:')");
}

static void a_view_has_a_title_and_a_table_is_known_from_sentences(void **state)
{
	auto_buf title = BUF_INIT;

	(void)state;
	assert_true(lesson_view_is_table("hood web mounts"));
	assert_true(lesson_view_is_table("containers"));
	assert_false(lesson_view_is_table("why web"));
	assert_false(lesson_view_is_table("nothing of that name"));
	lesson_view_title("hood web mounts", &title);
	assert_string_equal(buf_text(&title), "Under the hood: web mounts");
}

static void what_was_done_is_done_again_also_what_was_typed_and_solved(void **state)
{
	auto_of(lesson) struct lesson *lesson = parsed(
		"title: x\nstep: s\nsay: words\nrun: echo one\nprove: echo so\n"
		"terminal: davit attach box\nkeys: it's me\n  ^P^Q\ntry: t\ncheck: c\nsolution: echo two\n");
	auto_buf command = BUF_INIT;

	(void)state;
	assert_false(lesson_redo_command(&lesson->items[0], &command));
	assert_false(lesson_redo_command(&lesson->items[1], &command));
	assert_true(lesson_redo_command(&lesson->items[2], &command));
	assert_string_equal(buf_text(&command), "echo one");
	assert_false(lesson_redo_command(&lesson->items[3], &command));
	assert_true(lesson_redo_command(&lesson->items[4], &command));
	assert_string_equal(
		buf_text(&command), "davit lesson type 'it'\\''s me\n^P^Q' 'davit attach box'");
	assert_true(lesson_redo_command(&lesson->items[5], &command));
	assert_string_equal(buf_text(&command), "echo two");
}

static void what_to_read_is_pages_by_name(void **state)
{
	auto_of(lesson) struct lesson *lesson =
		parsed("title: x\nread: run\nread: networks\nstep: s\nrun: true\n");

	(void)state;
	assert_int_equal(lesson->read.len, 2);
	assert_string_equal(lesson->read.v[1], "networks");
	assert_refused("title: x\nread: run, networks\nstep: s\n",
		"line 2: read: one word: the name of a page of davit's manual");
}

static void every_shipped_lesson_parses_and_leads_to_one_that_exists(void **state)
{
	(void)state;
	assert_true(lesson_shipped_count() > 0);
	for (size_t i = 0; i < lesson_shipped_count(); i++) {
		auto_of(lesson) struct lesson *lesson = NULL;
		char name[LESSON_NAME_SIZE];
		struct err err = {0};
		const char *text;
		size_t len, found;

		lesson_shipped_name(i, name);
		text = lesson_shipped_text(i, &len);
		if (lesson_parse(name, text, len, &lesson, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		assert_true(lesson->minutes > 0 && *lesson->about);
		assert_true(lesson_shipped_find(name, &found) && found == i);
		if (*lesson->next && !lesson_shipped_find(lesson->next, &found))
			fail_msg("%s leads to %s, which is not there", name, lesson->next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lesson_is_its_head_and_what_happens_in_order),
		cmocka_unit_test(a_question_knows_its_right_answer),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(what_is_expected_is_a_text_or_an_expression),
		cmocka_unit_test(steps_are_counted_from_one),
		cmocka_unit_test(a_need_belongs_to_the_lesson_or_to_one_step),
		cmocka_unit_test(what_is_lacking_is_told_in_words),
		cmocka_unit_test(what_is_for_some_is_left_out_for_others),
		cmocka_unit_test(a_view_has_a_title_and_a_table_is_known_from_sentences),
		cmocka_unit_test(what_was_done_is_done_again_also_what_was_typed_and_solved),
		cmocka_unit_test(what_to_read_is_pages_by_name),
		cmocka_unit_test(every_shipped_lesson_parses_and_leads_to_one_that_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
