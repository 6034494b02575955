/* jobs_follow.c - jobs as they go on: inotify on their places, and on the directory of each that is
 * not over.
 *
 * A build may tell a thousand lines a second. The callback comes at once for what happens after a
 * pause, then at most ten times a second: between, nobody listens, and the kernel keeps what came.
 * A process that is killed closes its files, which is told too. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "core/jobs_list.h"
#include "core/process.h"
#include "core/timing.h"

enum { PAUSE_MS = 100, HANDLES = 3 };

struct jobs_feed {
	struct jobs *jobs; /* NULL once closed */
	int fd;
	uv_poll_t poll;
	uv_timer_t pause, killer;
	int open; /* handles */
	jobs_changed_fn *changed;
	void *arg;
};

static void on_closed(uv_handle_t *handle)
{
	struct jobs_feed *feed = handle->data;

	if (--feed->open)
		return;
	close(feed->fd);
	free(feed);
}

void jobs_feed_close(struct jobs *jobs)
{
	struct jobs_feed *feed = take(jobs->feed);

	if (!feed)
		return;
	feed->jobs = NULL;
	uv_close((uv_handle_t *)&feed->poll, on_closed);
	uv_close((uv_handle_t *)&feed->pause, on_closed);
	uv_close((uv_handle_t *)&feed->killer, on_closed);
}

/* ---- what is watched ---- */

static int watch_fd(struct jobs_feed *feed, int fd, uint32_t mask)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(feed->fd, path, mask);
}

void jobs_feed_watch(struct jobs *jobs, struct job_entry *entry, int dir_fd)
{
	if (jobs->feed && entry->watch < 0 && !job_is_over(&entry->job))
		entry->watch = watch_fd(jobs->feed, dir_fd,
			IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	else if (job_is_over(&entry->job) && !entry->reader)
		jobs_feed_forget(jobs, entry);
}

void jobs_feed_forget(struct jobs *jobs, struct job_entry *entry)
{
	if (jobs->feed && entry->watch >= 0)
		inotify_rm_watch(jobs->feed->fd, entry->watch);
	entry->watch = -1;
}

static int watch_places(struct jobs_feed *feed, struct store *store, struct err *err)
{
	for (enum jobs_place place = 0; place < JOBS_PLACES; place++) {
		auto_close int fd = jobs_place_open(store, place, err);

		if (fd < 0)
			return fd;
		if (watch_fd(feed, fd, IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
			return err_sys(err, "follow jobs");
	}
	return 0;
}

/* ---- news ---- */

static void on_pause_over(uv_timer_t *timer);

/* What came is only asked for: a refresh looks at everything. */
static void drain(struct jobs_feed *feed)
{
	char bytes[4096];

	while (read(feed->fd, bytes, sizeof(bytes)) > 0)
		;
}

static void on_news(uv_poll_t *poll, int status, int events)
{
	struct jobs_feed *feed = poll->data;

	(void)status;
	(void)events;
	drain(feed);
	uv_poll_stop(&feed->poll);
	uv_timer_start(&feed->pause, on_pause_over, PAUSE_MS, 0);
	feed->changed(feed->arg);
}

static void on_pause_over(uv_timer_t *timer)
{
	struct jobs_feed *feed = timer->data;

	uv_poll_start(&feed->poll, UV_READABLE, on_news);
}

/* ---- when asking was not enough ---- */

static void on_kill(uv_timer_t *timer)
{
	struct jobs_feed *feed = timer->data;
	uint64_t now = timing_now(), next = 0;

	for (size_t i = 0; i < feed->jobs->n; i++) {
		struct job_entry *entry = feed->jobs->v[i];

		if (!entry->kill_at_ns || job_is_over(&entry->job))
			continue;
		if (entry->kill_at_ns > now) {
			next = !next || entry->kill_at_ns < next ? entry->kill_at_ns : next;
			continue;
		}
		entry->kill_at_ns = 0;
		process_signal(&entry->process, SIGKILL);
	}
	if (next)
		jobs_feed_kill_at(feed->jobs, next);
}

void jobs_feed_kill_at(struct jobs *jobs, uint64_t at_ns)
{
	struct jobs_feed *feed = jobs->feed;
	uint64_t now = timing_now();

	if (feed)
		uv_timer_start(
			&feed->killer, on_kill, at_ns > now ? (at_ns - now) / 1000000 + 1 : 0, 0);
}

/* ---- opening ---- */

static void open_handles(struct jobs_feed *feed, uv_loop_t *loop)
{
	uv_poll_init(loop, &feed->poll, feed->fd);
	uv_timer_init(loop, &feed->pause);
	uv_timer_init(loop, &feed->killer);
	feed->poll.data = feed->pause.data = feed->killer.data = feed;
	feed->open = HANDLES;
	uv_poll_start(&feed->poll, UV_READABLE, on_news);
}

int jobs_follow(struct jobs *jobs, jobs_changed_fn *changed, void *arg, struct err *err)
{
	struct jobs_feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return err_set(err, ENOMEM, "follow jobs: out of memory");
	feed->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (feed->fd < 0 || watch_places(feed, jobs->engine->store, err) < 0) {
		int failed = feed->fd < 0 ? err_sys(err, "follow jobs") : err->code;

		own_closep(&feed->fd);
		free(feed);
		return failed;
	}
	feed->jobs = jobs;
	feed->changed = changed;
	feed->arg = arg;
	jobs->feed = feed;
	open_handles(feed, jobs->engine->loop);
	return 0;
}
