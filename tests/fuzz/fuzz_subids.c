/* /etc/subuid: whatever is in it, what is taken from it is what a user namespace can be made of. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/subids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct subids ids;

	memcpy(text, data, size);
	text[size] = '\0';
	subids_parse(text, "mate", 1501, &ids);
	if (ids.len > SUBIDS_MAX || subids_count(&ids) >= UINT32_MAX)
		abort();
	for (size_t i = 0; i < ids.len; i++) {
		uint64_t end = (uint64_t)ids.v[i].first + ids.v[i].count;

		if (!ids.v[i].count || end > UINT32_MAX || (1501 >= ids.v[i].first && 1501 < end))
			abort();
		for (size_t k = 0; k < i; k++)
			if (ids.v[k].first < end &&
				ids.v[i].first < (uint64_t)ids.v[k].first + ids.v[k].count)
				abort();
	}
	free(text);
	return 0;
}
