/* taken.c - what the sources of a COPY or ADD give (copying.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/copying.h"
#include "build/no_memory.h"
#include "build/stamps.h"
#include "build/unpack.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

/* ---- a heredoc's text ---- */

static int take_text(struct copying *copying, const struct build_source *source,
	struct taken *taken, struct err *err)
{
	const struct timespec now = work_time(copying->work), times[] = {now, now};
	const struct build_file_text *text = &source->text;
	const struct files_pick pick = {.path = text->name};
	auto_close int file = -1;

	if (work_directory(copying->work, &taken->directory, &taken->fd, err) < 0)
		return err->code;
	file = openat(
		taken->fd, text->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (file < 0 || write(file, text->text, text->len) != (ssize_t)text->len ||
		fchmod(file, 0644) < 0 || futimens(file, times) < 0)
		return err_sys(err, "copy: write %.100s", text->name);
	taken->source.root_fd = taken->fd;
	return files_add(&taken->files, &taken->source, &pick, err);
}

/* ---- files of a tree or a context ---- */

static bool is_outside(const char *path)
{
	return str_has_prefix(path, "../") || str_eq(path, "..");
}

/* "a/./b/c" keeps "b/c": where what is kept begins in the clean path. */
static size_t kept_from(const char *pattern, const char *path)
{
	const char *pivot = strstr(pattern, "/./");
	size_t depth = 0, at = 0;

	if (!pivot)
		return 0;
	for (const char *c = pattern + strspn(pattern, "/"); c < pivot; c++)
		depth += *c == '/' && c[1] != '/';
	for (depth += pivot > pattern; depth && path[at]; at++)
		depth -= path[at] == '/';
	return at;
}

static int add_paths(struct copying *copying, const struct build_source *source,
	struct taken *taken, const struct strs *paths, struct err *err)
{
	for (size_t i = 0; i < paths->len; i++) {
		const struct files_pick pick = {
			.path = paths->v[i],
			.parents = copying->what->parents,
			.keep = copying->what->parents && source->path
					? kept_from(source->path, paths->v[i])
					: 0,
			.item = (uint32_t)i,
		};

		if (is_outside(pick.path))
			return err_set(
				err, EINVAL, "copy: %.200s leaves the context", source->path);
		if (files_add(&taken->files, &taken->source, &pick, err) < 0)
			return err->code;
	}
	return 0;
}

static int not_found(const struct build_source *source, struct err *err)
{
	return err_set(err, ENOENT, "failed to calculate checksum of ref: \"/%.300s\": not found",
		source->path + strspn(source->path, "/"));
}

/* Of a URL there is one file, of a repository all; only a path can be a pattern. */
static int find_paths(struct copying *copying, const struct build_source *source,
	struct taken *taken, struct strs *paths, struct err *err)
{
	const char *whole = source->kind == BUILD_SOURCE_HTTP
				    ? copying->work->plan->steps[source->from].http.name
				    : "";
	bool wild;

	if (source->kind != BUILD_SOURCE_PATH) {
		strs_add(paths, whole);
		return strs_failed(paths) ? no_memory(err) : 0;
	}
	if (glob_expand(&taken->source, source->path, copying->what->parents, paths, &wild, err) <
		0)
		return err->code;
	/* A pattern may match nothing; a name may not. */
	return paths->len || wild ? 0 : not_found(source, err);
}

static int take_files(struct copying *copying, const struct build_source *source,
	struct taken *taken, struct err *err)
{
	struct build_work *work = copying->work;
	struct node *from = &work->nodes[source->from];
	auto_strs paths = STRS_INIT;

	if (node_open_root(work, from, err) < 0 ||
		filter_init(&taken->filter, from->ignore, &copying->what->excludes, err) < 0)
		return err->code;
	taken->source.root_fd = from->root_fd;
	taken->source.omit = filter_is_empty(&taken->filter) ? NULL : filter_omits;
	taken->source.arg = &taken->filter;
	taken->foreign_owner = from->foreign_owner;
	if (find_paths(copying, source, taken, &paths, err) < 0)
		return err->code;
	filter_relative_to(&taken->filter, &paths);
	return add_paths(copying, source, taken, &paths, err);
}

/* ---- archives ---- */

/* ADD unpacks a local archive, and one from a URL when it is told to. */
static bool may_unpack(const struct copying *copying, const struct build_source *source)
{
	const struct build_copy *what = copying->what;

	if (!what->add || source->kind == BUILD_SOURCE_TEXT || source->kind == BUILD_SOURCE_GIT)
		return false;
	if (what->unpack != BUILD_UNSET)
		return what->unpack == BUILD_ON;
	return source->kind == BUILD_SOURCE_PATH;
}

static bool is_one_file(const struct taken *taken)
{
	return taken->files.n == 1 && S_ISREG(taken->files.v[0].mode);
}

static int look_at_archive(struct copying *copying, const struct build_source *source,
	struct taken *taken, struct err *err)
{
	if (!may_unpack(copying, source) || !is_one_file(taken))
		return 0;
	return unpack_looks_like(&taken->files.v[0], &taken->source, &taken->archive, err);
}

static int unpack(struct copying *copying, struct taken *taken, struct err *err)
{
	const struct files_pick all = {.path = ""};
	bool is_archive = false;

	if (unpack_archive(copying->work, &taken->files.v[0], &taken->source, &taken->directory,
		    &is_archive, err) < 0)
		return err->code;
	if (!is_archive)
		return 0;
	taken->fd = open(taken->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (taken->fd < 0)
		return err_sys(err, "copy: open an archive's files");
	taken->unpacked = true;
	taken->foreign_owner = true;
	taken->source.root_fd = taken->fd;
	taken->source.omit = NULL;
	files_fini(&taken->files);
	if (files_add(&taken->files, &taken->source, &all, err) < 0)
		return err->code;
	return files_hash(&taken->files, &taken->source, NULL, err);
}

bool taken_has_archive(const struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (copying->taken[i].archive)
			return true;
	return false;
}

int taken_unpack(struct copying *copying, struct err *err)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (copying->taken[i].archive && unpack(copying, &copying->taken[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- contents ---- */

static void with_stamps(struct copying *copying, struct taken *taken,
	void (*use)(struct files *files, struct stamps *stamps))
{
	if (!taken->stamps)
		return;
	/* They are one file's: steps that read the same context take turns. */
	pthread_mutex_lock(&copying->work->mounting);
	use(&taken->files, taken->stamps);
	pthread_mutex_unlock(&copying->work->mounting);
}

/* An archive has to be known before it is opened. */
static int take_source(struct copying *copying, size_t i, struct err *err)
{
	const struct build_source *source = &copying->what->sources[i];
	struct taken *taken = &copying->taken[i];

	taken->fd = -1;
	taken->source.canceled = copying->work->canceled;
	if ((source->kind == BUILD_SOURCE_TEXT ? take_text(copying, source, taken, err)
					       : take_files(copying, source, taken, err)) < 0 ||
		look_at_archive(copying, source, taken, err) < 0)
		return err->code;
	if (source->kind == BUILD_SOURCE_PATH)
		taken->stamps = copying->work->nodes[source->from].stamps;
	with_stamps(copying, taken, files_look_up);
	return files_read(
		&taken->files, &taken->source, taken->archive ? UINT64_MAX : FILES_LARGE, err);
}

int taken_find(struct copying *copying, struct err *err)
{
	copying->taken = calloc(copying->what->sources_len + 1, sizeof(*copying->taken));
	if (!copying->taken)
		return no_memory(err);
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (take_source(copying, i, err) < 0)
			return err->code;
	taken_note(copying);
	return 0;
}

int taken_read(struct copying *copying, struct err *err)
{
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		struct taken *taken = &copying->taken[i];

		if (files_read(&taken->files, &taken->source, UINT64_MAX, err) < 0)
			return err->code;
	}
	taken_note(copying);
	return 0;
}

void taken_note(struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		with_stamps(copying, &copying->taken[i], files_note);
}

bool taken_has_large(const struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		for (size_t k = 0; k < copying->taken[i].files.n; k++)
			if (file_is_large(&copying->taken[i].files.v[k]))
				return true;
	return false;
}

bool taken_is_read(const struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		for (size_t k = 0; k < copying->taken[i].files.n; k++) {
			const struct file *file = &copying->taken[i].files.v[k];

			if (file_is_large(file) && !file->hashed)
				return false;
		}
	return true;
}

void taken_fini(struct copying *copying)
{
	for (size_t i = 0; copying->taken && i < copying->what->sources_len; i++) {
		files_fini(&copying->taken[i].files);
		filter_fini(&copying->taken[i].filter);
		own_closep(&copying->taken[i].fd);
		free(copying->taken[i].directory);
	}
	free(copying->taken);
}
