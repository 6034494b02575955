/* Messages as a bus sends them: whatever comes, reading ends and stays inside the message. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/dbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_MUCH_AS_A_SOCKET_TAKES = 60000 };

static size_t read_body(const struct buf *body)
{
	size_t at = 0, len = 0;
	uint32_t number;
	const char *text;

	if (dbus_read_u32(body, &at, &number) == 0)
		len += number != 0;
	while ((text = dbus_read_text(body, &at)) != NULL)
		len += strlen(text);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dbus_message message;
	int ends[2];

	size = size > AS_MUCH_AS_A_SOCKET_TAKES ? AS_MUCH_AS_A_SOCKET_TAKES : size;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	if (write(ends[1], data, size) == (ssize_t)size) {
		shutdown(ends[1], SHUT_WR);
		while (dbus_receive(ends[0], 1, &message) == 0) {
			volatile size_t len = read_body(&message.body) + strlen(message.member) +
					      strlen(message.error);

			(void)len;
			buf_fini(&message.body);
		}
	}
	close(ends[0]);
	close(ends[1]);
	return 0;
}
