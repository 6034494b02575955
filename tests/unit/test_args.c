#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool detach, tty, interactive;
	const char *name;
	struct strs env;
	int64_t timeout, memory, cpus;
};

static const struct option options[] = {
	{"cpus", 0, OPTION_CPUS, NULL, "", offsetof(struct values, cpus)},
	{"detach", 'd', OPTION_BOOL, NULL, "", offsetof(struct values, detach)},
	{"env", 'e', OPTION_LIST, NULL, "", offsetof(struct values, env)},
	{"interactive", 'i', OPTION_BOOL, NULL, "", offsetof(struct values, interactive)},
	{"memory", 'm', OPTION_BYTES, NULL, "", offsetof(struct values, memory)},
	{"name", 0, OPTION_STRING, NULL, "", offsetof(struct values, name)},
	{"publish", 'p', OPTION_LATER, NULL, NULL, 0},
	{"timeout", 't', OPTION_INT, NULL, "", offsetof(struct values, timeout)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct reading {
	struct values values;
	struct operands operands;
	struct err err;
	bool help;
	int code;
	char text[256];
	char *argv[32];
};

/* Splits words at single blanks. */
static struct reading *read_words(struct reading *reading, const char *words, int hands_on_after)
{
	const struct syntax syntax = {.tables = tables, .hands_on_after = hands_on_after};
	char *at = reading->text, *word;
	int argc = 0;

	memset(reading, 0, sizeof(*reading));
	snprintf(reading->text, sizeof(reading->text), "%s", words);
	while ((word = strsep(&at, " ")))
		reading->argv[argc++] = word;
	reading->code = args_read(&syntax, argc, reading->argv, &reading->values,
		&reading->operands, &reading->help, &reading->err);
	return reading;
}

static void forget(struct reading *reading)
{
	const struct syntax syntax = {.tables = tables};

	args_fini(&syntax, &reading->values);
}

static void assert_refused(const char *words, const char *sentence)
{
	struct reading reading;

	read_words(&reading, words, -1);
	assert_true(reading.code < 0);
	assert_string_equal(reading.err.text, sentence);
	forget(&reading);
}

static void every_way_to_give_a_value_is_read(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "--name=a -e A=1 -eB=2 -e=C --env D=4 --timeout 5", -1);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.values.name, "a");
	assert_int_equal(r.values.env.len, 4);
	assert_string_equal(r.values.env.v[1], "B=2");
	assert_string_equal(r.values.env.v[2], "C");
	assert_int_equal(r.values.timeout, 5);
	forget(&r);
}

static void letters_are_bundled_and_the_last_may_take_a_value(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "-idt5 -dm 1k", -1);
	assert_int_equal(r.code, 0);
	assert_true(r.values.interactive && r.values.detach);
	assert_int_equal(r.values.timeout, 5);
	assert_int_equal(r.values.memory, 1024);
	forget(&r);
}

static void a_flag_takes_true_and_false_only_with_an_equals_sign(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "--detach=true --interactive=0 -d=false x", -1);
	assert_int_equal(r.code, 0);
	assert_false(r.values.detach);
	assert_false(r.values.interactive);
	read_words(&r, "--detach false", -1);
	assert_true(r.values.detach);
	assert_int_equal(r.operands.len, 1);
}

static void options_follow_operands(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "one -d two --name n", -1);
	assert_int_equal(r.code, 0);
	assert_true(r.values.detach);
	assert_int_equal(r.operands.len, 2);
	assert_string_equal(r.operands.v[1], "two");
	assert_null(r.operands.v[2]);
}

static void what_follows_the_image_is_the_containers(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "-d image sh -c -- --name", 1);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.operands.len, 5);
	assert_string_equal(r.operands.v[4], "--name");
	assert_null(r.values.name);
}

static void two_dashes_end_the_options(void **state)
{
	struct reading r;

	(void)state;
	read_words(&r, "-d -- --name -d -", -1);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.operands.len, 3);
	assert_string_equal(r.operands.v[0], "--name");
	assert_string_equal(r.operands.v[2], "-");
}

static void help_is_met_before_a_later_mistake(void **state)
{
	struct reading r;

	(void)state;
	assert_true(read_words(&r, "--help --nonsense", -1)->help);
	assert_true(read_words(&r, "-h", -1)->help);
	read_words(&r, "image --help", 1);
	assert_false(r.help);
}

static void mistakes_are_told_in_dockers_words(void **state)
{
	(void)state;
	assert_refused("--bad", "unknown flag: --bad");
	assert_refused("--bad=1", "unknown flag: --bad");
	assert_refused("-iQd", "unknown shorthand flag: 'Q' in -Qd");
	assert_refused("--name", "flag needs an argument: --name");
	assert_refused("-im", "flag needs an argument: 'm' in -m");
	assert_refused("--=x", "bad flag syntax: --=x");
	assert_refused("-d=maybe", "invalid argument \"maybe\" for \"-d, --detach\" flag: "
				   "strconv.ParseBool: parsing \"maybe\": invalid syntax");
	assert_refused("-t x", "invalid argument \"x\" for \"-t, --timeout\" flag: "
			       "strconv.ParseInt: parsing \"x\": invalid syntax");
	assert_refused(
		"-m zz", "invalid argument \"zz\" for \"-m, --memory\" flag: invalid size: 'zz'");
	assert_refused("--cpus zz", "invalid argument \"zz\" for \"--cpus\" flag: "
				    "failed to parse zz as a rational number");
}

static void an_option_of_later_is_refused_by_name(void **state)
{
	struct reading r;

	(void)state;
	assert_int_equal(read_words(&r, "-p 80:80", -1)->code, -ENOTSUP);
	assert_string_equal(r.err.text, "--publish is not supported yet");
	assert_refused("-dp80", "--publish is not supported yet");
	assert_refused("--publish=80", "--publish is not supported yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_give_a_value_is_read),
		cmocka_unit_test(letters_are_bundled_and_the_last_may_take_a_value),
		cmocka_unit_test(a_flag_takes_true_and_false_only_with_an_equals_sign),
		cmocka_unit_test(options_follow_operands),
		cmocka_unit_test(what_follows_the_image_is_the_containers),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(help_is_met_before_a_later_mistake),
		cmocka_unit_test(mistakes_are_told_in_dockers_words),
		cmocka_unit_test(an_option_of_later_is_refused_by_name),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
