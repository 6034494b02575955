#include "core/image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/compress.h"
#include "core/image/layer_private.h"
#include "core/image/ring.h"
#include "core/image/sha.h"
#include "core/image/split.h"
#include "core/image/turns.h"
#include "core/timing.h"

enum {
	SO_FAR_NS = 250000000,
	CHUNKS = 8,
	CHUNK_SIZE = 512 << 10,
	READ_SIZE = 256 << 10, /* compressed bytes at a time: they stay in the cache */
};

/* 100 GiB for a layer, and 1000:1 beyond the first GiB: what no honest layer needs. */
static const uint64_t size_max = 100ull << 30, ratio_from = 1ull << 30;
enum { RATIO_MAX = 1000 };

/* One layer on its way through the two threads. */
struct pipeline {
	struct feed *feed;
	const struct layer_wish *wish;
	const struct image_watch *watch;
	struct ring *ring;
	struct layer *layer;
	/* the inflating thread's */
	unsigned char *input;
	struct sha *sha_in, *sha_out;
	uint64_t in, out;
	uint64_t began_ns, waited_ns, hashed_ns, told_ns; /* waited: for bytes to come */
	enum codec codec;
	/* the unpacking thread's */
	struct unpack *unpack;
	int split_fd;
	struct split *split; /* when the store keeps no blob */
};

static bool is_canceled(const struct image_watch *watch)
{
	return watch && watch->canceled &&
	       atomic_load_explicit(watch->canceled, memory_order_relaxed);
}

static const char *name_of(const struct layer_wish *wish)
{
	return wish->digest ? wish->digest : wish->diff_id ? wish->diff_id : "";
}

static void report(struct pipeline *pipeline, enum image_phase phase)
{
	const struct layer_wish *wish = pipeline->wish;
	struct image_progress progress = {
		.layer = name_of(wish),
		.phase = phase,
		.done = pipeline->in,
		.total = wish->size,
	};

	if (pipeline->watch && pipeline->watch->on_progress)
		pipeline->watch->on_progress(&progress, pipeline->watch->arg);
}

/* The next compressed bytes; whole pieces, so that the decoder sees a magic number in one. */
static ssize_t more_input(void *arg, const unsigned char **data, struct err *err)
{
	struct pipeline *pipeline = arg;
	size_t have = 0;

	uint64_t asked = timing_now(), came;

	while (have < READ_SIZE) {
		ssize_t got = feed_read(pipeline->feed, pipeline->input + have, READ_SIZE - have);

		if (got < 0)
			return err_set(err, (int)got, "read: %s", err_name((int)got));
		if (got == 0)
			break;
		have += (size_t)got;
	}
	pipeline->in += have;
	if (pipeline->wish->size && pipeline->in > pipeline->wish->size)
		return err_set(err, EBADMSG, "more than the %llu bytes that were announced",
			(unsigned long long)pipeline->wish->size);
	came = timing_now();
	sha_add(pipeline->sha_in, pipeline->input, have);
	pipeline->waited_ns += came - asked;
	pipeline->hashed_ns += timing_now() - came;
	*data = pipeline->input;
	return (ssize_t)have;
}

static int check_limits(struct pipeline *pipeline, struct err *err)
{
	if (is_canceled(pipeline->watch))
		return err_set(err, ECANCELED, "canceled");
	if (pipeline->out > size_max)
		return err_set(err, EFBIG, "the layer is larger than %llu GiB",
			(unsigned long long)(size_max >> 30));
	if (pipeline->out > ratio_from && pipeline->out / RATIO_MAX > pipeline->in)
		return err_set(err, EFBIG, "the layer blows up more than %d times", RATIO_MAX);
	return 0;
}

static int check_digest(const char *what, const char *wanted, const char *found, struct err *err)
{
	if (!wanted || str_eq(wanted, found))
		return 0;
	return err_set(
		err, EBADMSG, "the %s does not match: wanted %s, found %s", what, wanted, found);
}

/* When there was nothing to inflate, both digests are of the same bytes. */
static int check_digests(struct pipeline *pipeline, bool plain, struct err *err)
{
	const struct layer_wish *wish = pipeline->wish;
	struct layer *layer = pipeline->layer;

	sha_done(pipeline->sha_in, layer->digest);
	if (plain)
		memcpy(layer->diff_id, layer->digest, DIGEST_SIZE);
	else
		sha_done(pipeline->sha_out, layer->diff_id);
	layer->compressed = pipeline->in;
	if (wish->size && pipeline->in != wish->size)
		return err_set(err, EBADMSG, "only %llu of %llu bytes are there",
			(unsigned long long)pipeline->in, (unsigned long long)wish->size);
	if (check_digest("digest", wish->digest, layer->digest, err) < 0)
		return err->code;
	return check_digest("diff id", wish->diff_id, layer->diff_id, err);
}

static void hash_out(struct pipeline *pipeline, const void *data, size_t len)
{
	uint64_t began = timing_now();

	sha_add(pipeline->sha_out, data, len);
	pipeline->hashed_ns += timing_now() - began;
}

static void tell_so_far(struct pipeline *pipeline)
{
	uint64_t now = timing_now();

	if (now - pipeline->told_ns < SO_FAR_NS)
		return;
	pipeline->told_ns = now;
	image_fact_so_far(pipeline->watch, pipeline->began_ns,
		"\"fact\":\"unpack\",\"of\":\"%s\",\"bytes\":%llu,\"total\":%llu",
		name_of(pipeline->wish), (unsigned long long)pipeline->in,
		(unsigned long long)pipeline->wish->size);
}

static int inflate_all(struct pipeline *pipeline, struct err *err)
{
	auto_of(decoder) struct decoder *decoder = NULL;
	unsigned char *room;
	ssize_t got = 1;
	bool plain;

	if (decoder_new(more_input, pipeline, pipeline->wish->archive, &decoder, err) < 0)
		return err->code;
	pipeline->codec = decoder_codec(decoder);
	plain = pipeline->codec == CODEC_PLAIN;
	while (got && (room = ring_room(pipeline->ring))) {
		got = decoder_read(decoder, room, ring_chunk_size(pipeline->ring), err);
		if (got < 0)
			return (int)got;
		if (!plain)
			hash_out(pipeline, room, (size_t)got);
		pipeline->out += (uint64_t)got;
		if (check_limits(pipeline, err) < 0)
			return err->code;
		if (got)
			ring_put(pipeline->ring, (size_t)got);
		report(pipeline, IMAGE_UNPACKING);
		tell_so_far(pipeline);
	}
	/* The reader stopped: it knows why. */
	return got ? 0 : check_digests(pipeline, plain, err);
}

static void *inflate_thread(void *arg)
{
	struct pipeline *pipeline = arg;
	struct err err = {0};

	ring_end(pipeline->ring, inflate_all(pipeline, &err) < 0 ? &err : NULL);
	return NULL;
}

static ssize_t more_tar(void *arg, const unsigned char **data, struct err *err)
{
	return ring_get(arg, data, err);
}

static int unpack_all(struct pipeline *pipeline, struct err *err)
{
	auto_of(tar) struct tar *tar = tar_new(more_tar, pipeline->ring);
	const struct tar_entry *entry;

	if (!tar)
		return err_set(err, ENOMEM, "unpack: out of memory");
	if (pipeline->split)
		tar_set_tee(tar, &split_tee, pipeline->split);
	for (;;) {
		if (tar_next(tar, &entry, err) < 0)
			return err->code;
		if (!entry)
			break;
		if (unpack_entry(pipeline->unpack, tar, entry, err) < 0)
			return err->code;
	}
	/* The diff id is of the whole stream, and only at its end it is known to be right. */
	if (tar_drain(tar, err) < 0 || (pipeline->split && split_end(pipeline->split, err) < 0))
		return err->code;
	return unpack_finish(pipeline->unpack, err);
}

static int run(struct pipeline *pipeline, struct err *err)
{
	pthread_t thread;
	int failed = pthread_create(&thread, NULL, inflate_thread, pipeline);

	if (failed)
		return err_set(err, failed, "unpack: %s", err_name(failed));
	failed = unpack_all(pipeline, err);
	if (failed)
		ring_stop(pipeline->ring);
	pthread_join(thread, NULL);
	return failed;
}

static void pipeline_fini(struct pipeline *pipeline)
{
	unpack_free(pipeline->unpack);
	split_free(pipeline->split);
	own_closep(&pipeline->split_fd);
	ring_free(pipeline->ring);
	sha_free(pipeline->sha_in);
	sha_free(pipeline->sha_out);
	free(pipeline->input);
}

/* So that its tar can be made again without the bytes that it came in. */
static int keep_headers(struct pipeline *pipeline, struct err *err)
{
	pipeline->split_fd = openat(stage_fd(pipeline->layer->stage), SPLIT_NAME,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (pipeline->split_fd < 0)
		return err_sys(err, "layer headers");
	return split_new(pipeline->split_fd, &pipeline->split, err);
}

static int pipeline_init(struct pipeline *pipeline, int diff_fd, struct err *err)
{
	pipeline->ring = ring_new(CHUNKS, CHUNK_SIZE);
	pipeline->sha_in = sha_new();
	pipeline->sha_out = sha_new();
	pipeline->input = malloc(READ_SIZE);
	if (!pipeline->ring || !pipeline->sha_in || !pipeline->sha_out || !pipeline->input)
		return err_set(err, ENOMEM, "unpack: out of memory");
	if (!pipeline->wish->blob && !pipeline->wish->remade && keep_headers(pipeline, err) < 0)
		return err->code;
	return unpack_new(diff_fd, store_driver(pipeline->layer->store), &pipeline->unpack, err);
}

static void tell_unpacked(const struct pipeline *pipeline)
{
	static const char *const names[] = {[CODEC_PLAIN] = "tar",
		[CODEC_GZIP] = "gzip",
		[CODEC_ZSTD] = "zstd",
		[CODEC_XZ] = "xz",
		[CODEC_BZIP2] = "bzip2"};

	image_fact(pipeline->watch, pipeline->began_ns, timing_now(),
		"\"fact\":\"unpack\",\"of\":\"%s\",\"diff_id\":\"%s\",\"bytes\":%llu,"
		"\"tar\":%llu,\"entries\":%llu,\"codec\":\"%s\",\"waited_us\":%llu,"
		"\"hashed_us\":%llu",
		name_of(pipeline->wish), pipeline->layer->diff_id, (unsigned long long)pipeline->in,
		(unsigned long long)pipeline->out,
		(unsigned long long)unpack_count(pipeline->unpack), names[pipeline->codec],
		(unsigned long long)pipeline->waited_ns / 1000,
		(unsigned long long)pipeline->hashed_ns / 1000);
}

static int unpack_below(struct pipeline *pipeline, int diff_fd, struct err *err)
{
	struct layer *layer = pipeline->layer;
	int failed = pipeline_init(pipeline, diff_fd, err);

	if (!failed)
		failed = run(pipeline, err);
	if (!failed) {
		layer->tree = unpack_take_tree(pipeline->unpack);
		layer->n_pending = unpack_take_pending(pipeline->unpack, &layer->pending);
		report(pipeline, IMAGE_COMPLETE);
		tell_unpacked(pipeline);
	}
	pipeline_fini(pipeline);
	return failed;
}

static int name_failure(const struct layer_wish *wish, struct err *err)
{
	const char *name = wish->digest ? wish->digest : wish->diff_id;

	if (!name)
		return err_in(err, "layer");
	return err_in(err, "layer %.*s", DIGEST_SHORT, digest_hex(name));
}

int layer_unpack(struct store *store, struct feed *feed, const struct layer_wish *wish,
	const struct image_watch *watch, struct layer **out, struct err *err)
{
	auto_of(layer) struct layer *layer = calloc(1, sizeof(*layer));
	struct pipeline pipeline = {
		.feed = feed, .wish = wish, .watch = watch, .layer = layer, .split_fd = -1};
	auto_close int diff_fd = -1;

	pipeline.began_ns = timing_now();
	if (!layer)
		return err_set(err, ENOMEM, "layer: out of memory");
	layer->store = store;
	if (wish->blob)
		snprintf(layer->blob, sizeof(layer->blob), "%s", wish->blob);
	if (stage_new(store, &layer->stage, err) < 0)
		return err->code;
	if (mkdirat(stage_fd(layer->stage), "diff", 0755) < 0)
		return err_sys(err, "layer");
	diff_fd = openat(stage_fd(layer->stage), "diff", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (diff_fd < 0)
		return err_sys(err, "layer");
	if (unpack_below(&pipeline, diff_fd, err) < 0)
		return name_failure(wish, err);
	*out = take(layer);
	return 0;
}
