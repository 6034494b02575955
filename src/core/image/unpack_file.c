/* unpack_file.c - one entry onto the disk: created, filled, dressed, dated, in the order that keeps
 * every bit (chown takes setuid and capabilities away, writing changes times). */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/image/unpack_private.h"
#include "core/privilege.h"
#include "util/strs.h"

bool unpack_keeps_xattr(const struct tar_xattr *xattr)
{
	return !str_has_prefix(xattr->name, "trusted.overlay.") &&
	       !str_has_prefix(xattr->name, "user.overlay.") &&
	       !str_eq(xattr->name, "security.selinux") && strlen(xattr->name) <= XATTR_NAME_MAX;
}

/* Times no file system can keep become the epoch, as containerd has it. */
struct timespec unpack_time(struct timespec time)
{
	if (time.tv_sec < 0 || time.tv_sec > INT64_MAX / 1000000000)
		return (struct timespec){0};
	return time;
}

/* Attributes that a file system or a kind of file cannot have are left out, as everybody does. */
static int xattr_failed(
	const struct tar_entry *entry, const struct tar_xattr *xattr, struct err *err)
{
	bool user = str_has_prefix(xattr->name, "user.");

	if (errno == EOPNOTSUPP ||
		(errno == EPERM && user && entry->type != TAR_FILE && entry->type != TAR_DIR))
		return 0;
	return err_sys(err, "%.200s: attribute %.100s", entry->path, xattr->name);
}

static int set_xattrs(const struct tar_entry *entry, int fd, const char *path, struct err *err)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		int failed;

		if (!unpack_keeps_xattr(xattr))
			continue;
		failed = path ? lsetxattr(path, xattr->name, xattr->value, xattr->len, 0)
			      : fsetxattr(fd, xattr->name, xattr->value, xattr->len, 0);
		if (failed < 0 && xattr_failed(entry, xattr, err) < 0)
			return err->code;
	}
	return 0;
}

static int owner_failed(const struct tar_entry *entry, struct err *err)
{
	return privilege_lacks_owner(errno, entry->uid, entry->gid, err)
		       ? err_in(err, "%.200s", entry->path)
		       : err_sys(err, "%.200s", entry->path);
}

int unpack_dress(const struct tar_entry *entry, int dir_fd, const char *name, struct err *err)
{
	char path[INDEX_NAME_MAX + 64];

	if (fchownat(dir_fd, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return owner_failed(entry, err);
	if (entry->type != TAR_SYMLINK && fchmodat(dir_fd, name, entry->mode, 0) < 0)
		return err_sys(err, "%.200s", entry->path);
	if (!entry->n_xattrs)
		return 0;
	/* There is no fd to set attributes of a symlink or a device through. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	return set_xattrs(entry, -1, path, err);
}

static int write_at(
	int fd, const struct tar_entry *entry, const struct tar_piece *piece, struct err *err)
{
	size_t done = 0;

	while (done < piece->len) {
		ssize_t put = entry->sparse ? pwrite(fd, piece->data + done, piece->len - done,
						      (off_t)(piece->at + done))
					    : write(fd, piece->data + done, piece->len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(err, "%.200s", entry->path);
		done += (size_t)put;
	}
	return 0;
}

static void hash_hole(XXH3_state_t *hash, uint64_t len)
{
	static const unsigned char zeros[64 << 10];

	while (len) {
		size_t part = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);

		XXH3_128bits_update(hash, zeros, part);
		len -= part;
	}
}

/* Most files are one piece, which needs no hash state and one write. */
static int fill(struct unpack *unpack, struct tar *tar, const struct tar_entry *entry, int fd,
	XXH128_hash_t *out, struct err *err)
{
	struct tar_piece piece;
	uint64_t at = 0;

	if (tar_data(tar, &piece, err) < 0)
		return err->code;
	if (piece.len == entry->size && !entry->sparse) {
		*out = XXH3_128bits(piece.data, piece.len);
		return write_at(fd, entry, &piece, err);
	}
	XXH3_128bits_reset(unpack->hash);
	while (piece.len) {
		if (write_at(fd, entry, &piece, err) < 0)
			return err->code;
		hash_hole(unpack->hash, piece.at - at);
		XXH3_128bits_update(unpack->hash, piece.data, piece.len);
		at = piece.at + piece.len;
		if (tar_data(tar, &piece, err) < 0)
			return err->code;
	}
	hash_hole(unpack->hash, entry->size - at);
	*out = XXH3_128bits_digest(unpack->hash);
	if (entry->sparse && ftruncate(fd, (off_t)entry->size) < 0)
		return err_sys(err, "%.200s", entry->path);
	return 0;
}

static int create_file(struct unpack *unpack, struct tar *tar, const struct tar_entry *entry,
	int dir_fd, const char *name, uint8_t hash[INDEX_HASH], struct err *err)
{
	struct timespec time = unpack_time(entry->mtime), times[] = {time, time};
	auto_close int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	XXH128_hash_t sum = {0};
	XXH128_canonical_t canonical;

	if (fd < 0)
		return err_sys(err, "%.200s", entry->path);
	if (fill(unpack, tar, entry, fd, &sum, err) < 0)
		return err->code;
	XXH128_canonicalFromHash(&canonical, sum);
	memcpy(hash, canonical.digest, INDEX_HASH);
	if ((entry->uid || entry->gid) && fchown(fd, entry->uid, entry->gid) < 0)
		return owner_failed(entry, err);
	if (fchmod(fd, entry->mode) < 0)
		return err_sys(err, "%.200s", entry->path);
	if (set_xattrs(entry, fd, NULL, err) < 0)
		return err->code;
	return futimens(fd, times) < 0 ? err_sys(err, "%.200s", entry->path) : 0;
}

static int make_special(const struct tar_entry *entry, int dir_fd, const char *name)
{
	static const mode_t kinds[] = {
		[TAR_CHAR] = S_IFCHR,
		[TAR_BLOCK] = S_IFBLK,
		[TAR_FIFO] = S_IFIFO,
	};

	if (entry->type == TAR_SYMLINK)
		return symlinkat(entry->target, dir_fd, name);
	if (entry->type == TAR_DIR)
		return mkdirat(dir_fd, name, 0700);
	return mknodat(dir_fd, name, kinds[entry->type] | 0600,
		entry->type == TAR_FIFO ? 0 : makedev(entry->major, entry->minor));
}

/* Nobody makes a device without the host's rights: the index alone has it then. */
static bool is_left_out(const struct tar_entry *entry)
{
	return errno == EPERM && privilege_is_rootless() &&
	       (entry->type == TAR_CHAR || entry->type == TAR_BLOCK);
}

int unpack_create(struct unpack *unpack, struct tar *tar, const struct tar_entry *entry, int dir_fd,
	const char *name, uint8_t hash[INDEX_HASH], struct err *err)
{
	struct timespec time = unpack_time(entry->mtime), times[] = {time, time};

	if (entry->type == TAR_FILE)
		return create_file(unpack, tar, entry, dir_fd, name, hash, err);
	if (make_special(entry, dir_fd, name) < 0)
		return is_left_out(entry) ? 0 : err_sys(err, "%.200s", entry->path);
	if (unpack_dress(entry, dir_fd, name, err) < 0)
		return err->code;
	/* A directory's time changes with what comes into it: unpack_finish sets it. */
	if (entry->type != TAR_DIR && utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "%.200s", entry->path);
	return 0;
}
