#include "core/image/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/image/content.h"
#include "core/image/scan.h"
#include "core/privilege.h"
#include "util/own.h"
#include "util/path.h"

struct copying {
	const struct index *index;
	int from_fd, to_fd;
	enum copy_form form;
	enum store_driver driver;
	const struct id_owners *owners; /* or NULL */
	const atomic_bool *canceled;
	uint32_t dir; /* the entry whose directory is open in dir_fd; 0: none is */
	int dir_fd;
};

static int open_beneath(int root_fd, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));
}

static int failed_at(const struct index *index, const struct index_entry *entry, struct err *err)
{
	char path[INDEX_PATH_MAX];
	int saved = errno;

	index_path(index, entry, path);
	return err_set(err, saved, "%.300s: %s", path, err_name(saved));
}

static void times_of(const struct index_entry *entry, struct timespec times[2])
{
	times[0] = times[1] = (struct timespec){entry->mtime, entry->mtime_ns};
}

static int set_xattr(
	const char *path, const struct index_xattr *xattr, const struct id_owners *owners)
{
	char value[SCAN_CAPS_OWNED];

	if (owners && str_eq(xattr->name, SCAN_CAPS) && xattr->len == SCAN_CAPS_PLAIN) {
		scan_caps_own(xattr->value, id_outside(owners->users, 0), value);
		return lsetxattr(path, xattr->name, value, sizeof(value), 0);
	}
	return lsetxattr(path, xattr->name, xattr->value, xattr->len, 0);
}

static int set_xattrs(const struct index *index, const struct index_entry *entry, int dir_fd,
	const char *name, const struct id_owners *owners)
{
	struct index_xattr xattr;
	size_t at = 0;
	char path[INDEX_NAME_MAX + 64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	while (index_xattrs(index, entry, &at, &xattr))
		if (set_xattr(path, &xattr, owners) < 0 && errno != EOPNOTSUPP && errno != EPERM)
			return -1;
	return 0;
}

static int dress(const struct index *index, const struct index_entry *entry, int dir_fd,
	const char *name, const struct id_owners *owners)
{
	uint32_t uid = owners ? id_outside(owners->users, entry->uid) : entry->uid;
	uint32_t gid = owners ? id_outside(owners->groups, entry->gid) : entry->gid;
	struct timespec times[2];

	times_of(entry, times);
	if (fchownat(dir_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		(!S_ISLNK(entry->mode) && fchmodat(dir_fd, name, entry->mode & 07777, 0) < 0) ||
		set_xattrs(index, entry, dir_fd, name, owners) < 0)
		return -1;
	return utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW);
}

int copy_dress_dir(const struct index *index, const struct index_entry *entry, int to_dir_fd,
	const char *name, struct err *err)
{
	return dress(index, entry, to_dir_fd, name, NULL) < 0 ? failed_at(index, entry, err) : 0;
}

static int copy_file(const struct index *index, const struct index_entry *entry, int from_fd,
	int to_dir_fd, const char *name)
{
	char path[INDEX_PATH_MAX];
	auto_close int from = -1, to = -1;
	struct stat st;
	int failed;

	index_path(index, entry, path);
	from = open_beneath(from_fd, path, O_RDONLY);
	if (from < 0)
		return -1;
	to = openat(to_dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || fstat(from, &st) < 0)
		return -1;
	failed = content_copy(from, to, st.st_size);
	errno = -failed;
	return failed ? -1 : 0;
}

static int copy_entry_owned(const struct index *index, const struct index_entry *entry, int from_fd,
	int to_dir_fd, const char *name, const struct id_owners *owners, struct err *err)
{
	int failed;

	if (S_ISREG(entry->mode))
		failed = copy_file(index, entry, from_fd, to_dir_fd, name);
	else if (S_ISLNK(entry->mode))
		failed = symlinkat(index_target(index, entry), to_dir_fd, name);
	else
		failed = mknodat(to_dir_fd, name, (entry->mode & S_IFMT) | 0600,
			makedev(entry->rdev >> 20, entry->rdev & 0xfffff));
	if (failed < 0 && errno == EPERM && privilege_is_rootless() &&
		(S_ISCHR(entry->mode) || S_ISBLK(entry->mode)))
		return 0; /* see unpack_file.c: only the index has it */
	if (failed < 0 || dress(index, entry, to_dir_fd, name, owners) < 0)
		return failed_at(index, entry, err);
	return 0;
}

int copy_entry(const struct index *index, const struct index_entry *entry, int from_fd,
	int to_dir_fd, const char *name, struct err *err)
{
	return copy_entry_owned(index, entry, from_fd, to_dir_fd, name, NULL, err);
}

/* Whether two names of the layer are the same file: a link's target may have been replaced since.
 */
static bool same_file(int from_fd, const char *a, const char *b)
{
	auto_close int one = open_beneath(from_fd, a, O_PATH),
		       two = open_beneath(from_fd, b, O_PATH);
	struct stat st, other;

	return one >= 0 && two >= 0 && fstat(one, &st) == 0 && fstat(two, &other) == 0 &&
	       st.st_ino == other.st_ino && st.st_dev == other.st_dev;
}

static int copy_name(
	struct copying *copying, const struct index_entry *entry, const char *name, struct err *err)
{
	const struct index *index = copying->index;
	const char *target = index_target(index, entry);
	char path[INDEX_PATH_MAX];

	index_path(index, entry, path);
	if (entry->flags & INDEX_LINK && same_file(copying->from_fd, target, path)) {
		auto_close int there = open_beneath(copying->to_fd, target, O_PATH);
		char link[64];

		snprintf(link, sizeof(link), "/proc/self/fd/%d", there);
		if (there >= 0 &&
			linkat(AT_FDCWD, link, copying->dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
			return 0;
	}
	return copy_entry_owned(
		index, entry, copying->from_fd, copying->dir_fd, name, copying->owners, err);
}

static int remove_name(
	struct copying *copying, const struct index_entry *entry, const char *name, struct err *err)
{
	int failed = path_remove_at(copying->dir_fd, name);

	if (!failed || failed == -ENOENT)
		return 0;
	errno = -failed;
	return failed_at(copying->index, entry, err);
}

static int copy_whiteout(
	struct copying *copying, const struct index_entry *entry, const char *name, struct err *err)
{
	bool keep = copying->form == COPY_SQUASH || copying->driver == STORE_OVERLAY;

	if (copying->form != COPY_LAYER && remove_name(copying, entry, name, err) < 0)
		return err->code;
	if (copying->form != COPY_MERGE && keep && mknodat(copying->dir_fd, name, S_IFCHR, 0) < 0)
		return failed_at(copying->index, entry, err);
	return 0;
}

static int mark_opaque(
	struct copying *copying, const struct index_entry *entry, const char *name, struct err *err)
{
	char path[INDEX_NAME_MAX + 64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", copying->dir_fd, name);
	if ((copying->driver == STORE_OVERLAY || copying->form == COPY_SQUASH) &&
		lsetxattr(path, privilege_opaque_mark(), "y", 1, 0) < 0)
		return failed_at(copying->index, entry, err);
	return 0;
}

static int copy_dir(
	struct copying *copying, const struct index_entry *entry, const char *name, struct err *err)
{
	bool opaque = entry->flags & INDEX_OPAQUE;
	struct stat st;

	if (copying->form != COPY_LAYER &&
		fstatat(copying->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		(opaque || !S_ISDIR(st.st_mode))) {
		if (remove_name(copying, entry, name, err) < 0)
			return err->code;
		/* What was here, a whiteout perhaps, hid what is below. */
		opaque = true;
	}
	if (mkdirat(copying->dir_fd, name, 0700) < 0 && errno != EEXIST)
		return failed_at(copying->index, entry, err);
	return opaque && copying->form != COPY_MERGE ? mark_opaque(copying, entry, name, err) : 0;
}

/* Opens the directory an entry belongs into; siblings stand together, so mostly it is open. */
static int enter(struct copying *copying, uint32_t parent, struct err *err)
{
	char path[INDEX_PATH_MAX];

	if (copying->dir_fd >= 0 && copying->dir == parent)
		return 0;
	if (copying->dir_fd >= 0)
		close(copying->dir_fd);
	index_path(copying->index, index_at(copying->index, parent), path);
	copying->dir = parent;
	copying->dir_fd = open_beneath(copying->to_fd, path, O_PATH | O_DIRECTORY);
	return copying->dir_fd < 0
		       ? failed_at(copying->index, index_at(copying->index, parent), err)
		       : 0;
}

static void name_of(
	const struct index *index, const struct index_entry *entry, char name[INDEX_NAME_MAX + 1])
{
	memcpy(name, index_name(index, entry), entry->name_len);
	name[entry->name_len] = '\0';
}

static int copy_one(struct copying *copying, uint32_t number, bool links, struct err *err)
{
	const struct index_entry *entry = index_at(copying->index, number);
	char name[INDEX_NAME_MAX + 1];

	/* Links come in a pass of their own, when all that they could name is there. */
	if (links != !!(entry->flags & INDEX_LINK))
		return 0;
	if (copying->canceled && atomic_load(copying->canceled))
		return err_set(err, ECANCELED, "canceled");
	if (enter(copying, entry->parent, err) < 0)
		return err->code;
	name_of(copying->index, entry, name);
	if (entry->flags & INDEX_WHITEOUT)
		return copy_whiteout(copying, entry, name, err);
	if (S_ISDIR(entry->mode))
		return copy_dir(copying, entry, name, err);
	if (copying->form != COPY_LAYER && remove_name(copying, entry, name, err) < 0)
		return err->code;
	return copy_name(copying, entry, name, err);
}

/* Last, because everything that comes into a directory changes its time. */
static int dress_dirs(struct copying *copying, struct err *err)
{
	const struct index_entry *root = index_at(copying->index, 0);
	char name[INDEX_NAME_MAX + 1];

	for (uint32_t i = 1; i < index_count(copying->index); i++) {
		const struct index_entry *entry = index_at(copying->index, i);

		if (!S_ISDIR(entry->mode))
			continue;
		if (enter(copying, entry->parent, err) < 0)
			return err->code;
		name_of(copying->index, entry, name);
		if (dress(copying->index, entry, copying->dir_fd, name, copying->owners) < 0)
			return failed_at(copying->index, entry, err);
	}
	/* A root that the layer only implies says nothing about the one below. */
	if (copying->form != COPY_LAYER && root->flags & INDEX_IMPLIED)
		return 0;
	return dress(copying->index, root, copying->to_fd, ".", copying->owners) < 0
		       ? failed_at(copying->index, root, err)
		       : 0;
}

static int copy_all(struct copying *copying, struct err *err)
{
	int failed = 0;

	copying->dir_fd = -1;
	for (int links = 0; links < 2 && !failed; links++)
		for (uint32_t i = 1; i < index_count(copying->index) && !failed; i++)
			failed = copy_one(copying, i, links, err);
	if (!failed)
		failed = dress_dirs(copying, err);
	if (copying->dir_fd >= 0)
		close(copying->dir_fd);
	return failed;
}

int copy_layer(const struct index *index, int from_fd, int to_fd, enum copy_form form,
	enum store_driver driver, const atomic_bool *canceled, struct err *err)
{
	struct copying copying = {
		.index = index,
		.from_fd = from_fd,
		.to_fd = to_fd,
		.form = form,
		.driver = driver,
		.canceled = canceled,
	};

	return copy_all(&copying, err);
}

int copy_layer_owned(const struct index *index, int from_fd, int to_fd, enum store_driver driver,
	const struct id_owners *owners, const atomic_bool *canceled, struct err *err)
{
	struct copying copying = {
		.index = index,
		.from_fd = from_fd,
		.to_fd = to_fd,
		.form = COPY_MERGE,
		.driver = driver,
		.owners = owners,
		.canceled = canceled,
	};

	return copy_all(&copying, err);
}
