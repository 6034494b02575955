/* Manifests, indexes and image configs from strangers. */
#include <stdint.h>
#include <stdlib.h>

#include "core/image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const struct platform host = {"linux", "amd64", ""};
	const struct descriptor *chosen;
	struct config_facts facts = {0};
	struct manifest *manifest = NULL;
	struct err err;

	if (manifest_parse((const char *)input, len, NULL, &manifest, &err) == 0 &&
		manifest->kind == MANIFEST_INDEX)
		manifest_choose(manifest, &host, &chosen, &err);
	manifest_free(manifest);
	if (config_facts((const char *)input, len, &facts, &err) == 0)
		free(facts.diff_ids);
	return 0;
}
