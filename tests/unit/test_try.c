#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine_try.h"

static void assert_judged(const char *call, int exit_code, int filter, bool has_capability,
	enum try_verdict verdict, const char *part)
{
	struct try_answer answer;

	try_judge(try_find(call), exit_code, filter, has_capability, &answer);
	assert_int_equal(answer.verdict, verdict);
	if (!strstr(answer.sentence, part))
		fail_msg("'%s' does not say '%s'", answer.sentence, part);
}

static void what_the_filter_refused_was_not_looked_at(void **state)
{
	(void)state;
	assert_judged("mount", EPERM, EPERM, false, TRY_FILTERED, "refused it with EPERM before");
	assert_judged("mount", EPERM, EPERM, false, TRY_FILTERED, "CAP_SYS_ADMIN would be missing");
	assert_judged("clone3", ENOSYS, ENOSYS, true, TRY_FILTERED, "with ENOSYS");
}

static void a_killed_process_is_told_apart_from_an_error(void **state)
{
	(void)state;
	assert_judged("mount", 159, -1, false, TRY_KILLED, "SIGSYS");
}

static void a_missing_capability_is_named(void **state)
{
	(void)state;
	assert_judged("mount", EPERM, 0, false, TRY_UNABLE, "no CAP_SYS_ADMIN");
	assert_judged("mount", EPERM, -2, false, TRY_UNABLE, "No filter is in its way");
}

static void what_was_let_through_may_still_answer_with_an_error(void **state)
{
	(void)state;
	assert_judged("mount", ENODEV, 0, true, TRY_REACHED, "answered ENODEV");
	assert_judged("getpid", 0, 0, true, TRY_ALLOWED, "the kernel did it");
	assert_judged("mount", EPERM, 0, true, TRY_FORBIDDEN, "all the same");
}

static void every_call_has_its_words_and_arguments_within_their_text(void **state)
{
	size_t count;
	const struct trial *calls = try_calls(&count);

	(void)state;
	assert_true(count > 25);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(try_find(calls[i].name), &calls[i]);
		assert_true(strncmp(calls[i].shown, calls[i].name, strlen(calls[i].name)) == 0);
		assert_true(*calls[i].words);
		for (int k = 0; k < TRIAL_ARGS; k++)
			if (calls[i].pointers >> k & 1)
				assert_true(calls[i].args[k] <= calls[i].text_len);
	}
	assert_null(try_find("execve"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_filter_refused_was_not_looked_at),
		cmocka_unit_test(a_killed_process_is_told_apart_from_an_error),
		cmocka_unit_test(a_missing_capability_is_named),
		cmocka_unit_test(what_was_let_through_may_still_answer_with_an_error),
		cmocka_unit_test(every_call_has_its_words_and_arguments_within_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
