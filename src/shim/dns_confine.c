/* What is left to somebody who takes the resolver over by a packet: the container's network, which
 * the container has anyway, and the names on it. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/dns_serve.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "dns_confine.c: say which AUDIT_ARCH this is"
#endif

static const int calls[] = {
	SYS_recvfrom,
	SYS_sendto,
	SYS_recvmsg,
	SYS_sendmsg,
	SYS_accept4,
	SYS_connect,
	SYS_close,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_pread64,
	SYS_fstat,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_madvise,
	SYS_exit,
	SYS_exit_group,
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]), SOCKET_RULES = 9 };

#define LOAD(field)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), yes, no)
#define RETURN(action)     BPF_STMT(BPF_RET | BPF_K, action)

/* Numbers of x32 are others, so they are killed as unknown ones are. */
static int only_these_calls(void)
{
	struct sock_filter program[4 + 2 * CALLS + SOCKET_RULES + 2];
	struct sock_fprog prog = {.filter = program};
	unsigned len = 0;
	const struct sock_filter head[] = {
		LOAD(arch), IF(ARCH, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr)};
	/* The kinds of socket that lead to servers: no netlink, no packets. Options of sockets in
	 * general: none that would let the raw one say where a packet comes from. */
	const struct sock_filter sockets[] = {IF(SYS_socket, 0, 4), LOAD(args[0]),
		IF(AF_INET, 1, 0), IF(AF_INET6, 0, 5), RETURN(SECCOMP_RET_ALLOW),
		IF(SYS_setsockopt, 0, 3), LOAD(args[1]), IF(SOL_SOCKET, 0, 1),
		RETURN(SECCOMP_RET_ALLOW)};
	const struct sock_filter last[] = {RETURN(SECCOMP_RET_KILL_PROCESS)};

	memcpy(program, head, sizeof(head));
	len = sizeof(head) / sizeof(head[0]);
	for (unsigned i = 0; i < CALLS; i++) {
		program[len++] = (struct sock_filter)IF(calls[i], 0, 1);
		program[len++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	}
	memcpy(program + len, sockets, sizeof(sockets));
	len += SOCKET_RULES;
	memcpy(program + len, last, sizeof(last));
	prog.len = (unsigned short)(len + 1);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		       &prog) < 0
		       ? -errno
		       : 0;
}

static int limit(void)
{
	static const struct {
		int what;
		rlim_t most;
	} limits[] = {
		{RLIMIT_NOFILE,
			DNS_FD_TABLES + RESOLVER_NETWORKS + DNS_FLIGHTS + DNS_CONNECTIONS + 8},
		{RLIMIT_NPROC, 0},
		{RLIMIT_FSIZE, 0},
		{RLIMIT_CORE, 0},
		{RLIMIT_MEMLOCK, 0},
		{RLIMIT_AS, 8 << 20},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit most = {limits[i].most, limits[i].most};

		if (setrlimit(limits[i].what, &most) < 0)
			return -errno;
	}
	return 0;
}

/* By system calls: a C library's own wrappers may want threads to agree. */
static int become_nobody(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0}};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_setgroups, 0, NULL) < 0 ||
		syscall(SYS_setresgid, DNS_UID, DNS_UID, DNS_UID) < 0 ||
		syscall(SYS_setresuid, DNS_UID, DNS_UID, DNS_UID) < 0 ||
		syscall(SYS_capset, &head, none) < 0)
		return -errno;
	return 0;
}

/* A change of user forgets what was asked of the kernel before: these come after it. */
static int die_with(int parent)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

int dns_confine(int parent)
{
	int error = limit();

	if (!error)
		error = become_nobody();
	if (!error)
		error = die_with(parent);
	return error ? error : only_these_calls();
}
