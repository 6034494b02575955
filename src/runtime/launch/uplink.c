#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch/parcel.h"
#include "runtime/launch_uplink.h"

static int await(int tie, int patience_ms)
{
	struct pollfd wait = {.fd = tie, .events = POLLIN};
	int ready;

	while ((ready = poll(&wait, 1, patience_ms)) < 0 && errno == EINTR)
		;
	return ready < 0 ? -errno : ready ? 0 : -ETIMEDOUT;
}

static int take_answer(int tie, struct uplink_message *message)
{
	int fd;

	if (parcel_receive(tie, message, sizeof(*message), &fd, MSG_DONTWAIT) == sizeof(*message))
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
