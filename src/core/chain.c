#include "core/chain.h"

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
