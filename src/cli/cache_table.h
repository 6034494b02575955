/* cache_table.h - what builds keep, as tables: of builder du, of system df. */
#ifndef CLI_CACHE_TABLE_H
#define CLI_CACHE_TABLE_H

#include "core/engine.h"
#include "util/buf.h"

struct cache_sums {
	uint64_t total, reclaimable, shared; /* bytes; what is shared counts once, as shared */
	unsigned count, in_use;
};
struct cache_sums cache_sums(const struct build_cache_entry *entries, size_t n);

/* docker's system df -v. */
int cache_put_usage(
	const struct build_cache_entry *entries, size_t n, struct buf *out, struct err *err);
/* buildx du: a line each, or with `verbose` a paragraph; then the sums. */
int cache_put_du(const char *format, bool verbose, const struct build_cache_entry *entries,
	size_t n, struct buf *out, struct err *err);

#endif
