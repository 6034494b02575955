#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/challenge.h"

static const struct challenge *nth(const struct challenges *list, size_t i)
{
	assert_true(i < list->len);
	return &list->v[i];
}

static void a_bearer_challenge_gives_its_parameters(void **state)
{
	auto_challenges list = {.len = 0};
	const struct challenge *bearer;

	(void)state;
	assert_int_equal(
		challenges_add(&list, "Bearer realm=\"https://auth.example/token\","
				      "service=\"reg\",scope=\"repository:a/b:pull,push\""),
		0);
	assert_int_equal(list.len, 1);
	bearer = challenges_find(&list, "bearer");
	assert_string_equal(challenge_param(bearer, "realm"), "https://auth.example/token");
	assert_string_equal(challenge_param(bearer, "scope"), "repository:a/b:pull,push");
	assert_null(challenge_param(bearer, "error"));
}

static void several_challenges_may_share_a_header(void **state)
{
	auto_challenges list = {.len = 0};

	(void)state;
	assert_int_equal(
		challenges_add(&list, "Negotiate, Basic realm=x, , BEARER Realm = \"r\" , a=b"), 0);
	assert_int_equal(challenges_add(&list, "Digest qop=\"auth\""), 0);
	assert_int_equal(list.len, 4);
	assert_string_equal(nth(&list, 0)->scheme, "negotiate");
	assert_string_equal(challenge_param(nth(&list, 1), "realm"), "x");
	assert_string_equal(challenge_param(nth(&list, 2), "realm"), "r");
	assert_string_equal(challenge_param(nth(&list, 2), "a"), "b");
	assert_string_equal(nth(&list, 3)->scheme, "digest");
}

static void a_blob_after_the_scheme_is_passed_over(void **state)
{
	auto_challenges list = {.len = 0};

	(void)state;
	assert_int_equal(challenges_add(&list, "NTLM TlRMTVNTUAAB/+==, Basic realm=\"a\""), 0);
	assert_int_equal(list.len, 2);
	assert_int_equal(nth(&list, 0)->params.len, 0);
	assert_string_equal(challenge_param(nth(&list, 1), "realm"), "a");
}

static void quotes_may_hold_commas_and_escapes(void **state)
{
	auto_challenges list = {.len = 0};

	(void)state;
	assert_int_equal(challenges_add(&list, "Basic realm=\"a, b=\\\"c\\\\\", x=y"), 0);
	assert_int_equal(list.len, 1);
	assert_string_equal(challenge_param(nth(&list, 0), "realm"), "a, b=\"c\\");
	assert_string_equal(challenge_param(nth(&list, 0), "x"), "y");
}

static void what_comes_before_a_mistake_is_kept(void **state)
{
	auto_challenges list = {.len = 0};

	(void)state;
	assert_int_equal(
		challenges_add(&list, "Basic realm=good, Bearer realm=\"never closed"), -EINVAL);
	assert_int_equal(list.len, 2);
	assert_string_equal(challenge_param(nth(&list, 0), "realm"), "good");
	assert_null(challenge_param(nth(&list, 1), "realm"));
	assert_int_equal(challenges_add(&list, "\x01"), -EINVAL);
}

static void too_many_of_anything_is_refused(void **state)
{
	auto_challenges list = {.len = 0};
	char header[512] = "";

	(void)state;
	for (int i = 0; i < CHALLENGES_MAX + 1; i++)
		strcat(header, "Basic,");
	assert_int_equal(challenges_add(&list, header), -E2BIG);
	assert_int_equal(list.len, CHALLENGES_MAX);
	challenges_fini(&list);
	strcpy(header, "Basic a=1");
	for (int i = 0; i < CHALLENGE_PARAMS_MAX; i++)
		strcat(header, ",b=2");
	assert_int_equal(challenges_add(&list, header), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bearer_challenge_gives_its_parameters),
		cmocka_unit_test(several_challenges_may_share_a_header),
		cmocka_unit_test(a_blob_after_the_scheme_is_passed_over),
		cmocka_unit_test(quotes_may_hold_commas_and_escapes),
		cmocka_unit_test(what_comes_before_a_mistake_is_kept),
		cmocka_unit_test(too_many_of_anything_is_refused),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
