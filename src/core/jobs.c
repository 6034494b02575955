/* jobs.c - the list of jobs: what their directories say, and what became of their processes. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "core/jobs_list.h"
#include "core/process.h"
#include "core/timing.h"
#include "util/path.h"

enum { RECORD_MAX = 1 << 20, SMALL_MAX = 256, SLICE_BYTES = 1 << 17, JOBS_MAX = 1000 };
enum { NEW_AT_ONCE = 32, LAST_WORDS = 8192 };

/* How far this refresh may go: a screen looks between two keys. */
struct glance {
	unsigned new_left;
	bool more;
};

/* ---- one entry ---- */

static void entry_free(struct jobs *jobs, struct job_entry *entry)
{
	if (!entry)
		return;
	jobs_feed_forget(jobs, entry);
	job_reader_close(entry->reader);
	job_track_free(entry->track);
	strs_fini(&entry->job.args);
	free(entry);
}

static bool read_small(int dir_fd, const char *name, struct buf *text)
{
	buf_clear(text);
	return path_read_at(dir_fd, name, SMALL_MAX, text) >= 0 && text->len;
}

static void read_process(int dir_fd, struct job_entry *entry)
{
	auto_buf text = BUF_INIT;

	if (read_small(dir_fd, "process", &text))
		job_process_read(buf_text(&text), &entry->process, &entry->job.began_ns);
}

static bool read_end(int dir_fd, struct job *job)
{
	auto_buf text = BUF_INIT;

	if (!read_small(dir_fd, "end", &text) ||
		!job_end_read(buf_text(&text), &job->exit_code, &job->ended_ns))
		return false;
	job->state = job->exit_code == 0                               ? JOB_DONE
		     : job->canceled || job->exit_code == 128 + SIGINT ? JOB_CANCELED
								       : JOB_FAILED;
	return true;
}

/* The end is asked for once more after the lock: it may have come between. */
static void look_at(int dir_fd, struct job_entry *entry)
{
	struct job *job = &entry->job;

	job->canceled = jobs_dir_has(dir_fd, "canceled");
	job->seen = jobs_dir_has(dir_fd, "seen");
	read_process(dir_fd, entry);
	if (read_end(dir_fd, job))
		return;
	job->state = job->began_ns ? JOB_RUNNING : JOB_QUEUED;
	if (jobs_dir_is_held(dir_fd) || read_end(dir_fd, job))
		return;
	job->state = job->canceled ? JOB_CANCELED : JOB_LOST;
}

/* Takes what it told since the last time; true: there is more than a slice of it. */
static bool read_events(struct job_entry *entry)
{
	uint64_t until;
	struct job_event event;

	if (!entry->reader || !entry->track)
		return false;
	until = job_reader_offset(entry->reader) + SLICE_BYTES;
	while (job_reader_offset(entry->reader) < until) {
		if (job_reader_next(entry->reader, &event) != 1)
			return false;
		job_track_take(entry->track, &event, &entry->job);
	}
	return true;
}

static void close_events(struct job_entry *entry)
{
	job_reader_close(take(entry->reader));
	job_track_free(take(entry->track));
}

static struct job_entry *entry_new(const char *id, int dir_fd)
{
	struct job_entry *entry = calloc(1, sizeof(*entry));
	auto_buf text = BUF_INIT;
	struct err err;

	if (!entry)
		return NULL;
	entry->watch = -1;
	snprintf(entry->job.id, sizeof(entry->job.id), "%s", id);
	if (path_read_at(dir_fd, "record", RECORD_MAX, &text) >= 0 &&
		job_record_read(buf_text(&text), text.len, &entry->job, &err) == 0) {
		look_at(dir_fd, entry);
		entry->track = job_track_new();
		job_reader_open(
			dir_fd, job_is_over(&entry->job) ? LAST_WORDS : 0, &entry->reader, &err);
		return entry;
	}
	strs_fini(&entry->job.args);
	free(entry);
	return NULL;
}

/* ---- the list ---- */

static struct job_entry *find(const struct jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (strcmp(jobs->v[i]->job.id, id) == 0)
			return jobs->v[i];
	return NULL;
}

static int add(struct jobs *jobs, struct job_entry *entry)
{
	if (jobs->n == jobs->room) {
		size_t room = jobs->room ? 2 * jobs->room : 32;
		void *v = reallocarray(jobs->v, room, sizeof(*jobs->v));
		void *lent = v ? reallocarray(jobs->lent, room, sizeof(*jobs->lent)) : NULL;

		jobs->v = v ? v : jobs->v;
		jobs->lent = lent ? lent : jobs->lent;
		if (!lent)
			return -ENOMEM;
		jobs->room = room;
	}
	jobs->v[jobs->n++] = entry;
	return 0;
}

static struct job_entry *meet_new(
	struct jobs *jobs, const char *id, int dir_fd, struct glance *glance)
{
	struct job_entry *entry;

	if (!glance->new_left--) {
		glance->new_left = 0;
		glance->more = true;
		return NULL;
	}
	entry = entry_new(id, dir_fd);
	if (entry && add(jobs, entry) == 0)
		return entry;
	entry_free(jobs, entry);
	return NULL;
}

static void refresh_one(struct jobs *jobs, int place_fd, const char *id, struct glance *glance)
{
	struct job_entry *entry = find(jobs, id);
	bool was_over = entry && job_is_over(&entry->job);
	auto_close int dir_fd = -1;

	if (entry)
		entry->met = true;
	if (was_over && !entry->reader && entry->job.seen)
		return;
	dir_fd = openat(place_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir_fd < 0)
		return;
	if (!entry && !(entry = meet_new(jobs, id, dir_fd, glance)))
		return;
	entry->met = true;
	jobs_feed_watch(jobs, entry, dir_fd);
	if (!was_over)
		look_at(dir_fd, entry);
	entry->job.seen = entry->job.seen || jobs_dir_has(dir_fd, "seen");
	/* Events are read after the state: what is over has told everything. */
	if (read_events(entry))
		glance->more = true;
	else if (job_is_over(&entry->job))
		close_events(entry);
}

static int refresh_place(
	struct jobs *jobs, enum jobs_place place, struct glance *glance, struct err *err)
{
	auto_close int place_fd = jobs_place_open(jobs->engine->store, place, err);
	struct dirent *entry;
	DIR *dir;

	if (place_fd < 0)
		return place_fd;
	dir = fdopendir(dup(place_fd));
	if (!dir)
		return err_sys(err, "jobs");
	while (jobs->n < JOBS_MAX && (entry = readdir(dir)))
		if (job_id_is_good(entry->d_name))
			refresh_one(jobs, place_fd, entry->d_name, glance);
	closedir(dir);
	return 0;
}

static void drop_gone(struct jobs *jobs)
{
	size_t kept = 0;

	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->v[i]->met)
			jobs->v[kept++] = jobs->v[i];
		else
			entry_free(jobs, jobs->v[i]);
	}
	jobs->n = kept;
}

static int newest_first(const void *a, const void *b)
{
	const struct job *x = &(*(struct job_entry *const *)a)->job,
			 *y = &(*(struct job_entry *const *)b)->job;

	if (x->asked_ns != y->asked_ns)
		return x->asked_ns < y->asked_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool is_same(const struct job *a, const struct job *b)
{
	if (a->args.len != b->args.len || strcmp(a->dir, b->dir) != 0)
		return false;
	for (size_t i = 0; i < a->args.len; i++)
		if (strcmp(a->args.v[i], b->args.v[i]) != 0)
			return false;
	return true;
}

/* From the last time that the same was done. */
static void find_usual(struct jobs *jobs, size_t at)
{
	struct job *job = &jobs->v[at]->job;

	job->usual_ns = 0;
	for (size_t i = at + 1; i < jobs->n; i++) {
		const struct job *before = &jobs->v[i]->job;

		if (before->state != JOB_DONE || before->ended_ns <= before->began_ns ||
			!is_same(job, before))
			continue;
		job->usual_ns = before->ended_ns - before->began_ns;
		return;
	}
}

int jobs_refresh(struct jobs *jobs, bool *more, struct err *err)
{
	struct glance glance = {.new_left = NEW_AT_ONCE};

	for (size_t i = 0; i < jobs->n; i++)
		jobs->v[i]->met = false;
	for (enum jobs_place place = 0; place < JOBS_PLACES; place++)
		if (refresh_place(jobs, place, &glance, err) < 0)
			return err->code;
	drop_gone(jobs);
	if (jobs->n)
		qsort(jobs->v, jobs->n, sizeof(*jobs->v), newest_first);
	for (size_t i = 0; i < jobs->n; i++) {
		jobs->lent[i] = &jobs->v[i]->job;
		if (!job_is_over(jobs->lent[i]))
			find_usual(jobs, i);
	}
	*more = glance.more;
	return 0;
}

int engine_jobs(struct engine *engine, struct jobs **out, struct err *err)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return err_set(err, ENOMEM, "jobs: out of memory");
	jobs->engine = engine;
	*out = jobs;
	return 0;
}

void jobs_close(struct jobs *jobs)
{
	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->n; i++)
		entry_free(jobs, jobs->v[i]);
	jobs_feed_close(jobs);
	free(jobs->v);
	free(jobs->lent);
	free(jobs);
}

struct job *const *jobs_list(const struct jobs *jobs, size_t *count)
{
	*count = jobs->n;
	return jobs->lent;
}

int jobs_find(const struct jobs *jobs, const char *who, const struct job **out, struct err *err)
{
	const struct job *found = NULL;
	size_t len = strlen(who);

	if (!len)
		return err_set(err, EINVAL, "invalid job: value is empty");
	for (size_t i = 0; i < jobs->n; i++) {
		if (strncmp(jobs->v[i]->job.id, who, len) != 0)
			continue;
		if (found)
			return err_set(err, EEXIST, "several jobs begin with %.40s", who);
		found = &jobs->v[i]->job;
	}
	if (!found)
		return err_set(err, ENOENT, "no such job: %.40s", who);
	*out = found;
	return 0;
}

/* ---- acting ---- */

int jobs_cancel(struct jobs *jobs, const char *id, struct err *err)
{
	struct job_entry *entry = find(jobs, id);
	auto_close int dir_fd = jobs_dir_open(jobs->engine->store, id, err);
	int failed;

	if (dir_fd < 0)
		return dir_fd;
	if (!entry)
		return err_set(err, ENOENT, "no such job: %.40s", id);
	if (job_is_over(&entry->job) || !jobs_dir_is_held(dir_fd))
		return err_set(err, ESRCH, "job %s has ended already", id);
	/* One that has not said yet who it is asks for the mark right after. */
	jobs_dir_mark(dir_fd, "canceled");
	read_process(dir_fd, entry);
	failed = entry->process.pid ? process_signal(&entry->process, SIGTERM) : 0;
	if (failed == -ESRCH)
		return err_set(err, ESRCH, "job %s has ended already", id);
	entry->job.canceled = true;
	entry->kill_at_ns = timing_now() + JOB_GRACE_MS * 1000000ull;
	jobs_feed_kill_at(jobs, entry->kill_at_ns);
	return 0;
}

void jobs_see(struct jobs *jobs, const char *id)
{
	struct job_entry *entry = find(jobs, id);
	auto_close int dir_fd = jobs_dir_open(jobs->engine->store, id, &(struct err){0});

	if (dir_fd >= 0 && entry && !entry->job.seen) {
		jobs_dir_mark(dir_fd, "seen");
		entry->job.seen = true;
	}
}

int jobs_forget(struct jobs *jobs, const char *id, struct err *err)
{
	return jobs_dir_remove(jobs->engine->store, id, err);
}
