#include "core/build_keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/usage.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

struct kind {
	const char *dir, *type, *what;
	const char *data, *lock; /* of one, below dir; lock NULL: it needs none */
	const char *said;        /* a file in it that says more; or NULL */
};

static const struct kind kinds[] = {
	{"mounts", "exec.cachemount", "cache mount", "%s", "%s/lock", "id"},
	{"git", "source.git.checkout", "git repository", "%s.git", "%s.lock", NULL},
	{"stamps", "internal", "hashes of files", "%s", NULL, NULL},
};

static void lock_path(const struct kind *kind, const char *name, char path[300])
{
	int used = snprintf(path, 300, "%s/", kind->dir);

	snprintf(path + used, 300 - (size_t)used, kind->lock, name);
}

/* The lock, held; -EBUSY; -ENOENT: nobody ever used it. */
static int take_lock(struct store *store, const struct kind *kind, const char *name)
{
	char path[300];
	auto_close int lock = -1;

	lock_path(kind, name, path);
	lock = openat(store_dir(store, STORE_CACHE), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return take_fd(&lock);
}

static void data_path(const struct kind *kind, const char *name, char path[300])
{
	int used = snprintf(path, 300, "%s/", kind->dir);

	snprintf(path + used, 300 - (size_t)used, kind->data, name);
}

/* ---- looking ---- */

/* Who takes a lock sets its time. */
static int64_t used(struct store *store, const struct kind *kind, const char *name, int64_t made)
{
	char path[300];
	struct stat st;

	if (!kind->lock)
		return made;
	lock_path(kind, name, path);
	return fstatat(store_dir(store, STORE_CACHE), path, &st, AT_SYMLINK_NOFOLLOW) < 0
		       ? made
		       : st.st_mtime;
}

static bool fill(struct store *store, const struct kind *kind, const char *name,
	struct build_cache_entry *entry)
{
	auto_close int lock = kind->lock ? take_lock(store, kind, name) : -ENOENT;
	auto_buf said = BUF_INIT;
	char path[300];
	struct stat st;

	data_path(kind, name, path);
	if (fstatat(store_dir(store, STORE_CACHE), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*entry = (struct build_cache_entry){.type = kind->type,
		.created = st.st_mtime,
		.used = used(store, kind, name, st.st_mtime),
		.size = usage_of(store_dir(store, STORE_CACHE), path),
		.in_use = lock == -EBUSY};
	snprintf(entry->id, sizeof(entry->id), "%.64s", name);
	if (kind->said && (size_t)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s",
				  kind->said) < sizeof(path))
		path_read_at(store_dir(store, STORE_CACHE), path, sizeof(entry->what), &said);
	snprintf(entry->what, sizeof(entry->what), "%s%s%s", kind->what, said.len ? " " : "",
		buf_text(&said));
	return true;
}

/* "NAME.git" is the repository NAME; its lock is no other. */
static bool is_one(const struct kind *kind, char *name)
{
	const char *ending = strchr(kind->data, '.');
	size_t len = strlen(name);

	if (*name == '.' || len > 64 + (ending ? strlen(ending) : 0))
		return false;
	if (!ending)
		return true;
	if (!str_has_suffix(name, ending))
		return false;
	name[len - strlen(ending)] = '\0';
	return true;
}

static int each_of(struct store *store, const struct kind *kind, build_keep_fn *each, void *arg,
	struct err *err)
{
	auto_close int fd = openat(store_dir(store, STORE_CACHE), kind->dir,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *found;
	int failed = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(err, "build cache: %s", kind->dir);
	fd = -1;
	while (!failed && (found = readdir(dir))) {
		struct build_cache_entry entry;

		if (is_one(kind, found->d_name) && fill(store, kind, found->d_name, &entry))
			failed = each(arg, &entry, err);
	}
	closedir(dir);
	return failed;
}

int build_keep_each(struct store *store, build_keep_fn *each, void *arg, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < array_len(kinds) && !failed; i++)
		failed = each_of(store, &kinds[i], each, arg, err);
	return failed;
}

/* ---- dropping ---- */

/* A repository's lock stays where it is: who waits for it would otherwise hold another than the
 * next who comes. A cache mount's goes with it, and who waited for that looks again. */
int build_keep_drop(struct store *store, const struct build_cache_entry *entry, struct err *err)
{
	const struct kind *kind = kinds;
	auto_close int lock = -1;
	char path[300];
	int failed;

	while (strcmp(kind->type, entry->type) != 0)
		kind++;
	if (kind->lock)
		lock = take_lock(store, kind, entry->id);
	if (lock == -EBUSY)
		return err_set(err, EBUSY, "build cache: %s is in use", entry->id);
	data_path(kind, entry->id, path);
	failed = store_discard(store, STORE_CACHE, path, err);
	return failed == -ENOENT ? err_forgive(err) : failed;
}
