#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/dns_serve.h"
#include "shim/shim.h"
#include "shim/uplink.h"

static struct shim the_shim;

static const char usage[] =
	"davit-shim watches over one container; davit starts it, as \"davit-shim launch|adopt ID ROW\" or \"davit-shim job\", and \"davit-shim keeper\" over an ordinary user's namespaces, \"davit-shim scope\" over systemd's scope of all.\n";

/* Only SIGKILL ends a shim. Dispositions are reset because whoever starts an ignoring parent
 * (nohup) would else give them to the container. */
static int block_signals(void)
{
	sigset_t all;

	for (int signal = 1; signal <= 64; signal++)
		syscall(SYS_rt_sigaction, signal, &(struct {
			void *handler;
			unsigned long rest[3];
		}){0},
			NULL, 8);
	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL) < 0 ? -errno : 0;
}

static int take_signals(struct shim *shim)
{
	sigset_t all;
	int fd;

	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	sigaddset(&all, SIGURG);
	sigaddset(&all, SIGTERM);
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	shim->children.fd = fd;
	return fd < 0 ? -errno : 0;
}

/* From systemd to all in davit's scope, or from whatever init to all that there is; anybody else's
 * SIGTERM is no reason to end a container. */
static bool means_the_hosts_end(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGURG || (info->ssi_signo == SIGTERM && info->ssi_pid == 1);
}

static void on_children(struct watch *watch, uint32_t events)
{
	struct shim *shim = container_of(watch, struct shim, children);
	struct signalfd_siginfo info;
	bool host_ends = false;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info))
		host_ends |= means_the_hosts_end(&info);
	process_reap(shim);
	if (host_ends)
		stop_by_host(shim);
}

static void close_on_exec(void)
{
	if (!syscall(SYS_close_range, SHIM_FD_PLAN, SHIM_FD_FILTER, SYS_CLOSE_RANGE_CLOEXEC))
		return;
	for (int fd = SHIM_FD_PLAN; fd <= SHIM_FD_FILTER; fd++) /* before 5.11 */
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* It must survive its container's memory trouble; a wish where that is not allowed. */
static void become_hard_to_kill(struct shim *shim)
{
	if (launch_proc_write(shim->launch.proc, "self", "oom_score_adj", "-999") < 0)
		return;
}

/* Who starts us and wants nothing recorded gives us no clocks. */
static void open_clocks(struct shim *shim)
{
	struct launch *launch = &shim->launch;

	launch->trace = map_trace(SHIM_FD_TRACE, &launch->plan);
	shim->records = launch->trace;
	if (launch->trace)
		launch->trace->shim_ns = launch_clock();
}

static int open_parts(struct shim *shim, struct launch_fail *fail)
{
	int dirs[LAUNCH_DIRS] = {
		[PLAN_STORE] = SHIM_FD_STORE, [PLAN_RUN] = SHIM_FD_RUN, [PLAN_OWN] = SHIM_FD_OWN};
	struct plan plan;
	int error = map_plan(SHIM_FD_PLAN, PLAN_CONTAINER, &plan, fail);

	if (!error)
		error = launch_init(&shim->launch, &plan, dirs);
	shim->launch.filter = shim->filter_from;
	shim->launch.peer = peer_open; /* launch_init has cleared them */
	shim->launch.peer_ctx = shim;
	if (!error)
		error = cgroups_keep(shim, &plan);
	if (!error)
		error = fchdir(SHIM_FD_RUN) < 0 ? -errno : 0;
	if (!error)
		error = record_open(shim);
	return error;
}

static void open_log(struct shim *shim)
{
	if (!(shim->plan.flags & (PLAN_NO_LOG | PLAN_JOB)))
		log_open(&shim->log, SHIM_FD_OWN, shim->plan.flags & PLAN_TTY,
			shim->plan.log_max_bytes, shim->plan.log_files);
}

static int begin_launch(struct shim *shim)
{
	struct launch_fail fail;

	open_clocks(shim);
	shim->phase = PHASE_HELD;
	record_status(shim, ROW_STARTING);
	fcntl(SHIM_FD_CLIENT, F_SETFL, O_NONBLOCK);
	if (!client_open(shim, SHIM_FD_CLIENT, true))
		return -EBADF;
	client_listen(shim);
	open_log(shim);
	ports_take(shim, shim->ports_from);
	sys_close(&shim->ports_from);
	health_open(shim);
	if (launch_hold(&shim->launch) < 0) {
		fail = shim->launch.fail;
		life_failed(shim, &fail);
	} else
		resolver_look(shim);
	return 0;
}

static int begin_adoption(struct shim *shim)
{
	int error;

	shim->records = true;
	client_listen(shim);
	open_log(shim);
	ports_take(shim, shim->ports_from);
	sys_close(&shim->ports_from);
	ports_bind(shim);
	health_open(shim);
	error = adopt(shim);
	unmap_plan(&shim->launch.plan);
	return error;
}

static int settle_in(void)
{
	prctl(PR_SET_NAME, "davit-shim", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	umask(077);
	close_on_exec();
	return block_signals();
}

static int prepare(struct shim *shim, struct launch_fail *fail)
{
	int error = settle_in();

	/* Before anything of ours is opened: where nothing was passed, the number is free. */
	shim->ports_from = fcntl(SHIM_FD_PORTS, F_GETFD) < 0 ? -1 : SHIM_FD_PORTS;
	shim->filter_from = fcntl(SHIM_FD_FILTER, F_GETFD) < 0 ? -1 : SHIM_FD_FILTER;
	shim->listener.fd = shim->log.fd = shim->log.index = shim->health.plan = -1;
	shim->processes = 1;
	process_init(shim_init_process(shim), shim);
	resolver_init(shim);
	if (!error)
		error = take_signals(shim);
	if (!error)
		error = loop_init(&shim->loop);
	if (!error)
		error = watch_open(
			&shim->loop, &shim->children, shim->children.fd, EPOLLIN, on_children);
	return error ? error : open_parts(shim, fail);
}

/* Before there is anything to be recorded, whoever waits on the born connection still gets a
 * sentence. */
static int give_up(int error, struct launch_fail *fail)
{
	struct wire_failed failed;
	char frame[sizeof(struct wire_head) + sizeof(failed) + sizeof(fail->text)];
	struct wire_head head = {.type = WIRE_FAILED};
	size_t len;

	if (!fail->text[0])
		launch_say(fail->text, sizeof(fail->text), "davit-shim: %e", error);
	failed = (struct wire_failed){error, 125, fail->step};
	len = strlen(fail->text);
	head.len = (uint32_t)(sizeof(failed) + len);
	memcpy(frame, &head, sizeof(head));
	memcpy(frame + sizeof(head), &failed, sizeof(failed));
	memcpy(frame + sizeof(head) + sizeof(failed), fail->text, len);
	send(SHIM_FD_CLIENT, frame, sizeof(head) + head.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return 125;
}

static bool read_arguments(struct shim *shim, int argc, char **argv)
{
	unsigned long long row;

	if (argc != 4 || strlen(argv[2]) != ROW_ID_LEN ||
		launch_number(argv[3], strlen(argv[3]), UINT32_MAX, &row) < 0)
		return false;
	memcpy(shim->id, argv[2], ROW_ID_LEN);
	shim->row = (uint32_t)row;
	return !strcmp(argv[1], "launch") || !strcmp(argv[1], "adopt");
}

int main(int argc, char **argv)
{
	struct shim *shim = &the_shim;
	struct launch_fail fail = {.step = -1};
	int error;

	if (argc == 4 && !strcmp(argv[1], "dns"))
		return dns_main(argv);
	if (argc == 2 && !strcmp(argv[1], "uplink"))
		return uplink_main();
	if (argc == 2 && !strcmp(argv[1], "keeper"))
		return keeper_main();
	if (argc == 2 && !strcmp(argv[1], "scope"))
		return scope_main();
	if (argc == 2 && !strcmp(argv[1], "job")) {
		error = seal_self(argv);
		if (!error)
			error = settle_in();
		return error ? give_up(error, &fail) : job_main(shim);
	}
	if (!read_arguments(shim, argc, argv)) {
		ssize_t wrote = write(2, usage, sizeof(usage) - 1);

		return wrote < 0 ? 125 : 2;
	}
	error = seal_self(argv);
	if (!error)
		error = prepare(shim, &fail);
	if (error)
		return give_up(error, &fail);
	become_hard_to_kill(shim);
	error = argv[1][0] == 'l' ? begin_launch(shim) : begin_adoption(shim);
	if (error)
		return give_up(error, &fail);
	while (!life_may_leave(shim)) {
		stream_scratch_release();
		loop_turn(&shim->loop);
	}
	return 0;
}
