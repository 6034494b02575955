/* own.h - scopes that clean up after themselves.
 *
 * `auto_*` dies at the end of its scope, `take()` hands it on. A function that
 * uses them has no goto; what an event loop will touch later is never auto_. */
#ifndef UTIL_OWN_H
#define UTIL_OWN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define auto_free     __attribute__((cleanup(own_freep)))
#define auto_close    __attribute__((cleanup(own_closep)))
#define auto_of(type) __attribute__((cleanup(type##_freep)))

/* Declares what auto_of(type) calls; put it beside type_free in the type's header. */
#define own_define(type)                                                                           \
	static inline void type##_freep(struct type **p)                                           \
	{                                                                                          \
		type##_free(*p);                                                                   \
	}

#define take(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void own_freep(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	free(p);
}

/* Keeps errno: it often runs between a failure and the sentence about it. */
static inline void own_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define array_len(a)                    (sizeof(a) / sizeof((a)[0]))

#endif
