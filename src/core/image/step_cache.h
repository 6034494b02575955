/* step_cache.h - what steps of builds made, as a document that travels: the config of an OCI image.
 *
 *     {"architecture": …, "os": …, "config": {},
 *      "rootfs": {"type": "layers", "diff_ids": ["sha256:…", …]},
 *      "davit.steps.v1": [{"key": "sha256:…", "layer": "sha256:…", "created": 1700000000,
 *                          "kind": "run", "what": "[2/5] RUN make"}, …]}
 *
 * key is the digest of all that went into the step, layer the diff id of what came out; a step
 * without one changed nothing. The blob of a layer is in the cache when its diff id is one of
 * rootfs: at the same place among the manifest's layers. Any image's config may have the list,
 * which is then about its own layers. Whoever reads it trusts it for nothing but that.
 *
 * Between a build and the process that fetches, the same goes as lines:
 *
 *     layer DIFF-ID DIGEST SIZE
 *     step KEY DIFF-ID CREATED KIND WHAT          "-" for what there is none of */
#ifndef CORE_IMAGE_STEP_CACHE_H
#define CORE_IMAGE_STEP_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/image/manifest.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

enum { STEP_CACHE_MAX = 4096, STEP_CACHE_LAYERS_MAX = MANIFEST_LAYERS_MAX };

#define STEP_CACHE_FIELD "davit.steps.v1"

struct step_cached {
	char key[DIGEST_SIZE];
	char diff_id[DIGEST_SIZE]; /* "": it changed nothing */
	int64_t created;           /* seconds since 1970 */
	char kind[16];             /* "run", "copy", "workdir" */
	char what[200];            /* the instruction, cut, on one line */
};

struct step_layer {
	char diff_id[DIGEST_SIZE];
	char digest[DIGEST_SIZE]; /* of its blob; "": not known yet */
	uint64_t size;
};

struct step_cache {
	struct step_cached *steps;
	size_t n_steps;
	struct step_layer *layers;
	size_t n_layers;
};

void step_cache_fini(struct step_cache *cache);
#define auto_step_cache __attribute__((cleanup(step_cache_fini))) struct step_cache

/* Each is copied. -E2BIG: no room for more. */
int step_cache_add(struct step_cache *cache, const struct step_cached *step, struct err *err);
int step_cache_add_layer(struct step_cache *cache, const struct step_layer *layer, struct err *err);
/* NULL: none of that diff id. */
const struct step_layer *step_cache_layer(const struct step_cache *cache, const char *diff_id);

/* Reads a config; the layers get their diff ids only. -ENODATA: it is about no steps. */
int step_cache_parse(const char *text, size_t len, struct step_cache *out, struct err *err);
/* The blobs, from the manifest of that config. */
int step_cache_set_blobs(
	struct step_cache *cache, const struct manifest *manifest, struct err *err);
/* A whole config for it. */
int step_cache_config(const struct step_cache *cache, struct buf *out, struct err *err);
/* The list alone, for another image's config; NULL: out of memory. */
cJSON *step_cache_list(const struct step_cache *cache);

void step_cache_put_lines(const struct step_cache *cache, struct buf *out);
int step_cache_add_line(struct step_cache *cache, const char *line, struct err *err);

#endif
