#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/secret.h"
#include "../support/scratch.h"
#include "util/strs.h"

static struct err err;

static int read_from(const char *secret, const char *id, struct buf *out)
{
	auto_strs secrets = STRS_INIT;

	strs_add(&secrets, "id=other,env=PATH");
	strs_add(&secrets, secret);
	return secret_read(&secrets, id, out, &err);
}

static void must_be(const char *secret, const char *id, const char *value)
{
	auto_buf out = BUF_INIT;

	if (read_from(secret, id, &out) < 0)
		fail_msg("%s: %s", secret, err.text);
	assert_string_equal(buf_text(&out), value);
}

static void refused(const char *secret, const char *sentence)
{
	auto_strs secrets = STRS_INIT;

	strs_add(&secrets, secret);
	assert_int_equal(secrets_check(&secrets, &err), -EINVAL);
	assert_string_equal(err.text, sentence);
}

static void a_file_is_read_byte_for_byte_when_it_is_asked_for(void **state)
{
	struct scratch *scratch = *state;
	auto_buf out = BUF_INIT, text = BUF_INIT;

	buf_addf(&text, "id=a,src=%s/s", scratch->path);
	assert_int_equal(read_from(buf_text(&text), "a", &out), -ENOENT);
	assert_int_equal(path_replace_at(scratch->fd, "s", "x\0y\n", 4, 0600), 0);
	assert_int_equal(read_from(buf_text(&text), "a", &out), 0);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.data, "x\0y\n", 4);
}

static void a_variable_is_its_value(void **state)
{
	(void)state;
	setenv("A_SECRET", "v a l", 1);
	must_be("id=a,env=A_SECRET", "a", "v a l");
	must_be("id=A_SECRET", "A_SECRET", "v a l");
	must_be("type=env,id=A_SECRET", "A_SECRET", "v a l");
	must_be("id=a,type=env,src=A_SECRET", "a", "v a l");
	setenv("A_SECRET", "", 1);
	must_be("id=a,env=A_SECRET", "a", "");
	unsetenv("A_SECRET");
}

static void an_id_alone_is_a_file_when_no_variable_has_the_name(void **state)
{
	struct scratch *scratch = *state;
	char before[4096];

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(fchdir(scratch->fd), 0);
	assert_int_equal(path_replace_at(scratch->fd, "a.txt", "here", 4, 0600), 0);
	must_be("id=a.txt", "a.txt", "here");
	assert_int_equal(chdir(before), 0);
}

static void what_nobody_gave_is_not_found(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(read_from("id=a,env=PATH", "b", &out), -ENOENT);
	assert_string_equal(err.text, "secret b: not found");
	unsetenv("NOT_SET");
	assert_int_equal(read_from("id=a,env=NOT_SET", "a", &out), -ENOENT);
	assert_string_equal(err.text, "secret: the variable NOT_SET is not set");
}

static void more_than_the_largest_secret_is_refused(void **state)
{
	struct scratch *scratch = *state;
	auto_buf out = BUF_INIT, text = BUF_INIT;
	char *large = calloc(1, SECRET_MAX + 1);

	assert_int_equal(path_replace_at(scratch->fd, "s", large, SECRET_MAX + 1, 0600), 0);
	free(large);
	buf_addf(&text, "id=a,src=%s/s", scratch->path);
	assert_int_equal(read_from(buf_text(&text), "a", &out), -EFBIG);
}

static void quotes_keep_a_comma_in_a_path(void **state)
{
	struct scratch *scratch = *state;
	auto_buf text = BUF_INIT;

	assert_int_equal(path_replace_at(scratch->fd, "s,t", "x", 1, 0600), 0);
	buf_addf(&text, "id=a,\"src=%s/s,t\"", scratch->path);
	must_be(buf_text(&text), "a", "x");
}

static void what_is_wrong_is_said_in_buildkits_words(void **state)
{
	(void)state;
	refused("id=a,color=red", "unexpected key 'color' in 'color=red'");
	refused("a", "invalid field 'a' must be a key=value pair");
	refused("id=a,src", "invalid field 'src' must be a key=value pair");
	refused("id=a,type=tape", "unsupported secret type \"tape\"");
	refused("src=/a,type=file", "secret src=/a,type=file: it needs an id");
	refused("src=/a", "secret src=/a: it needs an id");
	refused("", "secret : it needs an id");
}

static void a_source_that_cannot_be_read_is_told_before_the_build(void **state)
{
	auto_strs secrets = STRS_INIT;

	(void)state;
	strs_add(&secrets, "id=a,src=/nowhere/s");
	assert_int_equal(secrets_check(&secrets, &err), -ENOENT);
	assert_string_equal(err.text, "failed to stat /nowhere/s: No such file or directory");
	refused("id=a,src=/dev/null",
		"secret a: /dev/null is no regular file: write it to one, or give it as env=NAME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_file_is_read_byte_for_byte_when_it_is_asked_for),
		cmocka_unit_test(a_variable_is_its_value),
		in_scratch(an_id_alone_is_a_file_when_no_variable_has_the_name),
		cmocka_unit_test(what_nobody_gave_is_not_found),
		in_scratch(more_than_the_largest_secret_is_refused),
		in_scratch(quotes_keep_a_comma_in_a_path),
		cmocka_unit_test(a_source_that_cannot_be_read_is_told_before_the_build),
		cmocka_unit_test(what_is_wrong_is_said_in_buildkits_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
