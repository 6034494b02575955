/* The shim's part in its container's resolver (dns_serve.h): it holds the sockets and polls them
 * while there is none, starts one when something comes, and opens for it what only the host's
 * network namespace has. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch/parcel.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "runtime/launch_uplink.h"
#include "shim/dns_config.h"
#include "shim/dns_serve.h"
#include "shim/shim.h"

enum {
	AGAIN_MS = 1000, /* after a resolver that did not live that long */
	AWAY = 128,      /* fds are moved out of the way of those that they become */
	WISHES_AT_ONCE = 16,
	UPLINK_PATIENCE_MS = 1000,
};

static void poll_again(struct timer *timer);

/* ---- what is handed over ---- */

struct dowry {
	int fd[DNS_FD_TABLES + RESOLVER_NETWORKS]; /* by enum dns_fd; -1 below DNS_FD_SHIM */
	unsigned count;
};

static int open_config(struct shim *shim, struct dns_config *config)
{
	int fd = sys_open(shim->launch.dir[PLAN_RUN], RESOLVER_FILE, O_RDONLY | O_NOFOLLOW);
	char text[RESOLVER_MAX_BYTES];
	ssize_t len;

	if (fd < 0)
		return fd;
	len = pread(fd, text, sizeof(text), 0);
	if (len > 0 && dns_config_read(config, text, (size_t)len))
		return fd;
	close(fd);
	return -EPROTO;
}

static int open_table(struct shim *shim, const char *network)
{
	char path[128];

	launch_say(path, sizeof(path), "../../n/%s/names", network);
	return sys_open(shim->launch.dir[PLAN_RUN], path, O_RDONLY | O_NOFOLLOW);
}

/* A network that is gone has no table: nothing is found there. */
static void add_tables(struct shim *shim, const struct dns_config *config, struct dowry *dowry)
{
	dowry->count = DNS_FD_TABLES;
	for (unsigned i = 0; i < config->networks; i++) {
		int fd = open_table(shim, config->network[i]);

		if (fd >= 0)
			dowry->fd[dowry->count++] = fd;
	}
}

static void drop(struct dowry *dowry)
{
	sys_close(&dowry->fd[DNS_FD_SHIM]);
	sys_close(&dowry->fd[DNS_FD_CONFIG]);
	for (unsigned i = DNS_FD_TABLES; i < dowry->count; i++)
		sys_close(&dowry->fd[i]);
}

static _Noreturn void become_resolver(struct shim *shim, struct dowry *dowry, int parent)
{
	char pid[12], tables[12];
	char *const argv[] = {(char *)"davit-shim", (char *)"dns", pid, tables, NULL};
	char *const envp[] = {NULL};
	int exe = sys_open(shim->launch.proc, "self/exe", O_RDONLY);

	launch_say(pid, sizeof(pid), "%d", parent);
	launch_say(tables, sizeof(tables), "%u", dowry->count - DNS_FD_TABLES);
	exe = fcntl(exe, F_DUPFD, AWAY);
	for (unsigned i = DNS_FD_SHIM; i < dowry->count; i++)
		dowry->fd[i] = fcntl(dowry->fd[i], F_DUPFD, AWAY);
	for (unsigned i = DNS_FD_SHIM; i < dowry->count; i++)
		dup3(dowry->fd[i], (int)i, 0);
	dup3(exe, (int)dowry->count, O_CLOEXEC);
	sys_close_range(dowry->count + 1, ~0u);
	syscall(SYS_execveat, (int)dowry->count, "", argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

/* ---- sockets of the host's namespace ---- */

/* Asked of who lives in the host's: it answers at once, or is about to end. */
static int uplink_open(int tie, unsigned family, int kind)
{
	struct uplink_message message = {.type = UPLINK_OPEN,
		.family = family,
		.kind = (uint32_t)kind & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK)};

	return uplink_fetch(tie, &message, UPLINK_PATIENCE_MS);
}

static int open_in_host(struct shim *shim, const struct dns_wish *wish)
{
	const struct resolver *resolver = &shim->resolver;
	const struct dns_server *server = &resolver->config.server[wish->server];
	int kind = (wish->by_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int here = sys_open(shim->launch.proc, "self/ns/net", O_RDONLY), fd = -EPERM;
	int tie = ports_tie(shim);

	/* There, what we left is not the host's either. */
	if (tie >= 0)
		fd = uplink_open(tie, server->address.any.sa_family, kind);
	else if (here >= 0 && !syscall(SYS_setns, shim->launch.outer_net, SYS_CLONE_NEWNET)) {
		fd = (int)sys_result(socket(server->address.any.sa_family, kind, 0));
		/* Short of memory at most; nothing else may be done before. */
		while (syscall(SYS_setns, here, SYS_CLONE_NEWNET) < 0)
			;
	}
	sys_close(&here);
	if (fd >= 0 && connect(fd, &server->address.any, server->len) < 0 && errno != EINPROGRESS)
		sys_close(&fd);
	return fd;
}

/* The resolver may have been taken over: it gets sockets to the servers that the configuration
 * names, and nothing else. */
static void on_wish(struct watch *watch, uint32_t events)
{
	struct shim *shim = container_of(watch, struct shim, resolver.line);
	const struct dns_config *config = &shim->resolver.config;

	(void)events;
	for (int i = 0; i < WISHES_AT_ONCE; i++) {
		struct dns_wish wish;
		ssize_t len = recv(watch->fd, &wish, sizeof(wish), MSG_DONTWAIT);
		int fd = -1;

		if (len < 0 && errno == EAGAIN)
			return;
		if (len != sizeof(wish)) { /* it ended; its exit is told by another way */
			watch_set(&shim->loop, watch, 0);
			return;
		}
		if (wish.server < config->servers && config->server[wish.server].from_host &&
			shim->launch.outer_net >= 0)
			fd = open_in_host(shim, &wish);
		parcel_send(watch->fd, &wish, sizeof(wish), fd, MSG_DONTWAIT);
		sys_close(&fd);
	}
}

/* ---- its life ---- */

static void poll_sockets(struct shim *shim, uint32_t events)
{
	watch_set(&shim->loop, &shim->resolver.udp, events);
	watch_set(&shim->loop, &shim->resolver.tcp, events);
}

static void wait_a_moment(struct shim *shim)
{
	poll_sockets(shim, 0);
	timer_start(&shim->loop, &shim->resolver.again, AGAIN_MS, poll_again);
}

static void poll_again(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, resolver.again);

	if (shim->resolver.pid <= 0)
		poll_sockets(shim, EPOLLIN);
}

static int give_birth(struct shim *shim, struct dowry *dowry)
{
	struct resolver *resolver = &shim->resolver;
	struct sys_clone args = {.flags = SYS_CLONE_PIDFD,
		.pidfd = (uintptr_t)&resolver->pidfd,
		.exit_signal = SIGCHLD};
	int parent = getpid();
	long pid = sys_result(syscall(SYS_clone3, &args, sizeof(args)));

	if (!pid)
		become_resolver(shim, dowry, parent);
	resolver->pid = pid < 0 ? 0 : (int)pid;
	return pid < 0 ? (int)pid : 0;
}

static int start(struct shim *shim)
{
	struct resolver *resolver = &shim->resolver;
	struct dowry dowry = {.fd = {-1, -1, -1, -1}};
	int line[2], error;

	dowry.fd[DNS_FD_UDP] = resolver->udp.fd;
	dowry.fd[DNS_FD_TCP] = resolver->tcp.fd;
	dowry.fd[DNS_FD_RAW] = shim->launch.resolver[RESOLVER_RAW] >= 0
				       ? shim->launch.resolver[RESOLVER_RAW]
				       : resolver->udp.fd;
	dowry.fd[DNS_FD_CONFIG] = open_config(shim, &resolver->config);
	if (dowry.fd[DNS_FD_CONFIG] < 0)
		return dowry.fd[DNS_FD_CONFIG];
	add_tables(shim, &resolver->config, &dowry);
	error = (int)sys_result(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line));
	if (!error) {
		dowry.fd[DNS_FD_SHIM] = line[1];
		error = give_birth(shim, &dowry);
		if (error)
			close(line[0]);
		else
			watch_open(&shim->loop, &resolver->line, line[0], EPOLLIN, on_wish);
	}
	drop(&dowry);
	return error;
}

static void begin(struct shim *shim)
{
	int error;

	if (shim->resolver.pid > 0)
		return;
	shim->resolver.started_ns = launch_clock();
	error = start(shim);
	if (error == -ENOENT) /* taken away with the last network that has names */
		resolver_close(shim);
	else if (error)
		wait_a_moment(shim);
	else
		poll_sockets(shim, 0);
}

static void on_packet(struct watch *watch, uint32_t events)
{
	(void)events;
	begin(container_of(watch, struct shim, resolver.udp));
}

static void on_knock(struct watch *watch, uint32_t events)
{
	(void)events;
	begin(container_of(watch, struct shim, resolver.tcp));
}

/* One that ends as it should, after a silence or for a new configuration, has lived a while or left
 * what it was sent unread; one that does not is not started again in a hurry. */
bool resolver_reaped(struct shim *shim, int pid, bool well)
{
	struct resolver *resolver = &shim->resolver;

	if (pid != resolver->pid || pid <= 0)
		return false;
	resolver->pid = 0;
	sys_close(&resolver->pidfd);
	watch_close(&shim->loop, &resolver->line);
	if (well || launch_clock() - resolver->started_ns > AGAIN_MS * 1000000ull)
		poll_sockets(shim, EPOLLIN);
	else
		wait_a_moment(shim);
	return true;
}

void resolver_init(struct shim *shim)
{
	struct resolver *resolver = &shim->resolver;

	resolver->udp.fd = resolver->tcp.fd = resolver->line.fd = resolver->pidfd = -1;
}

void resolver_look(struct shim *shim)
{
	struct resolver *resolver = &shim->resolver;
	int *fd = shim->launch.resolver;
	struct stat st;

	if (fstatat(shim->launch.dir[PLAN_RUN], RESOLVER_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		resolver_close(shim);
		return;
	}
	if (resolver->udp.fd >= 0 ||
		launch_resolver(&shim->launch, PLAN_RUN, RESOLVER_FILE, shim->plan.avoid) < 0)
		return;
	watch_open(&shim->loop, &resolver->udp, fd[RESOLVER_UDP], EPOLLIN, on_packet);
	watch_open(&shim->loop, &resolver->tcp, fd[RESOLVER_TCP], EPOLLIN, on_knock);
}

void resolver_close(struct shim *shim)
{
	struct resolver *resolver = &shim->resolver;
	int *fd = shim->launch.resolver;

	if (resolver->pid > 0)
		sys_pidfd_signal(resolver->pidfd, SIGKILL);
	timer_stop(&shim->loop, &resolver->again);
	watch_close(&shim->loop, &resolver->udp);
	watch_close(&shim->loop, &resolver->tcp);
	watch_close(&shim->loop, &resolver->line);
	fd[RESOLVER_UDP] = fd[RESOLVER_TCP] = -1;
	sys_close(&fd[RESOLVER_RAW]);
	sys_close(&fd[RESOLVER_STEER]);
}
