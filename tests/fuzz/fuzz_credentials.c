/* Credential files, a helper's answer, and a token server's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/auth.h"
#include "core/image/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_credentials file = CREDENTIALS_INIT, answer = CREDENTIALS_INIT;
	auto_free char *helper = NULL, *token = NULL;
	struct err err = {0};
	long seconds;

	credentials_parse((const char *)data, size, "localhost:5000", "a/b", &file, &helper, &err);
	credentials_parse_helper((const char *)data, size, &answer, &err);
	if (auth_parse_token((const char *)data, size, &token, &seconds, &err) == 0 &&
		(strpbrk(token, "\r\n") || seconds < 60))
		abort();
	return 0;
}
