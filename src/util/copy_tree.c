#include "util/copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/own.h"

enum { DEPTH_MAX = 500, XATTRS_MAX = 64 << 10 };

#define TEMPORARY ".davit-copy"

/* A file with several names, met under the first of them. */
struct seen {
	ino_t inode;
	int fd; /* O_PATH, of the copy */
};

struct copying {
	dev_t device;
	struct seen *seen;
	size_t seen_len;
	struct err *err;
	int depth;
};

static int fail(struct copying *copying, const char *name)
{
	return err_sys(copying->err, "%.255s", name);
}

static void fd_path(char path[40], int fd)
{
	snprintf(path, 40, "/proc/self/fd/%d", fd);
}

/* ---- what is not content ---- */

static int copy_xattr(const char *from, const char *to, const char *name)
{
	auto_free char *value = malloc(XATTRS_MAX);
	ssize_t len;

	/* What overlay says about its layers is not the file's own. */
	if (strncmp(name, "trusted.overlay.", 16) == 0 || strncmp(name, "user.overlay.", 13) == 0)
		return 0;
	len = value ? getxattr(from, name, value, XATTRS_MAX) : -1;
	if (len < 0)
		return value && errno == ENODATA ? 0 : -1;
	if (setxattr(to, name, value, (size_t)len, 0) < 0 && errno != EOPNOTSUPP && errno != EPERM)
		return -1;
	return 0;
}

static int copy_xattrs(int from_fd, int to_fd)
{
	auto_free char *names = malloc(XATTRS_MAX);
	char from[40], to[40];
	ssize_t len;

	fd_path(from, from_fd);
	fd_path(to, to_fd);
	len = names ? listxattr(from, names, XATTRS_MAX) : -1;
	if (len < 0)
		return names && (errno == EOPNOTSUPP || errno == ENODATA) ? 0 : -1;
	for (char *name = names; name < names + len; name += strlen(name) + 1)
		if (copy_xattr(from, to, name) < 0)
			return -1;
	return 0;
}

/* Owner first: changing it drops set-user bits and file capabilities. */
static int dress(int from_fd, int to_fd, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};
	char path[40];

	fd_path(path, to_fd);
	if (fchownat(to_fd, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) < 0)
		return -1;
	if (!S_ISLNK(st->st_mode) &&
		(chmod(path, st->st_mode & 07777) < 0 || copy_xattrs(from_fd, to_fd) < 0))
		return -1;
	return utimensat(to_fd, "", times, AT_EMPTY_PATH) < 0 &&
			       (S_ISLNK(st->st_mode) || utimensat(AT_FDCWD, path, times, 0) < 0)
		       ? -1
		       : 0;
}

/* ---- one of each kind ---- */

static int copy_bytes(int from, int to)
{
	char bytes[64 << 10];
	ssize_t got;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	while ((got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
		;
	if (!got || (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS))
		return (int)got;
	while ((got = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)got) != got)
			return -1;
	return (int)got;
}

/* The new thing under a name of its own, opened. */
static int make_temporary(int from_fd, int to_dir, const struct stat *st)
{
	char target[4096];
	ssize_t len;
	int flags = S_ISREG(st->st_mode) ? O_WRONLY : O_PATH, made = 0;

	unlinkat(to_dir, TEMPORARY, 0);
	if (S_ISREG(st->st_mode))
		return openat(to_dir, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (S_ISLNK(st->st_mode)) {
		len = readlinkat(from_fd, "", target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		made = len < 0 ? -1 : symlinkat(target, to_dir, TEMPORARY);
	} else {
		made = mknodat(to_dir, TEMPORARY, (st->st_mode & S_IFMT) | 0600, st->st_rdev);
	}
	return made < 0 ? -1 : openat(to_dir, TEMPORARY, flags | O_NOFOLLOW | O_CLOEXEC);
}

static int fill(int from_fd, int to_fd, const struct stat *st)
{
	auto_close int bytes = -1;
	char path[40];

	if (S_ISREG(st->st_mode)) {
		fd_path(path, from_fd);
		bytes = open(path, O_RDONLY | O_CLOEXEC);
		if (bytes < 0 || copy_bytes(bytes, to_fd) < 0)
			return -1;
	}
	return dress(from_fd, to_fd, st);
}

static int copy_link(struct copying *copying, int to_dir, const char *name, const struct stat *st)
{
	char path[40];

	for (size_t i = 0; st->st_nlink > 1 && i < copying->seen_len; i++) {
		if (copying->seen[i].inode != st->st_ino)
			continue;
		fd_path(path, copying->seen[i].fd);
		if (linkat(AT_FDCWD, path, to_dir, name, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST)
			return 1;
	}
	return 0;
}

static int remember(struct copying *copying, int to_dir, const char *name, const struct stat *st)
{
	struct seen *grown;
	int fd;

	if (st->st_nlink < 2)
		return 0;
	grown = reallocarray(copying->seen, copying->seen_len + 1, sizeof(*grown));
	fd = grown ? openat(to_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (grown)
		copying->seen = grown;
	if (fd < 0)
		return -1;
	copying->seen[copying->seen_len++] = (struct seen){st->st_ino, fd};
	return 0;
}

static int copy_leaf(
	struct copying *copying, int from_fd, int to_dir, const char *name, const struct stat *st)
{
	auto_close int to_fd = -1;
	struct stat there;

	if (fstatat(to_dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return remember(copying, to_dir, name, st) < 0 ? fail(copying, name) : 0;
	if (copy_link(copying, to_dir, name, st))
		return 0;
	to_fd = make_temporary(from_fd, to_dir, st);
	if (to_fd < 0 || fill(from_fd, to_fd, st) < 0)
		return fail(copying, name);
	if (renameat2(to_dir, TEMPORARY, to_dir, name, RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return fail(copying, name);
		unlinkat(to_dir, TEMPORARY, 0);
	}
	return remember(copying, to_dir, name, st) < 0 ? fail(copying, name) : 0;
}

/* ---- directories ---- */

static int copy_below(struct copying *copying, int from_fd, int to_fd);

static int copy_dir(
	struct copying *copying, int from_fd, int to_dir, const char *name, const struct stat *st)
{
	auto_close int to_fd = -1;
	int failed;

	if (mkdirat(to_dir, name, 0700) < 0 && errno != EEXIST)
		return fail(copying, name);
	to_fd = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to_fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? 0 : fail(copying, name);
	failed = copy_below(copying, from_fd, to_fd);
	if (failed)
		return err_in(copying->err, "%.255s", name);
	return dress(from_fd, to_fd, st) < 0 ? fail(copying, name) : 0;
}

static int copy_name(struct copying *copying, int from_dir, int to_dir, const char *name)
{
	auto_close int from_fd = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (from_fd < 0 || fstat(from_fd, &st) < 0)
		return fail(copying, name);
	/* A socket is nobody's any more; another file system was mounted there. */
	if (S_ISSOCK(st.st_mode) || (S_ISDIR(st.st_mode) && st.st_dev != copying->device))
		return 0;
	if (S_ISDIR(st.st_mode))
		return copy_dir(copying, from_fd, to_dir, name, &st);
	return copy_leaf(copying, from_fd, to_dir, name, &st);
}

static int copy_below(struct copying *copying, int from_fd, int to_fd)
{
	int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fail(copying, ".");
	if (++copying->depth > DEPTH_MAX) {
		closedir(dir);
		return err_set(copying->err, ELOOP, "directories are nested too deeply");
	}
	while (!failed && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			failed = copy_name(copying, from_fd, to_fd, entry->d_name);
	copying->depth--;
	closedir(dir);
	return failed;
}

int copy_tree(int from_fd, int to_fd, struct err *err)
{
	struct err why;
	struct copying copying = {.err = err ? err : &why};
	struct stat st;
	int failed = fstat(from_fd, &st) < 0 ? fail(&copying, ".") : 0;

	copying.device = st.st_dev;
	if (!failed)
		failed = copy_below(&copying, from_fd, to_fd);
	if (!failed && dress(from_fd, to_fd, &st) < 0)
		failed = fail(&copying, ".");
	for (size_t i = 0; i < copying.seen_len; i++)
		close(copying.seen[i].fd);
	free(copying.seen);
	return failed;
}
