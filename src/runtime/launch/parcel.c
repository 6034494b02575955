#include "runtime/launch/parcel.h"

#include <string.h>

#include "runtime/launch/sys.h"

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(PARCEL_FDS * sizeof(int))];
};

ssize_t parcel_send_all(
	int socket, const void *bytes, size_t len, const int *fds, unsigned count, int flags)
{
	union control control;
	struct iovec part = {(void *)bytes, len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (count > PARCEL_FDS)
		return -EINVAL;
	if (count) {
		memset(&control, 0, CMSG_SPACE(count * sizeof(int)));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	return sys_result(sendmsg(socket, &message, flags | MSG_NOSIGNAL));
}

ssize_t parcel_send(int socket, const void *bytes, size_t len, int fd, int flags)
{
	return parcel_send_all(socket, bytes, len, &fd, fd >= 0, flags);
}

/* The kernel fills what it is given, padding included, so that room which is not exact is room for
 * one more than is asked for. */
ssize_t parcel_receive_all(
	int socket, void *bytes, size_t len, int *fds, unsigned room, unsigned *count, int flags)
{
	union control control;
	struct iovec part = {bytes, len};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(room * sizeof(int))};
	const struct cmsghdr *head = &control.head;
	ssize_t got;

	*count = 0;
	if (room > PARCEL_FDS)
		return -EINVAL;
	got = sys_result(recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC));
	if (got < 0 || message.msg_controllen < CMSG_LEN(sizeof(int)) ||
		head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return got;
	*count = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(head), *count * sizeof(int));
	return got;
}

ssize_t parcel_receive(int socket, void *bytes, size_t len, int *fd, int flags)
{
	unsigned count;
	int one = -1;
	ssize_t got = parcel_receive_all(socket, bytes, len, &one, 1, &count, flags);

	*fd = one;
	return got;
}
