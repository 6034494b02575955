/* checkout.c - a commit's tree as files.
 *
 * Every name is one component, checked, and made with O_EXCL or mkdirat below the directory that
 * was just made: a tree that names something twice, or below a link, fails. Contents pass git's own
 * attributes (eol, ident), of the commit alone. Times are the commit's, so that the same commit
 * always gives the same files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#include "build/git/private.h"
#include "build/git/git_modules.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { PROGRESS_STEP = 256, LINK_MAX_LEN = 4095 };

struct checkout {
	struct git_job *job;
	git_repository *repo;
	const char *remote;
	struct git_modules *modules;
	git_oid commit;
	struct timespec times[2];
	char path[4096]; /* of what is being laid out, from the repository's root */
	size_t len;
};

static int wrong(const struct checkout *checkout, const char *why, struct err *err)
{
	return err_set(
		err, EBADMSG, "git: %.150s: %.250s: %s", checkout->remote, checkout->path, why);
}

static int failed_at(const struct checkout *checkout, struct err *err)
{
	int code = errno;

	return err_set(err, code, "git: %.250s: %s", checkout->path, err_name(code));
}

/* ---- names ---- */

static bool is_bad_name(const char *name)
{
	return !*name || strchr(name, '/') || str_eq(name, ".") || str_eq(name, "..") ||
	       strcasecmp(name, ".git") == 0 || strlen(name) > 255;
}

static int enter(struct checkout *checkout, const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (is_bad_name(name))
		return wrong(checkout, "a name that git does not allow", err);
	if (checkout->len + len + 2 > sizeof(checkout->path))
		return wrong(checkout, "the path is too long", err);
	if (checkout->len)
		checkout->path[checkout->len++] = '/';
	memcpy(checkout->path + checkout->len, name, len + 1);
	checkout->len += len;
	return 0;
}

static void leave(struct checkout *checkout, size_t len)
{
	checkout->len = len;
	checkout->path[len] = '\0';
}

/* ---- counting ---- */

static int count_file(struct checkout *checkout, uint64_t bytes, struct err *err)
{
	struct git_job *job = checkout->job;
	const struct git_watch *watch = &job->request->watch;

	job->bytes += bytes;
	if (++job->files > GIT_FILES_LIMIT || job->bytes > GIT_CHECKOUT_LIMIT)
		return wrong(checkout, "more files or bytes than davit takes", err);
	if (job->files % PROGRESS_STEP == 0 && watch->on_progress)
		watch->on_progress(watch->arg, "Checking out files", job->files, 0);
	return git_job_is_canceled(job) ? err_set(err, ECANCELED, "canceled") : 0;
}

/* ---- files ---- */

static int make_file(struct checkout *checkout, int dir, const char *name, mode_t mode,
	const git_buf *content, struct err *err)
{
	auto_close int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0 || fchmod(fd, mode) < 0 || path_write_all(fd, content->ptr, content->size) < 0 ||
		futimens(fd, checkout->times) < 0)
		return failed_at(checkout, err);
	return 0;
}

static int filter(struct checkout *checkout, git_blob *blob, git_buf *out)
{
	git_blob_filter_options options;

	git_blob_filter_options_init(&options, GIT_BLOB_FILTER_OPTIONS_VERSION);
	options.flags = GIT_BLOB_FILTER_CHECK_FOR_BINARY | GIT_BLOB_FILTER_NO_SYSTEM_ATTRIBUTES |
			GIT_BLOB_FILTER_ATTRIBUTES_FROM_COMMIT;
	options.attr_commit_id = checkout->commit;
	return git_blob_filter(out, blob, checkout->path, &options);
}

static int make_link(
	struct checkout *checkout, int dir, const char *name, git_blob *blob, struct err *err)
{
	char target[LINK_MAX_LEN + 1];
	size_t len = (size_t)git_blob_rawsize(blob);

	if (!len || len > LINK_MAX_LEN || memchr(git_blob_rawcontent(blob), '\0', len))
		return wrong(checkout, "a symbolic link without a usable target", err);
	memcpy(target, git_blob_rawcontent(blob), len);
	target[len] = '\0';
	if (symlinkat(target, dir, name) < 0 ||
		utimensat(dir, name, checkout->times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed_at(checkout, err);
	return 0;
}

static int lay_blob(struct checkout *checkout, const git_tree_entry *entry, int dir,
	const char *name, struct err *err)
{
	git_filemode_t mode = git_tree_entry_filemode(entry);
	git_buf content = GIT_BUF_INIT;
	git_blob *blob = NULL;
	int failed;

	if (git_blob_lookup(&blob, checkout->repo, git_tree_entry_id(entry)) < 0)
		return wrong(checkout, "its content is missing", err);
	if ((uint64_t)git_blob_rawsize(blob) > GIT_FILE_LIMIT)
		failed = wrong(checkout, "a file of more than 2 GiB", err);
	else
		failed = count_file(checkout, (uint64_t)git_blob_rawsize(blob), err);
	if (!failed && mode == GIT_FILEMODE_LINK)
		failed = make_link(checkout, dir, name, blob, err);
	else if (!failed && filter(checkout, blob, &content) < 0)
		failed = wrong(checkout, "its attributes cannot be applied", err);
	else if (!failed)
		failed = make_file(checkout, dir, name,
			mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755 : 0644, &content, err);
	git_buf_dispose(&content);
	git_blob_free(blob);
	return failed;
}

/* ---- directories ---- */

static int make_directory(struct checkout *checkout, int dir, const char *name, struct err *err)
{
	int fd = -1;

	if (mkdirat(dir, name, 0755) == 0)
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0755) < 0) {
		failed_at(checkout, err);
		if (fd >= 0)
			close(fd);
		return err->code;
	}
	return fd;
}

static int lay_tree(
	struct checkout *checkout, const git_tree *tree, int dir, unsigned depth, struct err *err);

static int lay_directory(struct checkout *checkout, const git_tree_entry *entry, int parent,
	const char *name, unsigned depth, struct err *err)
{
	auto_close int dir = make_directory(checkout, parent, name, err);
	git_tree *tree = NULL;
	int failed;

	if (dir < 0)
		return dir;
	if (git_tree_entry_type(entry) == GIT_OBJECT_COMMIT)
		failed = checkout->job->request->url->no_submodules
				 ? 0
				 : git_submodule_checkout(checkout->job, checkout->modules,
					   checkout->remote, checkout->path,
					   git_tree_entry_id(entry), dir, err);
	else if (git_tree_lookup(&tree, checkout->repo, git_tree_entry_id(entry)) < 0)
		failed = wrong(checkout, "its list of files is missing", err);
	else
		failed = lay_tree(checkout, tree, dir, depth + 1, err);
	git_tree_free(tree);
	if (!failed && futimens(dir, checkout->times) < 0)
		failed = failed_at(checkout, err);
	return failed;
}

static int lay_entry(struct checkout *checkout, const git_tree_entry *entry, int dir,
	unsigned depth, struct err *err)
{
	const char *name = git_tree_entry_name(entry);
	size_t len = checkout->len;
	int failed = enter(checkout, name, err);

	if (failed)
		return failed;
	failed = git_tree_entry_type(entry) == GIT_OBJECT_BLOB
			 ? lay_blob(checkout, entry, dir, name, err)
			 : lay_directory(checkout, entry, dir, name, depth, err);
	leave(checkout, len);
	return failed;
}

static int lay_tree(
	struct checkout *checkout, const git_tree *tree, int dir, unsigned depth, struct err *err)
{
	int failed = 0;

	if (depth > GIT_DEPTH_LIMIT)
		return wrong(checkout, "directories stand too deep", err);
	for (size_t i = 0; i < git_tree_entrycount(tree) && !failed; i++)
		failed = lay_entry(checkout, git_tree_entry_byindex(tree, i), dir, depth, err);
	return failed;
}

/* ---- the whole ---- */

/* Only real directories lead to it: a link on the way is no directory of the tree. */
static int find_directory(struct checkout *checkout, git_tree *root, const char *subdir,
	git_tree **out, struct err *err)
{
	git_tree_entry *entry = NULL;
	int failed = 0;

	if (git_tree_entry_bypath(&entry, root, subdir) < 0 ||
		git_tree_entry_type(entry) != GIT_OBJECT_TREE ||
		git_tree_lookup(out, checkout->repo, git_tree_entry_id(entry)) < 0)
		failed = err_set(err, ENOENT, "git: %.200s has no directory %.200s",
			checkout->remote, subdir);
	git_tree_entry_free(entry);
	if (!failed)
		checkout->len =
			(size_t)snprintf(checkout->path, sizeof(checkout->path), "%s", subdir);
	return failed;
}

static int lay_commit(
	struct checkout *checkout, git_tree *root, const char *subdir, int into, struct err *err)
{
	git_tree *tree = NULL;
	int failed = git_submodules_read(checkout->repo, root, &checkout->modules, err);

	if (!failed && subdir)
		failed = find_directory(checkout, root, subdir, &tree, err);
	if (!failed)
		failed = lay_tree(checkout, tree ? tree : root, into, 0, err);
	git_tree_free(tree);
	git_modules_free(checkout->modules);
	return failed;
}

int git_checkout(struct git_job *job, git_repository *repo, git_commit *commit, const char *remote,
	const char *subdir, int into, struct err *err)
{
	auto_free struct checkout *checkout = calloc(1, sizeof(*checkout));
	git_tree *root = NULL;
	int failed;

	if (!checkout)
		return err_set(err, ENOMEM, "git: out of memory");
	checkout->job = job;
	checkout->repo = repo;
	checkout->remote = remote;
	checkout->commit = *git_commit_id(commit);
	checkout->times[0].tv_sec = checkout->times[1].tv_sec = git_commit_time(commit);
	if (git_commit_tree(&root, commit) < 0)
		return wrong(checkout, "the commit's list of files is missing", err);
	failed = lay_commit(checkout, root, subdir && *subdir ? subdir : NULL, into, err);
	git_tree_free(root);
	return failed;
}
