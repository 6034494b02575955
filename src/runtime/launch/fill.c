/* A new file system that begins with what it covers ("tmpcopyup"). Directories, files and links;
 * devices and sockets have no content to begin with. The root may be a stranger's: nothing is
 * followed, and depth is bounded by the stack that each level takes. */
#include <dirent.h>
#include <string.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { DEPTH_MAX = 32, CHUNK = 16 << 10 };

struct entry { /* struct linux_dirent64 */
	uint64_t inode;
	int64_t offset;
	uint16_t len;
	uint8_t type;
	char name[];
};

static int fill(int from, int to, unsigned depth);

static int keep_owner(int to, const char *name, const struct stat *st)
{
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* after the owner: chown(2) takes setuid away */
	if (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	return 0;
}

static int copy_bytes(int in, int out)
{
	static char chunk[CHUNK];
	ssize_t got;

	while ((got = read(in, chunk, sizeof(chunk))) > 0)
		for (ssize_t done = 0; done < got;) {
			ssize_t wrote = write(out, chunk + done, (size_t)(got - done));

			if (wrote < 0)
				return -errno;
			done += wrote;
		}
	return got < 0 ? -errno : 0;
}

static int copy_file(int from, int to, const char *name)
{
	int in = sys_open(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), out, error;

	if (in < 0)
		return in;
	out = (int)sys_result(
		openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	error = out < 0 ? out : copy_bytes(in, out);
	sys_close(&out);
	close(in);
	return error;
}

static int copy_link(int from, int to, const char *name)
{
	char target[1024];
	ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);

	if (len < 0)
		return -errno;
	target[len] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_dir(int from, int to, const char *name, unsigned depth)
{
	int in = sys_open(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), out, error;

	if (in < 0)
		return in;
	error = mkdirat(to, name, 0700) < 0 ? -errno : 0;
	out = error ? error : sys_open(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	error = out < 0 ? out : fill(in, out, depth);
	sys_close(&out);
	close(in);
	return error;
}

static int copy_one(int from, int to, const char *name, unsigned depth)
{
	struct stat st;
	int error = fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

	if (error)
		return error;
	if (S_ISDIR(st.st_mode))
		error = copy_dir(from, to, name, depth);
	else if (S_ISREG(st.st_mode))
		error = copy_file(from, to, name);
	else if (S_ISLNK(st.st_mode))
		error = copy_link(from, to, name);
	else
		return 0;
	return error ? error : keep_owner(to, name, &st);
}

static int fill(int from, int to, unsigned depth)
{
	_Alignas(struct entry) char room[2048];
	long got;

	if (depth == DEPTH_MAX)
		return -ELOOP;
	while ((got = syscall(SYS_getdents64, from, room, sizeof(room))) > 0) {
		for (long at = 0; at < got;) {
			const struct entry *entry = (const void *)(room + at);
			int error = 0;

			at += entry->len;
			if (strcmp(entry->name, ".") && strcmp(entry->name, ".."))
				error = copy_one(from, to, entry->name, depth + 1);
			if (error)
				return error;
		}
	}
	return got < 0 ? -errno : 0;
}

/* The tree's own mode is what its options said, unless there was something to take it from. */
int launch_tree_fill(struct launch *l, const char *path)
{
	int from = launch_root_open(l->dir[PLAN_ROOT], path, O_RDONLY | O_DIRECTORY, false), error;
	struct stat st;

	if (from == -ENOENT || from == -ENOTDIR)
		return 0;
	if (from < 0)
		return from;
	error = fill(from, l->tree, 0);
	if (!error && (fstat(from, &st) < 0 || fchown(l->tree, st.st_uid, st.st_gid) < 0 ||
			      fchmod(l->tree, st.st_mode & 07777) < 0))
		error = -errno;
	close(from);
	return error ? launch_fail(l, error, 125, "copy %s into its mount: %e", path, error) : 0;
}
