#include "runtime/launch_resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { BACKLOG = 16 };

/* Shared with whoever asks for that too, so that a container can serve DNS itself on all its
 * addresses: the kernel gives what is sent to this one address to us. */
static int share(int fd)
{
	static const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

static int open_at(int kind)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(RESOLVER_PORT)};
	int fd = (int)sys_result(socket(AF_INET, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), error;

	if (fd < 0)
		return fd;
	inet_pton(AF_INET, RESOLVER_ADDRESS, &address.sin_addr);
	error = share(fd);
	if (!error)
		error = (int)sys_result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	if (!error && kind == SOCK_STREAM)
		error = (int)sys_result(listen(fd, BACKLOG));
	if (error)
		sys_close(&fd);
	return error ? error : fd;
}

int launch_resolver(struct launch *l, unsigned dir, const char *file)
{
	int at = launch_dir(l, dir), udp, tcp;
	struct stat st;

	if (l->resolver[0] >= 0 || fstatat(at, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	udp = open_at(SOCK_DGRAM);
	tcp = udp < 0 ? udp : open_at(SOCK_STREAM);
	if (tcp < 0) {
		sys_close(&udp);
		return tcp;
	}
	l->resolver[0] = udp;
	l->resolver[1] = tcp;
	return 0;
}
