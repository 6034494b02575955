#include "core/image/pull_layers.h"

#include <time.h>

#include "core/image/blob.h"
#include "core/image/crew.h"
#include "core/image/download.h"
#include "core/image/pull_plan.h"
#include "core/image/turns.h"
#include "core/timing.h"
#include "util/json.h"

enum { INGEST_POLL_MS = 50 };

/* One layer that has to be worked on. */
struct work {
	size_t layer;          /* its place in the image */
	int blob_fd;           /* its blob, when it is here */
	struct ingest *ingest; /* else where it goes */
	bool resumed;
	struct feed *feed;
	struct strs urls;
	struct layer_wish wish;
	int number; /* in the crew */
};

struct pulling {
	struct store *store;
	struct registry *registry;
	const struct image_watch *watch;
	struct pull_layer *layers;
	struct layer **found; /* of those that are held */
	size_t count;
	struct pull_plan plan;
	struct work *work; /* as in plan.order */
	struct download *downloads;
	size_t n_downloads;
};

void pulled_layers_fini(struct pulled_layers *layers)
{
	for (size_t i = 0; layers->owned && i < layers->count; i++)
		layer_free(layers->owned[i]);
	free(layers->owned);
	free(layers->v);
	*layers = (struct pulled_layers){0};
}

static void drop_work(struct pulling *p)
{
	for (size_t i = 0; p->work && i < p->plan.n_order; i++) {
		feed_free(p->work[i].feed);
		ingest_free(p->work[i].ingest);
		own_closep(&p->work[i].blob_fd);
		strs_fini(&p->work[i].urls);
	}
	free(take(p->work));
	free(take(p->downloads));
	p->n_downloads = 0;
	pull_plan_fini(&p->plan);
}

static void drop_found(struct pulling *p)
{
	for (size_t i = 0; p->found && i < p->count; i++)
		layer_free(take(p->found[i]));
}

static void pulling_fini(struct pulling *p)
{
	drop_work(p);
	drop_found(p);
	free(p->found);
	free(p->layers);
}

static void tell(const struct pulling *p, size_t layer, enum image_phase phase)
{
	struct image_progress progress = {
		.layer = p->layers[layer].digest, .phase = phase, .total = p->layers[layer].size};

	if (p->watch && p->watch->on_progress)
		p->watch->on_progress(&progress, p->watch->arg);
}

static int look_around(struct pulling *p, struct err *err)
{
	drop_found(p);
	for (size_t i = 0; i < p->count; i++) {
		struct pull_layer *layer = &p->layers[i];
		int failed = layer_find(p->store, layer->diff_id, &p->found[i], err);

		if (failed && failed != -ENOENT)
			return failed;
		layer->held = !failed;
		layer->has_blob = blob_exists(p->store, layer->digest);
	}
	return 0;
}

static int by_digest(const void *a, const void *b)
{
	const struct pull_layer *const *one = a, *const *two = b;

	return strcmp((*one)->digest, (*two)->digest);
}

/* Waits while another process fills the same ingest. */
static int wait_for_ingest(
	struct pulling *p, const char *digest, struct ingest **out, struct err *err)
{
	const struct timespec nap = {.tv_nsec = INGEST_POLL_MS * 1000000L};
	int failed;

	while ((failed = ingest_open(p->store, digest, out, err)) == -EAGAIN) {
		if (p->watch && p->watch->canceled && *p->watch->canceled)
			return err_set(err, ECANCELED, "canceled");
		nanosleep(&nap, NULL);
	}
	return failed;
}

/* All in the order of their digests, so that two pulls never wait for each other in a circle.
 * *again: somebody else finished one meanwhile, so look around once more. */
static int open_ingests(struct pulling *p, bool *again, struct err *err)
{
	auto_free struct pull_layer **sorted = calloc(p->count + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return err_set(err, ENOMEM, "pull: out of memory");
	for (size_t i = 0; i < p->plan.n_order; i++)
		if (p->layers[p->plan.order[i]].action == PULL_FETCH)
			sorted[n++] = &p->layers[p->plan.order[i]];
	qsort(sorted, n, sizeof(*sorted), by_digest);
	for (size_t i = 0; i < n; i++) {
		struct work *work = p->work;
		int failed;

		while (&p->layers[work->layer] != sorted[i])
			work++;
		failed = wait_for_ingest(p, sorted[i]->digest, &work->ingest, err);
		if (failed == -EEXIST) {
			*again = true;
			return 0;
		}
		if (failed)
			return failed;
		work->resumed = ingest_have(work->ingest) > 0;
	}
	return 0;
}

static int make_work(struct pulling *p, struct err *err)
{
	int failed = pull_plan(p->layers, p->count, &p->plan, err);

	if (failed)
		return failed;
	p->work = calloc(p->plan.n_order + 1, sizeof(*p->work));
	p->downloads = calloc(p->plan.n_order + 1, sizeof(*p->downloads));
	if (!p->work || !p->downloads)
		return err_set(err, ENOMEM, "pull: out of memory");
	for (size_t i = 0; i < p->plan.n_order; i++)
		p->work[i] = (struct work){.layer = p->plan.order[i], .blob_fd = -1, .number = -1};
	return 0;
}

/* Plans, and takes what the plan needs for itself. */
static int prepare(struct pulling *p, struct err *err)
{
	for (;;) {
		bool again = false;
		int failed = look_around(p, err);

		if (!failed)
			failed = make_work(p, err);
		if (!failed)
			failed = open_ingests(p, &again, err);
		if (failed || !again)
			return failed;
		drop_work(p);
	}
}

/* What was there, and what is to come. */
static void say_layer(const struct pulling *p, size_t i)
{
	static const char *const words[] = {[PULL_HELD] = "held",
		[PULL_SAME] = "same",
		[PULL_UNPACK] = "blob",
		[PULL_FETCH] = "fetch"};
	const struct pull_layer *layer = &p->layers[i];
	uint64_t now = timing_now();

	image_fact(p->watch, now, now,
		"\"fact\":\"layer\",\"number\":%zu,\"of\":\"%s\",\"diff_id\":\"%s\",\"total\":%llu,"
		"\"state\":\"%s\"",
		i, layer->digest, layer->diff_id, (unsigned long long)layer->size,
		words[layer->action]);
}

static void tell_plan(const struct pulling *p)
{
	for (size_t i = 0; i < p->count; i++)
		say_layer(p, i);
	for (size_t i = 0; i < p->count; i++)
		tell(p, i,
			p->layers[i].action == PULL_HELD || p->layers[i].action == PULL_SAME
				? IMAGE_PRESENT
				: IMAGE_WAITING);
}

static int open_feed(
	struct pulling *p, struct work *work, const struct manifest *manifest, struct err *err)
{
	const struct pull_layer *layer = &p->layers[work->layer];
	uint64_t size = 0;

	work->wish = (struct layer_wish){.digest = layer->digest,
		.size = layer->size,
		.diff_id = layer->diff_id,
		.blob = layer->digest};
	if (work->ingest) {
		work->feed = feed_new(ingest_fd(work->ingest), 0);
		json_strs(manifest->layers[work->layer].urls, &work->urls);
		p->downloads[p->n_downloads++] = (struct download){
			layer->digest, layer->size, &work->urls, work->ingest, work->feed};
	} else {
		work->blob_fd = blob_open(p->store, layer->digest, &size, err);
		if (work->blob_fd < 0)
			return work->blob_fd;
		work->feed = feed_of_part(work->blob_fd, 0, size);
	}
	return work->feed ? 0 : err_set(err, ENOMEM, "pull: out of memory");
}

/* Both ends at once. Of two failures the one that caused the other is told: a reader whose feed
 * broke off has only seen its download fail, and a download is stopped when a reader gives up. */
static int run(struct pulling *p, struct crew *crew, struct err *err)
{
	struct downloads *downloads = NULL;
	struct err unpack_err = {0};
	int failed = downloads_start(
		p->registry, p->downloads, p->n_downloads, crew, p->watch, &downloads, err);

	if (failed) {
		for (size_t i = 0; i < p->n_downloads; i++)
			feed_end(p->downloads[i].feed, failed);
		crew_wait(crew, &(struct err){0});
		return failed;
	}
	crew_wait(crew, &unpack_err);
	if (unpack_err.code)
		downloads_stop(downloads);
	failed = downloads_wait(downloads, err);
	if (unpack_err.code && (!failed || failed == -ECANCELED)) {
		*err = unpack_err;
		return unpack_err.code;
	}
	return failed;
}

static int unpack(
	struct pulling *p, const struct manifest *manifest, struct crew *crew, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < p->plan.n_order && !failed; i++)
		failed = open_feed(p, &p->work[i], manifest, err);
	for (size_t i = 0; i < p->plan.n_order && !failed; i++) {
		p->work[i].number = crew_add(crew, p->work[i].feed, &p->work[i].wish, err);
		if (p->work[i].number < 0)
			failed = p->work[i].number;
	}
	if (!failed)
		return run(p, crew, err);
	for (size_t i = 0; i < p->n_downloads; i++)
		feed_end(p->downloads[i].feed, failed);
	crew_wait(crew, &(struct err){0});
	return failed;
}

/* The bytes are to blame, so that keeping them would only repeat it. */
static bool is_bad_content(int failed)
{
	return failed == -EBADMSG || failed == -EFBIG || failed == -EINVAL || failed == -ENOTSUP;
}

/* What did not unpack is thrown away. *resumed: some of it came from an earlier
 * process, so beginning anew is worth one try. */
static void discard_bad(struct pulling *p, struct crew *crew, bool *resumed)
{
	for (size_t i = 0; i < p->plan.n_order; i++) {
		struct work *work = &p->work[i];
		struct layer *layer = work->number >= 0 ? crew_take(crew, work->number) : NULL;

		if (!layer && work->ingest) {
			*resumed |= work->resumed;
			ingest_discard(work->ingest);
		}
		layer_free(layer);
	}
}

static int keep(struct pulling *p, struct crew *crew, struct pulled_layers *out, struct err *err)
{
	out->v = calloc(p->count + 1, sizeof(*out->v));
	out->owned = calloc(p->count + 1, sizeof(*out->owned));
	out->count = p->count;
	if (!out->v || !out->owned)
		return err_set(err, ENOMEM, "pull: out of memory");
	for (size_t i = 0; i < p->plan.n_order; i++) {
		struct work *work = &p->work[i];
		int failed = 0;

		if (work->ingest)
			failed =
				ingest_commit(work->ingest, p->layers[work->layer].size, true, err);
		if (failed)
			return failed;
		out->owned[work->layer] = crew_take(crew, work->number);
	}
	for (size_t i = 0; i < p->count; i++) {
		if (p->layers[i].action == PULL_HELD)
			out->owned[i] = take(p->found[i]);
		out->v[i] = out->owned[p->layers[i].action == PULL_SAME ? p->layers[i].same_as : i];
	}
	return 0;
}

static int pull_once(struct pulling *p, const struct manifest *manifest, struct pulled_layers *out,
	bool *resumed, struct err *err)
{
	auto_of(crew) struct crew *crew = NULL;
	int failed = prepare(p, err);

	if (failed)
		return failed;
	tell_plan(p);
	failed = crew_new(p->store, p->watch, &crew, err);
	if (!failed)
		failed = unpack(p, manifest, crew, err);
	if (!failed)
		return keep(p, crew, out, err);
	if (is_bad_content(failed) && crew)
		discard_bad(p, crew, resumed);
	return failed;
}

int pull_layers(struct store *store, struct registry *registry, const struct manifest *manifest,
	const struct config_facts *facts, const struct image_watch *watch,
	struct pulled_layers *out, struct err *err)
{
	__attribute__((cleanup(pulling_fini))) struct pulling p = {
		.store = store, .registry = registry, .watch = watch, .count = manifest->n_layers};
	bool resumed = false;
	int failed;

	p.layers = calloc(p.count + 1, sizeof(*p.layers));
	p.found = calloc(p.count + 1, sizeof(*p.found));
	if (!p.layers || !p.found)
		return err_set(err, ENOMEM, "pull: out of memory");
	for (size_t i = 0; i < p.count; i++)
		p.layers[i] = (struct pull_layer){.digest = manifest->layers[i].digest,
			.diff_id = facts->diff_ids[i],
			.size = manifest->layers[i].size};
	failed = pull_once(&p, manifest, out, &resumed, err);
	if (!is_bad_content(failed) || !resumed)
		return failed;
	pulled_layers_fini(out);
	drop_work(&p);
	return pull_once(&p, manifest, out, &resumed, err);
}
