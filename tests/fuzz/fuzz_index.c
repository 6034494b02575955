/* A layer index from a damaged disk: what passes the check is walked in every way a reader has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/index.h"
#include "core/strata.h"

static void walk(const struct index *index)
{
	char path[INDEX_PATH_MAX];

	for (uint32_t i = 0; i < index_count(index); i++) {
		const struct index_entry *entry = index_at(index, i);
		struct index_xattr xattr;
		volatile size_t sum = strlen(index_target(index, entry));
		size_t at = 0;

		if (index_path(index, entry, path) >= sizeof(path) ||
			index_find(index, path) != entry)
			abort();
		while (index_xattrs(index, entry, &at, &xattr))
			for (size_t j = 0; j < xattr.len; j++)
				sum += strlen(xattr.name) + ((const unsigned char *)xattr.value)[j];
	}
}

/* On top of itself: no flag and no link may lead a merge astray. */
static void stack(const struct index *index)
{
	const struct index *const twice[] = {index, index};
	auto_of(strata) struct strata *strata = NULL;
	struct strata_waste waste;
	struct err err;

	if (strata_new(twice, 2, &strata, &err) < 0)
		return;
	strata_waste(strata, &waste, &err);
	strata_waste_fini(&waste);
	for (uint32_t i = 0; i < strata_count(strata); i++) {
		struct strata_step *steps;
		size_t n;

		if (strata_story(strata, i, (struct strata_span){0, 2}, 2, &steps, &n, &err) == 0)
			free(steps);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct index *index = NULL;
	void *copy = malloc(len + 8); /* aligned, as a mapping is */
	struct err err;

	if (!copy)
		return 0;
	memcpy(copy, input, len);
	if (index_of_memory(copy, len, &index, &err) == 0) {
		walk(index);
		stack(index);
	}
	index_free(index);
	free(copy);
	return 0;
}
