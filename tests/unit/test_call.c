#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/dockerfile.h"
#include "build/call.h"

static void checks(const char *text, size_t warnings, const char *words)
{
	struct build_plan *made = dockerfile_plan(text);
	auto_buf out = BUF_INIT;

	assert_int_equal(call_check(made, &dockerfile.options.source, &out), warnings);
	build_plan_free(made);
	assert_string_equal(buf_text(&out), words);
}

static void answers(
	void (*call)(const struct build_plan *, struct buf *), const char *text, const char *words)
{
	struct build_plan *made = dockerfile_plan(text);
	auto_buf out = BUF_INIT;

	call(made, &out);
	build_plan_free(made);
	assert_string_equal(buf_text(&out), words);
}

static void a_check_says_when_all_is_well(void **state)
{
	(void)state;
	checks("FROM unknown\nRUN $UNKNOWN_BASE_MAY_SET_IT\nUSER $IT_MAY\n", 0,
		"Check complete, no warnings found.\n");
	checks("FROM scratch\nMAINTAINER x\n", 1,
		"Check complete, 1 warning has been found!\n\nWARNING: MaintainerDeprecated - "
		"https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/\n"
		"Maintainer instruction is deprecated in favor of using label\n"
		"Dockerfile:2\n--------------------\n   1 |     FROM scratch\n"
		"   2 | >>> MAINTAINER x\n   3 |     \n--------------------\n");
}

static void targets_are_listed_with_what_they_are(void **state)
{
	(void)state;
	answers(call_targets,
		"# base has the tools\nFROM debian AS base\nFROM base\n# release is small\n"
		"FROM scratch AS release\n",
		"TARGET            DESCRIPTION\nbase              has the tools\n"
		"release (default) is small\n");
}

static void an_outline_tells_what_may_be_given(void **state)
{
	(void)state;
	answers(call_outline,
		"# GO is the compiler\nARG GO=1.22\nARG UNUSED\nFROM golang:$GO AS build\n"
		"# MODE of the build\nARG MODE=fast\nARG TARGETARCH\n"
		"RUN --mount=type=secret,id=token,required --mount=type=ssh x\n",
		"TARGET:     build\n\n"
		"BUILD ARG   VALUE       DESCRIPTION\nGO          1.22        is the compiler\n"
		"MODE        fast        of the build\n\n"
		"SECRET      REQUIRED\ntoken       true\n\n"
		"SSH         REQUIRED\ndefault     \n\n");
}

#define in_order(name) cmocka_unit_test_teardown(name, dockerfile_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_order(a_check_says_when_all_is_well),
		in_order(targets_are_listed_with_what_they_are),
		in_order(an_outline_tells_what_may_be_given),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
