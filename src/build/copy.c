#include "build/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "core/privilege.h"
#include "util/buf.h"
#include "util/path.h"
#include "util/strs.h"

enum { PIECE = 1 << 20, SMALL = 128 << 10, NAMES_MAX = 4096, VALUE_MAX = 64 << 10 };

/* A file with more names: copied once, linked then. */
struct first_name {
	uint64_t dev, ino;
	char path[]; /* in the upper directory */
};

struct copying {
	struct dest *dest;
	const struct copy_order *order;
	struct dest_new_dirs new_dirs;
	void *firsts; /* of struct first_name, by tsearch(3) */
	char *piece;
	char base[INDEX_PATH_MAX]; /* where the current source goes */
	bool base_is_name;         /* base is the file's own path, not a directory for it */
	struct buf at;             /* where the current file goes */
};

static int failed_at(const struct copying *copying, struct err *err)
{
	int code = errno;

	return err_set(err, code, "copy to /%.300s: %s", buf_text(&copying->at), err_name(code));
}

/* ---- metadata ---- */

static uid_t owner_of(const struct copying *copying, const struct file *file)
{
	const struct copy_order *order = copying->order;

	return order->has_owner ? order->uid : order->keep_owner ? file->uid : 0;
}

static gid_t group_of(const struct copying *copying, const struct file *file)
{
	const struct copy_order *order = copying->order;

	return order->has_owner ? order->gid : order->keep_owner ? file->gid : 0;
}

static mode_t mode_of(const struct copying *copying, const struct file *file)
{
	const struct copy_order *order = copying->order;

	return (order->mode ? copy_mode_apply(order->mode, file->mode) : file->mode) & 07777;
}

static bool is_kept(const char *name)
{
	if (strncmp(name, "user.", 5) == 0)
		return strncmp(name, "user.overlay.", 13) != 0;
	return strcmp(name, "security.capability") == 0;
}

/* What the file system below cannot hold is not worth failing for, as with cp(1). */
static void copy_xattrs(struct copying *copying, int from, int to)
{
	char names[NAMES_MAX];
	ssize_t len = flistxattr(from, names, sizeof(names));

	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t got = is_kept(name) ? fgetxattr(from, name, copying->piece, VALUE_MAX) : -1;

		if (got >= 0 && fsetxattr(to, name, copying->piece, (size_t)got, 0) < 0)
			return;
	}
}

static int owner_failed(const struct copying *copying, const struct file *file, struct err *err)
{
	if (privilege_lacks_owner(errno, owner_of(copying, file), group_of(copying, file), err))
		return err_in(err, "copy to /%.300s", buf_text(&copying->at));
	return failed_at(copying, err);
}

/* A layer has whole seconds: so nobody has to set them again. */
static struct timespec time_of(const struct copying *copying, const struct file *file)
{
	struct timespec time = file->mtime;

	if (copying->order->late)
		time.tv_nsec = 0;
	return time;
}

/* A change of owner takes special bits away; to look costs a third of a change that changes
 * nothing, and mostly nothing is to be changed. */
static int dress_owner(struct copying *copying, const struct file *file, int fd, struct err *err)
{
	uid_t owner = owner_of(copying, file);
	gid_t group = group_of(copying, file);
	mode_t mode = mode_of(copying, file);
	struct stat st;
	bool owned;

	if (fstat(fd, &st) < 0)
		return failed_at(copying, err);
	owned = st.st_uid == owner && st.st_gid == group;
	if (!owned && fchown(fd, owner, group) < 0)
		return owner_failed(copying, file, err);
	if ((!owned || (st.st_mode & 07777) != mode) && fchmod(fd, mode) < 0)
		return failed_at(copying, err);
	return 0;
}

/* Capabilities after the owner: a change of owner takes them away. */
static int dress_fd(
	struct copying *copying, const struct file *file, int from, int fd, struct err *err)
{
	struct timespec time = time_of(copying, file), times[] = {time, time};

	if (dress_owner(copying, file, fd, err) < 0)
		return err->code;
	copy_xattrs(copying, from, fd);
	return futimens(fd, times) < 0 ? failed_at(copying, err) : 0;
}

static int dress_name(struct copying *copying, const struct file *file, int dir, const char *name,
	struct err *err)
{
	struct timespec time = time_of(copying, file), times[] = {time, time};

	if (fchownat(dir, name, owner_of(copying, file), group_of(copying, file),
		    AT_SYMLINK_NOFOLLOW) < 0)
		return owner_failed(copying, file, err);
	if ((!S_ISLNK(file->mode) && fchmodat(dir, name, mode_of(copying, file), 0) < 0) ||
		utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed_at(copying, err);
	return 0;
}

/* ---- content ---- */

/* As much as there was; files_check tells when it is another file by now. */
static int copy_pieces(struct copying *copying, const struct file *file, int from, int to)
{
	uint64_t left = file->size;
	ssize_t got = 0;

	while (left && (got = read(from, copying->piece, left < PIECE ? left : PIECE)) > 0) {
		if (path_write_all(to, copying->piece, (size_t)got) < 0)
			return -1;
		left -= (uint64_t)got;
	}
	return got < 0 ? -1 : 0;
}

static bool has_kept_xattrs(int from)
{
	char names[NAMES_MAX];
	ssize_t len = flistxattr(from, names, sizeof(names));

	for (const char *name = names; name < names + len; name += strlen(name) + 1)
		if (is_kept(name))
			return true;
	return len < 0 && errno == ERANGE;
}

/* Writing takes away what is set before, and it must be found by its only name. */
static bool may_be_late(struct copying *copying, const struct file *file, int from)
{
	return copying->order->late && file->size >= FILES_LARGE && file->links == 1 &&
	       !(mode_of(copying, file) & 07000) && !has_kept_xattrs(from) &&
	       late_may_be(copying->order->late, buf_text(&copying->at));
}

static int leave_for_later(struct copying *copying, const struct file *file, int to)
{
	struct err ignored;

	if (ftruncate(to, (off_t)file->size) < 0)
		return -1;
	if (late_add(copying->order->late, buf_text(&copying->at), file, copying->order->source,
		    &ignored) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Shared extents where the file system has them; a small file costs less read and written. */
static int copy_content(struct copying *copying, const struct file *file, int from, int to)
{
	ssize_t got = 0;
	uint64_t left = file->size;

	if (file->size <= SMALL || ioctl(to, FICLONE, from) == 0)
		return file->size <= SMALL ? copy_pieces(copying, file, from, to) : 0;
	if (may_be_late(copying, file, from))
		return leave_for_later(copying, file, to);
	while (left && (got = copy_file_range(from, NULL, to, NULL, left, 0)) > 0)
		left -= (uint64_t)got;
	if (left && got < 0 && left == file->size)
		return copy_pieces(copying, file, from, to);
	return got < 0 ? -1 : 0;
}

/* ---- one name ---- */

static int order_firsts(const void *a, const void *b)
{
	const struct first_name *left = a, *right = b;

	if (left->ino != right->ino)
		return left->ino < right->ino ? -1 : 1;
	return left->dev < right->dev ? -1 : left->dev > right->dev;
}

/* True when it was linked to a name it already has there. */
static bool link_again(struct copying *copying, const struct file *file, int dir, const char *name)
{
	struct first_name wanted = {.dev = file->dev, .ino = file->ino};
	struct first_name **found = tfind(&wanted, &copying->firsts, order_firsts);
	char path[64];
	auto_close int fd = -1;

	if (!found)
		return false;
	fd = path_open_in(dest_upper(copying->dest), (*found)->path, O_PATH | O_NOFOLLOW, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd >= 0 && linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == 0;
}

static int remember_first(struct copying *copying, const struct file *file, struct err *err)
{
	struct first_name *first = malloc(sizeof(*first) + copying->at.len + 1);

	if (!first)
		return no_memory(err);
	first->dev = file->dev;
	first->ino = file->ino;
	memcpy(first->path, buf_text(&copying->at), copying->at.len + 1);
	if (!tsearch(first, &copying->firsts, order_firsts)) {
		free(first);
		return no_memory(err);
	}
	return 0;
}

static int copy_regular(struct copying *copying, const struct file *file, int dir, const char *name,
	struct err *err)
{
	auto_close int from = -1, to = -1;

	if (file->links > 1 && link_again(copying, file, dir, name))
		return 0;
	from = files_open(file, copying->order->source, err);
	if (from < 0)
		return from;
	to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		mode_of(copying, file) & 0777);
	if (to < 0 || copy_content(copying, file, from, to) < 0)
		return failed_at(copying, err);
	if (dress_fd(copying, file, from, to, err) < 0 || files_check(file, from, err) < 0)
		return err->code;
	return file->links > 1 ? remember_first(copying, file, err) : 0;
}

static int copy_special(struct copying *copying, const struct file *file, int dir, const char *name,
	struct err *err)
{
	if (S_ISLNK(file->mode)) {
		ssize_t len = files_readlink(
			file, copying->order->source, copying->piece, PIECE - 1, err);

		if (len < 0)
			return err->code;
		copying->piece[len] = '\0';
		if (symlinkat(copying->piece, dir, name) < 0)
			return failed_at(copying, err);
	} else if (mknodat(dir, name, (file->mode & S_IFMT) | 0600, (dev_t)file->rdev) < 0) {
		return failed_at(copying, err);
	}
	return dress_name(copying, file, dir, name, err);
}

/* A directory never gives way to a file; what an earlier source put there does. The names of one
 * source are all different. */
static int make_room(struct copying *copying, const struct file *file, int dir, const char *name,
	struct err *err)
{
	const char *path = buf_text(&copying->at);

	if (dest_below(copying->dest, path) == DEST_DIRECTORY ||
		((file->item || copying->order->replace) &&
			dest_kind(copying->dest, path) == DEST_DIRECTORY))
		return err_set(err, EISDIR, "cannot replace to directory /%.300s with file", path);
	if ((file->item || copying->order->replace) && unlinkat(dir, name, 0) < 0 &&
		errno != ENOENT)
		return failed_at(copying, err);
	if (copying->order->late)
		late_drop(copying->order->late, path);
	return 0;
}

/* The destination itself keeps what it is, or is made as the directories above it; any other is as
 * its source. */
static int copy_directory(struct copying *copying, const struct file *file, struct err *err)
{
	const char *path = buf_text(&copying->at);
	bool made;
	int fd = dest_enter(copying->dest, path, &copying->new_dirs, &made, err);
	auto_close int from = -1, open_again = -1;

	if (fd < 0)
		return fd;
	if (!*file->name)
		return 0;
	open_again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	from = path_open_in(copying->order->source->root_fd, *file->path ? file->path : ".",
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (open_again < 0 || from < 0)
		return failed_at(copying, err);
	if (dress_fd(copying, file, from, open_again, err) < 0)
		return err->code;
	return dest_time(copying->dest, path, &file->mtime, err);
}

static int copy_name(struct copying *copying, const struct file *file, struct err *err)
{
	const char *path = buf_text(&copying->at), *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent[INDEX_PATH_MAX] = "";
	bool made;
	int dir;

	if (slash)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	dir = dest_enter(copying->dest, parent, &copying->new_dirs, &made, err);
	if (dir < 0 || make_room(copying, file, dir, name, err) < 0)
		return err->code;
	return S_ISREG(file->mode) ? copy_regular(copying, file, dir, name, err)
				   : copy_special(copying, file, dir, name, err);
}

/* ---- a source ---- */

/* Where a source goes, by its first file. */
static int begin_item(struct copying *copying, const struct file *file, struct err *err)
{
	const struct copy_order *order = copying->order;
	size_t len = strlen(order->to);
	bool slash = len && order->to[len - 1] == '/';

	if (dest_resolve(copying->dest, order->to, copying->base, err) < 0)
		return err->code;
	copying->base_is_name = *file->name && !S_ISDIR(file->mode) && !slash &&
				!order->to_directory &&
				dest_kind(copying->dest, copying->base) != DEST_DIRECTORY;
	copying->new_dirs.time = file->mtime;
	return 0;
}

static int copy_one(struct copying *copying, const struct file *file, struct err *err)
{
	buf_clear(&copying->at);
	buf_adds(&copying->at, copying->base);
	if (*file->name && !copying->base_is_name) {
		if (copying->at.len)
			buf_addc(&copying->at, '/');
		buf_adds(&copying->at, file->name);
	}
	if (buf_failed(&copying->at))
		return no_memory(err);
	if (copying->at.len >= INDEX_PATH_MAX)
		return err_set(err, ENAMETOOLONG, "copy to /%.200s…: the path is too long",
			buf_text(&copying->at));
	return S_ISDIR(file->mode) ? copy_directory(copying, file, err)
				   : copy_name(copying, file, err);
}

static int copy_all(struct copying *copying, struct err *err)
{
	const struct files *files = copying->order->files;
	const atomic_bool *canceled = copying->order->source->canceled;

	for (size_t i = 0; i < files->n; i++) {
		const struct file *file = &files->v[i];

		if (canceled && atomic_load(canceled))
			return err_set(err, ECANCELED, "canceled");
		if ((!i || file->item != files->v[i - 1].item) &&
			begin_item(copying, file, err) < 0)
			return err->code;
		if (copy_one(copying, file, err) < 0)
			return err->code;
	}
	return 0;
}

int copy_files(struct dest *dest, const struct copy_order *order, struct err *err)
{
	struct copying copying = {
		.dest = dest,
		.order = order,
		.new_dirs = {.uid = order->has_owner ? order->uid : 0,
			.gid = order->has_owner ? order->gid : 0,
			.mode = 0755},
		.piece = malloc(PIECE),
		.at = BUF_INIT,
	};
	int failed = copying.piece ? copy_all(&copying, err) : no_memory(err);

	tdestroy(copying.firsts, free);
	buf_fini(&copying.at);
	free(copying.piece);
	return failed;
}
