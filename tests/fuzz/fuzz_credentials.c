/* Credential files, a helper's answer, and a token server's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/auth.h"
#include "core/image/credentials.h"
#include "util/strs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is put into a file is found in it again, and gone when it is dropped. */
static void check_round_trip(const char *text, size_t len)
{
	struct credentials ada = {.user = "ada", .secret = "secret"};
	auto_credentials found = CREDENTIALS_INIT;
	auto_buf with = BUF_INIT, without = BUF_INIT;
	auto_free char *helper = NULL;
	struct err err = {0};
	bool was;

	if (credentials_put(text, len, "localhost:5000", &ada, &with, &err) < 0)
		return;
	if (credentials_parse(buf_text(&with), with.len, "localhost:5000", "a/b", &found, &helper,
		    &err) < 0 ||
		credentials_drop(
			buf_text(&with), with.len, "localhost:5000", &was, &without, &err) < 0 ||
		!was)
		abort();
	if (!helper && (!str_eq(found.user, "ada") || !str_eq(found.secret, "secret")) &&
		!strstr(text, "localhost"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_credentials file = CREDENTIALS_INIT, answer = CREDENTIALS_INIT;
	auto_free char *helper = NULL, *text = strndup((const char *)data, size);
	struct auth_token token = {.token = NULL};
	struct err err = {0};

	credentials_parse((const char *)data, size, "localhost:5000", "a/b", &file, &helper, &err);
	credentials_parse_helper((const char *)data, size, &answer, &err);
	if (auth_parse_token((const char *)data, size, &token, &err) == 0 &&
		(strpbrk(token.token, "\r\n") || token.seconds < 60))
		abort();
	auth_token_fini(&token);
	check_round_trip(text, strlen(text));
	return 0;
}
