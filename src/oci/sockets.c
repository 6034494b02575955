#include "oci/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/launch/parcel.h"
#include "util/own.h"

/* Through the directory's fd, for 108 bytes are soon too few. */
static int address(int dir, const char *name, struct sockaddr_un *out)
{
	int len;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", dir, name);
	return len < 0 || (size_t)len >= sizeof(out->sun_path) ? -ENAMETOOLONG : 0;
}

int sockets_listen(int dir, const char *name)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un to;
	int rc = fd < 0 ? -errno : address(dir, name, &to);

	if (rc < 0)
		return rc;
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, 1) < 0)
		return -errno;
	return take_fd(&fd);
}

static int connect_to(int type, int dir, const char *name)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un to;
	int rc = fd < 0 ? -errno : address(dir, name, &to);

	if (rc < 0)
		return rc;
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : take_fd(&fd);
}

int sockets_connect_at(int dir, const char *name)
{
	return connect_to(SOCK_SEQPACKET, dir, name);
}

static int connect_path(const char *path)
{
	auto_free char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;
	auto_close int dir = -1;

	if (!copy)
		return -ENOMEM;
	if (slash)
		*slash = '\0';
	dir = open(!slash ? "." : copy[0] ? copy : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : connect_to(SOCK_STREAM, dir, slash ? slash + 1 : copy);
}

static int send_with(int to, const void *bytes, size_t len, int fd)
{
	ssize_t sent = parcel_send(to, bytes, len, fd, 0);

	for (size_t done = sent > 0 ? (size_t)sent : 0; sent > 0 && done < len;
		done += (size_t)sent)
		sent = parcel_send(to, (const char *)bytes + done, len - done, -1, 0);
	return sent < 0 ? (int)sent : 0;
}

int sockets_send(
	const char *path, const char *what, const void *bytes, size_t len, int fd, struct err *err)
{
	auto_close int to = connect_path(path);
	int rc = to < 0 ? to : send_with(to, bytes, len, fd);

	return rc < 0 ? err_set(err, rc, "%s %.300s: %s", what, path, err_name(rc)) : 0;
}
