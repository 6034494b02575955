/* strata_compare.c - in what two versions of a path differ, and what a layer did (strata.h). */
#include <string.h>

#include "core/strata.h"

static bool same_xattrs(const struct index *a_index, const struct index_entry *a,
	const struct index *b_index, const struct index_entry *b)
{
	struct index_xattr x, y;
	size_t x_at = 0, y_at = 0;
	bool x_more, y_more;

	do {
		x_more = index_xattrs(a_index, a, &x_at, &x);
		y_more = index_xattrs(b_index, b, &y_at, &y);
		if (x_more != y_more || (x_more && (strcmp(x.name, y.name) != 0 || x.len != y.len ||
							   memcmp(x.value, y.value, x.len) != 0)))
			return false;
	} while (x_more);
	return true;
}

static bool same_content(const struct index *a_index, const struct index_entry *a,
	const struct index *b_index, const struct index_entry *b)
{
	if (S_ISREG(a->mode) && (a->flags | b->flags) & INDEX_UNREAD)
		return false; /* as far as anybody knows */
	if (S_ISREG(a->mode))
		return a->size == b->size && memcmp(a->hash, b->hash, INDEX_HASH) == 0;
	if (S_ISLNK(a->mode))
		return strcmp(index_target(a_index, a), index_target(b_index, b)) == 0;
	return a->rdev == b->rdev;
}

unsigned strata_compare(const struct strata *strata, const struct strata_version *a_version,
	const struct strata_version *b_version)
{
	const struct index *a_index = strata_index(strata, a_version->layer);
	const struct index *b_index = strata_index(strata, b_version->layer);
	const struct index_entry *a = strata_entry(strata, a_version);
	const struct index_entry *b = strata_entry(strata, b_version);
	unsigned difference = 0;

	if ((a->mode & S_IFMT) != (b->mode & S_IFMT))
		difference |= STRATA_TYPE;
	else if (!same_content(a_index, a, b_index, b))
		difference |= STRATA_CONTENT;
	if ((a->mode & ~S_IFMT) != (b->mode & ~S_IFMT))
		difference |= STRATA_MODE;
	if (a->uid != b->uid || a->gid != b->gid)
		difference |= STRATA_OWNER;
	if (!same_xattrs(a_index, a, b_index, b))
		difference |= STRATA_XATTRS;
	if (a->mtime != b->mtime || a->mtime_ns != b->mtime_ns)
		difference |= STRATA_MTIME;
	return difference;
}

/* Two stacks of one strata may share a layer. */
static bool is_one(
	const struct strata *strata, const struct strata_version *a, const struct strata_version *b)
{
	return a == b || (a->entry == b->entry &&
				 strata_index(strata, a->layer) == strata_index(strata, b->layer));
}

enum strata_change strata_change(const struct strata *strata, const struct strata_state *before,
	const struct strata_state *after)
{
	const struct index_entry *entry;
	unsigned difference;

	if (!before->shown || !after->shown)
		return after->shown ? STRATA_ADDED : before->shown ? STRATA_REMOVED : STRATA_SAME;
	if (is_one(strata, before->shown, after->shown))
		return STRATA_SAME;
	entry = strata_entry(strata, after->shown);
	difference = strata_compare(strata, before->shown, after->shown);
	if (difference & (STRATA_TYPE | STRATA_CONTENT))
		return STRATA_CHANGED;
	if (difference & (STRATA_MODE | STRATA_OWNER | STRATA_XATTRS))
		return STRATA_METADATA;
	return S_ISDIR(entry->mode) ? STRATA_INSIDE : STRATA_REWRITTEN;
}

const char *strata_change_name(enum strata_change change)
{
	static const char *const names[] = {
		"same", "added", "changed", "metadata", "rewritten", "inside", "removed"};

	return names[change];
}
