#include "build/hidden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "build/glob.h"
#include "build/no_memory.h"
#include "util/own.h"
#include "util/path.h"

struct hiding {
	struct build_work *work;
	struct filter filter;
	struct buf path; /* of what is being looked at */
};

/* A directory of the context, and the one that hides its names: made when there is one. */
struct level {
	struct level *above;
	const char *name;
	int from, cover;
	unsigned depth;
};

static int failed_at(const struct hiding *hiding, struct err *err)
{
	int code = errno;

	return err_set(err, code, "%.300s: %s", buf_text(&hiding->path), err_name(code));
}

static int dress(const struct hiding *hiding, int from, int cover, struct err *err)
{
	struct stat st;

	if (fstat(from, &st) < 0 || fchown(cover, st.st_uid, st.st_gid) < 0 ||
		fchmod(cover, st.st_mode & 07777) < 0)
		return failed_at(hiding, err);
	return 0;
}

static int open_cover(const struct hiding *hiding, struct level *level, struct err *err)
{
	if (level->cover >= 0)
		return 0;
	if (open_cover(hiding, level->above, err) < 0)
		return err->code;
	if (mkdirat(level->above->cover, level->name, 0700) < 0)
		return failed_at(hiding, err);
	level->cover = openat(
		level->above->cover, level->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return level->cover < 0 ? failed_at(hiding, err)
				: dress(hiding, level->from, level->cover, err);
}

static int hide(const struct hiding *hiding, struct level *level, const char *name, struct err *err)
{
	if (open_cover(hiding, level, err) < 0)
		return err->code;
	return mknodat(level->cover, name, S_IFCHR, makedev(0, 0)) < 0 ? failed_at(hiding, err) : 0;
}

/* Making names changed its time. */
static void close_level(struct level *level)
{
	struct stat st;

	if (level->cover >= 0 && fstat(level->from, &st) == 0)
		futimens(level->cover, (const struct timespec[]){st.st_atim, st.st_mtim});
	own_closep(&level->cover);
	own_closep(&level->from);
}

static int hide_names(struct hiding *hiding, struct level *level, bool *shows, struct err *err);

/* Of a directory that is left out only what is below it and is not. */
static int hide_below(struct hiding *hiding, struct level *above, const char *name, bool omitted,
	bool *shows, struct err *err)
{
	struct level level = {above, name, -1, -1, above->depth + 1};
	bool any = false, covered;
	int failed;

	if (level.depth > FILES_DEPTH_MAX)
		return err_set(
			err, ELOOP, "%.300s: directories stand too deep", buf_text(&hiding->path));
	level.from = openat(above->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (level.from < 0)
		return failed_at(hiding, err);
	failed = hide_names(hiding, &level, &any, err);
	covered = level.cover >= 0;
	close_level(&level);
	if (failed || any || !omitted) {
		*shows |= any || !omitted;
		return failed;
	}
	failed = covered ? path_remove_at(above->cover, name) : 0;
	if (failed)
		return err_set(
			err, failed, "%.300s: %s", buf_text(&hiding->path), err_name(failed));
	return hide(hiding, above, name, err);
}

static int hide_name(
	struct hiding *hiding, struct level *level, const char *name, bool *shows, struct err *err)
{
	bool below = true, omitted;
	struct stat st;

	if (fstatat(level->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed_at(hiding, err);
	omitted =
		filter_omits(&hiding->filter, buf_text(&hiding->path), S_ISDIR(st.st_mode), &below);
	if (omitted && (!below || !S_ISDIR(st.st_mode)))
		return hide(hiding, level, name, err);
	if (S_ISDIR(st.st_mode))
		return hide_below(hiding, level, name, omitted, shows, err);
	*shows = true;
	return 0;
}

static int hide_names(struct hiding *hiding, struct level *level, bool *shows, struct err *err)
{
	DIR *dir = fdopendir(fcntl(level->from, F_DUPFD_CLOEXEC, 3));
	size_t len = hiding->path.len;
	struct dirent *entry;
	int failed = dir ? 0 : failed_at(hiding, err);

	while (!failed && (entry = readdir(dir))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		buf_addf(&hiding->path, "%s%s", len ? "/" : "", entry->d_name);
		if (work_is_canceled(hiding->work))
			failed = err_set(err, ECANCELED, "canceled");
		else if (buf_failed(&hiding->path))
			failed = no_memory(err);
		else
			failed = hide_name(hiding, level, entry->d_name, shows, err);
		hiding->path.len = len;
		hiding->path.data[len] = '\0';
	}
	if (dir)
		closedir(dir);
	return failed;
}

static int make_cover(struct build_work *work, struct node *node, struct err *err)
{
	struct hiding hiding = {.work = work, .path = BUF_INIT};
	auto_free char *path = NULL;
	struct level root = {.from = fcntl(node->root_fd, F_DUPFD_CLOEXEC, 3), .cover = -1};
	bool shows = false;
	int failed = trees_directory(work->trees, &path, err);

	if (!failed)
		failed = filter_init(&hiding.filter, node->ignore, NULL, err);
	if (!failed) {
		root.cover = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		failed = root.cover < 0 ? err_sys(err, "build: %.300s", path)
					: dress(&hiding, root.from, root.cover, err);
	}
	if (!failed)
		failed = hide_names(&hiding, &root, &shows, err);
	close_level(&root);
	filter_fini(&hiding.filter);
	buf_fini(&hiding.path);
	if (!failed)
		node->cover = take(path);
	return failed;
}

int hidden_lowers(struct build_work *work, struct node *node, struct strs *lowers, struct err *err)
{
	int failed = 0;

	/* Several steps may mount the same context. */
	pthread_mutex_lock(&work->mounting);
	if (!node->cover && node->ignore && !ignore_is_empty(node->ignore))
		failed = make_cover(work, node, err);
	if (node->cover)
		strs_add(lowers, node->cover);
	pthread_mutex_unlock(&work->mounting);
	strs_add(lowers, node->root);
	return !failed && strs_failed(lowers) ? no_memory(err) : failed;
}
