#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

/* containers' run directory, "stdio": which pipes the streams were, so that an adopter does not
 * take another pipe of the container for its output. */
#define STDIO_MAGIC "davstdi\n"
struct stdio {
	char magic[8];
	uint64_t device, out, err;
};

/* linux/pidfd.h, 6.15 */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
	uint32_t coredump_mask, spare;
};
#define PIDFD_GET_INFO  _IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT (1ull << 3)

/* How often, and how long between, the exit code is asked for. */
enum { ASK_TRIES = 400, ASK_AGAIN_MS = 5 };

static uint64_t inode(int fd, uint64_t *device)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	*device = st.st_dev;
	return st.st_ino;
}

void adopt_remember(struct shim *shim)
{
	const struct process *init = shim_init_process(shim);
	struct stdio stdio = {.device = 0};
	int fd;

	if (init->tty || init->out.watch.fd < 0)
		return;
	memcpy(stdio.magic, STDIO_MAGIC, sizeof(stdio.magic));
	stdio.out = inode(init->out.watch.fd, &stdio.device);
	stdio.err = inode(init->err.watch.fd, &stdio.device);
	fd = openat(shim->launch.dir[PLAN_RUN], "stdio",
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, &stdio, sizeof(stdio)) != sizeof(stdio))
		unlinkat(shim->launch.dir[PLAN_RUN], "stdio", 0);
	sys_close(&fd);
}

static bool recall(const struct shim *shim, struct stdio *stdio)
{
	int fd = sys_open(shim->launch.dir[PLAN_RUN], "stdio", O_RDONLY | O_NOFOLLOW);
	bool is_whole = fd >= 0 && read(fd, stdio, sizeof(*stdio)) == sizeof(*stdio) &&
			!memcmp(stdio->magic, STDIO_MAGIC, sizeof(stdio->magic));

	sys_close(&fd);
	return is_whole;
}

static int open_if_same(const char *name, int dir, uint64_t device, uint64_t wanted)
{
	struct stat st;
	uint64_t found;
	int fd;

	if (fstatat(dir, name, &st, 0) < 0 || !S_ISFIFO(st.st_mode) || st.st_ino != wanted ||
		st.st_dev != device)
		return -1;
	fd = sys_open(dir, name, O_RDONLY | O_NONBLOCK);
	/* Looked at once more through what is held: the process may have closed and opened
	 * meanwhile. */
	found = inode(fd, &device);
	if (fd >= 0 && found != wanted)
		sys_close(&fd);
	return fd;
}

struct entry { /* linux_dirent64 */
	uint64_t inode;
	int64_t next;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* The pipe among whatever the process has open now: it may have moved its output elsewhere and kept
 * the old one. */
static int find_pipe(const struct shim *shim, int pid, uint64_t device, uint64_t wanted)
{
	char path[32], room[1024] __attribute__((aligned(8)));
	int dir, found = -1;
	long len;

	launch_say(path, sizeof(path), "%d/fd", pid);
	dir = wanted ? sys_open(shim->launch.proc, path, O_RDONLY | O_DIRECTORY) : -1;
	while (dir >= 0 && found < 0 &&
		(len = syscall(SYS_getdents64, dir, room, sizeof(room))) > 0)
		for (long at = 0; at < len && found < 0;) {
			struct entry *entry = (struct entry *)(room + at);

			at += entry->len;
			if (entry->name[0] != '.')
				found = open_if_same(entry->name, dir, device, wanted);
		}
	sys_close(&dir);
	return found;
}

static void take_over_streams(struct shim *shim, struct process *init)
{
	struct stdio stdio;
	int out, err;

	if (!recall(shim, &stdio))
		return;
	out = find_pipe(shim, init->pid, stdio.device, stdio.out);
	err = find_pipe(shim, init->pid, stdio.device, stdio.err);
	if (out >= 0)
		stream_open(&init->out, init, LOG_STDOUT, out);
	if (err >= 0)
		stream_open(&init->err, init, LOG_STDERR, err);
}

/* What is known now and only now: the monitor died before this moment. */
static void note(struct shim *shim, const char *what)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	launch_say(shim->state.error, sizeof(shim->state.error),
		"%s: monitor killed at %04u-%02u-%02uT%02u:%02u:%02uZ", what,
		(uint32_t)tm.tm_year + 1900, (uint32_t)tm.tm_mon + 1, (uint32_t)tm.tm_mday,
		(uint32_t)tm.tm_hour, (uint32_t)tm.tm_min, (uint32_t)tm.tm_sec);
}

static int exit_status(int pidfd)
{
	struct pidfd_info info = {.mask = PIDFD_INFO_EXIT};

	if (ioctl(pidfd, PIDFD_GET_INFO, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT))
		return -1;
	return info.exit_code;
}

static void ask(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, linger_timer);
	struct process *init = shim_init_process(shim);
	int status = exit_status(init->pidfd);

	/* The code is told once its new parent has reaped it, which may take that one a moment. */
	if (status < 0 && shim->asked++ < ASK_TRIES) {
		timer_start(&shim->loop, timer, ASK_AGAIN_MS, ask);
		return;
	}
	if (status < 0)
		note(shim, "exit code lost");
	process_foreign_ended(init, status);
}

static void on_gone(struct watch *watch, uint32_t events)
{
	struct process *init = container_of(watch, struct process, gone);

	(void)events;
	watch_close(&init->shim->loop, watch);
	init->shim->asked = 0;
	ask(&init->shim->linger_timer);
}

/* By number and start time, and once more after its pidfd is held: then the number cannot change
 * hands. */
static int hold_init(struct shim *shim, struct process *init)
{
	const struct row_process *was = &shim->state.init;

	if (was->pid <= 0)
		return -ESRCH;
	init->pidfd = sys_pidfd_open(was->pid);
	if (init->pidfd < 0)
		return init->pidfd;
	if (launch_proc_start(shim->launch.proc, was->pid) != was->start) {
		sys_close(&init->pidfd);
		return -ESRCH;
	}
	init->pid = was->pid;
	init->start = was->start;
	return 0;
}

static bool held_network(const struct plan *plan)
{
	for (unsigned i = 0; plan->steps[i].op != PLAN_CLONE; i++)
		if (((plan->steps[i].op == PLAN_UNSHARE || plan->steps[i].op == PLAN_USERNS ||
			     plan->steps[i].op == PLAN_USERNS_OF) &&
			    plan->steps[i].n[0] & SYS_CLONE_NEWNET) ||
			plan->steps[i].op == PLAN_NETWORK)
			return true;
	return false;
}

/* Its files, its network and whoever is executed in it belong to that one. */
static void hold_userns(struct shim *shim, const struct process *init)
{
	const struct plan *plan = &shim->launch.plan;

	for (unsigned i = 0; plan->steps[i].op != PLAN_CLONE; i++)
		if (plan->steps[i].op == PLAN_USERNS || plan->steps[i].op == PLAN_USERNS_OF)
			launch_userns_adopt(&shim->launch, init->pid);
}

/* Its network must outlive it, for a restart. */
static void hold_network(struct shim *shim, const struct process *init)
{
	if (!held_network(&shim->launch.plan))
		return;
	shim->launch.outer_net = sys_open(shim->launch.proc, "self/ns/net", O_RDONLY);
	shim->launch.net_is_held = !syscall(SYS_setns, init->pidfd, SYS_CLONE_NEWNET);
	if (shim->launch.net_is_held)
		resolver_look(shim);
}

/* It ended while nobody watched. */
static int bury(struct shim *shim, struct process *init)
{
	note(shim, "exit code lost");
	init->exit_code = 255;
	init->exit_flags = ROW_CODE_LOST;
	init->finished_ns = record_now();
	init->state = PROCESS_ENDED;
	init->is_reaped = true;
	life_ended(shim);
	return 0;
}

int adopt(struct shim *shim)
{
	struct process *init = shim_init_process(shim);
	bool was_paused = shim->state.status == ROW_PAUSED;
	int watched;

	shim->adopted = shim->has_volumes = true;
	shim->phase = PHASE_RUNNING;
	shim->restart.count = shim->state.restarts;
	shim->state.flags &= ~(uint32_t)ROW_STOPPING; /* who asked went with the first shim */
	init->is_foreign = true;
	init->started_ns = shim->state.started_ns;
	init->stdin_once = shim->plan.flags & PLAN_STDIN_ONCE;
	init->is_ready = true;
	if (hold_init(shim, init) < 0)
		return bury(shim, init);
	init->state = PROCESS_RUNNING;
	take_over_streams(shim, init);
	hold_userns(shim, init);
	hold_network(shim, init);
	if (shim->plan.flags & PLAN_TTY)
		note(shim, "terminal lost");
	record_status(shim, was_paused ? ROW_PAUSED : ROW_RUNNING);
	if (!was_paused) {
		hold_forget(shim); /* whoever held it still went with the first shim */
		health_resume(shim);
	}
	watched = fcntl(init->pidfd, F_DUPFD_CLOEXEC, 3);
	return watched < 0 ? -errno
			   : watch_open(&shim->loop, &init->gone, watched, EPOLLIN, on_gone);
}
