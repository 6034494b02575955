#include "core/image/cp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { LINKS_MAX = 40 };

/* One end of a copy: a path below a container's root, or one of this host. */
struct side {
	int root_fd; /* -1: this host */
	const char *path;
	const struct image_copy *copy; /* whose root that is */
};

static int side_open(const struct side *side, const char *path, int flags)
{
	int fd;

	if (side->root_fd >= 0)
		return path_open_in(side->root_fd, path, (uint64_t)flags, 0);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int no_file(const struct side *side, int code, const char *path, struct err *err)
{
	return err_set(err, code, "Could not find the file %s in %s %s", path,
		side->copy->image ? "image" : "container", side->copy->container);
}

static int not_there(const struct side *side, int code, struct err *err)
{
	if (side->root_fd < 0)
		return err_set(err, code, "lstat %s: %s", side->path,
			code == -ENOENT ? "no such file or directory" : err_name(code));
	if (code == -ENOENT || code == -ENOTDIR)
		return no_file(side, code, side->path, err);
	return err_set(err, code, "%s: %s", side->path, err_name(code));
}

/* "a/b/." and "." mean what is in it; "a/b/" insists on a directory. */
static bool means_contents(const char *path)
{
	return str_eq(path, ".") || str_has_suffix(path, "/.");
}

static bool insists_on_dir(const char *path)
{
	return str_has_suffix(path, "/") || means_contents(path);
}

/* Splits what is before the last name off; both are the caller's room. */
static void split_path(const char *path, char dir[PATH_MAX], char name[NAME_MAX + 1])
{
	size_t len = strlen(path);

	while (len &&
		(path[len - 1] == '/' || (path[len - 1] == '.' && len > 1 && path[len - 2] == '/')))
		len--;
	size_t at = len;

	while (at && path[at - 1] != '/')
		at--;
	snprintf(name, NAME_MAX + 1, "%.*s", (int)(len - at), path + at);
	snprintf(dir, PATH_MAX, "%.*s", (int)at, path);
	if (!*dir)
		snprintf(dir, PATH_MAX, ".");
}

/* ---- where it comes from ---- */

struct source {
	int fd; /* O_PATH */
	struct stat st;
	bool contents;
	char name[NAME_MAX + 1];
};

static int find_source(const struct side *side, bool follow, struct source *out, struct err *err)
{
	char dir[PATH_MAX];
	bool through = follow || insists_on_dir(side->path);

	out->fd = side_open(side, side->path, O_PATH | (through ? 0 : O_NOFOLLOW));
	if (out->fd < 0)
		return not_there(side, out->fd, err);
	if (fstat(out->fd, &out->st) < 0)
		return err_sys(err, "%s", side->path);
	if (insists_on_dir(side->path) && !S_ISDIR(out->st.st_mode))
		return err_set(err, ENOTDIR, "not a directory");
	split_path(side->path, dir, out->name);
	out->contents = S_ISDIR(out->st.st_mode) &&
			(means_contents(side->path) || !*out->name || str_eq(out->name, ".") ||
				str_eq(out->name, ".."));
	return 0;
}

/* ---- where it goes ---- */

struct target {
	int dir_fd;              /* O_PATH */
	char name[NAME_MAX + 1]; /* "": into the directory itself */
};

/* The directory and the name that a path means in the end, also where its last name is a link. */
static int find_last(const struct side *side, const char *path, struct target *out, struct err *err)
{
	char now[PATH_MAX], dir[PATH_MAX], next[PATH_MAX];

	snprintf(now, sizeof(now), "%s", path);
	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t len;

		split_path(now, dir, out->name);
		own_closep(&out->dir_fd);
		out->dir_fd = side_open(side, dir, O_PATH | O_DIRECTORY);
		if (out->dir_fd < 0 && side->root_fd < 0)
			return err_set(err, out->dir_fd,
				"invalid output path: directory \"%s\" does not exist", dir);
		if (out->dir_fd < 0)
			return no_file(side, out->dir_fd, dir, err);
		len = readlinkat(out->dir_fd, out->name, next, sizeof(next) - 1);
		if (len < 0)
			return 0;
		next[len] = '\0';
		if (*next == '/')
			snprintf(now, sizeof(now), "%s", next);
		else if ((size_t)snprintf(now, sizeof(now), "%s/%s", dir, next) >= sizeof(now))
			return err_set(err, ENAMETOOLONG, "%s: %s", path, err_name(ENAMETOOLONG));
	}
	return err_set(err, ELOOP, "%s: %s", path, err_name(ELOOP));
}

static int find_target(
	const struct side *side, const struct source *source, struct target *out, struct err *err)
{
	bool dir = S_ISDIR(source->st.st_mode);
	struct stat st;

	out->dir_fd = side_open(side, side->path, O_PATH);
	if (out->dir_fd == -ENOTDIR && insists_on_dir(side->path))
		return err_set(err, ENOTDIR, "not a directory");
	if (out->dir_fd < 0 && out->dir_fd != -ENOENT)
		return not_there(side, out->dir_fd, err);
	if (out->dir_fd < 0) {
		if (!dir && insists_on_dir(side->path))
			return err_set(err, ENOENT, "no such directory");
		return find_last(side, side->path, out, err);
	}
	if (fstat(out->dir_fd, &st) < 0)
		return err_sys(err, "%s", side->path);
	if (S_ISDIR(st.st_mode)) {
		snprintf(out->name, sizeof(out->name), "%s", source->contents ? "" : source->name);
		return 0;
	}
	if (dir)
		return err_set(err, EINVAL, "cannot copy directory");
	if (insists_on_dir(side->path))
		return err_set(err, ENOTDIR, "not a directory");
	return find_last(side, side->path, out, err);
}

/* ---- the copy ---- */

static int explain_readonly(const struct image_copy *copy, int dir_fd, struct err *err)
{
	struct statvfs there, root;

	if (err->code != -EROFS || copy->out || fstatvfs(copy->root_fd, &root) < 0 ||
		fstatvfs(dir_fd, &there) < 0)
		return err->code;
	return err_set(err, EROFS, "%s",
		root.f_flag & ST_RDONLY ? "container rootfs is marked read-only"
					: "mounted volume is marked read-only");
}

static int copy_paths(const struct image_copy *copy, struct cp *cp, struct err *err)
{
	const struct side inside = {copy->root_fd, copy->inside, copy};
	const struct side outside = {-1, copy->outside, copy};
	struct source source = {.fd = -1};
	struct target target = {.dir_fd = -1};
	int failed = find_source(copy->out ? &inside : &outside, copy->follow, &source, err);

	if (!failed)
		failed = find_target(copy->out ? &outside : &inside, &source, &target, err);
	if (!failed) {
		cp->top_fd = target.dir_fd;
		failed = *target.name ? cp_object(cp, source.fd, target.name, err)
				      : cp_children(cp, source.fd, err);
		if (failed)
			failed = explain_readonly(copy, target.dir_fd, err);
	}
	own_closep(&source.fd);
	own_closep(&target.dir_fd);
	return failed;
}

static int copy_out_tar(const struct image_copy *copy, struct cp *cp, struct err *err)
{
	const struct side side = {copy->root_fd, copy->inside, copy};
	struct source source = {.fd = -1};
	struct target target = {.dir_fd = -1};
	int failed = find_source(&side, copy->follow, &source, err);

	if (!failed && source.contents)
		failed = cp_to_tar(cp, source.fd, NULL, copy->fd, err);
	else if (!failed) {
		/* The last name, as it stands there: what -L leads to is copied under its own. */
		failed = copy->follow ? find_last(&side, copy->inside, &target, err) : 0;
		if (!failed && !copy->follow) {
			char dir[PATH_MAX];

			split_path(copy->inside, dir, target.name);
			target.dir_fd = side_open(&side, dir, O_PATH | O_DIRECTORY);
			if (target.dir_fd < 0)
				failed = not_there(&side, target.dir_fd, err);
		}
		if (!failed)
			failed = cp_to_tar(cp, target.dir_fd, target.name, copy->fd, err);
	}
	own_closep(&source.fd);
	own_closep(&target.dir_fd);
	return failed;
}

static int copy_in_tar(const struct image_copy *copy, struct cp *cp, struct err *err)
{
	const struct side side = {copy->root_fd, copy->inside, copy};
	auto_close int fd = side_open(&side, copy->inside, O_PATH);
	struct stat st;

	if (fd < 0)
		return not_there(&side, fd, err);
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ENOTDIR, "destination \"%s:%s\" must be a directory",
			copy->container, copy->inside);
	if (cp_from_tar(cp, copy->root_fd, copy->inside, copy->fd, err) < 0)
		return explain_readonly(copy, fd, err);
	return 0;
}

int image_copy(const struct image_copy *copy, const struct image_watch *watch, struct err *err)
{
	struct cp cp;
	int failed;

	cp_init(&cp, -1, watch);
	cp.keep_owner = copy->archive || !copy->out;
	cp.chown = copy->chown && !copy->out;
	cp.uid = copy->uid;
	cp.gid = copy->gid;
	*(copy->out ? &cp.source : &cp.target) = (struct cp_ids){copy->users, copy->groups};
	if (copy->outside)
		failed = copy_paths(copy, &cp, err);
	else
		failed = copy->out ? copy_out_tar(copy, &cp, err) : copy_in_tar(copy, &cp, err);
	*copy->bytes = cp.bytes + (copy->outside ? 1024 : 0);
	cp_fini(&cp);
	return failed;
}
