/* Manifests, indexes and image configs. */
#include <stdint.h>
#include <stdlib.h>

#include "core/image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_descriptor(const struct descriptor *d)
{
	if (!digest_is_sha256(d->digest))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_of(manifest) struct manifest *manifest = NULL;
	const struct descriptor *chosen;
	struct config_facts facts;
	struct err err = {0};

	if (manifest_parse((const char *)data, size, NULL, &manifest, &err) == 0) {
		for (size_t i = 0; i < manifest->n_layers; i++)
			check_descriptor(&manifest->layers[i]);
		if (manifest->kind == MANIFEST_IMAGE)
			check_descriptor(&manifest->config);
		else if (manifest_choose(manifest, NULL, &chosen, &err) == 0)
			check_descriptor(chosen);
	} else if (err.code >= 0 || !*err.text) {
		abort();
	}
	if (config_facts((const char *)data, size, &facts, &err) == 0)
		free(facts.diff_ids);
	return 0;
}
