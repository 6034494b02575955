/* network.c - what the shim holds of the host's network: sockets that keep its container's ports,
 * bound and never listening, and the undoing of all of it at the end. */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/launch/net.h"
#include "runtime/launch/parcel.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

static void keep(struct shim *shim, int fd)
{
	if (shim->ports == SHIM_PORTS)
		close(fd);
	else
		shim->port[shim->ports++] = fd;
}

static ssize_t receive(struct shim *shim, int from)
{
	int fds[PARCEL_FDS];
	unsigned count;
	char byte;
	ssize_t got = parcel_receive_all(
		from, &byte, sizeof(byte), fds, PARCEL_FDS, &count, MSG_DONTWAIT);

	for (unsigned i = 0; i < count; i++)
		keep(shim, fds[i]);
	return got;
}

void ports_take(struct shim *shim, int from)
{
	while (from >= 0 && receive(shim, from) > 0)
		;
}

static socklen_t address_of(const struct net_port *port, struct sockaddr_in6 *out)
{
	struct sockaddr_in *v4 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (port->family == AF_INET6) {
		out->sin6_family = AF_INET6;
		out->sin6_port = htons(port->port);
		memcpy(&out->sin6_addr, port->address, 16);
		return sizeof(*out);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port->port);
	memcpy(&v4->sin_addr, port->address, 4);
	return sizeof(*v4);
}

static void bind_again(struct shim *shim, const struct net_port *port)
{
	static struct sock_filter drop_all[] = {{BPF_RET | BPF_K, 0, 0, 0}};
	struct sock_fprog filter = {1, drop_all};
	struct sockaddr_in6 address;
	socklen_t len = address_of(port, &address);
	int type = port->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, one = 1;
	int fd = socket(port->family, type | SOCK_CLOEXEC, port->protocol);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	if (port->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (void *)&address, len) < 0)
		close(fd);
	else
		keep(shim, fd);
}

/* Where davit has no rights over the host's network, others serve its ports
 * (runtime/launch_uplink.h), and it holds a tie to them: the only socket among them that is no
 * port. -1: none. */
int ports_tie(const struct shim *shim)
{
	for (unsigned i = shim->ports; i-- > 0;) { /* the newest: an older one may be dead */
		int domain = 0;
		socklen_t len = sizeof(domain);

		if (!getsockopt(shim->port[i], SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
			domain == AF_UNIX)
			return shim->port[i];
	}
	return -1;
}

/* An adopter has nobody who could hand them over. A port that somebody took meanwhile is his now:
 * what the packet filter redirects stays ours. */
void ports_bind(struct shim *shim)
{
	struct net_file file;

	if (ports_tie(shim) >= 0 || net_map(shim->launch.dir[PLAN_RUN], "net", &file) < 0)
		return;
	for (const struct net_record *r = NULL; (r = net_next(&file, r));)
		if (r->type == NET_PORT)
			bind_again(shim, net_body(r));
	net_unmap(&file);
}

static bool is_at(int fd, const struct net_port *port)
{
	struct sockaddr_in6 wanted, is;
	socklen_t len = sizeof(is), need = address_of(port, &wanted), size = sizeof(int);
	int protocol = 0;

	memset(&is, 0, sizeof(is));
	return getsockname(fd, (void *)&is, &len) == 0 && len == need &&
	       memcmp(&is, &wanted, need) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
	       protocol == port->protocol;
}

static void let_port_go(struct shim *shim, const struct net_port *port)
{
	for (unsigned i = 0; i < shim->ports; i++)
		if (is_at(shim->port[i], port)) {
			close(shim->port[i]);
			shim->port[i] = shim->port[--shim->ports];
			return;
		}
}

/* First what is to go, as far as it is there; then what comes. */
static int carry_out(struct shim *shim, const struct net_file *file)
{
	struct launch *l = &shim->launch;
	int here = sys_open(l->proc, "self/ns/net", O_RDONLY);

	if (here < 0)
		return here;
	if (l->outer_net >= 0 && !syscall(SYS_setns, l->outer_net, SYS_CLONE_NEWNET))
		net_undo(l->dir[PLAN_RUN], file, &l->filter);
	if (syscall(SYS_setns, here, SYS_CLONE_NEWNET) < 0) {
		close(here);
		return -errno;
	}
	close(here);
	for (const struct net_record *r = NULL; (r = net_next(file, r));)
		if (r->type == NET_UNPORT)
			let_port_go(shim, net_body(r));
	return launch_net_up(l, file);
}

int network_change(struct shim *shim, int ports)
{
	struct net_file file;
	int error = net_map(shim->launch.dir[PLAN_RUN], "net-change", &file);

	if (error)
		return error;
	shim->launch.fail.code = 0;
	shim->launch.fail.text[0] = '\0';
	error = carry_out(shim, &file);
	if (!error)
		ports_take(shim, ports);
	net_unmap(&file);
	return error;
}

/* Before anybody hears of the end: the next container may want the same port. */
void network_over(struct shim *shim)
{
	while (shim->ports)
		close(shim->port[--shim->ports]);
	launch_net_down(&shim->launch);
}
