#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/process.h"

static struct row_process a_child(void)
{
	struct row_process child = {.pid = fork()};

	if (child.pid == 0) {
		prctl(PR_SET_NAME, "a) R (b");
		for (;;)
			pause();
	}
	/* Until it has its difficult name. */
	for (char name[32] = ""; name[0] != 'a';) {
		char path[64];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/comm", child.pid);
		file = fopen(path, "r");
		assert_non_null(file);
		assert_non_null(fgets(name, sizeof(name), file));
		fclose(file);
	}
	assert_int_equal(process_start_time(child.pid, &child.start), 0);
	return child;
}

static void a_process_with_parentheses_in_its_name_is_itself(void **state)
{
	struct row_process child = a_child();

	(void)state;
	assert_true(child.start >= process_self().start);
	assert_true(process_is_alive(&child));
	assert_int_equal(process_signal(&child, SIGKILL), 0);
	assert_int_equal(process_wait_gone(&child, 5000), 0);
	waitpid(child.pid, NULL, 0);
}

static void the_same_pid_of_another_time_is_somebody_else(void **state)
{
	struct row_process self = process_self();

	(void)state;
	assert_true(process_is_alive(&self));
	if (self.unique) { /* the kernel has pidfs */
		self.unique++;
		assert_false(process_is_alive(&self));
	}
	self.unique = 0;
	assert_true(process_is_alive(&self));
	self.start--;
	assert_false(process_is_alive(&self));
	assert_int_equal(process_signal(&self, SIGKILL), -ESRCH);
	assert_int_equal(process_wait_gone(&self, -1), 0);
}

static void a_zombie_is_not_alive(void **state)
{
	struct row_process child = a_child();
	siginfo_t info;

	(void)state;
	process_signal(&child, SIGKILL);
	waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT);
	assert_false(process_is_alive(&child));
	waitpid(child.pid, NULL, 0);
	assert_false(process_is_alive(&child));
}

static void no_process_is_not_alive(void **state)
{
	struct row_process none = {0};

	(void)state;
	assert_false(process_is_alive(&none));
	assert_int_equal(process_signal(&none, SIGKILL), -ESRCH);
}

static void waiting_for_one_that_stays_ends_in_time(void **state)
{
	struct row_process child = a_child();

	(void)state;
	assert_int_equal(process_wait_gone(&child, 20), -ETIMEDOUT);
	process_signal(&child, SIGKILL);
	waitpid(child.pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_with_parentheses_in_its_name_is_itself),
		cmocka_unit_test(the_same_pid_of_another_time_is_somebody_else),
		cmocka_unit_test(a_zombie_is_not_alive),
		cmocka_unit_test(no_process_is_not_alive),
		cmocka_unit_test(waiting_for_one_that_stays_ends_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
