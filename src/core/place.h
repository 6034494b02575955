/* place.h - a directory that another one remembers: a symlink "DEV:INO:PATH", replaced by rename.
 * By its path alone something else could have taken its place. */
#ifndef CORE_PLACE_H
#define CORE_PLACE_H

#include <limits.h>
#include <stdbool.h>

struct place {
	unsigned long long dev, ino;
	char path[PATH_MAX]; /* absolute */
};

/* What the link `name` below dir_fd says; false: there is none, or it says something else. */
bool place_read(int dir_fd, const char *name, struct place *out);
/* Whether fd is that directory, by whatever path it was opened. */
bool place_is(const struct place *place, int fd);
/* Makes or replaces the link; 0 or -errno. */
int place_write(int dir_fd, const char *name, int fd, const char *path);

#endif
