/* store_hold.c - who makes images holds the store (store.h).
 *
 *     blobs/sha256          an flock, shared by all that hold; exclusive: nobody does
 *     cache/holders/NAME    one each, locked for as long, made when the hold began
 *
 * A file that nobody has locked is what a dead process left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/process.h"
#include "core/store_private.h"
#include "util/own.h"

static const char holders[] = "holders";

/* The lock's file: any directory would do that is not locked otherwise. */
static int open_hold(struct store *store, struct err *err)
{
	int fd = openat(store->dirs[STORE_BLOBS], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "store %s: blobs", store->root) : fd;
}

static int open_holders(struct store *store)
{
	int cache = store->dirs[STORE_CACHE];

	if (mkdirat(cache, holders, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(cache, holders, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* ---- holding ---- */

/* One that was taken for a dead process's before it was locked is made again. */
static int make_holder(struct store *store, int dir)
{
	static atomic_uint counter;
	struct row_process self = process_self();
	struct stat st;

	for (;;) {
		auto_close int fd = -1;

		snprintf(store->holder_name, sizeof(store->holder_name), "%d.%llu.%u",
			(int)self.pid, (unsigned long long)self.start,
			atomic_fetch_add(&counter, 1));
		fd = openat(dir, store->holder_name,
			O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			return -1;
		if (!st.st_nlink)
			continue;
		store->held_since = st.st_mtime;
		store->holder = take_fd(&fd);
		return 0;
	}
}

int store_hold(struct store *store, struct err *err)
{
	auto_close int fd = -1, dir = -1;

	if (store->hold >= 0)
		return 0;
	fd = open_hold(store, err);
	if (fd < 0)
		return fd;
	dir = open_holders(store);
	if (dir < 0 || make_holder(store, dir) < 0)
		return err_sys(err, "store %s: hold", store->root);
	while (flock(fd, LOCK_SH) < 0)
		if (errno != EINTR)
			return err_sys(err, "store %s: hold", store->root);
	store->hold = take_fd(&fd);
	return 0;
}

void store_let_go(struct store *store)
{
	auto_close int dir = store->holder >= 0 ? open_holders(store) : -1;

	own_closep(&store->hold);
	if (dir >= 0)
		unlinkat(dir, store->holder_name, 0);
	own_closep(&store->holder);
	store->hold = store->holder = -1;
}

/* ---- who does ---- */

/* INT64_MAX: nobody. */
static int64_t since(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return INT64_MAX;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return st.st_mtime;
	unlinkat(dir, name, 0);
	return INT64_MAX;
}

int64_t store_held_since(struct store *store)
{
	int64_t first = INT64_MAX;
	int fd = open_holders(store);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	/* Then nobody can hold either. */
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		int64_t one = *entry->d_name == '.' ? INT64_MAX : since(fd, entry->d_name);

		first = one < first ? one : first;
	}
	if (dir)
		closedir(dir);
	return first;
}

int64_t store_use_time(const struct store *store)
{
	int64_t now = time(NULL);

	return store->holder >= 0 && store->held_since > now ? store->held_since : now;
}

int store_alone(struct store *store, struct err *err)
{
	auto_close int fd = open_hold(store, err);

	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0)
		if (errno == EWOULDBLOCK)
			return err_set(err, EAGAIN, "store %s is in use", store->root);
		else if (errno != EINTR)
			return err_sys(err, "store %s: hold", store->root);
	return take_fd(&fd);
}
