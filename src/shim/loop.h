/* loop.h - one thread waiting for many things: fds and points in time. No fd per timer and none
 * while idle: the nearest deadline is the timeout of epoll_wait(2). */
#ifndef SHIM_LOOP_H
#define SHIM_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct watch {
	int fd;          /* -1: not in use */
	uint32_t events; /* 0: paused */
	void (*on)(struct watch *watch, uint32_t events);
};

struct timer {
	uint64_t at_ns; /* CLOCK_MONOTONIC; 0: not running */
	void (*on)(struct timer *timer);
	struct timer *next;
};

struct loop {
	int epoll;
	struct timer *timers;
};

int loop_init(struct loop *loop);
/* Waits for at least one event and serves what is due. */
void loop_turn(struct loop *loop);

/* Takes fd (made non-blocking by the caller); on is called for `events` until watch_close. */
int watch_open(struct loop *loop, struct watch *watch, int fd, uint32_t events,
	void (*on)(struct watch *, uint32_t));
/* 0 pauses: not even a hang-up is reported then. */
void watch_set(struct loop *loop, struct watch *watch, uint32_t events);
/* Closes the fd too. Harmless when closed already. */
void watch_close(struct loop *loop, struct watch *watch);

void timer_start(
	struct loop *loop, struct timer *timer, uint64_t in_ms, void (*on)(struct timer *));
void timer_stop(struct loop *loop, struct timer *timer);

#endif
