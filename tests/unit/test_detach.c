#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/detach.h"

/* Feeds one byte at a time, as fingers do; returns whether it ended in a detach. */
static bool type(struct detach *detach, const char *keys, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		size_t used;

		if (detach_feed(detach, keys + i, 1, &used, out))
			return i + 1 == len;
	}
	return false;
}

static void assert_passes(const char *sequence, const char *keys, const char *expected)
{
	struct buf out = BUF_INIT;
	struct detach detach;

	assert_int_equal(detach_init(&detach, sequence, NULL), 0);
	assert_false(type(&detach, keys, strlen(keys), &out));
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void ctrl_p_ctrl_q_detaches_and_reaches_nobody(void **state)
{
	struct buf out = BUF_INIT;
	struct detach detach;
	size_t used;

	(void)state;
	assert_int_equal(detach_init(&detach, NULL, NULL), 0);
	assert_true(detach_feed(&detach, "ab\x10\x11tail", 8, &used, &out));
	assert_int_equal(used, 4);
	assert_string_equal(buf_text(&out), "ab");
	buf_fini(&out);
}

static void a_sequence_that_fails_is_let_through(void **state)
{
	(void)state;
	assert_passes(NULL, "a\x10z", "a\x10z");
	assert_passes(NULL, "\x10", "");
	assert_passes(NULL, "\x10\x10x", "\x10\x10x");
}

static void what_was_held_back_may_begin_the_sequence_anew(void **state)
{
	struct buf out = BUF_INIT;
	struct detach detach;

	(void)state;
	assert_int_equal(detach_init(&detach, NULL, NULL), 0);
	assert_true(type(&detach, "\x10\x10\x11", 3, &out));
	assert_string_equal(buf_text(&out), "\x10");
	buf_clear(&out);
	assert_int_equal(detach_init(&detach, "a,a,b", NULL), 0);
	assert_true(type(&detach, "aaaab", 5, &out));
	assert_string_equal(buf_text(&out), "aa");
	buf_clear(&out);
	assert_int_equal(detach_init(&detach, "a,b,a,c", NULL), 0);
	assert_true(type(&detach, "ababac", 6, &out));
	assert_string_equal(buf_text(&out), "ab");
	buf_fini(&out);
}

static void an_empty_sequence_never_detaches(void **state)
{
	(void)state;
	assert_passes("", "\x10\x11", "\x10\x11");
}

static void every_control_key_has_its_byte(void **state)
{
	struct detach detach;

	(void)state;
	assert_int_equal(
		detach_init(&detach, "ctrl-@,ctrl-A,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,x", NULL),
		0);
	assert_int_equal(detach.len, 8);
	assert_memory_equal(detach.keys, "\0\1\x1b\x1c\x1d\x1e\x1fx", 8);
}

static void a_bad_sequence_is_named(void **state)
{
	struct detach detach;
	struct err err;

	(void)state;
	assert_true(detach_init(&detach, "ctrl-1", &err) < 0);
	assert_string_equal(err.text, "invalid detach keys (ctrl-1): Unknown character: 'ctrl-1'");
	assert_true(detach_init(&detach, "a,,b", &err) < 0);
	assert_true(detach_init(&detach, "a,", &err) < 0);
	assert_true(detach_init(&detach, "ab", &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ctrl_p_ctrl_q_detaches_and_reaches_nobody),
		cmocka_unit_test(a_sequence_that_fails_is_let_through),
		cmocka_unit_test(what_was_held_back_may_begin_the_sequence_anew),
		cmocka_unit_test(an_empty_sequence_never_detaches),
		cmocka_unit_test(every_control_key_has_its_byte),
		cmocka_unit_test(a_bad_sequence_is_named),
	};

	return cmocka_run_group_tests_name("detach", tests, NULL, NULL);
}
