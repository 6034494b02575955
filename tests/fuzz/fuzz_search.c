/* An index's answer to a search. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/search.h"
#include "util/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json *results = NULL;
	struct err err = {0};
	const cJSON *result, *text;

	if (search_parse((const char *)data, size, 100, &results, &err) < 0)
		return 0;
	if (cJSON_GetArraySize(results) > 100)
		abort();
	/* Nothing of it moves a cursor. */
	cJSON_ArrayForEach(result, results) {
		cJSON_ArrayForEach(text, result) {
			const char *at = cJSON_GetStringValue(text);

			for (; at && *at; at++)
				if ((unsigned char)*at < ' ' || *at == 0x7f)
					abort();
		}
	}
	return 0;
}
