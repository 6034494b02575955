/* jobs_place.c - the directories of jobs. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "core/jobs_own.h"
#include "core/names.h"
#include "core/timing.h"
#include "util/path.h"

enum { KEPT_MAX = 100, KEPT_DAYS = 30, NEW_S = 60, RECORD_MAX = 1 << 20 };

int jobs_place_open(struct store *store, enum jobs_place place, struct err *err)
{
	int root = store_dir(store, place == JOBS_IN_STORE ? STORE_ROOT : STORE_RUN);
	int fd;

	if (mkdirat(root, "jobs", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "jobs");
	fd = openat(root, "jobs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "jobs") : fd;
}

bool job_id_is_good(const char *id)
{
	return str_is_hex(id, JOB_ID_SIZE - 1) && id[JOB_ID_SIZE - 1] == '\0';
}

static int open_below(int place_fd, const char *name)
{
	int fd = openat(place_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int jobs_dir_open(struct store *store, const char *id, struct err *err)
{
	for (enum jobs_place place = 0; job_id_is_good(id) && place < JOBS_PLACES; place++) {
		auto_close int place_fd = jobs_place_open(store, place, err);
		int fd = place_fd < 0 ? place_fd : open_below(place_fd, id);

		if (fd >= 0)
			return fd;
	}
	return err_set(err, ENOENT, "no such job: %.40s", id);
}

bool jobs_dir_has(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void jobs_dir_mark(int dir_fd, const char *name)
{
	auto_close int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

bool jobs_dir_is_held(int dir_fd)
{
	auto_close int fd = openat(dir_fd, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* ---- a new one ---- */

static int fill(int dir_fd, const struct job *job, int *lock_fd, struct err *err)
{
	static const char *const files[] = {"events", "end"};
	auto_buf record = BUF_INIT;
	auto_close int lock = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int failed;

	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		return err_sys(err, "jobs: lock");
	for (size_t i = 0; i < array_len(files); i++) {
		auto_close int fd =
			openat(dir_fd, files[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0)
			return err_sys(err, "jobs: %s", files[i]);
	}
	job_record_write(job, &record);
	failed = buf_failed(&record)
			 ? -ENOMEM
			 : path_replace_at(dir_fd, "record", record.data, record.len, 0600);
	if (failed)
		return err_set(err, failed, "jobs: record: %s", err_name(failed));
	*lock_fd = take_fd(&lock);
	return 0;
}

static int new_id(struct job *job, struct err *err)
{
	char id[65];

	if (names_new_id(id) < 0)
		return err_sys(err, "jobs: a new id");
	memcpy(job->id, id, JOB_ID_SIZE - 1);
	job->id[JOB_ID_SIZE - 1] = '\0';
	return 0;
}

int jobs_dir_make(struct store *store, struct job *job, int *lock_fd, struct err *err)
{
	enum jobs_place place = job_kind_named(job->kind)->place;
	auto_close int place_fd = jobs_place_open(store, place, err), dir_fd = -1;
	char making[JOB_ID_SIZE + 1];

	if (place_fd < 0 || new_id(job, err) < 0)
		return err->code;
	snprintf(making, sizeof(making), ".%s", job->id);
	if (mkdirat(place_fd, making, 0700) < 0)
		return err_sys(err, "jobs: make %s", making);
	dir_fd = open_below(place_fd, making);
	if (dir_fd < 0)
		return err_set(err, dir_fd, "jobs: open %s: %s", making, err_name(dir_fd));
	if (fill(dir_fd, job, lock_fd, err) < 0) {
		path_remove_at(place_fd, making);
		return err->code;
	}
	if (renameat(place_fd, making, place_fd, job->id) == 0)
		return take_fd(&dir_fd);
	err_sys(err, "jobs: name %s", job->id);
	own_closep(lock_fd);
	*lock_fd = -1;
	path_remove_at(place_fd, making);
	return err->code;
}

/* ---- forgetting ---- */

int jobs_dir_remove(struct store *store, const char *id, struct err *err)
{
	for (enum jobs_place place = 0; job_id_is_good(id) && place < JOBS_PLACES; place++) {
		auto_close int place_fd = jobs_place_open(store, place, err);
		auto_close int dir_fd = place_fd < 0 ? place_fd : open_below(place_fd, id);
		int failed;

		if (dir_fd < 0)
			continue;
		if (jobs_dir_is_held(dir_fd))
			return err_set(err, EBUSY, "job %s is not over: cancel it first", id);
		failed = path_remove_at(place_fd, id);
		return failed && failed != -ENOENT
			       ? err_set(err, failed, "forget job %s: %s", id, err_name(failed))
			       : 0;
	}
	return err_set(err, ENOENT, "no such job: %.40s", id);
}

struct old {
	char name[JOB_ID_SIZE + 1];
	int64_t changed; /* seconds since 1970: its last event or its end */
};

static int64_t changed_at(int dir_fd)
{
	struct stat events, end;

	if (fstatat(dir_fd, "events", &events, AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(dir_fd, "end", &end, AT_SYMLINK_NOFOLLOW) < 0)
		return fstat(dir_fd, &end) < 0 ? 0 : end.st_mtim.tv_sec;
	return events.st_mtim.tv_sec > end.st_mtim.tv_sec ? events.st_mtim.tv_sec
							  : end.st_mtim.tv_sec;
}

static int by_age(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	return (x->changed < y->changed) - (x->changed > y->changed);
}

/* What nobody holds: jobs that are over, and what was never finished being made. */
static size_t collect(int place_fd, struct old *out, size_t max)
{
	DIR *dir = fdopendir(dup(place_fd));
	struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	rewinddir(dir);
	while (n < max && (entry = readdir(dir))) {
		bool making = entry->d_name[0] == '.';
		auto_close int dir_fd = -1;

		if (!job_id_is_good(entry->d_name + making))
			continue;
		dir_fd = open_below(place_fd, entry->d_name);
		if (dir_fd < 0 || jobs_dir_is_held(dir_fd))
			continue;
		snprintf(out[n].name, sizeof(out[n].name), "%.13s", entry->d_name);
		out[n++].changed = changed_at(dir_fd);
	}
	closedir(dir);
	return n;
}

/* Looking at all of them costs more than starting one: only where there are many, or now and then.
 */
static bool is_worth_it(int place_fd)
{
	DIR *dir = fdopendir(dup(place_fd));
	size_t n = 0;

	if (!dir)
		return false;
	rewinddir(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n > KEPT_MAX + KEPT_MAX / 8 || timing_wall() % 16 == 0;
}

void jobs_place_sweep(struct store *store, enum jobs_place place)
{
	enum { LOOKED_AT = 4 * KEPT_MAX };
	auto_close int place_fd = jobs_place_open(store, place, &(struct err){0});
	auto_free struct old *old = calloc(LOOKED_AT, sizeof(*old));
	int64_t now = time(NULL);
	size_t n;

	if (place_fd < 0 || !old || !is_worth_it(place_fd))
		return;
	n = collect(place_fd, old, LOOKED_AT);
	qsort(old, n, sizeof(*old), by_age);
	for (size_t i = 0; i < n; i++) {
		int64_t age = now - old[i].changed;

		/* One that is being made has its lock a moment later. */
		if (*old[i].name == '.' ? age > NEW_S : i >= KEPT_MAX || age > KEPT_DAYS * 86400)
			path_remove_at(place_fd, old[i].name);
	}
}
