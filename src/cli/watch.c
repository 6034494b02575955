#include "cli/watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;

	(void)status;
	(void)events;
	watch->ready(watch);
}

static void on_idle(uv_idle_t *idle)
{
	struct watch *watch = idle->data;

	watch->ready(watch);
}

int watch_open(struct watch *watch, uv_loop_t *loop, int fd, int events, watch_fn ready, void *arg)
{
	struct epoll_event wanted = {.events = events == UV_READABLE ? EPOLLIN : EPOLLOUT};
	int failed;

	*watch = (struct watch){.fd = fd, .ready = ready, .arg = arg};
	watch->set = epoll_create1(EPOLL_CLOEXEC);
	if (watch->set < 0)
		return -errno;
	if (epoll_ctl(watch->set, EPOLL_CTL_ADD, fd, &wanted) < 0) {
		failed = -errno;
		close(watch->set);
		if (failed != -EPERM)
			return failed;
		watch->always = true;
		uv_idle_init(loop, &watch->idle);
		watch->idle.data = watch;
	} else {
		failed = uv_poll_init(loop, &watch->poll, watch->set);
		if (failed) {
			close(watch->set);
			return failed;
		}
		watch->poll.data = watch;
	}
	watch->open = true;
	return 0;
}

void watch_switch(struct watch *watch, bool on)
{
	if (!watch->open || watch->on == on)
		return;
	watch->on = on;
	if (watch->always && on)
		uv_idle_start(&watch->idle, on_idle);
	else if (watch->always)
		uv_idle_stop(&watch->idle);
	else if (on)
		uv_poll_start(&watch->poll, UV_READABLE, on_poll);
	else
		uv_poll_stop(&watch->poll);
}

static void on_closed(uv_handle_t *handle)
{
	struct watch *watch = handle->data;

	close(watch->set);
}

void watch_close(struct watch *watch)
{
	if (!watch->open)
		return;
	watch->open = false;
	if (watch->always)
		uv_close((uv_handle_t *)&watch->idle, NULL);
	else
		uv_close((uv_handle_t *)&watch->poll, on_closed);
}

bool watch_is_ready(int fd, short events)
{
	struct pollfd one = {.fd = fd, .events = events};

	return poll(&one, 1, 0) > 0;
}
