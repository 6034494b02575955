#include "core/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int parts_shim(struct parts *parts, struct err *err)
{
	/* Unit tests run from a directory below the build tree's. */
	static const char *const places[] = {"", "/../lib/davit", "/../.."};

	for (size_t i = 0; parts->shim < 0 && i < array_len(places); i++)
		parts->shim = open_below(parts, places[i], "davit-shim");
	if (parts->shim < 0)
		return err_set(err, ENOENT, "davit-shim is neither in %s nor in %s/../lib/davit: install davit again", parts->dir,
			parts->dir);
	return parts->shim;
}

int parts_self(struct parts *parts, struct err *err)
{
	if (parts->self < 0)
		parts->self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	return parts->self < 0 ? err_sys(err, "open /proc/self/exe") : parts->self;
}
