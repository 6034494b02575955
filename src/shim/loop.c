#include "shim/loop.h"

#include <errno.h>
#include <unistd.h>

#include "runtime/launch/launch.h"

enum { BATCH = 8, MS = 1000000 };

int loop_init(struct loop *loop)
{
	loop->timers = NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll < 0 ? -errno : 0;
}

static int control(struct loop *loop, int op, struct watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	return epoll_ctl(loop->epoll, op, watch->fd, &event) < 0 ? -errno : 0;
}

int watch_open(struct loop *loop, struct watch *watch, int fd, uint32_t events,
	void (*on)(struct watch *, uint32_t))
{
	watch->fd = fd;
	watch->events = events;
	watch->on = on;
	return events ? control(loop, EPOLL_CTL_ADD, watch) : 0;
}

void watch_set(struct loop *loop, struct watch *watch, uint32_t events)
{
	uint32_t before = watch->events;

	if (watch->fd < 0 || before == events)
		return;
	watch->events = events;
	control(loop, !before ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, watch);
}

void watch_close(struct loop *loop, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	/* Removed by hand: the description may live on in a child between clone and exec. */
	watch_set(loop, watch, 0);
	close(watch->fd);
	watch->fd = -1;
}

void timer_stop(struct loop *loop, struct timer *timer)
{
	struct timer **at = &loop->timers;

	if (!timer->at_ns)
		return;
	while (*at && *at != timer)
		at = &(*at)->next;
	if (*at)
		*at = timer->next;
	timer->at_ns = 0;
}

void timer_start(struct loop *loop, struct timer *timer, uint64_t in_ms, void (*on)(struct timer *))
{
	struct timer **at = &loop->timers;

	timer_stop(loop, timer);
	timer->at_ns = launch_clock() + in_ms * MS;
	timer->on = on;
	while (*at && (*at)->at_ns <= timer->at_ns)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
}

static int until_next(const struct loop *loop)
{
	uint64_t now, left;

	if (!loop->timers)
		return -1;
	now = launch_clock();
	if (loop->timers->at_ns <= now)
		return 0;
	left = (loop->timers->at_ns - now + MS - 1) / MS;
	return left > 3600000 ? 3600000 : (int)left;
}

static void serve_timers(struct loop *loop)
{
	while (loop->timers && loop->timers->at_ns <= launch_clock()) {
		struct timer *timer = loop->timers;

		timer_stop(loop, timer);
		timer->on(timer);
	}
}

/* A watch that an earlier event of the batch closed is passed over; one that was opened anew
 * meanwhile gets an event too many, which a non-blocking fd answers with EAGAIN. */
void loop_turn(struct loop *loop)
{
	struct epoll_event batch[BATCH];
	int count = epoll_wait(loop->epoll, batch, BATCH, until_next(loop));

	for (int i = 0; i < count; i++) {
		struct watch *watch = batch[i].data.ptr;

		if (watch->fd >= 0 && watch->events)
			watch->on(watch, batch[i].events);
	}
	serve_timers(loop);
}
