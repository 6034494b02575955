#include <string.h>
#include <sys/socket.h>

#include "runtime/launch/parcel.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

/* One packet is one message: the word, and for LAUNCH_FAIL what failed. */
struct message {
	uint32_t word;
	struct launch_fail fail;
};

static int say(int gate, const struct message *message, size_t len, int fd)
{
	ssize_t sent = parcel_send(gate, message, len, fd, 0);

	return sent < 0 ? (int)sent : 0;
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

int launch_gate_listener(int gate, int listener)
{
	struct message message = {.word = LAUNCH_LISTENER};

	return say(gate, &message, sizeof(message.word), listener);
}

int launch_go(int gate)
{
	const struct message message = {.word = LAUNCH_READY};

	return say(gate, &message, sizeof(message.word), -1);
}

/* An end without a word: whoever was to say it is gone, and so are we. */
int launch_gate_wait(int gate, bool tell)
{
	struct message message = {.word = LAUNCH_WAITING};
	int error = tell ? say(gate, &message, sizeof(message.word), -1) : 0;
	ssize_t len;

	if (error)
		return error;
	do
		len = recv(gate, &message, sizeof(message), 0);
	while (len < 0 && errno == EINTR);
	return len == sizeof(message.word) && message.word == LAUNCH_READY ? 0 : -EPIPE;
}

int launch_gate_created(struct launch *l)
{
	const struct message message = {.word = LAUNCH_CREATED};
	int error = say(l->gate, &message, sizeof(message.word), -1), start;

	if (error)
		return error;
	/* Whoever waits at the other end learns from its end that we have let go of it. */
	sys_close(&l->gate);
	do
		start = accept4(l->door, NULL, NULL, SOCK_CLOEXEC);
	while (start < 0 && errno == EINTR);
	if (start < 0)
		return -errno;
	sys_close(&l->door);
	l->gate = start;
	return 0;
}

enum launch_word launch_gate(int gate, struct launch_fail *fail, int *console)
{
	struct message message;
	int fd;
	ssize_t len = parcel_receive(gate, &message, sizeof(message), &fd, MSG_DONTWAIT);

	if (len < 0)
		return len == -EAGAIN || len == -EINTR ? LAUNCH_WAIT : LAUNCH_END;
	if ((size_t)len >= sizeof(message.word) && fd >= 0 &&
		(message.word == LAUNCH_CONSOLE || message.word == LAUNCH_LISTENER)) {
		*console = fd;
		return message.word;
	}
	sys_close(&fd);
	if ((size_t)len < sizeof(message.word))
		return LAUNCH_END;
	if (message.word == LAUNCH_FAIL && len == sizeof(message)) {
		*fail = message.fail;
		fail->text[sizeof(fail->text) - 1] = '\0';
		return LAUNCH_FAIL;
	}
	return message.word == LAUNCH_READY || message.word == LAUNCH_WAITING ||
			       message.word == LAUNCH_CREATED
		       ? message.word
		       : LAUNCH_WAIT;
}
