/* uplink_talk.c - ties: what davit and the monitors ask for. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch/parcel.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/uplink.h"

static void reply(struct tie *tie, struct uplink_message *message, int fd)
{
	message->type = UPLINK_DONE;
	parcel_send(tie->watch.fd, message, sizeof(*message), fd, MSG_DONTWAIT);
}

void tie_answer(struct tie *tie, int code, const char *text)
{
	struct uplink_message message = {.code = code};

	launch_say(message.text, sizeof(message.text), "%s", text);
	reply(tie, &message, -1);
}

void ties_hear(struct uplink *uplink, int code, const char *text)
{
	for (unsigned i = 0; i < uplink->tie_slots; i++) {
		struct tie *tie = &uplink->tie[i];

		if (!tie->uplink || !tie->awaits)
			continue;
		tie->awaits = false;
		tie_answer(tie, code, text);
	}
}

static void tell_status(struct tie *tie)
{
	const struct uplink *u = tie->uplink;
	struct uplink_message message = {.status = {.state = u->pasta.state,
						 .pid = getpid(),
						 .pasta = u->pasta.pid,
						 .space = u->space_pid,
						 .ties = u->ties,
						 .ports = u->ports,
						 .flows = u->flows + u->talks,
						 .starts = u->pasta.starts,
						 .keeps_clients = u->keeps_clients}};

	launch_say(message.text, sizeof(message.text), "%s", u->pasta.why);
	reply(tie, &message, -1);
}

static void open_socket(struct tie *tie, const struct uplink_message *asked)
{
	struct uplink_message message = {.code = 0};
	int fd = -EINVAL;

	if ((asked->family == AF_INET || asked->family == AF_INET6) &&
		(asked->kind == SOCK_STREAM || asked->kind == SOCK_DGRAM))
		fd = (int)sys_result(socket(
			(int)asked->family, (int)asked->kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	message.code = fd < 0 ? fd : 0;
	reply(tie, &message, fd);
	sys_close(&fd);
}

static void open_space(struct tie *tie)
{
	struct uplink_message message = {.code = 0};
	int fd = sys_open(UPLINK_FD_DIR, UPLINK_SPACE, O_RDONLY | O_NOFOLLOW);

	message.code = fd < 0 ? fd : 0;
	reply(tie, &message, fd);
	sys_close(&fd);
}

static void serve(struct tie *tie, const struct uplink_message *message, int *fd)
{
	switch (message->type) {
	case UPLINK_HELLO:
		tie_answer(tie, message->version == UPLINK_VERSION ? 0 : -EPROTO, "");
		return;
	case UPLINK_LEAD_OUT:
		tie->awaits = true;
		pasta_want(tie->uplink, message->text);
		return;
	case UPLINK_PUBLISH:
		tie_answer(tie, port_open(tie, &message->mapping, message->keep, *fd), "");
		*fd = -1;
		return;
	case UPLINK_UNPUBLISH:
		tie_answer(tie, port_forget(tie->uplink, &message->mapping), "");
		return;
	case UPLINK_OPEN:
		open_socket(tie, message);
		return;
	case UPLINK_STATUS:
		tell_status(tie);
		return;
	case UPLINK_ENTER:
		open_space(tie);
		return;
	case UPLINK_END:
		tie->ends = tie->uplink->ends = true;
		uplink_linger(tie->uplink);
		return;
	default:
		tie_answer(tie, -ENOSYS, "");
	}
}

static void tie_close(struct tie *tie)
{
	struct uplink *uplink = tie->uplink;

	for (unsigned i = 0; i < uplink->port_slots; i++)
		if (uplink->port[i].tie == tie)
			port_close(&uplink->port[i]);
	watch_close(&uplink->loop, &tie->watch);
	tie->uplink = NULL;
	uplink->ties--;
	uplink->ends &= !tie->ends;
	uplink_linger(uplink);
}

static void on_message(struct watch *watch, uint32_t events)
{
	struct tie *tie = container_of(watch, struct tie, watch);
	struct uplink_message message;
	int fd;
	ssize_t len = parcel_receive(watch->fd, &message, sizeof(message), &fd, MSG_DONTWAIT);

	(void)events;
	if (len == -EAGAIN || len == -EINTR)
		return;
	if (len == sizeof(message)) {
		message.text[sizeof(message.text) - 1] = '\0';
		serve(tie, &message, &fd);
		sys_close(&fd);
		return;
	}
	sys_close(&fd);
	tie_close(tie);
}

void tie_open(struct uplink *uplink, int fd)
{
	unsigned slot = 0;
	struct tie *tie;

	while (slot < uplink->tie_slots && uplink->tie[slot].uplink)
		slot++;
	if (slot == UPLINK_TIES) {
		close(fd);
		return;
	}
	if (slot == uplink->tie_slots)
		uplink->tie_slots++;
	tie = &uplink->tie[slot];
	*tie = (struct tie){.uplink = uplink};
	uplink->ties++;
	timer_stop(&uplink->loop, &uplink->linger);
	if (watch_open(&uplink->loop, &tie->watch, fd, EPOLLIN, on_message) < 0)
		tie_close(tie);
}
