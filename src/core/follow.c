/* follow.c - events as they happen: inotify (through uv_fs_event) on the journal, then a read from
 * where we were. */
#include <stdio.h>
#include <stdlib.h>

#include "core/follow.h"
#include "util/own.h"

struct follower {
	uv_fs_event_t watch;
	struct journal *journal;
	uint64_t seq;
	event_fn on_event;
	void *arg;
	bool closed, reading;
};

static void deliver(void *arg, const struct event *event)
{
	struct follower *follower = arg;

	if (!follower->closed)
		follower->on_event(follower->arg, event);
}

static void on_closed(uv_handle_t *handle)
{
	free(container_of((uv_fs_event_t *)handle, struct follower, watch));
}

/* A callback may unfollow; the reader then finishes its chunk with nobody listening, and the close
 * comes after. */
static void read_more(struct follower *follower)
{
	follower->reading = true;
	journal_read(follower->journal, &follower->seq, deliver, follower, NULL);
	follower->reading = false;
	if (follower->closed)
		uv_close((uv_handle_t *)&follower->watch, on_closed);
}

static void on_change(uv_fs_event_t *watch, const char *name, int events, int status)
{
	(void)name;
	(void)events;
	(void)status;
	read_more(container_of(watch, struct follower, watch));
}

struct follower *follow_journal(struct engine *engine, struct journal *journal, uint64_t since_seq,
	event_fn on_event, void *arg, struct err *err)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	char path[64];
	int failed;

	if (!follower) {
		err_set(err, ENOMEM, "follow events: out of memory");
		return NULL;
	}
	follower->journal = journal;
	follower->on_event = on_event;
	follower->arg = arg;
	follower->seq = since_seq == UINT64_MAX ? journal_end(journal) : since_seq;
	uv_fs_event_init(engine->loop, &follower->watch);
	/* By our own fd: run roots may be renamed, and their paths longer than libuv likes. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", journal_fd(journal));
	failed = uv_fs_event_start(&follower->watch, on_change, path, 0);
	if (failed) {
		err_set(err, failed, "follow events: %s", err_name(failed));
		engine_unfollow(follower);
		return NULL;
	}
	/* Watch first, read after: nothing falls between. */
	read_more(follower);
	return follower;
}

struct follower *engine_follow(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err)
{
	return follow_journal(engine, engine->journal, since_seq, on_event, arg, err);
}

void engine_unfollow(struct follower *follower)
{
	if (!follower || follower->closed)
		return;
	follower->closed = true;
	if (!follower->reading)
		uv_close((uv_handle_t *)&follower->watch, on_closed);
}

int engine_events(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err)
{
	uint64_t seq = since_seq;

	return journal_read(engine->journal, &seq, on_event, arg, err);
}
