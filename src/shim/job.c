/* job.c - one process in a container of its own, from beginning to end: `davit-shim job`.
 *
 * For what no list shows and nobody attaches to, such as a step of a build: no row, no log, no
 * socket but the one it was born with, and the caller's own streams. It answers STARTED or FAILED,
 * then EXIT, and is gone with its mounts. When the caller closes the connection, or dies, the
 * process is killed: a job has nobody else. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/launch/net.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

static void tell(uint16_t type, const void *payload, size_t len, const char *text)
{
	char frame[sizeof(struct wire_head) + 64 + sizeof(((struct launch_fail *)0)->text)];
	size_t text_len = text ? strlen(text) : 0;
	struct wire_head head = {.type = type, .len = (uint32_t)(len + text_len)};

	memcpy(frame, &head, sizeof(head));
	memcpy(frame + sizeof(head), payload, len);
	if (text_len)
		memcpy(frame + sizeof(head) + len, text, text_len);
	send(SHIM_FD_CLIENT, frame, sizeof(head) + len + text_len, MSG_NOSIGNAL);
}

static void tell_failure(const struct launch_fail *fail)
{
	const struct wire_failed failed = {fail->code, fail->exit, fail->step};

	tell(WIRE_FAILED, &failed, sizeof(failed), fail->text);
}

static void tell_start(struct shim *shim, const struct launched *launched)
{
	const struct wire_started started = {
		.pid = launched->pid,
		.start = launch_proc_start(shim->launch.proc, launched->pid),
		.started_ns = record_now(),
	};

	tell(WIRE_STARTED, &started, sizeof(started), NULL);
}

static void tell_end(struct shim *shim, const siginfo_t *info)
{
	bool exited = info->si_code == CLD_EXITED;
	const struct wire_exit end = {
		.code = exited ? info->si_status : 128 + info->si_status,
		.signal = exited ? 0 : info->si_status,
		.flags = oom_count(shim) ? ROW_OOM : 0,
		.finished_ns = record_now(),
	};

	tell(WIRE_EXIT, &end, sizeof(end), NULL);
}

/* True once it runs; false: *fail says why it never did. */
static bool has_started(struct launched *launched, struct launch_fail *fail)
{
	bool ready = false;

	for (;;) {
		struct pollfd gate = {.fd = launched->gate, .events = POLLIN};
		int console = -1;

		switch (launch_gate(launched->gate, fail, &console)) {
		case LAUNCH_WAIT:
			poll(&gate, 1, -1);
			break;
		case LAUNCH_READY:
			ready = true;
			break;
		case LAUNCH_CONSOLE: /* a job has no terminal of its own */
		case LAUNCH_LISTENER:
			sys_close(&console);
			break;
		case LAUNCH_WAITING: /* for the OCI runtime's callers */
		case LAUNCH_CREATED:
			break;
		case LAUNCH_FAIL:
			ready = false;
			break;
		case LAUNCH_END:
			sys_close(&launched->gate);
			return ready;
		}
	}
}

/* Until it has ended; a caller that leaves first takes it along. */
static void wait_for(const struct launched *launched, siginfo_t *info)
{
	struct pollfd both[] = {{.fd = launched->pidfd, .events = POLLIN},
		{.fd = SHIM_FD_CLIENT, .events = POLLIN}};

	while (!(both[0].revents & POLLIN)) {
		if (poll(both, 2, -1) < 0)
			continue;
		if (both[1].revents) {
			sys_pidfd_signal(launched->pidfd, SIGKILL);
			both[1].fd = -1;
			both[1].revents = 0;
		}
	}
	while (waitid(P_PID, (id_t)launched->pid, info, WEXITED) < 0 && errno == EINTR)
		;
}

static int run(struct shim *shim, struct launch_fail *fail)
{
	const struct launch_stdio stdio = {{0, 1, 2}, true};
	struct launched launched;
	siginfo_t info = {0};
	int error = launch_hold(&shim->launch);

	if (!error)
		error = launch_start(&shim->launch, &stdio, &launched);
	if (error) {
		*fail = shim->launch.fail;
		return error;
	}
	*fail = (struct launch_fail){.code = -EIO, .exit = 125, .step = -1};
	if (!has_started(&launched, fail)) {
		sys_pidfd_signal(launched.pidfd, SIGKILL);
		wait_for(&launched, &info);
		if (!fail->text[0])
			launch_say(fail->text, sizeof(fail->text), "killed before its exec");
		return fail->code;
	}
	tell_start(shim, &launched);
	/* Whoever it writes to sees the end when it has ended, not when we have. */
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	wait_for(&launched, &info);
	cgroups_kill(shim);
	launch_net_down(&shim->launch);
	tell_end(shim, &info);
	return 0;
}

static int open_all(struct shim *shim, struct launch_fail *fail)
{
	int dirs[LAUNCH_DIRS] = {
		[PLAN_STORE] = SHIM_FD_STORE, [PLAN_RUN] = SHIM_FD_RUN, [PLAN_OWN] = SHIM_FD_OWN};
	struct plan plan;
	int error = map_plan(SHIM_FD_PLAN, PLAN_CONTAINER, &plan, fail);

	if (!error)
		error = launch_init(&shim->launch, &plan, dirs);
	if (!error)
		error = cgroups_keep(shim, &plan);
	if (!error)
		error = fchdir(SHIM_FD_RUN) < 0 ? -errno : 0;
	if (!error)
		shim->launch.trace = map_trace(SHIM_FD_TRACE, &plan);
	if (shim->launch.trace)
		shim->launch.trace->shim_ns = launch_clock();
	return error;
}

int job_main(struct shim *shim)
{
	struct launch_fail fail = {.exit = 125, .step = -1};
	int error = open_all(shim, &fail);

	if (!error)
		error = run(shim, &fail);
	if (error) {
		if (!fail.text[0])
			launch_say(fail.text, sizeof(fail.text), "davit-shim: %e", error);
		fail.code = error;
		tell_failure(&fail);
	}
	cgroups_remove(shim);
	return error ? 125 : 0;
}
