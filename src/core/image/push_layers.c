/* push_layers.c - every layer of one image to a registry, several at once. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "core/image/pressed.h"
#include "core/image/push_private.h"
#include "core/image/registry.h"

enum { STREAMS = 5, MOUNTS_TRIED = 3, PROGRESS_MS = 50, PIECE = 256 << 10 };

struct pushing {
	struct store *store;
	struct registry *registry;
	const char *repository;
	enum press_codec codec;
	struct push_image *image;
	const struct image_watch *watch;
	pthread_mutex_t lock;
	size_t left;      /* layers not begun: the topmost is next */
	struct err first; /* failure */
};

/* One layer while it goes. */
struct going {
	struct pushing *all;
	struct push_layer *layer;
	uint64_t told_ms;
	struct press *press; /* while a tar is made again */
	uint64_t made;       /* bytes of it */
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(const struct pushing *all, const struct push_layer *layer, enum image_phase phase,
	uint64_t done, uint64_t total, const char *from)
{
	struct image_progress progress = {.layer = layer->diff_id,
		.phase = phase,
		.done = done,
		.total = total,
		.from = from};

	if (all->watch && all->watch->on_progress)
		all->watch->on_progress(&progress, all->watch->arg);
}

static void tell_now_and_then(
	struct going *going, enum image_phase phase, uint64_t done, uint64_t total)
{
	uint64_t now = now_ms();

	if (now - going->told_ms < PROGRESS_MS)
		return;
	going->told_ms = now;
	tell(going->all, going->layer, phase, done, total, NULL);
}

/* ---- without sending ---- */

/* A registry that will not say has to be asked in another way. */
static int is_there(struct going *going, bool *there, struct err *err)
{
	int failed = registry_has_blob(going->all->registry, going->layer->digest, err);

	*there = !failed;
	return failed == -ENOENT || failed == -EACCES || failed == -EPROTO ? 0 : failed;
}

static int mount_from_elsewhere(struct going *going, const char **from, struct err *err)
{
	struct push_layer *layer = going->layer;
	int tried = 0;

	for (size_t i = 0; i < layer->n_places && tried < MOUNTS_TRIED; i++) {
		const struct place *place = &layer->places[i];
		int failed;

		if (!str_eq(place->digest, layer->digest) ||
			str_eq(place->repository, going->all->repository))
			continue;
		tried++;
		failed = registry_mount_blob(
			going->all->registry, layer->digest, place->repository, err);
		if (!failed)
			*from = place->repository;
		if (failed != -ENOENT)
			return failed;
	}
	return 0;
}

/* *done: the repository has it now. */
static int spare(struct going *going, bool *done, struct err *err)
{
	const char *from = NULL;
	int failed = is_there(going, done, err);

	if (failed)
		return failed;
	if (*done) {
		tell(going->all, going->layer, IMAGE_EXISTS, 0, 0, NULL);
		return 0;
	}
	failed = mount_from_elsewhere(going, &from, err);
	if (failed || !from)
		return failed;
	*done = true;
	tell(going->all, going->layer, IMAGE_MOUNTED, 0, 0, from);
	return 0;
}

/* ---- compressing ---- */

static bool is_canceled(const struct pushing *all)
{
	return all->watch && all->watch->canceled && *all->watch->canceled;
}

/* A tar that the store keeps as it is. */
static int press_blob(struct going *going, struct press *press, struct err *err)
{
	struct push_layer *layer = going->layer;
	auto_free char *data = malloc(PIECE);
	uint64_t done = 0;

	if (!data)
		return err_set(err, ENOMEM, "push: out of memory");
	for (;;) {
		ssize_t got = pread(layer->fd, data, PIECE, (off_t)done);

		if (got < 0)
			return err_sys(err, "layer %.19s", layer->diff_id);
		if (got == 0)
			return 0;
		if (is_canceled(going->all))
			return err_set(err, ECANCELED, "canceled");
		if (press_add(press, data, (size_t)got, err) < 0)
			return err->code;
		done += (uint64_t)got;
		tell_now_and_then(going, IMAGE_COMPRESSING, done, layer->size);
	}
}

/* Bytes of a tar that is made again, on their way into the press. */
static int on_tar(void *arg, const void *data, size_t len, struct err *err)
{
	struct going *going = arg;

	going->made += len;
	tell_now_and_then(going, IMAGE_COMPRESSING, going->made, going->layer->size);
	return press_add(going->press, data, len, err);
}

static int press_rebuilt(struct going *going, struct press *press, struct err *err)
{
	going->press = press;
	return rebuild_write(going->layer->rebuild, on_tar, going,
		going->all->watch ? going->all->watch->canceled : NULL, err);
}

/* The layer becomes its compressed blob, still in a stage. */
static int compress_to(struct going *going, int fd, struct err *err)
{
	struct push_layer *layer = going->layer;
	auto_of(press) struct press *press = NULL;

	if (press_new(going->all->codec, fd, &press, err) < 0)
		return err->code;
	if (layer->rebuild ? press_rebuilt(going, press, err) : press_blob(going, press, err))
		return err->code;
	if (press_end(press, &layer->pressed, err) < 0)
		return err->code;
	if (str_eq(layer->pressed.diff_id, layer->diff_id))
		return 0;
	layer->pressed.size = 0;
	return err_set(err, EBADMSG, "layer %.19s is damaged: its diff id is %.19s", layer->diff_id,
		layer->pressed.diff_id);
}

static int compress(struct going *going, struct err *err)
{
	struct push_layer *layer = going->layer;
	struct pushing *all = going->all;
	auto_close int fd = -1;
	int failed;

	tell(all, layer, IMAGE_COMPRESSING, 0, 0, NULL);
	/* As in plan_again. */
	pthread_mutex_lock(&all->lock);
	failed = stage_new(all->store, &layer->stage, err);
	pthread_mutex_unlock(&all->lock);
	if (failed)
		return failed;
	fd = openat(stage_fd(layer->stage), "blob", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "layer %.19s", layer->diff_id);
	if (compress_to(going, fd, err) < 0)
		return err->code;
	own_closep(&layer->fd);
	layer->fd = take_fd(&fd);
	layer->size = layer->pressed.size;
	memcpy(layer->digest, layer->pressed.digest, DIGEST_SIZE);
	return 0;
}

/* ---- sending ---- */

static void on_sent(void *arg, uint64_t sent)
{
	struct going *going = arg;

	tell_now_and_then(going, IMAGE_PUSHING, sent, going->layer->size);
}

static int send(struct going *going, struct err *err)
{
	struct push_layer *layer = going->layer;
	const struct registry_upload upload = {
		.digest = layer->digest,
		.fd = layer->fd,
		.size = layer->size,
		.on_sent = on_sent,
		.arg = going,
	};
	int failed;

	tell(going->all, layer, IMAGE_PUSHING, 0, layer->size, NULL);
	failed = registry_put_blob(going->all->registry, &upload, err);
	if (!failed)
		tell(going->all, layer, IMAGE_PUSHED, 0, 0, NULL);
	return failed;
}

/* It was believed to be there, and is not. */
static int plan_again(struct pushing *all, struct push_layer *layer, struct err *err)
{
	int failed;

	/* The store's own thread waits for us, or is us. */
	pthread_mutex_lock(&all->lock);
	failed = push_plan_again(all->store, all->codec, layer, err);
	pthread_mutex_unlock(&all->lock);
	return failed;
}

static int push_one(struct pushing *all, struct push_layer *layer, struct err *err)
{
	struct going going = {.all = all, .layer = layer};
	bool done = false;

	if (layer->source == PUSH_SAME)
		return 0;
	if (layer->source == PUSH_FOREIGN) {
		tell(all, layer, IMAGE_FOREIGN, 0, 0, NULL);
		return 0;
	}
	if (layer->source == PUSH_KNOWN &&
		(spare(&going, &done, err) < 0 || done || plan_again(all, layer, err) < 0))
		return done ? 0 : err->code;
	if (layer->source == PUSH_PRESS && compress(&going, err) < 0)
		return err->code;
	if (!all->registry)
		return 0;
	if (spare(&going, &done, err) < 0 || done)
		return done ? 0 : err->code;
	return send(&going, err);
}

static struct push_layer *next_layer(struct pushing *all)
{
	struct push_layer *layer = NULL;

	pthread_mutex_lock(&all->lock);
	if (all->left && !all->first.code)
		layer = &all->image->layers[--all->left];
	pthread_mutex_unlock(&all->lock);
	return layer;
}

static void *run(void *arg)
{
	struct pushing *all = arg;
	struct push_layer *layer;

	while ((layer = next_layer(all))) {
		struct err err = {0};
		int failed = push_one(all, layer, &err);

		if (!failed)
			continue;
		pthread_mutex_lock(&all->lock);
		if (!all->first.code)
			all->first = err;
		pthread_mutex_unlock(&all->lock);
	}
	return NULL;
}

/* What was compressed is worth keeping even where the push failed. */
static int keep(struct pushing *all, struct err *err)
{
	for (size_t i = 0; i < all->image->n_layers; i++) {
		struct push_layer *layer = &all->image->layers[i];

		if (layer->stage && layer->pressed.size &&
			pressed_keep(all->store, all->codec, layer->stage, &layer->pressed, err) <
				0)
			return err->code;
	}
	return 0;
}

int push_layers(struct store *store, struct registry *registry, const char *repository,
	enum press_codec codec, struct push_image *image, const struct image_watch *watch,
	struct err *err)
{
	struct pushing all = {.store = store,
		.registry = registry,
		.repository = repository,
		.codec = codec,
		.image = image,
		.watch = watch,
		.left = image->n_layers};
	pthread_t threads[STREAMS];
	struct err unkept = {0};
	size_t n = 0;

	for (size_t i = image->n_layers; i--;)
		if (image->layers[i].source != PUSH_SAME)
			tell(&all, &image->layers[i], IMAGE_PREPARING, 0, 0, NULL);
	pthread_mutex_init(&all.lock, NULL);
	while (n < STREAMS && n + 1 < image->n_layers &&
		pthread_create(&threads[n], NULL, run, &all) == 0)
		n++;
	run(&all);
	while (n)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&all.lock);
	keep(&all, &unkept);
	if (!all.first.code)
		all.first = unkept;
	if (all.first.code)
		*err = all.first;
	return all.first.code;
}

/* ---- what goes with them ---- */

int push_config(struct registry *registry, const struct push_image *image, struct err *err)
{
	auto_close int fd = memfd_create("config", MFD_CLOEXEC);
	const struct registry_upload upload = {
		.digest = image->image->id, .fd = fd, .size = image->config.len};
	int failed = registry_has_blob(registry, image->image->id, err);

	if (!failed || failed == -ECANCELED)
		return failed;
	if (fd < 0 ||
		write(fd, image->config.data, image->config.len) != (ssize_t)image->config.len)
		return err_sys(err, "push: the image's config");
	return registry_put_blob(registry, &upload, err);
}

int push_remember(struct store *store, const char *domain, const char *repository,
	const struct push_image *image, struct err *err)
{
	auto_free struct place_blob *blobs = calloc(image->n_layers + 1, sizeof(*blobs));
	size_t n = 0;

	if (!blobs)
		return err_set(err, ENOMEM, "push: out of memory");
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct push_layer *layer = &image->layers[i];

		if (layer->source != PUSH_SAME && layer->source != PUSH_FOREIGN)
			blobs[n++] =
				(struct place_blob){layer->diff_id, layer->digest, layer->size};
	}
	return places_add(store, domain, repository, blobs, n, err);
}
