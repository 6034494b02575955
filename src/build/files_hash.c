/* files_hash.c - one hash for all that a step takes.
 *
 * A record a name: what it is called below the destination, type, mode, owner, size or target, its
 * capability attribute, and its content. Times are not in it: a fresh checkout of the same commit
 * is the same. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "build/files.h"
#include "build/no_memory.h"
#include "core/image/sha.h"
#include "util/path.h"

enum { VALUE_MAX = 256 };

static int failed_at(const struct file *file, int code, struct err *err)
{
	return err_set(err, code, "%.300s: %s", file->path, err_name(code));
}

static int changed(const struct file *file, struct err *err)
{
	return err_set(
		err, ESTALE, "%.300s: it changed while it was read: build again", file->path);
}

static bool is_same(const struct file *file, const struct stat *st)
{
	return st->st_ino == file->ino && (uint64_t)st->st_size == file->size &&
	       st->st_mtim.tv_sec == file->mtime.tv_sec &&
	       st->st_mtim.tv_nsec == file->mtime.tv_nsec;
}

int files_open(const struct file *file, const struct files_source *source, struct err *err)
{
	int fd = path_open_in(
		source->root_fd, file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return failed_at(file, fd, err);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_same(file, &st))
		return fd;
	close(fd);
	return changed(file, err);
}

int files_check(const struct file *file, int fd, struct err *err)
{
	struct stat st;

	return fstat(fd, &st) == 0 && is_same(file, &st) ? 0 : changed(file, err);
}

ssize_t files_readlink(const struct file *file, const struct files_source *source, char *target,
	size_t room, struct err *err)
{
	const char *slash = strrchr(file->path, '/');
	auto_free char *parent =
		slash ? strndup(file->path, (size_t)(slash - file->path)) : strdup(".");
	auto_close int dir =
		parent ? path_open_in(source->root_fd, parent, O_PATH | O_DIRECTORY, 0) : -ENOMEM;
	ssize_t len;

	if (dir < 0)
		return failed_at(file, dir, err);
	len = readlinkat(dir, slash ? slash + 1 : file->path, target, room);
	return len < 0 ? failed_at(file, errno, err) : len;
}

/* ---- one hash ---- */

/* What is asked of each name, little endian. */
struct record {
	uint32_t mode, uid, gid, name_len;
	uint64_t size, rdev;
	uint8_t hash[FILES_HASH];
};

/* Only a file that may be executed has one. */
static int add_capability(const struct file *file, const struct files_source *source,
	struct sha *sha, struct err *err)
{
	char path[64], value[VALUE_MAX];
	auto_close int fd = -1;
	ssize_t len;

	if (!S_ISREG(file->mode) || !(file->mode & 0111))
		return 0;
	fd = path_open_in(source->root_fd, file->path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return failed_at(file, fd, err);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = getxattr(path, "security.capability", value, sizeof(value));
	if (len > 0)
		sha_add(sha, value, (size_t)len);
	return 0;
}

int files_digest(const struct files *files, const struct files_source *source, unsigned flags,
	uint8_t out[FILES_HASH], struct err *err)
{
	auto_of(sha) struct sha *sha = sha_new();

	if (!sha)
		return no_memory(err);
	for (size_t i = 0; i < files->n; i++) {
		const struct file *file = &files->v[i];
		struct record record = {
			.mode = htole32(file->mode),
			.uid = htole32(flags & FILES_OWNERS ? file->uid : 0),
			.gid = htole32(flags & FILES_OWNERS ? file->gid : 0),
			.name_len = htole32((uint32_t)strlen(file->name)),
			.size = htole64(S_ISDIR(file->mode) ? 0 : file->size),
			.rdev = htole64(file->rdev),
		};

		if (flags & FILES_SAMPLED && file_is_large(file))
			memcpy(record.hash, file->sample, FILES_SAMPLE);
		else
			memcpy(record.hash, file->hash, FILES_HASH);
		sha_add(sha, &record, sizeof(record));
		sha_add(sha, file->name, strlen(file->name));
		if (add_capability(file, source, sha, err) < 0)
			return err->code;
	}
	sha_done_bytes(sha, out);
	return 0;
}
