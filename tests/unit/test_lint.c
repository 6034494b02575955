#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/dockerfile.h"
#include "build/lint.h"
#include "util/own.h"

static void warns(const char *text, const char *lines)
{
	struct build_plan *made = dockerfile_plan(text);
	auto_buf out = BUF_INIT;

	lint_brief(made->lint, &out);
	build_plan_free(made);
	assert_string_equal(buf_text(&out), lines);
}

static const struct {
	const char *text, *lines;
} checked[] = {
	{"FROM scratch AS Base\n",
		" - StageNameCasing: Stage name 'Base' should be lowercase (line 1)\n"},
	{"FROM scratch as b\n",
		" - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)\n"},
	{"FROM scratch AS a\nFrom scratch as b\n",
		" - ConsistentInstructionCasing: Command 'From' should match the case of the command "
		"majority (uppercase) (line 2)\n"},
	{"FROM scratch AS a\nARG foo=x\nWORKDIR /a\nFROM a\nCOPY $foo .\nWORKDIR b\n", ""},
	{"# check=skip=all;experimental=InvalidDefinitionDescription\n# nothing\n\nFROM scratch "
	 "AS b\n# about\nARG x=1 y=2\n# y is good\nARG x y\n",
		" - InvalidDefinitionDescription: Comment for ARG should follow the format: `# "
		"<arg_key> <description>` (line 6)\n"},
	{"FROM scratch\nRUN a \\\n\n b\n",
		" - NoEmptyContinuation: Empty continuation line (line 4)\n"},
	{"FROM scratch\nrun a\nRUN b\n",
		" - ConsistentInstructionCasing: Command 'run' should match the case of the command "
		"majority (uppercase) (line 2)\n"},
	{"from scratch\nrun a\nRun b\n",
		" - ConsistentInstructionCasing: Command 'Run' should match the case of the command "
		"majority (lowercase) (line 3)\n"},
	{"FROM scratch AS a\nFROM scratch AS a\n",
		" - DuplicateStageName: Duplicate stage name \"a\", stage names should be unique "
		"(line 2)\n"},
	{"FROM scratch AS context\n",
		" - ReservedStageName: Stage name should not use the same name as reserved stage "
		"\"context\" (line 1)\n"},
	{"FROM scratch\nCMD a\nENTRYPOINT b\n",
		" - JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended "
		"behavior related to OS signals (line 2)\n"
		" - JSONArgsRecommended: JSON arguments recommended for ENTRYPOINT to prevent "
		"unintended behavior related to OS signals (line 3)\n"},
	{"FROM scratch\nMAINTAINER me\n",
		" - MaintainerDeprecated: Maintainer instruction is deprecated in favor of using "
		"label (line 2)\n"},
	{"ARG VERSION=1\nFROM debian:1$VERSIN\n",
		" - UndefinedArgInFrom: FROM argument 'VERSIN' is not declared (did you mean "
		"VERSION?) (line 2)\n"},
	{"FROM scratch\nWORKDIR a\nWORKDIR b\n",
		" - WorkdirRelativePath: Relative workdir \"a\" can have unexpected results if the "
		"base image changes (line 2)\n"},
	{"FROM scratch\nENV NAME=a\nCOPY $NAMEE /x\n",
		" - UndefinedVar: Usage of undefined variable '$NAMEE' (did you mean $NAME?) (line "
		"3)\n"},
	{"FROM scratch\nCMD [\"a\"]\nCMD [\"b\"]\n",
		" - MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in "
		"the same stage because only the last one will be used (line 2)\n"},
	{"FROM scratch\nENV a b\n",
		" - LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV "
		"key value\" format (line 2)\n"},
	{"FROM arm\n", " - InvalidBaseImagePlatform: Base image arm was pulled with platform "
		       "\"linux/arm64\", expected \"linux/amd64\" for current build (line 1)\n"},
	{"FROM --platform=$TARGETPLATFORM scratch\n",
		" - RedundantTargetPlatform: Setting platform to predefined $TARGETPLATFORM in FROM "
		"is redundant as this is the default behavior (line 1)\n"},
	{"FROM scratch\nARG API_KEY\nENV PUBLIC_KEY=x\n",
		" - SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data "
		"(ARG \"API_KEY\") (line 2)\n"},
	{"FROM --platform=linux/amd64 scratch\n",
		" - FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant "
		"value \"linux/amd64\" (line 1)\n"},
	{"FROM --platform=linux/amd64 scratch AS build-amd64\n", ""},
	{"FROM scratch\nEXPOSE 80/TCP 1.2.3.4:80:90\n",
		" - ExposeInvalidFormat: EXPOSE instruction should not define an IP address or "
		"host-port mapping, found '1.2.3.4:80:90' (line 2)\n"
		" - ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase (line "
		"2)\n"},
	{"# check=experimental=all\n# something\nFROM scratch AS b\n",
		" - InvalidDefinitionDescription: Comment for FROM should follow the format: "
		"`# b <description>` (line 3)\n"},
};

static void each_check_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(checked); i++)
		warns(checked[i].text, checked[i].lines);
}

static void a_default_that_makes_no_image_is_told(void **state)
{
	(void)state;
	strs_add(&dockerfile.options.build_args, "TAG=12");
	warns("ARG TAG\nFROM debian:${TAG}\n",
		" - InvalidDefaultArgInFrom: Default value for ARG debian:${TAG} results in empty or "
		"invalid base image name (line 2)\n");
}

static void ignored_files_are_told(void **state)
{
	auto_of(ignore) struct ignore *ignore = NULL;

	(void)state;
	assert_int_equal(ignore_read("secret", 6, &ignore, &dockerfile.err), 0);
	dockerfile.options.ignore = ignore;
	warns("FROM scratch\nCOPY ./secret/x /\nCOPY --from=debian secret /\n",
		" - CopyIgnoredFile: Attempting to Copy file \"secret/x\" that is excluded by "
		".dockerignore (line 2)\n");
}

static void checks_can_be_skipped_or_made_errors(void **state)
{
	struct build_plan *made =
		dockerfile_plan("# check=skip=StageNameCasing, LegacyKeyValueFormat;error=true\n"
				"FROM scratch AS A\nENV a b\nCMD x\n");

	(void)state;
	assert_int_equal(made->lint->len, 1);
	assert_true(made->lint->as_error);
	assert_int_equal(lint_verdict(made->lint, &dockerfile.place, &dockerfile.err), -EINVAL);
	assert_string_equal(
		dockerfile.err.text, "lint violation found for rules: JSONArgsRecommended");
	assert_int_equal(dockerfile.place.first, 4);
	build_plan_free(made);
	warns("# check=skip=all\nFROM scratch AS A\n", "");
	strs_add(&dockerfile.options.build_args, "BUILDKIT_DOCKERFILE_CHECK=skip=StageNameCasing");
	warns("# check=skip=all\nFROM scratch AS A\nCMD x\n",
		" - JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended "
		"behavior related to OS signals (line 3)\n");
	strs_fini(&dockerfile.options.build_args);
	dockerfile.options.build_args = (struct strs)STRS_INIT;
	dockerfile_is_refused("# check=skp=all\nFROM scratch\n", 1, "invalid check option \"skp\"");
}

static void a_report_shows_the_lines(void **state)
{
	struct build_plan *made = dockerfile_plan("FROM scratch\nCMD x\n");
	auto_buf out = BUF_INIT;

	(void)state;
	lint_report(made->lint, &dockerfile.options.source, &out);
	build_plan_free(made);
	assert_string_equal(buf_text(&out),
		"\nWARNING: JSONArgsRecommended - "
		"https://docs.docker.com/go/dockerfile/rule/json-args-recommended/\n"
		"JSON arguments recommended for CMD to prevent unintended behavior related to OS "
		"signals\n"
		"Dockerfile:2\n--------------------\n   1 |     FROM scratch\n   2 | >>> CMD x\n"
		"   3 |     \n--------------------\n");
}

#define in_order(name) cmocka_unit_test_teardown(name, dockerfile_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_order(each_check_has_its_words),
		in_order(a_default_that_makes_no_image_is_told),
		in_order(ignored_files_are_told),
		in_order(checks_can_be_skipped_or_made_errors),
		in_order(a_report_shows_the_lines),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
