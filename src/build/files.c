#include "build/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "util/buf.h"
#include "util/path.h"
#include "util/strs.h"

struct walk {
	struct files *files;
	const struct files_source *source;
	uint32_t item;
	struct buf path, name; /* of what is being looked at */
};

static int failed_at(const char *path, struct err *err)
{
	int code = errno;

	return err_set(err, code, "%.300s: %s", *path ? path : ".", err_name(code));
}

/* ---- the list ---- */

static int grow(struct files *files, struct err *err)
{
	size_t room = files->room ? files->room * 2 : 256;
	struct file *more;

	if (files->n < files->room)
		return 0;
	if (files->n >= FILES_MAX)
		return err_set(err, E2BIG, "more than %d files", FILES_MAX);
	more = realloc(files->v, room * sizeof(*more));
	if (!more)
		return no_memory(err);
	files->v = more;
	files->room = room;
	return 0;
}

static int add(struct walk *walk, const struct stat *st, struct err *err)
{
	struct files *files = walk->files;
	struct file *file;

	if (S_ISSOCK(st->st_mode))
		return 0;
	if (grow(files, err) < 0)
		return err->code;
	file = &files->v[files->n];
	*file = (struct file){
		.path = arena_copy(&files->names, buf_text(&walk->path), walk->path.len),
		.name = arena_copy(&files->names, buf_text(&walk->name), walk->name.len),
		.item = walk->item,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size,
		.ino = st->st_ino,
		.dev = st->st_dev,
		.rdev = st->st_rdev,
		.links = st->st_nlink,
		.mtime = st->st_mtim,
		.ctime = st->st_ctim,
	};
	if (!file->path || !file->name)
		return no_memory(err);
	files->n++;
	if (S_ISREG(st->st_mode))
		files->bytes += file->size;
	return 0;
}

/* ---- a directory's names ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes fd over. */
static int list(int fd, struct strs *names)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return -errno;
	}
	while ((errno = 0, entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strs_add(names, entry->d_name);
	closedir(dir);
	if (errno)
		return -errno;
	if (strs_failed(names))
		return -ENOMEM;
	if (names->len)
		qsort(names->v, names->len, sizeof(*names->v), by_name);
	return 0;
}

/* ---- the walk ---- */

static int walk_dir(struct walk *walk, int dir, unsigned depth, struct err *err);

static int walk_name(struct walk *walk, int dir, const char *name, unsigned depth, struct err *err)
{
	const struct files_source *source = walk->source;
	bool omitted = false, below = true;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		/* It went away since the directory was read. */
		return errno == ENOENT ? 0 : failed_at(buf_text(&walk->path), err);
	if (source->omit)
		omitted = source->omit(
			source->arg, buf_text(&walk->path), S_ISDIR(st.st_mode), &below);
	if (omitted && (!below || !S_ISDIR(st.st_mode)))
		return 0;
	if (!omitted && add(walk, &st, err) < 0)
		return err->code;
	if (!S_ISDIR(st.st_mode))
		return 0;
	dir = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? failed_at(buf_text(&walk->path), err)
		       : walk_dir(walk, dir, depth + 1, err);
}

static void push_name(struct buf *path, const char *name)
{
	if (path->len)
		buf_addc(path, '/');
	buf_adds(path, name);
}

static void pop_name(struct buf *path, size_t len)
{
	path->len = len;
	path->data[len] = '\0';
}

/* Takes dir over. */
static int walk_dir(struct walk *walk, int dir, unsigned depth, struct err *err)
{
	auto_close int held = dir;
	auto_strs names = STRS_INIT;
	size_t path = walk->path.len, name = walk->name.len;
	int failed = list(dup(dir), &names);

	if (failed)
		return err_set(err, failed, "%.300s: %s", buf_text(&walk->path), err_name(failed));
	if (depth > FILES_DEPTH_MAX)
		return err_set(
			err, ELOOP, "%.300s: directories stand too deep", buf_text(&walk->path));
	for (size_t i = 0; i < names.len && !failed; i++) {
		if (walk->source->canceled && atomic_load(walk->source->canceled))
			return err_set(err, ECANCELED, "canceled");
		push_name(&walk->path, names.v[i]);
		push_name(&walk->name, names.v[i]);
		if (buf_failed(&walk->path) || buf_failed(&walk->name))
			return no_memory(err);
		failed = walk_name(walk, held, names.v[i], depth, err);
		pop_name(&walk->path, path);
		pop_name(&walk->name, name);
	}
	return failed;
}

/* ---- one source ---- */

/* Where an open file lies below the root: as it is, whatever links led to it. */
static int real_path(const struct files_source *source, int fd, const char *path, struct buf *out,
	struct err *err)
{
	char link[64], root[4096], real[4096];
	ssize_t root_len, len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", source->root_fd);
	root_len = readlink(link, root, sizeof(root));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, real, sizeof(real));
	if (root_len == 1) /* "/" */
		root_len = 0;
	if (root_len < 0 || len < root_len || len == sizeof(real) ||
		memcmp(real, root, (size_t)root_len) != 0 ||
		(len > root_len && real[root_len] != '/'))
		return err_set(err, ESTALE, "%.300s: it was moved away while it was read", path);
	if (len > root_len)
		root_len++;
	buf_clear(out);
	buf_add(out, real + root_len, (size_t)(len - root_len));
	return 0;
}

/* The directories that lead to a kept path, as they are. */
static int add_parents(struct walk *walk, const struct files_pick *pick, struct err *err)
{
	for (const char *slash = strchr(pick->path + pick->keep, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		auto_buf path = BUF_INIT;
		auto_close int fd = -1;
		struct stat st;

		buf_add(&path, pick->path, (size_t)(slash - pick->path));
		fd = path_open_in(walk->source->root_fd, buf_text(&path), O_PATH | O_DIRECTORY, 0);
		if (fd < 0 || fstat(fd, &st) < 0)
			return failed_at(buf_text(&path), err);
		buf_clear(&walk->name);
		buf_add(&walk->name, buf_text(&path) + pick->keep, path.len - pick->keep);
		if (real_path(walk->source, fd, buf_text(&path), &walk->path, err) < 0 ||
			add(walk, &st, err) < 0)
			return err->code;
	}
	return 0;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int add_found(struct walk *walk, const struct files_pick *pick, int fd,
	const struct stat *st, struct err *err)
{
	int failed = pick->parents ? add_parents(walk, pick, err) : 0;

	if (!failed)
		failed = real_path(walk->source, fd, pick->path, &walk->path, err);
	buf_clear(&walk->name);
	if (pick->parents)
		buf_adds(&walk->name, pick->path + pick->keep);
	else if (!S_ISDIR(st->st_mode))
		buf_adds(&walk->name, last_name(pick->path));
	/* The directory itself comes first: what it is counts where it has to be made. */
	if (!failed)
		failed = add(walk, st, err);
	if (failed || !S_ISDIR(st->st_mode))
		return failed;
	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? failed_at(pick->path, err) : walk_dir(walk, fd, 0, err);
}

static bool is_omitted(const struct files_source *source, const char *path, mode_t mode)
{
	bool below = true, omitted;

	if (!source->omit || !*path)
		return false;
	omitted = source->omit(source->arg, path, S_ISDIR(mode), &below);
	return omitted && !(S_ISDIR(mode) && below);
}

int files_add(struct files *files, const struct files_source *source, const struct files_pick *pick,
	struct err *err)
{
	struct walk walk = {.files = files,
		.source = source,
		.item = pick->item,
		.path = BUF_INIT,
		.name = BUF_INIT};
	auto_close int fd =
		path_open_in(source->root_fd, *pick->path ? pick->path : ".", O_PATH, 0);
	struct stat st;
	int failed;

	if (fd < 0 || fstat(fd, &st) < 0 || is_omitted(source, pick->path, st.st_mode))
		return err_set(err, ENOENT, "\"/%.300s\": not found", pick->path);
	failed = add_found(&walk, pick, fd, &st, err);
	buf_fini(&walk.path);
	buf_fini(&walk.name);
	return failed;
}

void files_fini(struct files *files)
{
	free(files->v);
	arena_fini(&files->names);
	*files = (struct files){0};
}
