/* unpack_walk.c - from a path to a directory, in memory: the tree knows every symlink there is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/image/unpack_private.h"

struct walk {
	struct unpack *unpack;
	const char *path;              /* for the errors */
	char rest[2 * INDEX_PATH_MAX]; /* what is still to be walked */
	size_t from_link;              /* so much of it comes out of a symlink */
	int links;
	uint32_t dir;
	bool make, found;
};

static int climbs(struct walk *walk, const char *link, struct err *err)
{
	return err_set(err, EBADMSG,
		"%.200s goes through the symbolic link %.200s out of the layer", walk->path, link);
}

static int follow(struct walk *walk, uint32_t link, struct err *err)
{
	const char *target = tree_target(walk->unpack->tree, link);
	size_t len = strlen(target), rest = strlen(walk->rest);

	if (++walk->links > UNPACK_LINKS_MAX)
		return err_set(
			err, ELOOP, "%.200s goes through too many symbolic links", walk->path);
	if (len + rest + 2 > sizeof(walk->rest))
		return err_set(err, ENAMETOOLONG, "%.60s…: the name is too long", walk->path);
	memmove(walk->rest + len + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, len);
	walk->rest[len] = '/';
	walk->from_link += len + 1;
	if (target[0] == '/')
		walk->dir = TREE_ROOT;
	return 0;
}

static int enter(struct walk *walk, const char *name, size_t len, bool linked, struct err *err)
{
	struct unpack *unpack = walk->unpack;
	int64_t child = tree_child(unpack->tree, walk->dir, name, len);
	const struct index_entry *entry = child < 0 ? NULL : tree_at(unpack->tree, (uint32_t)child);
	bool hidden = entry && entry->flags & INDEX_WHITEOUT;

	if (entry && S_ISDIR(entry->mode)) {
		walk->dir = (uint32_t)child;
		return 0;
	}
	if (entry && S_ISLNK(entry->mode))
		return follow(walk, (uint32_t)child, err);
	if (!walk->make) {
		walk->found = false;
		return 0;
	}
	if (entry && !hidden)
		return err_set(err, ENOTDIR, "%.200s: %.200s is not a directory", walk->path, name);
	/* A link may lead to what this layer has; making directories where it points is how an
	 * archive would write where it was not supposed to. */
	if (linked)
		return climbs(walk, name, err);
	if (hidden && unpack_remove(unpack, (uint32_t)child, err) < 0)
		return err->code;
	return unpack_make_implied(unpack, walk->dir, name, len, hidden, &walk->dir, err);
}

static int step(struct walk *walk, struct err *err)
{
	size_t len = strcspn(walk->rest, "/"), used = len + strspn(walk->rest + len, "/");
	bool linked = walk->from_link > 0;
	char name[INDEX_NAME_MAX + 1];

	if (len > INDEX_NAME_MAX)
		return err_set(err, ENAMETOOLONG, "%.60s…: the name is too long", walk->path);
	memcpy(name, walk->rest, len);
	name[len] = '\0';
	memmove(walk->rest, walk->rest + used, strlen(walk->rest + used) + 1);
	walk->from_link = walk->from_link > used ? walk->from_link - used : 0;
	if (!len || strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") != 0)
		return enter(walk, name, len, linked, err);
	if (walk->dir == TREE_ROOT)
		return climbs(walk, name, err);
	walk->dir = tree_at(walk->unpack->tree, walk->dir)->parent;
	return 0;
}

int unpack_locate(struct unpack *unpack, const char *clean, bool make, struct place *out,
	bool *found, struct err *err)
{
	struct walk walk = {.unpack = unpack, .path = clean, .make = make, .found = true};
	const char *slash = strrchr(clean, '/'), *name = slash ? slash + 1 : clean;

	out->len = strlen(name);
	memcpy(out->name, name, out->len + 1);
	if (slash)
		snprintf(walk.rest, sizeof(walk.rest), "%.*s", (int)(slash - clean), clean);
	while (walk.rest[0] && walk.found)
		if (step(&walk, err) < 0)
			return err->code;
	out->dir = walk.dir;
	if (found)
		*found = walk.found;
	return 0;
}
