#include "core/image/ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct ring {
	pthread_mutex_t lock; /* guards all but the chunks' bytes */
	pthread_cond_t changed;
	unsigned chunks;
	size_t chunk_size;
	unsigned char *bytes;
	size_t *lens;
	unsigned long put, got; /* how many chunks ever; put - got are full */
	bool lent, ended, stopped;
	struct err err;
};

struct ring *ring_new(unsigned chunks, size_t chunk_size)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->changed, NULL);
	ring->chunks = chunks;
	ring->chunk_size = chunk_size;
	ring->bytes = malloc(chunks * chunk_size);
	ring->lens = calloc(chunks, sizeof(*ring->lens));
	if (!ring->bytes || !ring->lens) {
		ring_free(ring);
		return NULL;
	}
	return ring;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	pthread_cond_destroy(&ring->changed);
	pthread_mutex_destroy(&ring->lock);
	free(ring->bytes);
	free(ring->lens);
	free(ring);
}

size_t ring_chunk_size(const struct ring *ring)
{
	return ring->chunk_size;
}

unsigned char *ring_room(struct ring *ring)
{
	unsigned char *room = NULL;

	pthread_mutex_lock(&ring->lock);
	while (!ring->stopped && ring->put - ring->got == ring->chunks)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (!ring->stopped)
		room = ring->bytes + ring->put % ring->chunks * ring->chunk_size;
	pthread_mutex_unlock(&ring->lock);
	return room;
}

void ring_put(struct ring *ring, size_t len)
{
	pthread_mutex_lock(&ring->lock);
	ring->lens[ring->put++ % ring->chunks] = len;
	pthread_cond_signal(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

void ring_end(struct ring *ring, const struct err *err)
{
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	if (err)
		ring->err = *err;
	pthread_cond_signal(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

ssize_t ring_get(struct ring *ring, const unsigned char **data, struct err *err)
{
	ssize_t len = 0;

	pthread_mutex_lock(&ring->lock);
	if (ring->lent) {
		ring->lent = false;
		ring->got++;
		pthread_cond_signal(&ring->changed);
	}
	while (ring->put == ring->got && !ring->ended)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (ring->put != ring->got) {
		ring->lent = true;
		*data = ring->bytes + ring->got % ring->chunks * ring->chunk_size;
		len = (ssize_t)ring->lens[ring->got % ring->chunks];
	} else if (ring->err.code) {
		len = err_set(err, ring->err.code, "%s", ring->err.text);
	}
	pthread_mutex_unlock(&ring->lock);
	return len;
}

void ring_stop(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->stopped = true;
	pthread_cond_signal(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}
