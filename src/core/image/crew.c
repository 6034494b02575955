#include "core/image/crew.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS_MAX = 8 };

struct task {
	struct feed *feed;
	struct layer_wish wish;
	struct layer *layer;
};

struct crew {
	struct store *store;
	const struct image_watch *outer;
	struct image_watch watch; /* outer's, one call at a time */
	pthread_mutex_t report;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	struct task *tasks;
	size_t n_tasks, room, next;
	bool closed;
	atomic_bool stop; /* a layer failed, or somebody canceled: what the layers watch */
	struct err err;
	pthread_t threads[WORKERS_MAX];
	unsigned n_threads, max_threads;
};

static void on_progress(const struct image_progress *progress, void *arg)
{
	struct crew *crew = arg;

	const struct image_watch *outer = crew->outer;

	if (outer && outer->canceled && atomic_load(outer->canceled))
		crew->stop = true;
	if (!outer || !outer->on_progress)
		return;
	pthread_mutex_lock(&crew->report);
	outer->on_progress(progress, outer->arg);
	pthread_mutex_unlock(&crew->report);
}

static void on_fact(const char *line, void *arg)
{
	struct crew *crew = arg;

	crew->outer->on_fact(line, crew->outer->arg);
}

static unsigned cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 2;

	return n < 2 ? 2 : n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

int crew_new(
	struct store *store, const struct image_watch *watch, struct crew **out, struct err *err)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	if (!crew)
		return err_set(err, ENOMEM, "unpack: out of memory");
	crew->store = store;
	crew->outer = watch;
	crew->watch.arg = crew;
	crew->watch.on_progress = on_progress;
	crew->watch.on_fact = watch && watch->on_fact ? on_fact : NULL;
	crew->watch.canceled = &crew->stop;
	crew->max_threads = cores();
	pthread_mutex_init(&crew->report, NULL);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->changed, NULL);
	*out = crew;
	return 0;
}

/* The next layer's number, waiting for one; false: there will be none. */
static bool take_up(struct crew *crew, size_t *number)
{
	bool got;

	pthread_mutex_lock(&crew->lock);
	while (crew->next == crew->n_tasks && !crew->closed && !crew->stop)
		pthread_cond_wait(&crew->changed, &crew->lock);
	got = crew->next < crew->n_tasks && !crew->stop;
	if (got)
		*number = crew->next++;
	pthread_mutex_unlock(&crew->lock);
	return got;
}

static void finish(struct crew *crew, size_t number, struct layer *layer, const struct err *err)
{
	pthread_mutex_lock(&crew->lock);
	crew->tasks[number].layer = layer;
	if (err && !crew->err.code)
		crew->err = *err;
	if (err)
		crew->stop = true;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

static void *work(void *arg)
{
	struct crew *crew = arg;
	size_t number;

	while (take_up(crew, &number)) {
		struct layer *layer = NULL;
		struct err err = {0};
		struct task task;

		pthread_mutex_lock(&crew->lock);
		task = crew->tasks[number]; /* the array may move */
		pthread_mutex_unlock(&crew->lock);
		if (layer_unpack(crew->store, task.feed, &task.wish, &crew->watch, &layer, &err) <
			0)
			finish(crew, number, NULL, &err);
		else
			finish(crew, number, layer, NULL);
	}
	return NULL;
}

static int grow(struct crew *crew)
{
	size_t room = crew->room ? crew->room * 2 : 16;
	struct task *tasks;

	if (crew->n_tasks < crew->room)
		return 0;
	tasks = realloc(crew->tasks, room * sizeof(*tasks));
	if (!tasks)
		return -ENOMEM;
	crew->tasks = tasks;
	crew->room = room;
	return 0;
}

int crew_add(struct crew *crew, struct feed *feed, const struct layer_wish *wish, struct err *err)
{
	int number = -1, failed;

	pthread_mutex_lock(&crew->lock);
	failed = grow(crew);
	if (!failed && crew->n_threads < crew->max_threads) {
		failed = -pthread_create(&crew->threads[crew->n_threads], NULL, work, crew);
		if (!failed)
			crew->n_threads++;
	}
	if (!failed) {
		number = (int)crew->n_tasks;
		crew->tasks[crew->n_tasks++] = (struct task){.feed = feed, .wish = *wish};
		pthread_cond_broadcast(&crew->changed);
	}
	pthread_mutex_unlock(&crew->lock);
	return failed ? err_set(err, failed, "unpack: %s", err_name(failed)) : number;
}

bool crew_failed(struct crew *crew)
{
	return crew->stop;
}

int crew_wait(struct crew *crew, struct err *err)
{
	pthread_mutex_lock(&crew->lock);
	crew->closed = true;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
	while (crew->n_threads)
		pthread_join(crew->threads[--crew->n_threads], NULL);
	return crew->err.code ? err_set(err, crew->err.code, "%s", crew->err.text) : 0;
}

struct layer *crew_take(struct crew *crew, int number)
{
	return take(crew->tasks[number].layer);
}

void crew_free(struct crew *crew)
{
	struct err ignored = {0};

	if (!crew)
		return;
	crew->stop = true;
	crew_wait(crew, &ignored);
	for (size_t i = 0; i < crew->n_tasks; i++)
		layer_free(crew->tasks[i].layer);
	free(crew->tasks);
	pthread_cond_destroy(&crew->changed);
	pthread_mutex_destroy(&crew->lock);
	pthread_mutex_destroy(&crew->report);
	free(crew);
}
