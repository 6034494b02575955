/* cp_tree.c - a tree from one directory to another, object by object. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/content.h"
#include "core/image/cp.h"
#include "core/image/mounts.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

void cp_init(struct cp *cp, int top_fd, const struct image_watch *watch)
{
	*cp = (struct cp){.top_fd = top_fd, .watch = watch};
}

void cp_fini(struct cp *cp)
{
	scan_xattrs_fini(&cp->xattrs);
	scan_links_fini(&cp->links);
	strs_fini(&cp->made);
}

bool cp_is_canceled(const struct cp *cp)
{
	return cp->watch && cp->watch->canceled &&
	       atomic_load_explicit(cp->watch->canceled, memory_order_relaxed);
}

void cp_own(const struct cp *cp, struct cp_facts *facts)
{
	if (cp->chown) {
		facts->uid = cp->uid;
		facts->gid = cp->gid;
	} else if (!cp->keep_owner) {
		facts->uid = geteuid();
		facts->gid = getegid();
	}
	facts->uid = id_outside(cp->target.users, facts->uid);
	facts->gid = id_outside(cp->target.groups, facts->gid);
}

/* ---- one object ---- */

/* An fd of exactly what O_PATH holds: no name is looked up again. */
static int reopen(int path_fd, int flags)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	return open(path, flags | O_CLOEXEC | O_NOCTTY);
}

struct object {
	int src_fd; /* O_PATH */
	int dir_fd; /* where it goes */
	const char *name;
	struct stat st;
	struct cp_facts facts;
	char target[PATH_MAX];
};

static int fail_at(const struct cp *cp, int code, struct err *err)
{
	return err_set(err, code, "%.300s: %s", cp->path, err_name(code));
}

static int look(struct cp *cp, struct object *o, struct err *err)
{
	ssize_t len;

	if (fstat(o->src_fd, &o->st) < 0)
		return fail_at(cp, -errno, err);
	o->facts = (struct cp_facts){.mode = o->st.st_mode,
		.uid = id_inside(cp->source.users, o->st.st_uid),
		.gid = id_inside(cp->source.groups, o->st.st_gid),
		.rdev = o->st.st_rdev,
		.mtime = o->st.st_mtim,
		.target = o->target};
	cp_own(cp, &o->facts);
	if (S_ISLNK(o->st.st_mode)) {
		len = readlinkat(o->src_fd, "", o->target, sizeof(o->target) - 1);
		if (len < 0)
			return fail_at(cp, -errno, err);
		o->target[len] = '\0';
		return 0; /* its attributes could only be reached by another lookup */
	}
	if (!S_ISREG(o->st.st_mode) && !S_ISDIR(o->st.st_mode))
		return 0;
	if (scan_xattrs_of_fd(&cp->xattrs, o->src_fd, err) < 0)
		return err_in(err, "%.300s", cp->path);
	o->facts.xattrs = cp->xattrs.v;
	o->facts.n_xattrs = cp->xattrs.n;
	return 0;
}

/* A later name of a file that was copied before. *done: it is one, and stands. */
static int link_again(struct cp *cp, const struct object *o, bool *done, struct err *err)
{
	int64_t number = scan_links_find(&cp->links, &o->st);
	auto_close int first = -1;
	char path[40];

	*done = false;
	if (number < 0)
		return 0;
	/* Whoever owns the destination may have moved things since: nothing leads out of it. */
	first = path_open_in(cp->top_fd, cp->made.v[number], O_PATH | O_NOFOLLOW, 0);
	if (first < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
	if (unlinkat(o->dir_fd, o->name, 0) < 0 && errno != ENOENT)
		return fail_at(cp, -errno, err);
	if (linkat(AT_FDCWD, path, o->dir_fd, o->name, AT_SYMLINK_FOLLOW) == 0)
		*done = true;
	return 0;
}

static int remember(struct cp *cp, const struct object *o, struct err *err)
{
	if (o->st.st_nlink < 2 || S_ISLNK(o->st.st_mode))
		return 0;
	strs_add(&cp->made, cp->path);
	if (strs_failed(&cp->made))
		return err_set(err, ENOMEM, "copy: out of memory");
	return scan_links_add(&cp->links, &o->st, (uint32_t)cp->made.len - 1, err);
}

static int copy_file(struct cp *cp, struct object *o, struct err *err)
{
	auto_close int from = -1, to = -1;
	bool done = false;
	int failed;

	if (o->st.st_nlink > 1 && link_again(cp, o, &done, err) < 0)
		return err->code;
	if (done)
		return 0;
	if (cp_make(o->dir_fd, o->name, &o->facts, &to, err) < 0)
		return err->code;
	if (S_ISREG(o->st.st_mode)) {
		from = reopen(o->src_fd, O_RDONLY | O_NONBLOCK);
		failed = from < 0 ? -errno : content_copy(from, to, o->st.st_size);
		if (failed)
			return fail_at(cp, failed, err);
		cp->bytes += (uint64_t)(o->st.st_size + 511) / 512 * 512;
	}
	if (cp_dress(o->dir_fd, o->name, to, &o->facts, err) < 0)
		return err->code;
	return remember(cp, o, err);
}

/* ---- directories ---- */

static int copy_found(struct cp *cp, int src_fd, int dir_fd, const char *name, struct err *err);

static int copy_name(struct cp *cp, int from_fd, int dir_fd, const char *name, struct err *err)
{
	auto_close int fd = openat(from_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	size_t before = cp->path_len, len = strlen(name);
	int failed;

	if (cp_is_canceled(cp))
		return err_set(err, ECANCELED, "canceled");
	if (cp->path_len + len + 2 > sizeof(cp->path))
		return err_set(err, ENAMETOOLONG, "%.200s…: too deep to be copied", cp->path);
	if (fd < 0 && errno == ENOENT)
		return 0; /* it went while it was listed */
	cp->path_len += (size_t)snprintf(cp->path + cp->path_len, sizeof(cp->path) - cp->path_len,
		"%s%s", before ? "/" : "", name);
	failed = fd < 0 ? fail_at(cp, -errno, err) : copy_found(cp, fd, dir_fd, name, err);
	cp->path_len = before;
	cp->path[before] = '\0';
	return failed;
}

static int copy_names(struct cp *cp, int src_fd, int to_fd, struct err *err)
{
	int fd = openat(src_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		failed = fail_at(cp, -errno, err);
		own_closep(&fd);
		return failed;
	}
	while (!failed && (errno = 0, entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			failed = copy_name(cp, fd, to_fd, entry->d_name, err);
	closedir(dir);
	return failed;
}

/* Attributes are set before what is in it is copied, because they are lent; the rest after it. */
static int copy_dir(struct cp *cp, struct object *o, bool entered, struct err *err)
{
	auto_close int to = -1;
	struct cp_facts facts = o->facts;

	if (cp_make(o->dir_fd, o->name, &o->facts, &to, err) < 0 ||
		cp_dress(o->dir_fd, o->name, -1, &o->facts, err) < 0)
		return err->code;
	if (entered && copy_names(cp, o->src_fd, to, err) < 0)
		return err->code;
	facts.n_xattrs = 0;
	return cp_dress(o->dir_fd, o->name, -1, &facts, err);
}

static int copy_found(struct cp *cp, int src_fd, int dir_fd, const char *name, struct err *err)
{
	auto_free struct object *o = malloc(sizeof(*o));

	if (!o)
		return err_set(err, ENOMEM, "copy: out of memory");
	*o = (struct object){.src_fd = src_fd, .dir_fd = dir_fd, .name = name};
	if (look(cp, o, err) < 0)
		return err->code;
	cp->bytes += 512;
	if (S_ISSOCK(o->st.st_mode))
		return 0;
	if (!S_ISDIR(o->st.st_mode))
		return copy_file(cp, o, err);
	return copy_dir(cp, o, !mount_is_invented(src_fd, name, cp->mount), err);
}

int cp_object(struct cp *cp, int src_fd, const char *name, struct err *err)
{
	cp->mount = mount_of(src_fd);
	cp->path_len = (size_t)snprintf(cp->path, sizeof(cp->path), "%s", name);
	return copy_found(cp, src_fd, cp->top_fd, name, err);
}

int cp_children(struct cp *cp, int src_fd, struct err *err)
{
	cp->mount = mount_of(src_fd);
	return copy_names(cp, src_fd, cp->top_fd, err);
}
