/* sockets.h - unix sockets by a path, however long. */
#ifndef OCI_SOCKETS_H
#define OCI_SOCKETS_H

#include <stddef.h>

#include "util/err.h"

/* A SOCK_SEQPACKET socket that listens as `name` in the directory. */
int sockets_listen(int dir, const char *name);
/* A connection to it. */
int sockets_connect_at(int dir, const char *name);
/* Connects to a stream socket, sends the bytes with the fd along, and leaves. */
int sockets_send(
	const char *path, const char *what, const void *bytes, size_t len, int fd, struct err *err);

#endif
