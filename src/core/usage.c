#include "core/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/own.h"

/* Below this a container's writer is teasing us; each level holds a descriptor. */
enum { DEPTH_MAX = 200 };

static uint64_t weigh(int dir_fd, const char *name, dev_t device, int depth);

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static uint64_t weigh_below(int dir_fd, const char *name, dev_t device, int depth)
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint64_t bytes = 0;

	if (!dir)
		return 0;
	fd = -1;
	while ((entry = readdir(dir)))
		if (!is_dots(entry->d_name))
			bytes += weigh(dirfd(dir), entry->d_name, device, depth + 1);
	closedir(dir);
	return bytes;
}

static uint64_t weigh(int dir_fd, const char *name, dev_t device, int depth)
{
	struct stat st;
	uint64_t bytes;

	if (depth > DEPTH_MAX || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		st.st_dev != device)
		return 0;
	bytes = (uint64_t)st.st_blocks * 512;
	return S_ISDIR(st.st_mode) ? bytes + weigh_below(dir_fd, name, device, depth) : bytes;
}

uint64_t usage_of(int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return weigh(dir_fd, name, st.st_dev, 0);
}
