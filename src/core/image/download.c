#include "core/image/download.h"

#include <pthread.h>
#include <time.h>

#include "core/image/retry.h"
#include "core/image/turns.h"
#include "core/timing.h"

enum {
	SO_FAR_NS = 250000000,
	STEP_BYTES = 256 * 1024, /* how far a watermark moves at least: readers wake that often */
	PROGRESS_MS = 50,
};

struct downloads {
	struct registry *registry;
	const struct download *blobs;
	size_t count;
	struct crew *readers;
	const struct image_watch *watch;
	pthread_mutex_t lock;
	size_t next;
	atomic_bool stopped;
	struct err first; /* failure */
	pthread_t threads[DOWNLOAD_STREAMS];
	size_t n_threads;
};

/* One blob while it comes. */
struct incoming {
	struct downloads *all;
	const struct download *blob;
	uint64_t have, published, retried_at;
	uint64_t told_ms, said_ns;
	uint64_t began_ns, had; /* had: what an earlier process left */
	unsigned tries;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(struct incoming *in)
{
	const struct image_watch *watch = in->all->watch;
	struct image_progress progress = {
		.layer = in->blob->digest,
		.phase = IMAGE_DOWNLOADING,
		.done = in->have,
		.total = in->blob->size,
	};
	uint64_t now = now_ms();

	if (!watch || !watch->on_progress)
		return;
	if (in->have < in->blob->size && now - in->told_ms < PROGRESS_MS)
		return;
	in->told_ms = now;
	watch->on_progress(&progress, watch->arg);
}

static void say_so_far(struct incoming *in)
{
	uint64_t now = timing_now();

	if (now - in->said_ns < SO_FAR_NS)
		return;
	in->said_ns = now;
	image_fact_so_far(in->all->watch, in->began_ns,
		"\"fact\":\"download\",\"of\":\"%s\",\"bytes\":%llu,\"total\":%llu",
		in->blob->digest, (unsigned long long)in->have, (unsigned long long)in->blob->size);
}

static void say_fetched(const struct incoming *in, int failed)
{
	image_fact(in->all->watch, in->began_ns, timing_now(),
		"\"fact\":\"download\",\"of\":\"%s\",\"bytes\":%llu,\"total\":%llu,\"had\":%llu,"
		"\"tries\":%u,\"result\":%d",
		in->blob->digest, (unsigned long long)in->have, (unsigned long long)in->blob->size,
		(unsigned long long)in->had, in->tries, failed);
}

static bool is_unwanted(const struct downloads *all)
{
	return all->stopped || crew_failed(all->readers);
}

static int publish(struct incoming *in)
{
	if (in->have == in->published)
		return 0;
	in->published = in->have;
	return feed_advance(in->blob->feed, in->have);
}

static int on_bytes(void *arg, const void *data, size_t len)
{
	struct incoming *in = arg;
	const char *bytes = data;

	if (is_unwanted(in->all))
		return -ECANCELED;
	while (len) {
		ssize_t put = pwrite(ingest_fd(in->blob->ingest), bytes, len, (off_t)in->have);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes += put;
		len -= (size_t)put;
		in->have += (uint64_t)put;
	}
	tell(in);
	say_so_far(in);
	return in->have - in->published >= STEP_BYTES ? publish(in) : 0;
}

/* A part longer than the blob can only be rubbish. */
static int begin(struct incoming *in, struct err *err)
{
	in->have = ingest_have(in->blob->ingest);
	if (in->have <= in->blob->size)
		return publish(in);
	in->have = 0;
	return ingest_restart(in->blob->ingest, err);
}

static int fetch(struct incoming *in, struct err *err)
{
	const struct registry_blob blob = {
		.digest = in->blob->digest,
		.size = in->blob->size,
		.urls = in->blob->urls,
		.on_bytes = on_bytes,
		.arg = in,
	};
	struct retry retry = {0};
	int failed = begin(in, err);

	while (!failed && in->have < in->blob->size) {
		uint64_t before = in->have;

		in->tries++;
		if (is_unwanted(in->all))
			return err_set(err, ECANCELED, "canceled");
		failed = registry_blob(in->all->registry, &blob, in->have, &retry, err);
		if (!failed)
			break;
		/* Readers see what came, even while we wait. */
		publish(in);
		if (in->have > before)
			retry_progress(&retry);
		failed = registry_wait(in->all->registry, &retry, err);
	}
	tell(in);
	return failed ? failed : publish(in);
}

static const struct download *next_blob(struct downloads *all)
{
	const struct download *blob = NULL;

	pthread_mutex_lock(&all->lock);
	if (all->next < all->count)
		blob = &all->blobs[all->next++];
	pthread_mutex_unlock(&all->lock);
	return blob;
}

static void keep_first(struct downloads *all, const struct err *err)
{
	pthread_mutex_lock(&all->lock);
	if (!all->first.code)
		all->first = *err;
	pthread_mutex_unlock(&all->lock);
	all->stopped = true;
}

static void *run(void *arg)
{
	struct downloads *all = arg;
	const struct download *blob;

	while ((blob = next_blob(all))) {
		struct incoming in = {.all = all, .blob = blob};
		struct err err = {0};
		int failed;

		in.began_ns = timing_now();
		in.had = ingest_have(blob->ingest);
		failed = fetch(&in, &err);
		say_fetched(&in, failed);

		if (failed && !err.code)
			err_set(&err, failed, "layer %.19s: %s", blob->digest, err_name(failed));
		if (failed)
			keep_first(all, &err);
		feed_end(blob->feed, failed);
	}
	return NULL;
}

int downloads_start(struct registry *registry, const struct download *blobs, size_t count,
	struct crew *readers, const struct image_watch *watch, struct downloads **out,
	struct err *err)
{
	struct downloads *all = calloc(1, sizeof(*all));
	size_t wanted = count < DOWNLOAD_STREAMS ? count : DOWNLOAD_STREAMS;
	int failed = 0;

	if (!all)
		return err_set(err, ENOMEM, "download: out of memory");
	*all = (struct downloads){.registry = registry,
		.blobs = blobs,
		.count = count,
		.readers = readers,
		.watch = watch};
	pthread_mutex_init(&all->lock, NULL);
	while (all->n_threads < wanted && !failed) {
		failed = pthread_create(&all->threads[all->n_threads], NULL, run, all);
		if (!failed)
			all->n_threads++;
	}
	/* One stream is enough to go on with. */
	if (wanted && all->n_threads == 0) {
		free(all);
		return err_set(
			err, failed, "download: cannot start a thread: %s", err_name(failed));
	}
	*out = all;
	return 0;
}

void downloads_stop(struct downloads *downloads)
{
	downloads->stopped = true;
}

int downloads_wait(struct downloads *downloads, struct err *err)
{
	int failed;

	if (!downloads)
		return 0;
	for (size_t i = 0; i < downloads->n_threads; i++)
		pthread_join(downloads->threads[i], NULL);
	failed = downloads->first.code;
	if (failed && err)
		*err = downloads->first;
	pthread_mutex_destroy(&downloads->lock);
	free(downloads);
	return failed;
}
