#include "util/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/own.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int path_open_in(int root_fd, const char *path, uint64_t flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int path_mkdirs_in(int root_fd, const char *path, mode_t mode)
{
	int at = path_open_in(root_fd, ".", O_PATH | O_DIRECTORY, 0);
	char name[256], so_far[4096] = "";

	while (at >= 0 && *(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/"), used = strlen(so_far);
		int next;

		if (len >= sizeof(name) || used + len + 2 > sizeof(so_far)) {
			close(at);
			return -ENAMETOOLONG;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		snprintf(so_far + used, sizeof(so_far) - used, "/%s", name);
		path += len;
		/* Resolved from the root each time: a component may be a symlink that climbs. */
		next = path_open_in(root_fd, so_far, O_PATH | O_DIRECTORY, 0);
		if (next == -ENOENT && strcmp(name, "..") != 0) {
			if (mkdirat(at, name, mode) < 0 && errno != EEXIST) {
				int failed = -errno;

				close(at);
				return failed;
			}
			next = path_open_in(root_fd, so_far, O_PATH | O_DIRECTORY, 0);
		}
		close(at);
		at = next;
	}
	return at;
}

int path_mkdirs(const char *path, mode_t mode)
{
	char part[4096];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int path_read_at(int dir_fd, const char *name, size_t max, struct buf *out)
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	buf_clear(out);
	/* procfs files say size 0, so the end is only known by reading to it. */
	for (;;) {
		char *to = buf_reserve(out, 4096);
		ssize_t got;

		if (!to)
			return -ENOMEM;
		got = read(fd, to, 4096);
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		out->len += (size_t)got;
		if (out->len > max)
			return -EFBIG;
	}
	buf_add(out, "", 0);
	return buf_failed(out) ? -ENOMEM : 0;
}

int path_write_all(int fd, const void *bytes, size_t len)
{
	const char *data = bytes;

	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

int path_create_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode)
{
	auto_close int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	struct stat st;
	int failed;

	if (fd < 0)
		return -errno;
	failed = path_write_all(fd, data, len);
	if (failed)
		return failed;
	/* The umask may have taken from it; a mode that is right is not written to the disk again.
	 */
	if (fstat(fd, &st) < 0 || ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0))
		return -errno;
	return 0;
}

int path_replace_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode)
{
	char temp[300];
	auto_close int fd = -1;
	int failed;

	/* Unique in the process and beside others: two writers never share a temporary name. */
	if (snprintf(temp, sizeof(temp), ".%s.%d-%p", name, (int)getpid(), (void *)&fd) >=
		(int)sizeof(temp))
		return -ENAMETOOLONG;
	fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	failed = path_write_all(fd, data, len);
	if (!failed && renameat(dir_fd, temp, dir_fd, name) < 0)
		failed = -errno;
	if (failed)
		unlinkat(dir_fd, temp, 0);
	return failed;
}

/* A tree can be deeper than we may hold fds, or stack: from this depth on, a directory is first
 * moved up to the top of the tree that is being removed, and met again there. */
enum { REMOVE_DEPTH_MAX = 64, REMOVE_BATCH = 2048 };

struct removal {
	int top_fd;
	unsigned moved;
};

/* As getdents64(2) writes them. A DIR for each directory would cost five calls and 32 KB more. */
struct dir_entry {
	uint64_t inode;
	int64_t next;
	uint16_t len;
	uint8_t type; /* DT_… */
	char name[];
};

static int remove_below(struct removal *removal, int fd, int depth);

static int move_up(struct removal *removal, int fd, const char *name)
{
	char up[32];

	for (;;) {
		snprintf(up, sizeof(up), ".deep.%u", removal->moved++);
		if (syscall(SYS_renameat2, fd, name, removal->top_fd, up, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

static int remove_dir(struct removal *removal, int fd, const char *name, int depth)
{
	/* NO_XDEV stops at bind mounts too, which st_dev would not show. */
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};
	auto_close int sub = -1;
	int failed;

	if (unlinkat(fd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY)
		return errno == EBUSY ? -EXDEV : -errno;
	if (depth >= REMOVE_DEPTH_MAX)
		return move_up(removal, fd, name);
	sub = (int)syscall(SYS_openat2, fd, name, &how, sizeof(how));
	if (sub < 0)
		return -errno;
	failed = remove_below(removal, sub, depth + 1);
	if (failed)
		return failed;
	return unlinkat(fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* What the directory said of it may be old by now: then the other way is tried. */
static int remove_entry(struct removal *removal, int fd, const struct dir_entry *entry, int depth)
{
	if (entry->type == DT_DIR) {
		int failed = remove_dir(removal, fd, entry->name, depth);

		if (failed != -ENOTDIR)
			return failed;
	}
	if (unlinkat(fd, entry->name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	return remove_dir(removal, fd, entry->name, depth);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int remove_batch(struct removal *removal, int fd, const char *batch, long len, int depth)
{
	for (long at = 0; at < len;) {
		const struct dir_entry *entry = (const void *)(batch + at);
		int failed = is_dots(entry->name) ? 0 : remove_entry(removal, fd, entry, depth);

		/* Somebody else removing the same tree is not a failure of ours. */
		if (failed && failed != -ENOENT)
			return failed;
		at += entry->len;
	}
	return 0;
}

static int remove_below(struct removal *removal, int fd, int depth)
{
	_Alignas(struct dir_entry) char batch[REMOVE_BATCH];
	long len;

	if (lseek(fd, 0, SEEK_SET) < 0) /* for every pass but the first */
		return -errno;
	while ((len = syscall(SYS_getdents64, fd, batch, sizeof(batch))) > 0) {
		int failed = remove_batch(removal, fd, batch, len, depth);

		if (failed)
			return failed;
	}
	return len < 0 ? -errno : 0;
}

int path_remove_at(int dir_fd, const char *name)
{
	struct removal removal = {.top_fd = -1};
	auto_close int top = -1;
	int failed;

	if (unlinkat(dir_fd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	top = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0)
		return -errno;
	removal.top_fd = top;
	do {
		failed = remove_below(&removal, top, 0);
		if (!failed && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
			failed = -errno;
		if (!failed || failed == -ENOENT)
			return 0;
	} while (failed == -ENOTEMPTY && removal.moved);
	return failed == -EBUSY ? -EXDEV : failed;
}
