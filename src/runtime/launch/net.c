#include "runtime/launch/net.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <string.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "runtime/launch_names.h"

/* ---- netlink ---- */

int net_socket(int protocol)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};
	int fd = (int)sys_result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)), error;

	if (fd < 0)
		return fd;
	error = (int)sys_result(bind(fd, (void *)&self, sizeof(self)));
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

static unsigned count_messages(const char *at, size_t len)
{
	unsigned count = 0;
	struct nlmsghdr head;

	for (; len >= sizeof(head); count++) {
		memcpy(&head, at, sizeof(head));
		at += NLMSG_ALIGN(head.nlmsg_len);
		len -= NLMSG_ALIGN(head.nlmsg_len);
	}
	return count;
}

/* Each message asked for an answer. The kernel has dealt with all of them when sendmsg returns, so
 * that an answer which is not there yet never comes. */
static int read_answers(int socket, unsigned wanted)
{
	char room[8192] __attribute__((aligned(8)));
	int first = 0;

	while (wanted) {
		ssize_t len = recv(socket, room, sizeof(room), MSG_DONTWAIT);
		struct nlmsghdr *head = (void *)room;

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return first ? first : len < 0 && errno != EAGAIN ? -errno : -EPROTO;
		for (; wanted && NLMSG_OK(head, (unsigned)len); head = NLMSG_NEXT(head, len)) {
			struct nlmsgerr *answer = NLMSG_DATA(head);

			if (head->nlmsg_type != NLMSG_ERROR)
				continue;
			if (answer->error && !first)
				first = answer->error;
			wanted--;
		}
		if (first)
			return first;
	}
	return 0;
}

static int send_all(int socket, struct iovec *parts, size_t count)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct msghdr message = {.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = parts,
		.msg_iovlen = count};

	return sendmsg(socket, &message, 0) < 0 ? -errno : 0;
}

int net_talk(int socket, const void *messages, size_t len)
{
	struct iovec part = {(void *)messages, len};
	int error = send_all(socket, &part, 1);

	return error ? error : read_answers(socket, count_messages(messages, len));
}

int net_filter(int socket, const void *messages, size_t len)
{
	struct frame {
		struct nlmsghdr head;
		struct nfgenmsg gen;
	} begin = {{sizeof(begin), NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, 0, 0},
		{AF_UNSPEC, NFNETLINK_V0, 0}},
	  end = {{sizeof(end), NFNL_MSG_BATCH_END, NLM_F_REQUEST, 0, 0},
		  {AF_UNSPEC, NFNETLINK_V0, 0}};
	struct iovec parts[] = {
		{&begin, sizeof(begin)}, {(void *)messages, len}, {&end, sizeof(end)}};
	int error;

	/* big endian on the wire */
	begin.gen.res_id = end.gen.res_id = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
						    ? __builtin_bswap16(NFNL_SUBSYS_NFTABLES)
						    : NFNL_SUBSYS_NFTABLES;
	error = send_all(socket, parts, 3);
	return error ? error : read_answers(socket, count_messages(messages, len));
}

/* ---- up ---- */

struct sockets {
	int link, inside; /* -1: not opened yet */
	int self;         /* the container's network namespace */
};

/* In the host's namespace: a socket belongs to where it was opened. */
static int open_outside(struct launch *l, struct sockets *s, int protocol)
{
	int fd, back;

	if (l->outer_net < 0)
		return -EBADF;
	if (syscall(SYS_setns, l->outer_net, SYS_CLONE_NEWNET) < 0)
		return -errno;
	fd = net_socket(protocol);
	back = (int)sys_result(syscall(SYS_setns, s->self, SYS_CLONE_NEWNET));
	if (back < 0 && fd >= 0) {
		close(fd);
		return back;
	}
	return fd;
}

static int outside(struct launch *l, struct sockets *s, int *fd, int protocol)
{
	if (*fd < 0)
		*fd = open_outside(l, s, protocol);
	return *fd < 0 ? *fd : 0;
}

static int make_link(struct launch *l, struct sockets *s, const struct net_record *record)
{
	const struct net_link *link = net_body(record);
	char message[1024] __attribute__((aligned(8)));
	size_t len = record->len - sizeof(*link);
	uint32_t fd = (uint32_t)s->self;
	int error = outside(l, s, &s->link, NETLINK_ROUTE);

	if (error)
		return error;
	if (len > sizeof(message))
		return -EMSGSIZE;
	memcpy(message, link + 1, len);
	memcpy(message + link->patch_at, &fd, sizeof(fd));
	error = net_talk(s->link, message, len);
	if (error == -EXFULL)
		return launch_fail(l, error, 125,
			"network %s is full: a Linux bridge ends at 1,024 ports; connect to another network",
			link->network);
	return error ? launch_fail(l, error, 125, "network %s: connect a cable to its bridge: %e",
			       link->network, error)
		     : 0;
}

static int set_port(struct launch *l, struct sockets *s, const struct net_record *record)
{
	int error = outside(l, s, &s->link, NETLINK_ROUTE);

	return error ? error : net_talk(s->link, net_body(record), record->len);
}

/* The bridge after the cable: it carries because the cable does. */
static int await_cable(struct launch *l, struct sockets *s, const struct net_record *record)
{
	const struct net_ready *ready = net_body(record);
	int error = outside(l, s, &s->link, NETLINK_ROUTE);

	if (error)
		return error;
	net_await(s->link, ready->link);
	net_await(s->link, ready->bridge);
	return 0;
}

static int index_of(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;
	struct ifreq link;

	if (fd < 0)
		return -errno;
	memset(&link, 0, sizeof(link));
	memcpy(link.ifr_name, name, sizeof(link.ifr_name));
	error = ioctl(fd, SIOCGIFINDEX, &link) < 0 ? -errno : 0;
	close(fd);
	return error ? error : link.ifr_ifindex;
}

static int speak_inside(struct sockets *s, const struct net_inside *inside, size_t len)
{
	char messages[2048] __attribute__((aligned(8)));
	int index = index_of(inside->name);

	if (index < 0)
		return index;
	if (len > sizeof(messages))
		return -EMSGSIZE;
	memcpy(messages, inside + 1, len);
	for (unsigned i = 0; i < inside->patches; i++)
		memcpy(messages + inside->patch_at[i], &index, sizeof(index));
	return net_talk(s->inside, messages, len);
}

static int configure(struct launch *l, struct sockets *s, const struct net_record *record)
{
	const struct net_inside *inside = net_body(record);
	int error;

	if (s->inside < 0)
		s->inside = net_socket(NETLINK_ROUTE);
	error = s->inside < 0 ? s->inside : speak_inside(s, inside, record->len - sizeof(*inside));
	return error ? launch_fail(l, error, 125, "configure the container's network: %e", error)
		     : 0;
}

static int admit(struct launch *l, struct sockets *s, const struct net_record *record)
{
	int error = outside(l, s, &l->filter, NETLINK_NETFILTER);

	if (!error)
		error = net_filter(l->filter, net_body(record), record->len);
	return error ? launch_fail(l, error, 125, "publish the container's ports: %e", error) : 0;
}

static int join(struct launch *l, const struct net_record *record)
{
	const struct net_join *other = net_body(record);
	int pidfd = sys_pidfd_open(other->pid), error;

	if (pidfd >= 0 && launch_proc_start(l->proc, other->pid) != other->start)
		sys_close(&pidfd);
	if (pidfd < 0)
		return launch_fail(l, -ESRCH, 125,
			"cannot join network of a non running container: %s", other->who);
	if (l->outer_net < 0)
		l->outer_net = sys_open(l->proc, "self/ns/net", O_RDONLY);
	error = (int)sys_result(syscall(SYS_setns, pidfd, SYS_CLONE_NEWNET));
	close(pidfd);
	return error < 0 ? error : 0;
}

static int sysctl(struct launch *l, const struct net_record *record)
{
	const char *name = net_body(record);
	int error = launch_proc_write(l->proc, "sys", name, name + strlen(name) + 1);

	return error == -ENOENT ? 0 : error;
}

static int carry_out(struct launch *l, struct sockets *s, const struct net_record *record)
{
	switch (record->type) {
	case NET_JOIN:
		return join(l, record);
	case NET_LINK:
		return make_link(l, s, record);
	case NET_OUTSIDE:
		return set_port(l, s, record);
	case NET_INSIDE:
		return configure(l, s, record);
	case NET_READY:
		return await_cable(l, s, record);
	case NET_SYSCTL:
		return sysctl(l, record);
	case NET_FILTER:
		return admit(l, s, record);
	case NET_FRESH:
		if (!outside(l, s, &l->filter, NETLINK_NETFILTER))
			net_talk(l->filter, net_body(record), record->len);
		return 0;
	default:
		return 0;
	}
}

int launch_net_up(struct launch *l, const struct net_file *file)
{
	struct sockets s = {-1, -1, sys_open(l->proc, "self/ns/net", O_RDONLY)};
	int error = s.self < 0 ? s.self : 0;

	for (const struct net_record *r = NULL; !error && (r = net_next(file, r));)
		error = carry_out(l, &s, r);
	sys_close(&s.link);
	sys_close(&s.inside);
	sys_close(&s.self);
	return error;
}

/* ---- down ---- */

/* One message at a time after a transaction was refused: one element that is gone already would
 * keep the others. */
static void filter_each(int socket, const char *at, size_t len)
{
	struct nlmsghdr head;

	for (; len >= sizeof(head);
		at += NLMSG_ALIGN(head.nlmsg_len), len -= NLMSG_ALIGN(head.nlmsg_len)) {
		memcpy(&head, at, sizeof(head));
		net_filter(socket, at, NLMSG_ALIGN(head.nlmsg_len));
	}
}

static void unfilter(int *socket, const struct net_record *record)
{
	if (*socket < 0)
		*socket = net_socket(NETLINK_NETFILTER);
	if (*socket < 0)
		return;
	if (record->type == NET_FORGET)
		net_talk(*socket, net_body(record), record->len);
	else if (net_filter(*socket, net_body(record), record->len) < 0)
		filter_each(*socket, net_body(record), record->len);
}

/* A record that another has meanwhile is not ours to free. */
static void free_name(int run, const struct net_name *name)
{
	char path[96], owner[64];
	off_t at = (off_t)name->number * NAMES_SIZE;
	uint32_t unused = NAMES_FREE;
	bool is_ours;
	int fd;

	launch_say(path, sizeof(path), "../../n/%s/names", name->network);
	fd = sys_open(run, path, O_RDWR | O_NOFOLLOW);
	if (fd < 0)
		return;
	is_ours = pread(fd, owner, sizeof(owner), at + (off_t)offsetof(struct names_record, id)) ==
			  sizeof(owner) &&
		  !memcmp(owner, name->container, sizeof(owner));
	/* A table that cannot be written any more goes with its network. */
	if (is_ours && pwrite(fd, &unused, sizeof(unused),
			       at + (off_t)offsetof(struct names_record, use)) < 0)
		is_ours = false;
	close(fd);
}

void net_undo(int run, const struct net_file *file, int *filter)
{
	for (const struct net_record *r = NULL; (r = net_next(file, r));) {
		if (r->type == NET_UNFILTER || r->type == NET_FORGET)
			unfilter(filter, r);
		else if (r->type == NET_NAME)
			free_name(run, net_body(r));
	}
}

/* The kernel makes whoever closes the last copy of a socket to the packet filter wait until what
 * was deleted meanwhile is out of use: ten milliseconds and more. So that nobody waits for that but
 * a process that nobody waits for, the copies change hands first. */
static void leave_filter(struct launch *l)
{
	struct sys_clone args = {.exit_signal = SIGCHLD};
	long pid;

	if (l->filter < 0)
		return;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		if (l->filter > 0)
			sys_close_range(0, (unsigned)l->filter - 1);
		sys_close_range((unsigned)l->filter + 1, ~0u);
		_exit(0);
	}
	/* Not while it is still ours alone: no process could be made. */
	if (pid > 0)
		sys_close(&l->filter);
}

void launch_net_down(struct launch *l)
{
	int run = l->dir[PLAN_RUN];
	bool filtered = false;
	struct net_file file;

	if (net_map(run, "net", &file) < 0)
		return;
	/* Nothing of the container's network is of use to us any more; the kernel takes it down
	 * when the last who lives in it has left. */
	if (l->outer_net >= 0 && syscall(SYS_setns, l->outer_net, SYS_CLONE_NEWNET) == 0)
		net_undo(run, &file, &l->filter);
	for (const struct net_record *r = NULL; (r = net_next(&file, r));)
		filtered |= r->type == NET_UNFILTER;
	net_unmap(&file);
	unlinkat(run, "net", 0);
	if (filtered)
		leave_filter(l);
}
