#include "core/image/feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct feed {
	int fd;
	uint64_t offset;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t more;
	uint64_t watermark, taken;
	bool ended;
	int failed;
};

struct feed *feed_new(int fd, uint64_t offset)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->fd = fd;
	feed->offset = offset;
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->more, NULL);
	return feed;
}

struct feed *feed_of_part(int fd, uint64_t offset, uint64_t len)
{
	struct feed *feed = feed_new(fd, offset);

	if (feed) {
		feed->watermark = len;
		feed->ended = true;
	}
	return feed;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	pthread_cond_destroy(&feed->more);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

int feed_advance(struct feed *feed, uint64_t watermark)
{
	int failed = 0;

	pthread_mutex_lock(&feed->lock);
	if (watermark < feed->taken)
		failed = -EBUSY;
	else
		feed->watermark = watermark;
	pthread_cond_broadcast(&feed->more);
	pthread_mutex_unlock(&feed->lock);
	return failed;
}

void feed_end(struct feed *feed, int failed)
{
	pthread_mutex_lock(&feed->lock);
	feed->ended = true;
	feed->failed = failed;
	pthread_cond_broadcast(&feed->more);
	pthread_mutex_unlock(&feed->lock);
}

/* Claims up to len bytes; returns where they begin, and how many in *got (0: the end). */
static uint64_t claim(struct feed *feed, size_t len, size_t *got, int *failed)
{
	uint64_t from;

	pthread_mutex_lock(&feed->lock);
	while (feed->taken == feed->watermark && !feed->ended)
		pthread_cond_wait(&feed->more, &feed->lock);
	from = feed->taken;
	*got = feed->watermark - from < len ? (size_t)(feed->watermark - from) : len;
	*failed = *got ? 0 : feed->failed;
	feed->taken += *got;
	pthread_mutex_unlock(&feed->lock);
	return from;
}

ssize_t feed_read(struct feed *feed, void *data, size_t len)
{
	size_t have = 0, want;
	int failed;
	uint64_t from = claim(feed, len, &want, &failed);

	if (!want)
		return failed;
	while (have < want) {
		ssize_t got = pread(feed->fd, (char *)data + have, want - have,
			(off_t)(feed->offset + from + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EBADMSG; /* the file is shorter than its writer said */
		have += (size_t)got;
	}
	return (ssize_t)have;
}
