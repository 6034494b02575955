/* files_sample.c - a few parts of a large file, spread evenly from its first byte to its last.
 *
 * Two files whose samples differ are different, which is most of what has to be known of them: only
 * for two that do not, all has to be read. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "build/files.h"
#include "build/no_memory.h"
#include "core/image/sha.h"

enum { PARTS = 16, PART = 4096 };

static int add_part(const struct file *file, int fd, int n, struct sha *sha, struct err *err)
{
	uint64_t at = (file->size - PART) / (PARTS - 1) * (uint64_t)n;
	char part[PART];
	ssize_t got;

	if (n == PARTS - 1)
		at = file->size - PART;
	got = pread(fd, part, sizeof(part), (off_t)at);
	if (got < 0)
		return err_set(err, errno, "%.300s: %s", file->path, err_name(errno));
	sha_add(sha, part, (size_t)got);
	return 0;
}

static int sample(
	struct file *file, const struct files_source *source, struct sha *sha, struct err *err)
{
	auto_close int fd = files_open(file, source, err);
	uint8_t whole[FILES_HASH];

	if (fd < 0)
		return fd;
	for (int i = 0; i < PARTS; i++)
		if (add_part(file, fd, i, sha, err) < 0)
			return err->code;
	sha_done_bytes(sha, whole);
	memcpy(file->sample, whole, FILES_SAMPLE);
	file->sampled = true;
	return files_check(file, fd, err);
}

int files_sample(struct files *files, const struct files_source *source, struct err *err)
{
	auto_of(sha) struct sha *sha = NULL;

	for (size_t i = 0; i < files->n; i++) {
		struct file *file = &files->v[i];

		if (!file_is_large(file) || file->sampled)
			continue;
		if (files_stop(source))
			return err_set(err, ECANCELED, "canceled");
		if (!sha && !(sha = sha_new()))
			return no_memory(err);
		if (sample(file, source, sha, err) < 0)
			return err->code;
	}
	return 0;
}
