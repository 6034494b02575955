/* lease_ports.c - a container's published ports: reserved on the host, led to it by elements of the
 * packet filter's maps. */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/lease.h"
#include "core/netlink.h"
#include "core/netspace.h"
#include "core/publish.h"
#include "core/rules.h"
#include "runtime/launch/net.h"
#include "runtime/launch/parcel.h"
#include "util/own.h"

/* ---- sockets on their way to the shim ---- */

void port_keeper_init(struct port_keeper *keeper)
{
	*keeper = (struct port_keeper){.queue = {-1, -1}, .tie = -1};
}

void port_keeper_fini(struct port_keeper *keeper)
{
	own_closep(&keeper->queue[0]);
	own_closep(&keeper->queue[1]);
	own_closep(&keeper->tie);
	port_keeper_init(keeper);
}

/* With room for as many as one container may publish; who may not ask for it queues a tie alone. */
static int open_queue(struct port_keeper *keeper)
{
	int room = 8 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, keeper->queue) < 0)
		return -errno;
	return setsockopt(keeper->queue[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 &&
			       keeper->tie < 0
		       ? -errno
		       : 0;
}

static int queue_socket(struct port_keeper *keeper, int fd, struct err *err)
{
	const char byte = 0;
	ssize_t sent;

	if (keeper->queue[0] < 0 && open_queue(keeper) < 0)
		return err_sys(err, "reserve ports");
	sent = parcel_send(keeper->queue[1], &byte, sizeof(byte), fd, MSG_DONTWAIT);
	if (sent < 0)
		return err_set(err, (int)sent, "reserve ports: %u of them at once: %s",
			keeper->count + 1, err_name((int)sent));
	keeper->count++;
	return 0;
}

int port_keeper_tie(struct engine *engine, struct port_keeper *keeper, struct err *err)
{
	int failed = netspace_tie(engine, &keeper->tie, err);

	keeper->engine = engine;
	return failed || keeper->tie < 0 ? failed : queue_socket(keeper, keeper->tie, err);
}

/* ---- one mapping ---- */

static void put_filter(
	struct engine *engine, const struct net_mapping *mapping, struct net_writer *out)
{
	auto_buf message = BUF_INIT;
	struct element element;
	char table[32];

	rules_element(&element, rules_table(engine, table), mapping);
	message_element(&message, &element, true);
	net_put(out, NET_FILTER, message.data, message.len);
	buf_clear(&message);
	message_element(&message, &element, false);
	net_put(out, NET_UNFILTER, message.data, message.len);
	if (mapping->protocol != IPPROTO_UDP)
		return;
	/* A datagram's flow has no end that the kernel could see. */
	buf_clear(&message);
	message_fresh(
		&message, mapping->family, mapping->host, mapping->host_port, mapping->protocol);
	net_put(out, NET_FRESH, message.data, message.len);
	buf_clear(&message);
	message_forget(&message, mapping->family, mapping->to, mapping->port, mapping->protocol);
	net_put(out, NET_FORGET, message.data, message.len);
}

static void put_mapping(
	struct engine *engine, const struct net_mapping *mapping, struct net_writer *out)
{
	struct net_port port = {.family = mapping->family,
		.protocol = mapping->protocol,
		.port = mapping->host_port};

	memcpy(port.address, mapping->host, 16);
	net_put(out, NET_PORT, &port, sizeof(port));
	net_put(out, NET_MAPPING, mapping, sizeof(*mapping));
	put_filter(engine, mapping, out);
}

/* Nobody leads packets away from this socket: whoever it is handed to takes what comes to it. */
static int serve(
	struct port_keeper *keeper, const struct net_mapping *mapping, int fd, struct err *err)
{
	int one = 1;

	if (mapping->protocol == IPPROTO_UDP) {
		setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof(one));
		return netspace_publish(
			keeper->tie, mapping, rules_keep_clients(keeper->engine), fd, err);
	}
	/* Its connections inherit that: once they are over they do not keep the port. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listen(fd, SOMAXCONN) < 0) /* somebody listens there, and shares the address */
		return err_set(err, errno, "Bind for port %u failed: port is already allocated",
			mapping->host_port);
	return netspace_publish(keeper->tie, mapping, rules_keep_clients(keeper->engine), fd, err);
}

static int keep(
	struct port_keeper *keeper, const struct net_mapping *mapping, int fd, struct err *err)
{
	return keeper->tie < 0 ? queue_socket(keeper, fd, err) : serve(keeper, mapping, fd, err);
}

static int lease_one(struct engine *engine, const struct publish *publish, unsigned family,
	const uint8_t host[16], const struct net_endpoint *endpoint, uint16_t *host_port,
	struct port_keeper *keeper, struct net_writer *out, struct err *err)
{
	struct net_mapping mapping = {
		.family = (uint16_t)family, .protocol = publish->protocol, .port = publish->port};
	auto_close int fd = -1;
	int failed;

	if (keeper->tie >= 0 && publish->protocol == IPPROTO_SCTP)
		return err_set(err, ENOTSUP,
			"publish port %u/sctp: a rootless davit carries TCP and UDP only",
			publish->port);
	failed = port_reserve(publish, family, host, host_port, &fd, err);

	if (failed)
		return failed;
	mapping.host_port = *host_port;
	memcpy(mapping.host, host, 16);
	if (family == AF_INET6)
		memcpy(mapping.to, endpoint->address6, 16);
	else
		memcpy(mapping.to, endpoint->address4, 4);
	failed = keep(keeper, &mapping, fd, err);
	if (!failed)
		put_mapping(engine, &mapping, out);
	return failed;
}

/* Without an address: IPv4's, and the same port of IPv6 where the container has it. */
int port_lease(struct engine *engine, const struct publish *publish, const struct network *network,
	const struct net_endpoint *endpoint, struct port_keeper *keeper, struct net_writer *out,
	struct err *err)
{
	uint8_t any[16] = {0}, host[16] = {0};
	uint16_t port = 0;
	int failed = 0;

	memcpy(host, network->publish_on, 4);
	if (publish->family == AF_INET)
		memcpy(host, publish->host, 16);
	if (publish->family == AF_INET6 && !endpoint->prefix6)
		return err_set(err, EINVAL,
			"publish port %u: the host's address is IPv6, and network %s has none: create it with --ipv6",
			publish->port, network->name);
	if (publish->family != AF_INET6 && endpoint->prefix4)
		failed = lease_one(
			engine, publish, AF_INET, host, endpoint, &port, keeper, out, err);
	if (!failed && publish->family != AF_INET && endpoint->prefix6)
		failed = lease_one(engine, publish, AF_INET6, publish->family ? publish->host : any,
			endpoint, &port, keeper, out, err);
	return failed;
}

/* ---- all of a container's ---- */

static bool is_published(const struct publish_list *list, const struct publish *exposed)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->v[i].port == exposed->port && list->v[i].protocol == exposed->protocol)
			return true;
	return false;
}

static int parse_all(const struct wanted *wanted, struct publish_list *published,
	struct publish_list *exposed, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < wanted->publish.len; i++)
		failed = publish_parse(wanted->publish.v[i], published, err);
	for (size_t i = 0; !failed && i < wanted->expose.len; i++)
		failed = expose_parse(wanted->expose.v[i], exposed, err);
	return failed;
}

static void put_exposed(struct net_writer *out, const struct publish *exposed)
{
	struct net_mapping mapping = {
		.family = AF_INET, .protocol = exposed->protocol, .port = exposed->port};

	net_put(out, NET_MAPPING, &mapping, sizeof(mapping));
}

int ports_lease(struct engine *engine, const struct wanted *wanted, const struct network *network,
	const struct net_endpoint *endpoint, struct port_keeper *keeper, struct net_writer *out,
	struct err *err)
{
	__attribute__((cleanup(publish_list_fini))) struct publish_list published = {0},
									exposed = {0};
	int failed = parse_all(wanted, &published, &exposed, err);

	for (size_t i = 0; !failed && endpoint && i < published.len; i++)
		failed = port_lease(engine, &published.v[i], network, endpoint, keeper, out, err);
	for (size_t i = 0; !failed && i < exposed.len; i++) {
		if (is_published(&published, &exposed.v[i]))
			continue;
		if (wanted->publish_all && endpoint)
			failed = port_lease(
				engine, &exposed.v[i], network, endpoint, keeper, out, err);
		else
			put_exposed(out, &exposed.v[i]);
	}
	return failed;
}

/* ---- after its monitor was killed ---- */

static int again(struct port_keeper *keeper, const struct net_mapping *mapping, struct err *err)
{
	const struct publish publish = {.from = mapping->host_port,
		.to = mapping->host_port,
		.port = mapping->port,
		.protocol = mapping->protocol};
	uint16_t port = mapping->host_port;
	auto_close int fd = -1;
	int failed;

	netspace_unpublish(keeper->engine, mapping); /* of a tie whose end was not seen yet */
	failed = port_reserve(&publish, mapping->family, mapping->host, &port, &fd, err);
	return failed ? failed : keep(keeper, mapping, fd, err);
}

/* A port that somebody took meanwhile is his now. */
int ports_again(struct engine *engine, int run, int *ports, struct err *err)
{
	struct port_keeper keeper;
	struct net_file file;
	int failed;

	*ports = -1;
	port_keeper_init(&keeper);
	failed = port_keeper_tie(engine, &keeper, err);
	if (failed || keeper.tie < 0 || net_map(run, "net", &file) < 0) {
		port_keeper_fini(&keeper);
		return failed;
	}
	for (const struct net_record *r = NULL; (r = net_next(&file, r));) {
		const struct net_mapping *mapping = net_body(r);

		if (r->type == NET_MAPPING && mapping->host_port)
			again(&keeper, mapping, NULL);
	}
	net_unmap(&file);
	*ports = take_fd(&keeper.queue[0]);
	port_keeper_fini(&keeper);
	return 0;
}
