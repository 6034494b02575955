/* watch.h - "may I read (or write) now?" for a file that belongs to somebody else too.
 *
 * libuv makes what it polls non-blocking, and that flag is shared with every process that has the
 * same terminal or pipe open, such as the shell. So the file is put into an epoll set of its own,
 * and libuv polls the set. A regular file cannot be polled and is always ready. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>

#include <uv.h>

struct watch;
typedef void (*watch_fn)(struct watch *watch);

struct watch {
	uv_poll_t poll;
	uv_idle_t idle;
	int fd, set;
	bool always, open, on;
	watch_fn ready;
	void *arg;
};

/* events: UV_READABLE or UV_WRITABLE. 0 or a negative errno. Begins switched off. */
int watch_open(struct watch *watch, uv_loop_t *loop, int fd, int events, watch_fn ready, void *arg);
void watch_switch(struct watch *watch, bool on);
void watch_close(
	struct watch *watch); /* the memory goes once the loop has turned; safe when never opened */

/* Without waiting: may fd be read, or written (POLLIN, POLLOUT)? */
bool watch_is_ready(int fd, short events);

#endif
