/* cp_place.c - one object of a copy, made by one name in a held directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/image/cp.h"
#include "core/privilege.h"
#include "util/own.h"
#include "util/path.h"

static int make_way(int dir_fd, const char *name, mode_t mode, bool *there, struct err *err)
{
	struct stat st;

	*there = false;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "%.200s", name);
	if (S_ISDIR(mode) && !S_ISDIR(st.st_mode))
		return err_set(err, EEXIST,
			"cannot overwrite non-directory \"%.200s\" with directory", name);
	if (!S_ISDIR(mode) && S_ISDIR(st.st_mode))
		return err_set(err, EISDIR,
			"cannot overwrite directory \"%.200s\" with non-directory", name);
	*there = S_ISDIR(mode);
	if (!S_ISDIR(mode) && unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "%.200s", name);
	return 0;
}

static int make_dir(int dir_fd, const char *name, bool there, int *fd, struct err *err)
{
	if (!there && mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "%.200s", name);
	*fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? err_sys(err, "%.200s", name) : 0;
}

int cp_make(int dir_fd, const char *name, const struct cp_facts *facts, int *fd, struct err *err)
{
	bool there;

	*fd = -1;
	if (make_way(dir_fd, name, facts->mode, &there, err) < 0)
		return err->code;
	if (S_ISDIR(facts->mode))
		return make_dir(dir_fd, name, there, fd, err);
	if (S_ISREG(facts->mode)) {
		*fd = openat(
			dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		return *fd < 0 ? err_sys(err, "%.200s", name) : 0;
	}
	if (S_ISLNK(facts->mode)
			? symlinkat(facts->target, dir_fd, name) < 0
			: mknodat(dir_fd, name, (facts->mode & S_IFMT) | 0600, facts->rdev) < 0)
		return err_sys(err, "%.200s", name);
	return 0;
}

/* What a file system or a kind of file cannot have is left out. */
static int set_xattrs(int dir_fd, const char *name, const struct cp_facts *facts, struct err *err)
{
	char path[INDEX_NAME_MAX + 64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	for (size_t i = 0; i < facts->n_xattrs; i++) {
		const struct tar_xattr *xattr = &facts->xattrs[i];

		if (lsetxattr(path, xattr->name, xattr->value, xattr->len, 0) < 0 &&
			errno != EOPNOTSUPP && errno != EPERM)
			return err_sys(err, "%.200s: attribute %.100s", name, xattr->name);
	}
	return 0;
}

int cp_dress(int dir_fd, const char *name, int fd, const struct cp_facts *facts, struct err *err)
{
	struct timespec times[] = {facts->mtime, facts->mtime};
	bool regular = S_ISREG(facts->mode);
	int failed;

	failed = regular ? fchown(fd, facts->uid, facts->gid)
			 : fchownat(dir_fd, name, facts->uid, facts->gid, AT_SYMLINK_NOFOLLOW);
	if (failed < 0 && privilege_lacks_owner(errno, facts->uid, facts->gid, err))
		return err_in(err, "%.200s", name);
	if (!failed && regular)
		failed = fchmod(fd, facts->mode & 07777);
	else if (!failed && !S_ISLNK(facts->mode))
		failed = fchmodat(dir_fd, name, facts->mode & 07777, 0);
	if (failed < 0)
		return err_sys(err, "%.200s", name);
	if (facts->n_xattrs && set_xattrs(dir_fd, name, facts, err) < 0)
		return err->code;
	failed =
		regular ? futimens(fd, times) : utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW);
	return failed < 0 ? err_sys(err, "%.200s", name) : 0;
}
