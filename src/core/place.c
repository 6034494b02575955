#include "core/place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool place_read(int dir_fd, const char *name, struct place *out)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(dir_fd, name, text, sizeof(text) - 1);
	int at = 0;

	text[len > 0 ? len : 0] = '\0';
	if (sscanf(text, "%llu:%llu:%n", &out->dev, &out->ino, &at) != 2 || text[at] != '/')
		return false;
	snprintf(out->path, sizeof(out->path), "%s", text + at);
	return true;
}

bool place_is(const struct place *place, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == place->dev && st.st_ino == place->ino;
}

int place_write(int dir_fd, const char *name, int fd, const char *path)
{
	char text[PATH_MAX + 48], new[NAME_MAX + 1];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	snprintf(text, sizeof(text), "%llu:%llu:%s", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino, path);
	snprintf(new, sizeof(new), "%.240s.new", name);
	unlinkat(dir_fd, new, 0);
	if (symlinkat(text, dir_fd, new) < 0 || renameat(dir_fd, new, dir_fd, name) < 0)
		return -errno;
	return 0;
}
