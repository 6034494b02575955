/* engine_build_cache.h - the façade (core/engine.h): what builds keep so that the next is short. */
#ifndef CORE_ENGINE_BUILD_CACHE_H
#define CORE_ENGINE_BUILD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

/* Types in BuildKit's words: "regular" (what a step made), "exec.cachemount" (RUN --mount=type=
 * cache), "source.git.checkout" (a repository fetched before), "internal" (hashes of files). */
struct build_cache_entry {
	char id[65];
	const char *type; /* static */
	char what[200];   /* the instruction, or what it is */
	int64_t created;  /* seconds since 1970; 0: not known */
	int64_t used;
	uint64_t uses; /* of "regular"; else 0 */
	uint64_t size; /* on the disk */
	bool shared;   /* an image has it too: taking it away gives nothing back */
	bool in_use;   /* a build holds it right now, or may */
};

/* Least recently used first; the caller frees *out with free(). request: only what a prune of it
 * would take; NULL: everything. Walks cache mounts and repositories. */
int engine_build_cache(struct engine *engine, const struct prune_request *request,
	struct build_cache_entry **out, size_t *count, struct err *err);
/* What no image shares and no build holds; `all`: what images share too, and the hashes of files.
 * until_ns: last used before; keep_bytes: the newest of it may stay, up to that much. What builds
 * keep has no labels: with any in the request nothing goes. result.lines: ids. While
 * somebody makes an image, what steps made stays if it was used since that began. */
struct op *engine_build_cache_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

#endif
