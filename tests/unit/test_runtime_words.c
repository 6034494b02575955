/* Names of systemd's units, signals and the words of a command: what davit-runtime is told. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "oci/options.h"
#include "oci/signals.h"
#include "oci/unit.h"
#include "util/own.h"

static void a_path_is(const char *cgroups_path, const char *unit, const char *path)
{
	auto_free char *is_unit = NULL, *is_path = NULL;
	struct err err = {0};

	if (unit_names(cgroups_path, "id", &is_unit, &is_path, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(is_unit, unit);
	assert_string_equal(is_path, path);
}

static void a_unit_lies_in_its_slice_and_that_in_the_slices_of_its_name(void **state)
{
	(void)state;
	a_path_is("machine.slice:libpod:x", "libpod-x.scope", "machine.slice/libpod-x.scope");
	a_path_is("a-b-c.slice:p:n", "p-n.scope", "a.slice/a-b.slice/a-b-c.slice/p-n.scope");
	a_path_is(":p:n", "p-n.scope", "system.slice/p-n.scope");
	a_path_is("-.slice::n", "n.scope", "n.scope");
	a_path_is(NULL, "davit-id.scope", "system.slice/davit-id.scope");
}

static void what_names_no_unit_is_refused(void **state)
{
	static const char *const paths[] = {"/a/b", "a.slice:b", "a.slice:b:c:d", "a:b:c",
		"a.slice:b:", "a.slice:b:c/d", "-a.slice:b:c", "a--b.slice:b:c", ".slice:b:c"};

	(void)state;
	for (size_t i = 0; i < array_len(paths); i++) {
		auto_free char *unit = NULL, *path = NULL;
		struct err err = {0};

		assert_int_equal(unit_names(paths[i], "id", &unit, &path, &err), -EINVAL);
		assert_true(str_has_prefix(err.text, "linux.cgroupsPath: "));
	}
}

static void a_signal_is(const char *text, int number)
{
	int is = -1;

	assert_int_equal(signals_number(text, &is, NULL), number < 0 ? -EINVAL : 0);
	assert_int_equal(is, number);
}

static void signals_have_numbers_and_names(void **state)
{
	(void)state;
	a_signal_is("9", SIGKILL);
	a_signal_is("KILL", SIGKILL);
	a_signal_is("SIGTERM", SIGTERM);
	a_signal_is("sigusr1", SIGUSR1);
	a_signal_is("RTMIN+3", 37);
	a_signal_is("SIGRTMAX-1", 63);
	a_signal_is("0", 0);
	a_signal_is("65", -1);
	a_signal_is("9x", -1);
	a_signal_is("FROB", -1);
	a_signal_is("", -1);
	a_signal_is("RTMIN+99", -1);
	a_signal_is("-1", -1);
}

static void options_end_at_the_first_other_word(void **state)
{
	const char *text = NULL;
	bool flag = false;
	int64_t number = 0;
	auto_strs list = STRS_INIT;
	const struct option table[] = {{"text", 't', OPTION_TEXT, &text, NULL},
		{"flag", 'f', OPTION_FLAG, &flag, NULL},
		{"number", 0, OPTION_NUMBER, &number, NULL},
		{"list", 'l', OPTION_LIST, &list, NULL}, {0}};
	char *words[] = {(char *)"cmd", (char *)"--text=a=b", (char *)"-f", (char *)"--number",
		(char *)"-7", (char *)"-l", (char *)"x", (char *)"--list", (char *)"y",
		(char *)"id", (char *)"--flag=false", NULL};
	char **argv = words;
	int argc = 11;

	(void)state;
	assert_int_equal(options_read(table, "cmd", 1, -1, &argc, &argv, NULL), 0);
	assert_string_equal(text, "a=b");
	assert_true(flag);
	assert_int_equal(number, -7);
	assert_int_equal(list.len, 2);
	assert_int_equal(argc, 2);
	assert_string_equal(argv[0], "id");
}

static void known_options_may_follow_the_words_when_those_are_counted(void **state)
{
	const char *text = NULL;
	bool flag = false;
	const struct option table[] = {{"text", 't', OPTION_TEXT, &text, NULL},
		{"flag", 'f', OPTION_FLAG, &flag, NULL}, {0}};
	char *words[] = {(char *)"cmd", (char *)"id", (char *)"--text", (char *)"x", (char *)"-5",
		(char *)"-f", NULL};
	char *ended[] = {(char *)"cmd", (char *)"--", (char *)"id", (char *)"--flag=false", NULL};
	char **argv = words;
	int argc = 6;

	(void)state;
	assert_int_equal(options_read(table, "cmd", 1, 2, &argc, &argv, NULL), 0);
	assert_string_equal(text, "x");
	assert_true(flag);
	assert_int_equal(argc, 2);
	assert_string_equal(argv[0], "id");
	assert_string_equal(argv[1], "-5");
	argv = ended;
	argc = 4;
	assert_int_equal(options_read(table, "cmd", 1, 2, &argc, &argv, NULL), 0);
	assert_string_equal(argv[1], "--flag=false");
	assert_true(flag);
}

static void wrong_words_are_named(void **state)
{
	bool flag;
	int64_t number;
	const struct option table[] = {{"flag", 'f', OPTION_FLAG, &flag, NULL},
		{"number", 0, OPTION_NUMBER, &number, NULL},
		{"never", 0, OPTION_REFUSED, NULL, NULL}, {0}};
	static const struct {
		const char *word, *sentence;
	} cases[] = {
		{"--frob", "unknown option --frob"},
		{"--number=x", "--number: \"x\" is not a number"},
		{"--number", "--number: needs a value"},
		{"--flag=maybe", "--flag: \"maybe\" is neither true nor false"},
		{"--never", "--never: is not supported"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		char *words[] = {(char *)"cmd", (char *)cases[i].word, NULL}, **argv = words;
		struct err err = {0};
		int argc = 2;

		assert_true(options_read(table, "cmd", 0, 0, &argc, &argv, &err) < 0);
		assert_string_equal(err.text, cases[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unit_lies_in_its_slice_and_that_in_the_slices_of_its_name),
		cmocka_unit_test(what_names_no_unit_is_refused),
		cmocka_unit_test(signals_have_numbers_and_names),
		cmocka_unit_test(options_end_at_the_first_other_word),
		cmocka_unit_test(known_options_may_follow_the_words_when_those_are_counted),
		cmocka_unit_test(wrong_words_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
