/* uplink_ports.c - published ports: sockets of the host's namespace that davit bound, served here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/uplink.h"

socklen_t mapping_target(const struct net_mapping *mapping, struct sockaddr_in6 *out)
{
	struct sockaddr_in *v4 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (mapping->family == AF_INET6) {
		out->sin6_family = AF_INET6;
		out->sin6_port = htons(mapping->port);
		memcpy(&out->sin6_addr, mapping->to, 16);
		return sizeof(*out);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(mapping->port);
	memcpy(&v4->sin_addr, mapping->to, 4);
	return sizeof(*v4);
}

static struct port *new_port(struct uplink *uplink)
{
	unsigned slot = 0;

	while (slot < uplink->port_slots && uplink->port[slot].uplink)
		slot++;
	if (slot == UPLINK_PORTS)
		return NULL;
	if (slot == uplink->port_slots)
		uplink->port_slots++;
	return &uplink->port[slot];
}

int port_open(struct tie *tie, const struct net_mapping *mapping, bool keeps_clients, int fd)
{
	struct uplink *uplink = tie->uplink;
	bool is_udp = mapping->protocol == IPPROTO_UDP;
	struct port *port = fd < 0 ? NULL : new_port(uplink);
	int error;

	if (!port) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? -EBADF : -ENFILE;
	}
	*port = (struct port){.uplink = uplink,
		.tie = tie,
		.mapping = *mapping,
		.keeps_clients = keeps_clients && uplink->keeps_clients};
	if (is_udp)
		udp_prepare(fd, mapping->family);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	uplink->ports++;
	error = watch_open(
		&uplink->loop, &port->watch, fd, EPOLLIN, is_udp ? udp_arrive : tcp_accept);
	if (error)
		port_close(port);
	return error;
}

/* Connections that were made through it go on, as they would through a packet filter. */
void port_close(struct port *port)
{
	struct uplink *uplink = port->uplink;

	if (port->mapping.protocol == IPPROTO_UDP)
		udp_forget(port);
	watch_close(&uplink->loop, &port->watch);
	port->uplink = NULL;
	port->tie = NULL;
	uplink->ports--;
}

int port_forget(struct uplink *uplink, const struct net_mapping *mapping)
{
	for (unsigned i = 0; i < uplink->port_slots; i++) {
		struct port *port = &uplink->port[i];

		if (port->uplink && !memcmp(&port->mapping, mapping, sizeof(*mapping))) {
			port_close(port);
			return 0;
		}
	}
	return -ENOENT;
}
