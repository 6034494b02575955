#include <string.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { PATH_ROOM = 2048, LINKS_MAX = 40 };

int launch_root_open(int root, const char *path, uint64_t flags, bool strict)
{
	return sys_openat2(root, path, flags, 0,
		SYS_RESOLVE_IN_ROOT |
			(strict ? SYS_RESOLVE_NO_SYMLINKS : SYS_RESOLVE_NO_MAGICLINKS));
}

/* A path being walked: done[0..at) exists, rest is to come. */
struct walk {
	char path[PATH_ROOM];
	size_t at; /* where the component that is missing begins */
};

/* Where the first missing component begins; the parent's fd. */
static int find_missing(int root, struct walk *walk, bool strict)
{
	int parent = launch_root_open(root, "/", O_PATH | O_DIRECTORY, true);

	walk->at = 0;
	while (parent >= 0) {
		size_t end = walk->at + strcspn(walk->path + walk->at, "/");
		char cut = walk->path[end];
		int next;

		walk->path[end] = '\0';
		next = end > walk->at ? launch_root_open(root, walk->path, O_PATH, strict)
				      : dup(parent);
		walk->path[end] = cut;
		if (next == -ENOENT)
			return parent;
		close(parent);
		if (next < 0 || !cut)
			return next < 0 ? next : -EEXIST;
		parent = next;
		walk->at = end + 1;
	}
	return parent;
}

/* The missing component is a dangling symlink: its text takes its place, and the walk begins anew.
 */
static int splice_link(int parent, struct walk *walk, const char *name, const char *rest)
{
	char joined[PATH_ROOM];
	size_t kept = 0, rest_len = strlen(rest);
	ssize_t len;

	len = readlinkat(parent, name, joined + walk->at, PATH_ROOM - walk->at);
	if (len <= 0)
		return len < 0 ? -errno : -ENOENT;
	if (joined[walk->at] != '/')
		kept = walk->at;
	if (walk->at + (size_t)len + rest_len + 2 > PATH_ROOM)
		return -ENAMETOOLONG;
	memmove(joined + kept, joined + walk->at, (size_t)len);
	memcpy(joined, walk->path, kept);
	memcpy(joined + kept + len, rest, rest_len + 1);
	memcpy(walk->path, joined, kept + (size_t)len + rest_len + 1);
	return 0;
}

static int make_one(int parent, struct walk *walk, uint64_t type, bool strict)
{
	char name[256], rest[PATH_ROOM];
	size_t len = strcspn(walk->path + walk->at, "/");
	const char *after = walk->path + walk->at + len;
	bool is_last = !after[strspn(after, "/")];
	int error;

	if (len >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, walk->path + walk->at, len);
	name[len] = '\0';
	if (is_last && type == S_IFREG)
		error = mknodat(parent, name, S_IFREG | 0644, 0);
	else
		error = mkdirat(parent, name, 0755);
	if (!error || errno != EEXIST || strict)
		return error ? -errno : 0;
	memcpy(rest, after, strlen(after) + 1);
	return splice_link(parent, walk, name, rest);
}

int launch_root_make(int root, const char *path, uint64_t type, bool strict)
{
	struct walk walk;
	int fd = launch_root_open(root, path, O_PATH, strict), error, rounds = 0;

	if (fd != -ENOENT)
		return fd;
	if (strlen(path) >= sizeof(walk.path))
		return -ENAMETOOLONG;
	memcpy(walk.path, path, strlen(path) + 1);
	do {
		int parent = find_missing(root, &walk, strict);

		if (parent == -EEXIST)
			return launch_root_open(root, walk.path, O_PATH, strict);
		if (parent < 0)
			return parent;
		error = make_one(parent, &walk, type, strict);
		close(parent);
	} while (!error && ++rounds < LINKS_MAX * 8);
	return error ? error : -ELOOP;
}
