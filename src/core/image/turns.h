/* turns.h - one watcher for an operation of several threads: progress is told one at a time. */
#ifndef CORE_IMAGE_TURNS_H
#define CORE_IMAGE_TURNS_H

#include <pthread.h>

#include "core/image_ops.h"

struct turns {
	const struct image_watch
		*outside;         /* whose lines and events are told as they come; or NULL */
	struct image_watch watch; /* for the threads: cancels, and takes turns */
	pthread_mutex_t lock;
	struct buf facts; /* of one image, a line each; those that only tell how far it is not */
};

/* quiet: no progress. `outside` must live until turns_fini; the struct must not move. */
void turns_init(struct turns *turns, const struct image_watch *outside, bool quiet);
void turns_fini(struct turns *turns);
/* Something that was done, with its clocks; any thread. fmt is the rest of the fact, an object's
 * inside without braces. Nothing happens where nobody wants facts: watch may be NULL. */
void image_fact(const struct image_watch *watch, uint64_t from_ns, uint64_t to_ns, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* The same of what goes on: told, and not kept. */
void image_fact_so_far(const struct image_watch *watch, uint64_t from_ns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* From the operation's own thread. */
void turns_say(const struct turns *turns, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
