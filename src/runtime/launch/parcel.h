/* parcel.h - bytes over a Unix socket, and the file descriptors that travel with them. The only
 * place that knows how those are packed. No allocation; shared by the shim and by davit. */
#ifndef LAUNCH_PARCEL_H
#define LAUNCH_PARCEL_H

#include <sys/socket.h>

enum { PARCEL_FDS = 253 }; /* the kernel's limit */

/* As sendmsg(2), and never a signal: how many bytes went, and the descriptors with the first of them;
 * or a negative errno. The caller keeps its own. */
ssize_t parcel_send_all(
	int socket, const void *bytes, size_t len, const int *fds, unsigned count, int flags);
/* fd: -1 for none. */
ssize_t parcel_send(int socket, const void *bytes, size_t len, int fd, int flags);

/* As recvmsg(2): how many bytes came, 0 at the end, or a negative errno. fds: those that came, closed
 * on exec, the caller's now; the kernel closes what is above `room`. */
ssize_t parcel_receive_all(
	int socket, void *bytes, size_t len, int *fds, unsigned room, unsigned *count, int flags);
/* *fd: -1 when none came. */
ssize_t parcel_receive(int socket, void *bytes, size_t len, int *fd, int flags);

#endif
