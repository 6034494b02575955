#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "util/own.h"
#include "util/redact.h"

static void check(const char *line, const char *wanted)
{
	auto_buf out = BUF_INIT;

	redact_line(line, &out);
	assert_string_equal(buf_text(&out), wanted);
}

static void what_follows_a_secret_s_name_is_hidden(void **state)
{
	(void)state;
	check("davit run -e DB_PASSWORD=hunter2 x", "davit run -e DB_PASSWORD=… x");
	check("davit run --env=API_TOKEN=a=b x", "davit run --env=API_TOKEN=… x");
	check("davit build --build-arg npm_auth=abc .", "davit build --build-arg npm_auth=… .");
	check("davit run -e AWS_SECRET_ACCESS_KEY='a b' x",
		"davit run -e AWS_SECRET_ACCESS_KEY=… x");
	check("davit run -e PGPASS=x -e pwd=y z", "davit run -e PGPASS=… -e pwd=y z");
}

static void a_quoted_word_is_hidden_to_its_end(void **state)
{
	(void)state;
	check("davit exec web sh -c 'export TOKEN=abc; echo \"hi there\"' end",
		"davit exec web sh -c 'export TOKEN=… end");
	check("davit run -e \"SECRET=two words\" x", "davit run -e \"SECRET=… x");
	check("davit run -e SECRET=\"never closed", "davit run -e SECRET=…");
}

static void an_option_s_value_may_be_the_next_word(void **state)
{
	(void)state;
	check("davit login --password hunter2 host", "davit login --password … host");
	check("davit login -u me -p hunter2 host", "davit login -u me -p … host");
	check("davit login -u me -phunter2 host", "davit login -u me -p… host");
	check("davit login --password-stdin host", "davit login --password-stdin host");
	check("davit run -p 8080:80 nginx", "davit run -p 8080:80 nginx");
}

static void a_url_loses_its_password(void **state)
{
	(void)state;
	check("davit build https://me:pw@host/x.git", "davit build https://me:…@host/x.git");
	check("davit run -e URL=postgres://u:p@ss@db/x y",
		"davit run -e URL=postgres://u:…@db/x y");
	check("davit build https://host/a:b@c", "davit build https://host/a:b@c");
}

static void all_else_stays_as_it_was(void **state)
{
	static const char *const lines[] = {"", " ", "davit rm  -f web", "davit run -e A=b c d=e",
		"davit run -w /x -e PWD=/x y", "davit exec web ls '-l' \"a b\"", "a\\ b c"};

	(void)state;
	for (size_t i = 0; i < array_len(lines); i++)
		check(lines[i], lines[i]);
}

static void a_word_of_an_environment_keeps_its_name(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	redact_word("DB_PASSWORD=two words and more", &out);
	assert_string_equal(buf_text(&out), "DB_PASSWORD=…");
	buf_clear(&out);
	redact_word("URL=postgres://u:pw@db/x y", &out);
	assert_string_equal(buf_text(&out), "URL=postgres://u:…@db/x y");
	buf_clear(&out);
	redact_word("GREETING=hello, you", &out);
	assert_string_equal(buf_text(&out), "GREETING=hello, you");
}

static void strings_of_an_array_are_hidden_in_place(void **state)
{
	cJSON *array =
		cJSON_Parse("[\"A=1\",\"API_TOKEN=abc\",7,\"SECRET=\",\"--password\",\"a b\","
			    "\"-v\",\"x\",\"--token\",\"-v\",\"--key\"]");
	char *text;

	(void)state;
	redact_strings(array);
	text = cJSON_PrintUnformatted(array);
	assert_string_equal(text, "[\"A=1\",\"API_TOKEN=…\",7,\"SECRET=\",\"--password\",\"…\","
				  "\"-v\",\"x\",\"--token\",\"-v\",\"--key\"]");
	free(text);
	cJSON_Delete(array);
	redact_strings(NULL);
}

static void words_are_joined_so_that_a_shell_takes_them_apart(void **state)
{
	static const char *const words[] = {"exec", "web", "echo", "it's", "", "a b", "x=1"};
	auto_buf out = BUF_INIT;

	(void)state;
	redact_join(words, array_len(words), &out);
	assert_string_equal(buf_text(&out), "exec web echo 'it'\\''s' '' 'a b' x=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_a_secret_s_name_is_hidden),
		cmocka_unit_test(a_quoted_word_is_hidden_to_its_end),
		cmocka_unit_test(an_option_s_value_may_be_the_next_word),
		cmocka_unit_test(a_url_loses_its_password),
		cmocka_unit_test(all_else_stays_as_it_was),
		cmocka_unit_test(a_word_of_an_environment_keeps_its_name),
		cmocka_unit_test(strings_of_an_array_are_hidden_in_place),
		cmocka_unit_test(words_are_joined_so_that_a_shell_takes_them_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
