#include "build/dest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "core/chain.h"
#include "core/image/copy.h"
#include "util/path.h"

enum { LINKS_MAX = 40 };

struct timed {
	char *path;
	struct timespec time;
};

struct dest {
	const struct index *const *indexes;
	size_t n;
	int upper;
	int fd; /* of the directory entered last */
	char entered[INDEX_PATH_MAX];
	struct timed *timed; /* in the order they were made: a directory before what is in it */
	size_t n_timed, room;
};

int dest_new(
	const struct index *const *indexes, size_t n, int upper, struct dest **out, struct err *err)
{
	struct dest *dest = calloc(1, sizeof(*dest));

	if (!dest)
		return no_memory(err);
	dest->indexes = indexes;
	dest->n = n;
	dest->upper = upper;
	dest->fd = -1;
	*out = dest;
	return 0;
}

int dest_upper(const struct dest *dest)
{
	return dest->upper;
}

void dest_free(struct dest *dest)
{
	if (!dest)
		return;
	for (size_t i = 0; i < dest->n_timed; i++)
		free(dest->timed[i].path);
	free(dest->timed);
	own_closep(&dest->fd);
	free(dest);
}

/* ---- times ---- */

int dest_time(struct dest *dest, const char *path, const struct timespec *time, struct err *err)
{
	size_t room = dest->room ? dest->room * 2 : 64;
	struct timed *more = dest->timed;
	char *copy = strdup(path);

	if (copy && dest->n_timed == dest->room) {
		more = realloc(dest->timed, room * sizeof(*more));
		if (more) {
			dest->timed = more;
			dest->room = room;
		}
	}
	if (!copy || !more) {
		free(copy);
		return no_memory(err);
	}
	dest->timed[dest->n_timed++] = (struct timed){copy, *time};
	return 0;
}

int dest_finish(struct dest *dest, struct err *err)
{
	/* In their order: a directory that was named twice gets the later time. */
	for (size_t i = 0; i < dest->n_timed; i++) {
		const struct timed *timed = &dest->timed[i];
		struct timespec times[] = {timed->time, timed->time};
		auto_close int fd = path_open_in(dest->upper, *timed->path ? timed->path : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd < 0 || futimens(fd, times) < 0)
			return err_sys(err, "copy to /%.300s", timed->path);
	}
	return 0;
}

/* ---- resolving ---- */

struct resolving {
	struct dest *dest;
	char rest[2 * INDEX_PATH_MAX]; /* still to be walked */
	char *out;
	size_t len;
	unsigned links;
};

static int too_long(const char *path, struct err *err)
{
	return err_set(err, ENAMETOOLONG, "%.200s: the path is too long", path);
}

static void go_up(struct resolving *r)
{
	while (r->len && r->out[r->len - 1] != '/')
		r->len--;
	if (r->len)
		r->len--;
	r->out[r->len] = '\0';
}

static int go_down(struct resolving *r, const char *name, size_t len, struct err *err)
{
	if (r->len + len + 2 > INDEX_PATH_MAX)
		return too_long(r->out, err);
	if (r->len)
		r->out[r->len++] = '/';
	memcpy(r->out + r->len, name, len);
	r->len += len;
	r->out[r->len] = '\0';
	return 0;
}

/* The link that r->out names is replaced by where it leads. */
static int follow(struct resolving *r, const char *target, struct err *err)
{
	char rest[sizeof(r->rest)];

	if (++r->links > LINKS_MAX)
		return err_set(err, ELOOP, "%.200s: too many symbolic links", r->out);
	if (snprintf(rest, sizeof(rest), "%s/%s", target, r->rest) >= (int)sizeof(rest))
		return too_long(target, err);
	memcpy(r->rest, rest, sizeof(rest));
	if (*target == '/')
		r->len = 0, r->out[0] = '\0';
	else
		go_up(r);
	return 0;
}

static int step(struct resolving *r, const char *name, size_t len, struct err *err)
{
	const struct index_entry *entry;
	size_t layer;

	if (len == 1 && *name == '.')
		return 0;
	if (len == 2 && memcmp(name, "..", 2) == 0) {
		go_up(r);
		return 0;
	}
	if (go_down(r, name, len, err) < 0)
		return err->code;
	entry = chain_find(r->dest->indexes, r->dest->n, r->out, &layer);
	if (!entry || !S_ISLNK(entry->mode))
		return 0;
	return follow(r, index_target(r->dest->indexes[layer], entry), err);
}

int dest_resolve(struct dest *dest, const char *path, char out[INDEX_PATH_MAX], struct err *err)
{
	struct resolving r = {.dest = dest, .out = out};

	*out = '\0';
	if (snprintf(r.rest, sizeof(r.rest), "%s", path) >= (int)sizeof(r.rest))
		return too_long(path, err);
	while (*r.rest) {
		char name[INDEX_PATH_MAX];
		size_t skip = strspn(r.rest, "/"), len = strcspn(r.rest + skip, "/");

		if (len >= sizeof(name))
			return too_long(path, err);
		memcpy(name, r.rest + skip, len);
		memmove(r.rest, r.rest + skip + len, strlen(r.rest + skip + len) + 1);
		if (len && step(&r, name, len, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- what is there ---- */

static bool in_upper(struct dest *dest, const char *path, struct stat *st)
{
	auto_close int fd = path_open_in(dest->upper, *path ? path : ".", O_PATH | O_NOFOLLOW, 0);

	return fd >= 0 && fstat(fd, st) == 0;
}

enum dest_kind dest_kind(struct dest *dest, const char *path)
{
	struct stat st;

	if (*path && in_upper(dest, path, &st))
		return S_ISDIR(st.st_mode) ? DEST_DIRECTORY : DEST_OTHER;
	return dest_below(dest, path);
}

enum dest_kind dest_below(struct dest *dest, const char *path)
{
	const struct index_entry *entry;
	size_t layer;

	if (!*path)
		return DEST_DIRECTORY;
	entry = chain_find(dest->indexes, dest->n, path, &layer);
	if (!entry)
		return DEST_NOTHING;
	return S_ISDIR(entry->mode) ? DEST_DIRECTORY : DEST_OTHER;
}

/* ---- entering ---- */

static int dress_new(int dir, const char *name, const struct dest_new_dirs *new_dirs)
{
	if (fchownat(dir, name, new_dirs->uid, new_dirs->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return fchmodat(dir, name, new_dirs->mode, 0);
}

/* One more directory below dir; *made: nothing was there. */
static int make(struct dest *dest, int dir, const char *path, const char *name,
	const struct dest_new_dirs *new_dirs, bool *made, struct err *err)
{
	const struct index_entry *entry;
	size_t layer;

	if (mkdirat(dir, name, 0700) < 0)
		return err_sys(err, "%.300s", path);
	entry = chain_find(dest->indexes, dest->n, path, &layer);
	if (entry && !S_ISDIR(entry->mode))
		return err_set(err, ENOTDIR, "cannot copy to non-directory: /%.300s", path);
	if (entry) {
		const struct timespec time = {entry->mtime, entry->mtime_ns};

		return copy_dress_dir(dest->indexes[layer], entry, dir, name, err) < 0
			       ? err->code
			       : dest_time(dest, path, &time, err);
	}
	*made = true;
	if (dress_new(dir, name, new_dirs) < 0)
		return err_sys(err, "%.300s", path);
	return dest_time(dest, path, &new_dirs->time, err);
}

static int enter_name(struct dest *dest, int dir, const char *path, const char *name,
	const struct dest_new_dirs *new_dirs, bool *made, struct err *err)
{
	int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(err, ENOTDIR, "cannot copy to non-directory: /%.300s", path);
	if (fd < 0 && errno == ENOENT) {
		if (make(dest, dir, path, name, new_dirs, made, err) < 0)
			return err->code;
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return fd < 0 ? err_sys(err, "%.300s", path) : fd;
}

static int enter_from_root(struct dest *dest, const char *path,
	const struct dest_new_dirs *new_dirs, bool *made, struct err *err)
{
	char so_far[INDEX_PATH_MAX], name[INDEX_NAME_MAX + 1];
	int dir = fcntl(dest->upper, F_DUPFD_CLOEXEC, 3);

	for (const char *at = path; dir >= 0 && *at; at += strspn(at, "/")) {
		size_t len = strcspn(at, "/");
		int next;

		if (len > INDEX_NAME_MAX) {
			close(dir);
			return err_set(err, ENAMETOOLONG, "%.300s: a name is too long", path);
		}
		memcpy(name, at, len);
		name[len] = '\0';
		at += len;
		snprintf(so_far, sizeof(so_far), "%.*s", (int)(at - path), path);
		next = enter_name(dest, dir, so_far, name, new_dirs, made, err);
		close(dir);
		dir = next;
		if (dir < 0)
			return err->code;
	}
	return dir < 0 ? err_sys(err, "%.300s", path) : dir;
}

int dest_enter(struct dest *dest, const char *path, const struct dest_new_dirs *new_dirs,
	bool *made, struct err *err)
{
	int fd;

	*made = false;
	if (dest->fd >= 0 && strcmp(dest->entered, path) == 0)
		return dest->fd;
	if (strlen(path) >= INDEX_PATH_MAX)
		return too_long(path, err);
	fd = enter_from_root(dest, path, new_dirs, made, err);
	if (fd < 0)
		return fd;
	own_closep(&dest->fd);
	dest->fd = fd;
	memcpy(dest->entered, path, strlen(path) + 1);
	return fd;
}

/* ---- reading ---- */

int dest_open(struct dest *dest, const char *path, int (*open_layer)(void *arg, size_t layer),
	void *arg, struct err *err)
{
	char real[INDEX_PATH_MAX];
	const struct index_entry *entry;
	auto_close int root = -1;
	size_t layer;
	int fd;

	if (dest_resolve(dest, path, real, err) < 0)
		return err->code;
	entry = chain_find(dest->indexes, dest->n, real, &layer);
	if (!entry || !S_ISREG(entry->mode))
		return err_set(err, ENOENT, "%.200s: no such file", path);
	root = open_layer(arg, layer);
	fd = root < 0 ? root
		      : path_open_in(root, real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	return fd < 0 ? err_set(err, fd, "%.200s: %s", path, err_name(fd)) : fd;
}
