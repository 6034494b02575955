#include "build/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/context.h"
#include "util/own.h"

/* Enough to know that it is worth a process; that one looks closely. */
static bool may_be_archive(int fd)
{
	static const struct {
		size_t at, len;
		const char *bytes;
	} signs[] = {{0, 2, "\x1f\x8b"}, {0, 4, "\x28\xb5\x2f\xfd"},
		{0, 6,
			"\xfd"
			"7zXZ\0"},
		{0, 3, "BZh"}, {257, 5, "ustar"}};
	char head[512] = {0};
	ssize_t len = pread(fd, head, sizeof(head), 0);

	for (size_t i = 0; i < array_len(signs); i++)
		if (len >= (ssize_t)(signs[i].at + signs[i].len) &&
			memcmp(head + signs[i].at, signs[i].bytes, signs[i].len) == 0)
			return true;
	return false;
}

int unpack_looks_like(
	const struct file *file, const struct files_source *source, bool *looks, struct err *err)
{
	auto_close int fd = files_open(file, source, err);

	if (fd < 0)
		return fd;
	*looks = may_be_archive(fd);
	return 0;
}

int unpack_archive(struct build_work *work, const struct file *file,
	const struct files_source *source, char **path, bool *is_archive, struct err *err)
{
	auto_close int fd = files_open(file, source, err);
	const struct context_wish wish = {.fd = fd, .name = "archive", .unpack = true};
	int failed;

	if (fd < 0)
		return fd;
	pthread_mutex_lock(&work->mounting);
	failed = context_bring_url(&work->place, &wish, path, is_archive, err);
	pthread_mutex_unlock(&work->mounting);
	return failed;
}
