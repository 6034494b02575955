#include "core/chain.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* NULL with *silent: this layer leaves the path to those below. */
static const struct index_entry *look(const struct index *index, const char *path, bool *silent)
{
	const struct index_entry *entry = index_at(index, 0);
	bool opaque = entry->flags & INDEX_OPAQUE;

	*silent = false;
	while (*(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		/* A file where a directory is wanted hides what the layers below have there. */
		if (!S_ISDIR(entry->mode))
			return NULL;
		entry = index_child(index, entry, path, len);
		if (!entry) {
			*silent = !opaque;
			return NULL;
		}
		opaque = opaque || entry->flags & INDEX_OPAQUE;
		path += len;
	}
	return entry->flags & INDEX_WHITEOUT ? NULL : entry;
}

const struct index_entry *chain_find(
	const struct index *const *indexes, size_t n, const char *path, size_t *layer)
{
	bool silent = true;

	while (n-- && silent) {
		const struct index_entry *entry = look(indexes[n], path, &silent);

		if (entry) {
			*layer = n;
			return entry;
		}
	}
	return NULL;
}

/* A name is told by the layer that wins for it, so that none comes twice and none that is hidden.
 */
static void add_names(const struct index *const *indexes, size_t n, size_t layer, const char *path,
	struct strs *names)
{
	const struct index *index = indexes[layer];
	const struct index_entry *dir = index_find(index, path);

	for (uint32_t i = 0; dir && i < dir->children; i++) {
		const struct index_entry *entry = index_at(index, dir->first_child + i), *winner;
		char whole[INDEX_PATH_MAX + INDEX_NAME_MAX + 2];
		size_t owner = n;

		snprintf(whole, sizeof(whole), "%s%s%.*s", path, *path ? "/" : "", entry->name_len,
			index_name(index, entry));
		winner = chain_find(indexes, n, whole, &owner);
		if (winner && owner == layer)
			strs_addf(names, "%.*s", entry->name_len, index_name(index, entry));
	}
}

void chain_names(const struct index *const *indexes, size_t n, const char *path, struct strs *names)
{
	for (size_t layer = n; layer--;)
		add_names(indexes, n, layer, path, names);
}

const struct index *chain_root(const struct index *const *indexes, size_t n)
{
	while (n--)
		if (!(index_at(indexes[n], 0)->flags & INDEX_IMPLIED))
			return indexes[n];
	return NULL;
}
