#include "core/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/own.h"

struct parts {
	char dir[PATH_MAX]; /* of our executable */
	int shim, self;
};

int parts_open(struct parts **out, struct err *err)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	ssize_t len;

	if (!parts)
		return err_set(err, ENOMEM, "find davit's parts: out of memory");
	parts->shim = parts->self = -1;
	len = readlink("/proc/self/exe", parts->dir, sizeof(parts->dir) - 1);
	if (len < 0) {
		free(parts);
		return err_sys(err, "read /proc/self/exe");
	}
	parts->dir[len] = '\0';
	*strrchr(parts->dir, '/') = '\0';
	*out = parts;
	return 0;
}

void parts_close(struct parts *parts)
{
	if (!parts)
		return;
	own_closep(&parts->shim);
	own_closep(&parts->self);
	free(parts);
}

static int open_below(const struct parts *parts, const char *where, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s/%s", parts->dir, where, name);
	return open(path, O_PATH | O_CLOEXEC);
}

/* The shim refuses to run from a file that could be written through /proc/PID/exe; started from a
 * read-only mount that is attached nowhere, it need not make one itself and execute twice. Before
 * Linux 5.12 it does. */
static void seal(int *fd)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_close int tree = (int)syscall(
		SYS_open_tree, *fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0 ||
		syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return;
	close(*fd);
	*fd = take_fd(&tree);
}

/* Unit tests run from a directory below the build tree's. */
static int open_part(const struct parts *parts, const char *name, struct err *err)
{
	static const char *const places[] = {"", "/../lib/davit", "/../.."};
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < array_len(places); i++)
		fd = open_below(parts, places[i], name);
	return fd >= 0 ? fd
		       : err_set(err, ENOENT,
				 "%s is neither in %s nor in %s/../lib/davit: install davit again",
				 name, parts->dir, parts->dir);
}

int parts_shim(struct parts *parts, struct err *err)
{
	if (parts->shim >= 0)
		return parts->shim;
	parts->shim = open_part(parts, "davit-shim", err);
	if (parts->shim >= 0)
		seal(&parts->shim);
	return parts->shim;
}

void parts_shim_done(struct parts *parts)
{
	own_closep(&parts->shim);
	parts->shim = -1;
}

int parts_init(struct parts *parts, struct err *err)
{
	return open_part(parts, "davit-init", err);
}

int parts_runtime(struct parts *parts, struct err *err)
{
	return open_part(parts, "davit-runtime", err);
}

int parts_self(struct parts *parts, struct err *err)
{
	if (parts->self < 0)
		parts->self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	return parts->self < 0 ? err_sys(err, "open /proc/self/exe") : parts->self;
}
