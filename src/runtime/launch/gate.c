#include <string.h>
#include <sys/socket.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

/* One packet is one message: the word, and for LAUNCH_FAIL what failed. */
struct message {
	uint32_t word;
	struct launch_fail fail;
};

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static int say(int gate, const struct message *message, size_t len, int fd)
{
	struct iovec part = {(void *)message, len};
	union control control = {0};
	struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		head.msg_control = control.room;
		head.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	return sendmsg(gate, &head, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void launch_gate_fail(int gate, const struct launch_fail *fail)
{
	struct message message = {.word = LAUNCH_FAIL, .fail = *fail};

	say(gate, &message, sizeof(message), -1);
}

void launch_gate_ready(int gate)
{
	struct message message = {.word = LAUNCH_READY};

	say(gate, &message, sizeof(message.word), -1);
}

int launch_gate_console(int gate, int master)
{
	struct message message = {.word = LAUNCH_CONSOLE};

	return say(gate, &message, sizeof(message.word), master);
}

enum launch_word launch_gate(int gate, struct launch_fail *fail, int *console)
{
	struct message message;
	struct iovec part = {&message, sizeof(message)};
	union control control = {0};
	struct msghdr head = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room)};
	ssize_t len = recvmsg(gate, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? LAUNCH_WAIT : LAUNCH_END;
	if ((size_t)len < sizeof(message.word))
		return LAUNCH_END;
	if (message.word == LAUNCH_FAIL && len == sizeof(message)) {
		*fail = message.fail;
		fail->text[sizeof(fail->text) - 1] = '\0';
		return LAUNCH_FAIL;
	}
	if (message.word == LAUNCH_CONSOLE && head.msg_controllen) {
		memcpy(console, CMSG_DATA(&control.head), sizeof(*console));
		return LAUNCH_CONSOLE;
	}
	return message.word == LAUNCH_READY ? LAUNCH_READY : LAUNCH_WAIT;
}
