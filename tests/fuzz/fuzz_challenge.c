/* WWW-Authenticate, as a stranger's server sends it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_challenges list = {.len = 0};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	challenges_add(&list, text);
	challenges_add(&list, text);
	for (size_t i = 0; i < list.len; i++)
		if (!list.v[i].scheme || list.v[i].params.len > CHALLENGE_PARAMS_MAX)
			abort();
	challenges_find(&list, "bearer");
	free(text);
	return 0;
}
