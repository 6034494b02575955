/* step_copy.c - COPY and ADD.
 *
 *     find     the files that every source stands for
 *     hash     their contents; with what the step says and the tree below it: the key
 *     write    them into an upper directory, unless the key is known
 *
 * Files of another stage have a shorter key first, of that stage's tree as a whole, so that nothing
 * of it has to be mounted and read when neither has changed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/copy.h"
#include "build/glob.h"
#include "build/no_memory.h"
#include "build/owner.h"
#include "build/stamps.h"
#include "build/unpack.h"
#include "build/work.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

/* What one source gives. */
struct taken {
	struct files files;
	struct files_source source;
	struct filter filter;
	bool foreign_owner;
	bool unpacked;   /* the files of an archive */
	char *directory; /* of ours that they are in; NULL: somebody else's */
	int fd;          /* of it, or -1 */
};

struct copying {
	struct build_work *work;
	int step;
	const struct build_copy *what;
	struct taken *taken; /* one a source */
	struct owner owner;
	struct copy_mode *mode;
	struct late *late;
	const struct index **below; /* what it is told of */
};

static void copying_fini(struct copying *copying)
{
	for (size_t i = 0; copying->taken && i < copying->what->sources_len; i++) {
		files_fini(&copying->taken[i].files);
		filter_fini(&copying->taken[i].filter);
		own_closep(&copying->taken[i].fd);
		free(copying->taken[i].directory);
	}
	free(copying->taken);
	copy_mode_free(copying->mode);
	late_free(copying->late);
	free(copying->below);
}
#define auto_copying __attribute__((cleanup(copying_fini))) struct copying

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

static int unpack_if_archive(struct copying *copying, const struct build_source *source,
	struct taken *taken, struct err *err)
{
	const struct files_pick all = {.path = ""};
	bool is_archive = false;

	if (!may_unpack(copying, source) || taken->files.n != 1 || !S_ISREG(taken->files.v[0].mode))
		return 0;
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
	return files_add(&taken->files, &taken->source, &all, err);
}

/* ---- the key ---- */

/* The stages' trees stand for what is in them. */
static bool short_key(struct copying *copying, const struct node *node, char key[DIGEST_SIZE])
{
	const struct build_step *step = &copying->work->plan->steps[copying->step];
	struct key parts;

	key_begin(&parts, "copy of trees");
	key_text(&parts, "step", step->own);
	key_bytes(&parts, "base", node->content, sizeof(node->content));
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		const struct build_source *source = &copying->what->sources[i];
		const struct node *from =
			source->from < 0 ? NULL : &copying->work->nodes[source->from];

		if (!from || !from->foreign_owner) {
			key_end(&parts, key);
			return false;
		}
		key_bytes(&parts, "from", from->content, sizeof(from->content));
	}
	return key_end(&parts, key);
}

static int long_key(
	struct copying *copying, const struct node *node, char key[DIGEST_SIZE], struct err *err)
{
	const struct build_step *step = &copying->work->plan->steps[copying->step];
	uint8_t digest[FILES_HASH];
	struct key parts;

	key_begin(&parts, "copy");
	key_text(&parts, "step", step->own);
	if (!copying->what->link)
		key_bytes(&parts, "base", node->content, sizeof(node->content));
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		struct taken *taken = &copying->taken[i];

		if (files_digest(&taken->files, &taken->source, taken->foreign_owner, digest, err) <
			0) {
			key_end(&parts, key);
			return err->code;
		}
		key_number(&parts, "unpacked", taken->unpacked);
		key_bytes(&parts, "files", digest, sizeof(digest));
	}
	return key_end(&parts, key) ? 0 : no_memory(err);
}

/* ---- finding ---- */

static int take_source(struct copying *copying, size_t i, struct err *err)
{
	const struct build_source *source = &copying->what->sources[i];
	struct taken *taken = &copying->taken[i];
	struct stamps *stamps = NULL;
	int failed;

	taken->fd = -1;
	taken->source.canceled = copying->work->canceled;
	failed = source->kind == BUILD_SOURCE_TEXT ? take_text(copying, source, taken, err)
						   : take_files(copying, source, taken, err);
	if (failed)
		return failed;
	if (source->kind == BUILD_SOURCE_PATH)
		stamps = copying->work->nodes[source->from].stamps;
	/* Stamps are one file's: steps that read the same context take turns. */
	if (stamps)
		pthread_mutex_lock(&copying->work->mounting);
	failed = files_hash(&taken->files, &taken->source, stamps, err);
	if (stamps)
		pthread_mutex_unlock(&copying->work->mounting);
	return failed ? failed : unpack_if_archive(copying, source, taken, err);
}

static int take_all(struct copying *copying, struct err *err)
{
	copying->taken = calloc(copying->what->sources_len + 1, sizeof(*copying->taken));
	if (!copying->taken)
		return no_memory(err);
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (take_source(copying, i, err) < 0)
			return err->code;
	/* What is unpacked needs hashes too, for the key. */
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (copying->taken[i].unpacked && files_hash(&copying->taken[i].files,
							  &copying->taken[i].source, NULL, err) < 0)
			return err->code;
	return 0;
}

/* ---- writing ---- */

static size_t count_items(const struct copying *copying)
{
	size_t items = 0;

	for (size_t i = 0; i < copying->what->sources_len; i++) {
		const struct files *files = &copying->taken[i].files;

		items += files->n ? files->v[files->n - 1].item + 1 : 0;
	}
	return items;
}

/* What a later source brings takes the place of what an earlier one did. */
static int write_source(
	struct copying *copying, struct dest *dest, size_t i, bool many, struct err *err)
{
	const struct build_copy *what = copying->what;
	struct taken *taken = &copying->taken[i];
	const struct copy_order order = {
		.files = &taken->files,
		.source = &taken->source,
		.to = what->dest,
		.to_directory = many || what->parents,
		.replace = i > 0,
		.keep_owner = taken->foreign_owner,
		.has_owner = what->chown != NULL,
		.uid = copying->owner.uid,
		.gid = copying->owner.gid,
		.mode = copying->mode,
		.late = copying->late,
	};

	return copy_files(dest, &order, err);
}

static int stand_on(struct copying *copying, const struct node *node, struct err *err)
{
	copying->below = calloc(node->layers.len + 1, sizeof(*copying->below));
	if (!copying->below)
		return no_memory(err);
	for (size_t i = 0; i < node->layers.len; i++)
		copying->below[i] = layer_index(node->stack[i]);
	late_stand_on(copying->late, copying->below, node->layers.len);
	return 0;
}

static int write_all(
	struct build_work *work, int step, struct dest *dest, struct err *err, void *arg)
{
	struct copying *copying = arg;
	bool many = count_items(copying) > 1;

	if (stand_on(copying, &work->nodes[step], err) < 0)
		return err->code;
	if (copying->what->chown &&
		owner_find(work, step, dest, copying->what->chown, &copying->owner, err) < 0)
		return err->code;
	if (copying->what->chmod && copy_mode_parse(copying->what->chmod, &copying->mode, err) < 0)
		return err->code;
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (write_source(copying, dest, i, many, err) < 0)
			return err->code;
	return dest_finish(dest, err);
}

/* ---- the step ---- */

static bool sources_are_here(const struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		int from = copying->what->sources[i].from;

		if (from >= 0 && !node_is_here(&copying->work->nodes[from]))
			return false;
	}
	return true;
}

static int look_up(
	struct copying *copying, struct node *node, struct strs *keys, bool *hit, struct err *err)
{
	char key[DIGEST_SIZE];

	if (short_key(copying, node, key)) {
		strs_add(keys, key);
		if (node_from_cache(copying->work, copying->step, key, hit, err) < 0 || *hit)
			return *hit ? 0 : err->code;
	}
	/* To look at files that are elsewhere is more than a dry run does. */
	if (copying->work->dry && !sources_are_here(copying)) {
		node->unknown = true;
		return 0;
	}
	if (take_all(copying, err) < 0 || long_key(copying, node, key, err) < 0)
		return err->code;
	for (size_t i = 0; i < copying->what->sources_len; i++)
		recall_files(copying->work->recall, copying->step, &copying->taken[i].files);
	strs_add(keys, key);
	if (strs_failed(keys))
		return no_memory(err);
	return node_from_cache(copying->work, copying->step, key, hit, err);
}

int step_copy(struct build_work *work, int step, struct err *err)
{
	const struct build_step *what = &work->plan->steps[step];
	struct node *node = &work->nodes[step];
	auto_copying copying = {.work = work, .step = step, .what = &what->copy};
	auto_strs keys = STRS_INIT;
	bool hit = false;

	if (node_begin_tree(work, node, what->base, err) < 0)
		return err->code;
	node_seal(node);
	recall_step(work->recall, step, what, node->content);
	if (look_up(&copying, node, &keys, &hit, err) < 0)
		return err->code;
	if (hit || node->unknown)
		return 0;
	work_tell_why(work, step);
	copying.late = late_new();
	if (!copying.late)
		return no_memory(err);
	return node_write(work, step, what->copy.link, write_all, &copying,
		late_files(copying.late), &keys, err);
}
