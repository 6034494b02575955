/* manifest.h - the documents between a name and its layers, docker's and OCI's.
 *
 * One parser for what a registry answers and what an archive holds. Everything is checked: sizes,
 * digests, counts, and that a document is not a manifest and an index at once. */
#ifndef CORE_IMAGE_MANIFEST_H
#define CORE_IMAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/image/platform.h"
#include "util/digest.h"
#include "util/err.h"
#include "util/own.h"

#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_INDEX    "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX       "application/vnd.oci.image.index.v1+json"

enum { MANIFEST_LAYERS_MAX = 127, MANIFEST_CHILDREN_MAX = 1000, MANIFEST_NESTING_MAX = 4 };

enum manifest_kind { MANIFEST_IMAGE, MANIFEST_INDEX };

struct descriptor {
	char media[160]; /* never trusted for what is inside a layer */
	char digest[DIGEST_SIZE];
	uint64_t size;
	struct platform platform; /* of an index's child; os "" when not given */
	const cJSON *annotations; /* or NULL; lives as long as the manifest */
	const cJSON *urls;        /* of foreign layers, or NULL */
};

struct manifest {
	enum manifest_kind kind;
	struct descriptor config;  /* MANIFEST_IMAGE */
	struct descriptor *layers; /* MANIFEST_IMAGE: bottom first; MANIFEST_INDEX: the children */
	size_t n_layers;
	cJSON *json;
};

/* media: what the sender says it is, or NULL. Schema 1 is refused with the reason. */
int manifest_parse(
	const char *text, size_t len, const char *media, struct manifest **out, struct err *err);
void manifest_free(struct manifest *manifest);
own_define(manifest)

/* The best child for a platform; NULL (asked for nothing): this machine's. -ENOENT in
   words. */
int manifest_choose(const struct manifest *index, const struct platform *wanted,
	const struct descriptor **out, struct err *err);

/* The parts of an image config a commit needs, checked against the manifest. */
struct config_facts {
	struct platform platform;
	char (*diff_ids)[DIGEST_SIZE]; /* free() */
	size_t n_diff_ids;
};
int config_facts(const char *text, size_t len, struct config_facts *out, struct err *err);

#endif
