/* uplink_udp.c - datagrams to a published port. Each client gets a socket in the namespace, so that
 * the container can tell them apart and answers find back; after two silent minutes it goes, as a
 * packet filter would forget it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch/launch.h"
#include "shim/uplink.h"

enum { DATAGRAM = 65536, BATCH = 64, LOOK_MS = 30000 };
#define SILENCE_NS 120000000000ull

static char datagram[DATAGRAM]; /* one at a time */

/* ---- which address was called: an answer must come from there ---- */

void udp_prepare(int fd, unsigned family)
{
	int one = 1;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
}

static void read_called(struct msghdr *message, struct in6_pktinfo *out)
{
	memset(out, 0, sizeof(*out));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			memcpy(out, CMSG_DATA(c), sizeof(*out));
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(&out->ipi6_addr, &info.ipi_addr, 4);
		}
	}
}

static size_t put_called(const struct talk *talk, struct cmsghdr *c)
{
	struct in_pktinfo info = {0};

	if (talk->client.sin6_family == AF_INET6) {
		struct in6_pktinfo called = {.ipi6_addr = talk->called.ipi6_addr};

		*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(called)),
			.cmsg_level = IPPROTO_IPV6,
			.cmsg_type = IPV6_PKTINFO};
		memcpy(CMSG_DATA(c), &called, sizeof(called));
		return CMSG_SPACE(sizeof(called));
	}
	memcpy(&info.ipi_spec_dst, &talk->called.ipi6_addr, 4);
	*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(info)),
		.cmsg_level = IPPROTO_IP,
		.cmsg_type = IP_PKTINFO};
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}

/* ---- clients ---- */

static unsigned bucket_of(const struct port *port, const struct sockaddr_in6 *client)
{
	const unsigned char *at = (const void *)client;
	unsigned hash = 2166136261u ^ (unsigned)(port - port->uplink->port);

	for (size_t i = 0; i < sizeof(*client); i++)
		hash = (hash ^ at[i]) * 16777619u;
	return hash % UPLINK_BUCKETS;
}

static void end_talk(struct talk *talk)
{
	struct uplink *uplink = talk->port->uplink;
	struct talk **at = &uplink->bucket[bucket_of(talk->port, &talk->client)];

	while (*at && *at != talk)
		at = &(*at)->next;
	if (*at)
		*at = talk->next;
	watch_close(&uplink->loop, &talk->watch);
	talk->port = NULL;
	uplink->talks--;
}

void udp_forget(struct port *port)
{
	for (unsigned i = 0; i < port->uplink->talk_slots; i++)
		if (port->uplink->talk[i].port == port)
			end_talk(&port->uplink->talk[i]);
}

static void look_for_silence(struct timer *timer)
{
	struct uplink *uplink = container_of(timer, struct uplink, sweep);
	uint64_t now = launch_clock();

	for (unsigned i = 0; i < uplink->talk_slots; i++)
		if (uplink->talk[i].port && now - uplink->talk[i].used_ns > SILENCE_NS)
			end_talk(&uplink->talk[i]);
	if (uplink->talks)
		timer_start(&uplink->loop, timer, LOOK_MS, look_for_silence);
}

/* What the container answers. */
static void on_answer(struct watch *watch, uint32_t events)
{
	struct talk *talk = container_of(watch, struct talk, watch);
	socklen_t size = talk->client.sin6_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							      : sizeof(struct sockaddr_in);

	(void)events;
	for (int i = 0; i < BATCH; i++) {
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		} control;
		ssize_t len = recv(watch->fd, datagram, sizeof(datagram), MSG_DONTWAIT);
		struct iovec part = {datagram, (size_t)len};
		struct msghdr out = {.msg_name = &talk->client,
			.msg_namelen = size,
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control};

		/* Refused: the container does not listen now, and the client cannot be told. */
		if (len < 0 && errno == ECONNREFUSED)
			continue;
		if (len < 0)
			return;
		out.msg_controllen = put_called(talk, &control.head);
		talk->used_ns = launch_clock();
		sendmsg(talk->port->watch.fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static struct talk *free_talk(struct uplink *uplink)
{
	unsigned slot = 0;

	while (slot < uplink->talk_slots && uplink->talk[slot].port)
		slot++;
	if (slot == UPLINK_FLOWS)
		return NULL;
	if (slot == uplink->talk_slots)
		uplink->talk_slots++;
	return &uplink->talk[slot];
}

static struct talk *begin_talk(
	struct port *port, const struct sockaddr_in6 *client, unsigned bucket)
{
	struct uplink *uplink = port->uplink;
	struct talk *talk = free_talk(uplink);
	struct sockaddr_in6 target;
	socklen_t len = mapping_target(&port->mapping, &target);
	int fd = talk ? space_socket(uplink, port->mapping.family, SOCK_DGRAM,
				port->keeps_clients ? client : NULL)
		      : -ENFILE;

	if (fd < 0)
		return NULL;
	if (connect(fd, (void *)&target, len) < 0) {
		close(fd);
		return NULL;
	}
	*talk = (struct talk){.port = port, .client = *client, .next = uplink->bucket[bucket]};
	uplink->bucket[bucket] = talk;
	if (!uplink->talks++)
		timer_start(&uplink->loop, &uplink->sweep, LOOK_MS, look_for_silence);
	if (watch_open(&uplink->loop, &talk->watch, fd, EPOLLIN, on_answer) < 0) {
		end_talk(talk);
		return NULL;
	}
	return talk;
}

static struct talk *talk_with(struct port *port, const struct sockaddr_in6 *client)
{
	unsigned bucket = bucket_of(port, client);

	for (struct talk *talk = port->uplink->bucket[bucket]; talk; talk = talk->next)
		if (talk->port == port && !memcmp(&talk->client, client, sizeof(*client)))
			return talk;
	return begin_talk(port, client, bucket);
}

void udp_arrive(struct watch *watch, uint32_t events)
{
	struct port *port = container_of(watch, struct port, watch);

	(void)events;
	for (int i = 0; i < BATCH; i++) {
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		} control;
		struct sockaddr_in6 client = {0};
		struct iovec part = {datagram, sizeof(datagram)};
		struct msghdr in = {.msg_name = &client,
			.msg_namelen = sizeof(client),
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control.room)};
		ssize_t len = recvmsg(watch->fd, &in, MSG_DONTWAIT);
		struct talk *talk = len < 0 ? NULL : talk_with(port, &client);

		if (len < 0)
			return;
		if (!talk)
			continue;
		talk->used_ns = launch_clock();
		read_called(&in, &talk->called);
		send(talk->watch.fd, datagram, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}
