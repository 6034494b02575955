/* network_watch.c - for a resident davit: hears when tables of the packet filter are deleted, and
 * puts ours back.
 *
 *     IDLE ── a table went ──▶ RESTORING (pool) ──▶ IDLE
 *                                 │ another went meanwhile: once more
 *
 * What we write ourselves is heard too, and found to be as we left it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "core/netspace.h"
#include "core/network_own.h"
#include "runtime/launch/net.h"
#include "util/own.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

struct network_watch {
	struct engine *engine;
	network_restored_fn said;
	void *arg;
	int fd;
	uv_poll_t poll;
	struct work work;
	bool restoring, again, closing, restored;
	struct err err;
};

static void free_closed(uv_handle_t *handle)
{
	struct network_watch *watch = handle->data;

	own_closep(&watch->fd);
	free(watch);
}

static void close_now(struct network_watch *watch)
{
	uv_close((uv_handle_t *)&watch->poll, free_closed);
}

static void restore(struct work *work)
{
	struct network_watch *watch = container_of(work, struct network_watch, work);

	if (!engine_network_restore(watch->engine, &watch->restored, &watch->err))
		watch->err.code = 0;
}

static void begin(struct network_watch *watch);

static void restored(struct work *work)
{
	struct network_watch *watch = container_of(work, struct network_watch, work);

	watch->restoring = false;
	if (watch->closing) {
		close_now(watch);
		return;
	}
	if (watch->err.code < 0)
		watch->said(watch->arg, watch->err.text);
	else if (watch->restored)
		watch->said(watch->arg,
			"somebody had flushed davit's rules of the packet filter: they are back");
	if (watch->again)
		begin(watch);
}

static void begin(struct network_watch *watch)
{
	watch->again = watch->restoring;
	if (watch->restoring)
		return;
	watch->restoring = true;
	if (engine_work(watch->engine, &watch->work, restore, restored) < 0)
		watch->restoring = false;
}

static void on_news(uv_poll_t *poll, int status, int events)
{
	struct network_watch *watch = poll->data;
	char room[8192] __attribute__((aligned(8)));
	bool went = status < 0;
	ssize_t len;

	(void)events;
	while ((len = recv(watch->fd, room, sizeof(room), MSG_DONTWAIT)) > 0) {
		struct nlmsghdr *head = (void *)room;

		for (; NLMSG_OK(head, (unsigned)len); head = NLMSG_NEXT(head, len))
			went |= head->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE);
	}
	/* More came than the socket holds: what it was is not known. */
	if (len < 0 && errno == ENOBUFS)
		went = true;
	if (went)
		begin(watch);
}

int engine_network_watch(struct engine *engine, network_restored_fn said, void *arg,
	struct network_watch **out, struct err *err)
{
	struct network_watch *watch;
	int group = NFNLGRP_NFTABLES;

	*out = NULL;
	if (netspace_is_own(engine)) /* nobody else writes rules there */
		return 0;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return err_set(err, ENOMEM, "watch the packet filter: out of memory");
	*watch = (struct network_watch){.engine = engine, .said = said, .arg = arg};
	watch->fd = net_socket(NETLINK_NETFILTER);
	if (watch->fd < 0 || setsockopt(watch->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)) < 0) {
		err_set(err, watch->fd < 0 ? watch->fd : errno,
			"watch the packet filter: %s: flushed rules come back with the next container",
			err_name(watch->fd < 0 ? watch->fd : errno));
		own_closep(&watch->fd);
		free(watch);
		return err ? err->code : -EIO;
	}
	uv_poll_init(engine->loop, &watch->poll, watch->fd);
	watch->poll.data = watch;
	uv_poll_start(&watch->poll, UV_READABLE, on_news);
	begin(watch); /* it may have been before we listened */
	*out = watch;
	return 0;
}

void engine_network_watch_close(struct network_watch *watch)
{
	if (!watch)
		return;
	uv_poll_stop(&watch->poll);
	watch->closing = true;
	if (!watch->restoring)
		close_now(watch);
}
