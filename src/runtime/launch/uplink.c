#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch_uplink.h"

static int await(int tie, int patience_ms)
{
	struct pollfd wait = {.fd = tie, .events = POLLIN};
	int ready;

	while ((ready = poll(&wait, 1, patience_ms)) < 0 && errno == EINTR)
		;
	return ready < 0 ? -errno : ready ? 0 : -ETIMEDOUT;
}

ssize_t uplink_receive(int from, struct uplink_message *message, int *fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {message, sizeof(*message)};
	struct msghdr in = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room)};
	ssize_t len = recvmsg(from, &in, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *c = len > 0 ? CMSG_FIRSTHDR(&in) : NULL;

	*fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return len;
}

static int take_answer(int tie, struct uplink_message *message)
{
	int fd;

	if (uplink_receive(tie, message, &fd) == sizeof(*message))
		return fd >= 0 ? fd : -ENOENT;
	if (fd >= 0)
		close(fd);
	return -EPIPE;
}

int uplink_fetch(int tie, struct uplink_message *message, int patience_ms)
{
	int error;

	if (send(tie, message, sizeof(*message), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	error = await(tie, patience_ms);
	return error ? error : take_answer(tie, message);
}
