#include "cli/cache_table.h"

#include <string.h>

#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"

struct cache_sums cache_sums(const struct build_cache_entry *entries, size_t n)
{
	struct cache_sums sums = {.count = (unsigned)n};

	for (size_t i = 0; i < n; i++) {
		const struct build_cache_entry *entry = &entries[i];

		sums.total += entry->size;
		sums.in_use += entry->in_use;
		if (entry->shared)
			sums.shared += entry->size;
		else if (!entry->in_use)
			sums.reclaimable += entry->size;
	}
	return sums;
}

/* ---- fields ---- */

static const char *yes(bool is)
{
	return is ? "true" : "false";
}

static bool is_reclaimable(const struct build_cache_entry *entry)
{
	return !entry->in_use;
}

static void put_id(struct buf *out, const void *data)
{
	buf_addf(out, "%.12s", ((const struct build_cache_entry *)data)->id);
}

/* As BuildKit marks what can still be written to. */
static void put_marked_id(struct buf *out, const void *data)
{
	const struct build_cache_entry *entry = data;

	buf_addf(out, "%.25s%s", entry->id, strcmp(entry->type, "regular") == 0 ? "" : "*");
}

static void put_type(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct build_cache_entry *)data)->type);
}

static void put_size(struct buf *out, const void *data)
{
	units_put_size(out, ((const struct build_cache_entry *)data)->size);
}

static void put_ago(struct buf *out, int64_t time)
{
	if (time > 0) {
		units_put_ago(out, (uint64_t)time * 1000000000u, units_now());
		buf_adds(out, " ago");
	}
}

static void put_created(struct buf *out, const void *data)
{
	put_ago(out, ((const struct build_cache_entry *)data)->created);
}

static void put_used(struct buf *out, const void *data)
{
	put_ago(out, ((const struct build_cache_entry *)data)->used);
}

static void put_uses(struct buf *out, const void *data)
{
	buf_addf(out, "%llu", (unsigned long long)((const struct build_cache_entry *)data)->uses);
}

static void put_shared(struct buf *out, const void *data)
{
	buf_adds(out, yes(((const struct build_cache_entry *)data)->shared));
}

static void put_reclaimable(struct buf *out, const void *data)
{
	buf_adds(out, yes(is_reclaimable(data)));
}

static void put_in_use(struct buf *out, const void *data)
{
	buf_adds(out, yes(((const struct build_cache_entry *)data)->in_use));
}

static void put_description(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct build_cache_entry *)data)->what);
}

static const struct field fields[] = {
	{"ID", "CACHE ID", put_id, NULL},
	{"CacheType", "CACHE TYPE", put_type, NULL},
	{"Size", "SIZE", put_size, NULL},
	{"CreatedSince", "CREATED", put_created, NULL},
	{"LastUsedSince", "LAST USED", put_used, NULL},
	{"UsageCount", "USAGE", put_uses, NULL},
	{"Shared", "SHARED", put_shared, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {
	"ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared", NULL};

static const struct field du_fields[] = {
	{"Description", "DESCRIPTION", put_description, NULL},
	{"ID", "ID", put_marked_id, NULL},
	{"InUse", "IN USE", put_in_use, NULL},
	{"LastUsedSince", "LAST ACCESSED", put_used, NULL},
	{"Reclaimable", "RECLAIMABLE", put_reclaimable, NULL},
	{"Shared", "SHARED", put_shared, NULL},
	{"Size", "SIZE", put_size, NULL},
	{"Type", "TYPE", put_type, NULL},
	{"UsageCount", "USAGE COUNT", put_uses, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const du_columns[] = {"ID", "Reclaimable", "Size", "LastUsedSince", NULL};

/* ---- tables ---- */

static int put_table(const char *format, const struct field *table, const char *const *shown,
	const struct build_cache_entry *entries, size_t n, struct buf *out, struct err *err)
{
	struct listing *listing;
	int failed =
		listing_new(format, table, shown, "*formatter.buildCacheContext", &listing, err);

	if (failed)
		return failed;
	for (size_t i = n; i-- > 0 && !failed;)
		failed = listing_add(listing, &entries[i], err);
	listing_end(listing, out);
	listing_free(listing);
	return failed;
}

int cache_put_usage(
	const struct build_cache_entry *entries, size_t n, struct buf *out, struct err *err)
{
	buf_adds(out, "\nBuild cache usage: ");
	units_put_size(out, cache_sums(entries, n).total);
	buf_adds(out, "\n\n");
	return put_table(NULL, fields, columns, entries, n, out, err);
}

static void put_line(struct buf *out, const char *name,
	void (*put)(struct buf *out, const void *row), const struct build_cache_entry *entry)
{
	buf_addf(out, "%-14s", name);
	put(out, entry);
	buf_addc(out, '\n');
}

static void put_paragraph(struct buf *out, const struct build_cache_entry *entry)
{
	buf_addf(out, "%-14s%s\n", "ID:", entry->id);
	put_line(out, "Created:", put_created, entry);
	put_line(out, "Reclaimable:", put_reclaimable, entry);
	put_line(out, "Shared:", put_shared, entry);
	put_line(out, "Size:", put_size, entry);
	put_line(out, "Description:", put_description, entry);
	put_line(out, "Usage count:", put_uses, entry);
	put_line(out, "Last used:", put_used, entry);
	put_line(out, "Type:", put_type, entry);
	buf_addc(out, '\n');
}

static void put_sum(struct buf *out, const char *name, uint64_t bytes)
{
	buf_addf(out, "%-14s", name);
	units_put_size(out, bytes);
	buf_addc(out, '\n');
}

int cache_put_du(const char *format, bool verbose, const struct build_cache_entry *entries,
	size_t n, struct buf *out, struct err *err)
{
	struct cache_sums sums = cache_sums(entries, n);

	if (format || !verbose) {
		if (put_table(format, du_fields, du_columns, entries, n, out, err) < 0)
			return err->code;
	} else {
		for (size_t i = n; i-- > 0;)
			put_paragraph(out, &entries[i]);
	}
	if (format)
		return 0;
	if (sums.shared) {
		put_sum(out, "Shared:", sums.shared);
		put_sum(out, "Private:", sums.total - sums.shared);
	}
	put_sum(out, "Reclaimable:", sums.reclaimable);
	put_sum(out, "Total:", sums.total);
	return 0;
}
