/* uplink_space.c - the user's network namespace.
 *
 * Who leaves the host's cannot come back to it, so a child lives in there and makes the sockets
 * that we need of it: it is asked for one over a socket pair, and answers with it. */
#include <errno.h>
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/launch/net.h"
#include "runtime/launch/parcel.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"
#include "shim/uplink.h"

#define OWN_SPACE "/proc/thread-self/ns/net"

struct asked {
	uint32_t family, kind, has_client, spare;
	struct sockaddr_in6 client;
};

static void send_fd(int line, int fd, int code)
{
	parcel_send(line, &code, sizeof(code), fd, 0);
}

static int receive_fd(int line, int *word)
{
	int code = -EPIPE, fd;

	parcel_receive(line, &code, sizeof(code), &fd, 0);
	if (word)
		*word = code;
	return fd >= 0 ? fd : code < 0 ? code : -EPROTO;
}

/* ---- who lives in there ---- */

static socklen_t size_of(unsigned family)
{
	return family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int new_socket(unsigned family, unsigned kind)
{
	return (int)sys_result(socket((int)family, (int)kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static bool is_own(unsigned family, const struct sockaddr_in6 *address)
{
	uint8_t own[16];

	if (family == AF_INET6)
		return inet_pton(AF_INET6, UPLINK_ADDRESS6, own) == 1 &&
		       !memcmp(&address->sin6_addr, own, 16);
	return inet_pton(AF_INET, UPLINK_ADDRESS4, own) == 1 &&
	       !memcmp(&((const struct sockaddr_in *)address)->sin_addr, own, 4);
}

/* Whether it lies outside: one of our own subnets, or the host's loopback, means something else in
 * here than where the client is. Asks for a route and sends nothing. */
static bool is_outside(unsigned family, const struct sockaddr_in6 *client)
{
	struct sockaddr_in6 self = {0};
	socklen_t len = sizeof(self);
	int fd = new_socket(family, SOCK_DGRAM);
	bool is = fd >= 0 && !connect(fd, (const void *)client, size_of(family)) &&
		  !getsockname(fd, (void *)&self, &len) && is_own(family, &self);

	sys_close(&fd);
	return is;
}

/* Two connections of one client's port are two clients to us. */
static int speak_as(int fd, unsigned family, const struct sockaddr_in6 *client)
{
	int one = 1;
	bool is_v6 = family == AF_INET6;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			is_v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &one, sizeof(one)) < 0 ||
		bind(fd, (const void *)client, size_of(family)) < 0)
		return -errno;
	return 0;
}

static int make_socket(const struct asked *asked)
{
	int fd = new_socket(asked->family, asked->kind);

	if (fd >= 0 && asked->has_client && is_outside(asked->family, &asked->client) &&
		speak_as(fd, asked->family, &asked->client) < 0) {
		close(fd);
		fd = new_socket(asked->family, asked->kind);
	}
	return fd;
}

static _Noreturn void live(int line)
{
	struct asked asked;

	while (recv(line, &asked, sizeof(asked), 0) == sizeof(asked)) {
		int fd = make_socket(&asked);

		send_fd(line, fd, fd < 0 ? fd : 0);
		sys_close(&fd);
	}
	_exit(0);
}

static bool is_space(int fd)
{
	struct statfs fs;

	return fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC;
}

/* What an earlier uplink left, because containers are in it still. */
static int enter_space(void)
{
	int fd = openat(UPLINK_FD_DIR, UPLINK_SPACE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
	    error = -ENOENT;

	if (is_space(fd))
		error = (int)sys_result(syscall(SYS_setns, fd, SYS_CLONE_NEWNET));
	sys_close(&fd);
	return error;
}

/* What was written down of the last one's rules and bridges is no more. */
static int make_space(void)
{
	int fd = openat(
		UPLINK_FD_DIR, UPLINK_SPACE, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || syscall(SYS_unshare, SYS_CLONE_NEWNET) < 0)
		return -errno;
	sys_close(&fd);
	unlinkat(UPLINK_FD_DIR, "rules", 0);
	if (mount(OWN_SPACE, UPLINK_SPACE, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return launch_loopback_up();
}

/* ---- the way back to clients whose address we speak with ---- */

struct way_back {
	struct nlmsghdr head;
	union {
		struct rtmsg route;
		struct fib_rule_hdr rule;
	};
	char attributes[32];
};

static void put_number(struct way_back *message, unsigned short type, uint32_t value)
{
	struct rtattr *attribute = (void *)((char *)message + message->head.nlmsg_len);

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(sizeof(value));
	memcpy(RTA_DATA(attribute), &value, sizeof(value));
	message->head.nlmsg_len += attribute->rta_len;
}

static int send_way(int fd, struct way_back *message)
{
	int error = net_talk(fd, message, message->head.nlmsg_len);

	return error == -EEXIST ? 0 : error;
}

/* What is marked is looked up in a table of its own, in which everything is local. */
static int lead_back(int fd, unsigned char family)
{
	const unsigned short flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	struct way_back rule = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)),
					.nlmsg_type = RTM_NEWRULE,
					.nlmsg_flags = flags}};
	struct way_back route = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
					 .nlmsg_type = RTM_NEWROUTE,
					 .nlmsg_flags = flags}};
	int error;

	rule.rule = (struct fib_rule_hdr){.family = family, .action = FR_ACT_TO_TBL};
	put_number(&rule, FRA_FWMARK, UPLINK_MARK);
	put_number(&rule, FRA_TABLE, UPLINK_TABLE);
	route.route = (struct rtmsg){.rtm_family = family,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_HOST,
		.rtm_type = RTN_LOCAL};
	put_number(&route, RTA_OIF, 1); /* a namespace's loopback */
	put_number(&route, RTA_TABLE, UPLINK_TABLE);
	error = send_way(fd, &rule);
	return error ? error : send_way(fd, &route);
}

static bool can_lead_back(void)
{
	int fd = net_socket(NETLINK_ROUTE);
	bool can = fd >= 0 && !lead_back(fd, AF_INET);

	if (can)
		lead_back(fd, AF_INET6); /* a kernel without IPv6 has no such clients */
	sys_close(&fd);
	return can;
}

static int route_socket(void)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_ROUTE};
	int fd = (int)sys_result(
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));

	if (fd >= 0 && bind(fd, (void *)&self, sizeof(self)) < 0)
		sys_close(&fd);
	return fd;
}

static _Noreturn void become_space(int line, int parent)
{
	int error, routes;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, "davit-space", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* so that its user may look in with nsenter */
	if (getppid() != parent)
		_exit(1);
	error = enter_space();
	if (error)
		error = make_space();
	routes = error ? error : route_socket();
	send_fd(line, routes, routes < 0 ? routes : can_lead_back());
	if (routes < 0)
		_exit(1);
	close(routes);
	sys_close_range(0, (unsigned)line - 1);
	live(line);
}

/* ---- our side ---- */

/* A default route is pasta's last act of making itself at home. */
static void on_route(struct watch *watch, uint32_t events)
{
	struct uplink *uplink = container_of(watch, struct uplink, routes);
	char room[4096] __attribute__((aligned(8)));
	ssize_t len;

	(void)events;
	while ((len = recv(watch->fd, room, sizeof(room), MSG_DONTWAIT)) > 0)
		for (struct nlmsghdr *head = (void *)room; NLMSG_OK(head, (unsigned)len);
			head = NLMSG_NEXT(head, len)) {
			const struct rtmsg *route = NLMSG_DATA(head);

			if (head->nlmsg_type == RTM_NEWROUTE && !route->rtm_dst_len &&
				route->rtm_type == RTN_UNICAST)
				pasta_route_seen(uplink);
		}
}

int space_open(struct uplink *uplink)
{
	struct sys_clone args = {.exit_signal = SIGCHLD};
	int line[2], routes, keeps = 0, parent = getpid();
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return -errno;
	pid = sys_result(syscall(SYS_clone3, &args, sizeof(args)));
	if (!pid)
		become_space(line[1], parent);
	close(line[1]);
	if (pid < 0)
		return (int)pid;
	uplink->space_pid = (int)pid;
	uplink->space = line[0];
	routes = receive_fd(line[0], &keeps);
	uplink->keeps_clients = keeps > 0;
	return routes < 0 ? routes
			  : watch_open(&uplink->loop, &uplink->routes, routes, EPOLLIN, on_route);
}

int space_socket(
	struct uplink *uplink, unsigned family, int kind, const struct sockaddr_in6 *client)
{
	struct asked asked = {
		.family = family, .kind = (uint32_t)kind, .has_client = client != NULL};

	if (client)
		asked.client = *client;
	if (send(uplink->space, &asked, sizeof(asked), MSG_NOSIGNAL) != sizeof(asked))
		return -EPIPE;
	return receive_fd(uplink->space, NULL);
}

void space_close(struct uplink *uplink)
{
	(void)uplink;
	umount2(UPLINK_SPACE, MNT_DETACH);
	unlinkat(UPLINK_FD_DIR, UPLINK_SPACE, 0);
	unlinkat(UPLINK_FD_DIR, "rules", 0);
}
