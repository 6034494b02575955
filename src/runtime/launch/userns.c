/* User namespaces. A process born in one has no right outside of it from the first instruction on:
 * its maps are written by its parent, and so is what else needs a right of the host. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

static int write_maps(int proc, int pid, const char *uids, const char *gids, bool deny)
{
	char dir[16];
	int error = 0;

	launch_say(dir, sizeof(dir), "%d", pid);
	if (deny)
		error = launch_proc_write(proc, dir, "setgroups", "deny");
	if (!error)
		error = launch_proc_write(proc, dir, "gid_map", gids);
	return error ? error : launch_proc_write(proc, dir, "uid_map", uids);
}

/* Only what was made for it: never the caller's own. */
static int give_stdio(const struct launch *l, const uint64_t owner[2])
{
	uint32_t uid = launch_owner(l, owner[0], 0), gid = launch_owner(l, owner[1], 1);
	struct stat st;

	for (int i = 0; l->stdio.ours && i < 3; i++) {
		int fd = l->stdio.fd[i];

		if (!fstat(fd, &st) && S_ISFIFO(st.st_mode) && fchown(fd, uid, gid) < 0)
			return -errno;
	}
	return 0;
}

/* pid 0: our own. */
int launch_limit(struct launch *l, const struct plan_step *step, int pid)
{
	char dir[16] = "self", text[16];

	if (step->op == PLAN_RLIMIT) {
		uint64_t limits[2] = {step->n[1], step->n[2]};

		return (int)sys_result(
			syscall(SYS_prlimit64, pid, (unsigned)step->n[0], limits, NULL));
	}
	if (step->op == PLAN_GIVE_STDIO)
		return give_stdio(l, step->n);
	if (step->op != PLAN_OOM_SCORE)
		return 0;
	if (pid)
		launch_say(dir, sizeof(dir), "%d", pid);
	launch_say(text, sizeof(text), "%d", (int32_t)(int64_t)step->n[0]);
	return launch_proc_write(l->proc, dir, "oom_score_adj", text);
}

int launch_foster(struct launch *l, const struct plan_step *step, int pid, int gate)
{
	const struct plan_step *end = l->plan.steps + l->plan.head->steps;
	int error = write_maps(l->proc, pid, plan_text(&l->plan, step->a),
		plan_text(&l->plan, step->b), step->n[0]);

	if (error)
		return launch_fail(l, error, 125, "map users and groups: %e", error);
	for (; step < end; step++) {
		error = launch_limit(l, step, pid);
		if (error && !(step->flags & PLAN_OPTIONAL))
			return launch_fail(l, error, 125, "%s: %e", plan_op_name(step->op), error);
	}
	return launch_go(gate);
}

/* ---- namespaces that are held, and that nobody lives in ---- */

/* In our memory, of which it touches nothing but its stack: so nothing is copied for it. */
static _Noreturn void wait_for_the_end(void *unused)
{
	(void)unused;
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static int clone_waiting(uint64_t flags, int *pidfd)
{
	static char stack[2048] __attribute__((aligned(16)));
	struct sys_clone args = {
		.flags = flags | SYS_CLONE_VM | SYS_CLONE_PIDFD | SYS_CLONE_CLEAR_HAND,
		.pidfd = (uintptr_t)pidfd};

	return (int)sys_clone_on(&args, stack, sizeof(stack), wait_for_the_end, NULL);
}

static void reap(int *pidfd)
{
	if (*pidfd < 0)
		return;
	syscall(SYS_waitid, P_PIDFD, *pidfd, NULL, WEXITED | __WALL, NULL);
	sys_close(pidfd);
}

void launch_userns_settle(struct launch *l)
{
	reap(&l->waiting);
}

static int userns_find(struct launch *l, int pid)
{
	char name[32];

	launch_say(name, sizeof(name), "%d/ns/user", pid);
	return sys_open(l->proc, name, O_RDONLY);
}

int launch_userns_make(struct launch *l, const char *uids, const char *gids)
{
	int pidfd, pid = clone_waiting(SYS_CLONE_NEWUSER, &pidfd), userns;

	if (pid < 0)
		return launch_userns_refused(l, pid);
	userns = write_maps(l->proc, pid, uids, gids, false);
	if (!userns)
		userns = userns_find(l, pid);
	sys_pidfd_signal(pidfd, SIGKILL);
	reap(&pidfd);
	return userns;
}

int launch_userns_refused(struct launch *l, int error)
{
	if (error != -ENOSPC)
		return launch_fail(l, error, 125, "make a user namespace: %e", error);
	return launch_fail(l, error, 125,
		"make a user namespace: the host allows no more of them: see sysctl user.max_user_namespaces");
}

static int enter_network(struct launch *l, int from)
{
	if (l->outer_net < 0)
		l->outer_net = sys_open(l->proc, "self/ns/net", O_RDONLY);
	return (int)sys_result(syscall(SYS_setns, from, SYS_CLONE_NEWNET));
}

/* Who waited is told to end, and waited for when that costs nothing any more. */
int launch_userns_new(struct launch *l, const struct plan_step *step)
{
	uint64_t network = l->net_is_held ? 0 : step->n[0];
	int pid, error;

	if (l->userns >= 0)
		return 0;
	l->root[0] = (uint32_t)step->n[1];
	l->root[1] = (uint32_t)step->n[2];
	pid = clone_waiting(SYS_CLONE_NEWUSER | network, &l->waiting);
	if (pid < 0)
		return launch_userns_refused(l, pid);
	error = write_maps(
		l->proc, pid, plan_text(&l->plan, step->a), plan_text(&l->plan, step->b), false);
	if (!error)
		l->userns = userns_find(l, pid);
	if (!error && l->userns < 0)
		error = l->userns;
	if (!error && network)
		error = enter_network(l, l->waiting);
	sys_pidfd_signal(l->waiting, SIGKILL);
	return error < 0 ? error : 0;
}

/* "0 100000 65536": whom its root is outside; 0 when there is none. */
static uint32_t root_of(struct launch *l, int pid, const char *map)
{
	char name[32], text[4096], *line, *next;
	uint32_t found = 0;
	ssize_t len;
	int fd;

	launch_say(name, sizeof(name), "%d/%s", pid, map);
	fd = sys_open(l->proc, name, O_RDONLY);
	len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	sys_close(&fd);
	text[len > 0 ? len : 0] = '\0';
	for (line = text; *line; line = next) {
		unsigned long long inside, outside;
		const char *at = line + strspn(line, " "), *end = at + strcspn(at, " ");

		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (launch_number(at, (size_t)(end - at), UINT32_MAX, &inside) < 0 || inside)
			continue;
		at = end + strspn(end, " ");
		if (!launch_number(at, strcspn(at, " "), UINT32_MAX, &outside))
			found = (uint32_t)outside;
	}
	return found;
}

void launch_userns_adopt(struct launch *l, int pid)
{
	l->userns = userns_find(l, pid);
	l->root[0] = root_of(l, pid, "uid_map");
	l->root[1] = root_of(l, pid, "gid_map");
}

/* ---- namespaces of others ---- */

/* The number behind a pidfd, as of now. */
static int pid_of(struct launch *l, int pidfd)
{
	char name[32], text[512], *at;
	unsigned long long pid = 0;
	ssize_t len;
	int fd;

	launch_say(name, sizeof(name), "self/fdinfo/%d", pidfd);
	fd = sys_open(l->proc, name, O_RDONLY);
	if (fd < 0)
		return fd;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, "\nPid:\t");
	if (at)
		launch_number(at + 6, strcspn(at + 6, "\n"), INT32_MAX, &pid);
	return pid ? (int)pid : -ESRCH;
}

static int userns_of_container(struct launch *l, const char *id)
{
	int init = l->peer ? l->peer(l->peer_ctx, id) : -ESRCH, pid, userns;

	pid = init < 0 ? init : pid_of(l, init);
	userns = pid < 0 ? pid : userns_find(l, pid);
	/* The number may have changed hands before it was looked at. */
	if (userns >= 0 && sys_pidfd_signal(init, 0) < 0)
		sys_close(&userns);
	sys_close(&init);
	return userns >= 0
		       ? userns
		       : launch_fail(l, -ESRCH, 125,
				 "cannot join the user namespace of a non running container: %s",
				 id);
}

static int open_userns(struct launch *l, const char *which)
{
	static const char container[] = "container:";
	int fd;

	if (!strncmp(which, container, sizeof(container) - 1))
		return userns_of_container(l, which + sizeof(container) - 1);
	fd = sys_open(AT_FDCWD, which, O_RDONLY);
	return fd < 0 ? launch_fail(l, fd, 125, "user namespace %s: %e", which, fd) : fd;
}

struct network {
	struct launch *l;
	int fd;
};

/* While we sleep, with our table of files. */
static _Noreturn void make_network(void *arg)
{
	struct network *network = arg;

	if (syscall(SYS_setns, network->l->userns, SYS_CLONE_NEWUSER) < 0 ||
		syscall(SYS_unshare, SYS_CLONE_NEWNET) < 0)
		network->fd = -errno;
	else
		network->fd = sys_open(network->l->proc, "self/ns/net", O_RDONLY);
	for (;;)
		syscall(SYS_exit_group, 0);
}

static int network_in(struct launch *l)
{
	char stack[8192] __attribute__((aligned(16)));
	struct network network = {l, -ECHILD};
	struct sys_clone args = {
		.flags = SYS_CLONE_VM | SYS_CLONE_VFORK | SYS_CLONE_FILES | SYS_CLONE_CLEAR_HAND};
	int pid = (int)sys_clone_on(&args, stack, sizeof(stack), make_network, &network), error;

	if (pid < 0)
		return pid;
	syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | __WALL, NULL);
	error = network.fd < 0 ? network.fd : enter_network(l, network.fd);
	sys_close(&network.fd);
	return error;
}

int launch_userns_of(struct launch *l, const struct plan_step *step)
{
	if (l->userns >= 0)
		return 0;
	l->userns = open_userns(l, plan_text(&l->plan, step->a));
	l->root[0] = l->root[1] = PLAN_ROOT_OUTSIDE; /* until its store shows who that is */
	if (l->userns < 0)
		return l->userns;
	return step->n[0] && !l->net_is_held ? network_in(l) : 0;
}

uint32_t launch_owner(const struct launch *l, uint64_t id, int group)
{
	return id == PLAN_ROOT_OUTSIDE ? l->root[group] : (uint32_t)id;
}

int launch_root_ids(void)
{
	/* Where setgroups is denied nobody has a group to shed. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
		return -errno;
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -errno;
	return 0;
}
