/* scratch.h - a directory of its own for each test, gone afterwards. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/path.h"

struct scratch {
	char path[64];
	int fd; /* readable directory fd */
};

static inline int scratch_enter(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "/tmp/davit-test-XXXXXX");
	if (!mkdtemp(scratch->path))
		return -1;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0 ? -1 : 0;
}

static inline int scratch_leave(void **state)
{
	struct scratch *scratch = *state;
	int failed;

	close(scratch->fd);
	failed = path_remove_at(AT_FDCWD, scratch->path);
	free(scratch);
	return failed;
}

/* A small file anew; false: it could not be. */
static inline bool scratch_write(int dir_fd, const char *path, const char *text, mode_t mode)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool whole = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return whole;
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_enter, scratch_leave)

#endif
