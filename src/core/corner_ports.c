/* corner_ports.c - see corner_ports.h.
 *
 * Nothing listens yet when they are chosen, so each choice is also a name in the abstract namespace
 * of unix(7): it belongs to the same network namespace as the ports, to every user of it, and is
 * free again when its holder ends, however he does. */
#include "core/corner_ports.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/own.h"

enum { FIRST = 18080, APART = 10, CHOICES = 200 };

static bool is_free(unsigned port)
{
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in all = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	return fd >= 0 && bind(fd, (const struct sockaddr *)&all, sizeof(all)) == 0;
}

static int take_name(unsigned port)
{
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "davit-lesson-%u", port);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, size) < 0)
		return -1;
	return take_fd(&fd);
}

unsigned corner_ports_take(int *hold)
{
	for (unsigned port = FIRST; port < FIRST + CHOICES * APART; port += APART) {
		auto_close int fd = take_name(port);
		bool all = fd >= 0;

		for (unsigned i = 0; all && i < CORNER_PORTS; i++)
			all = is_free(port + i);
		if (all) {
			*hold = take_fd(&fd);
			return port;
		}
	}
	return 0;
}
