#include "shim/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { PIPE_SIZE = 256 << 10 };

struct pipes {
	int in, out, err; /* our ends, -1: none */
	struct launch_stdio child;
};

/* The container's end of an output pipe is open for reading too: its writers never see the pipe
 * without a reader, so they outlive their monitor. */
static int output_pipe(struct launch *launch, int *ours, int *theirs)
{
	char name[32];
	int ends[2], fd;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	launch_proc_fd(name, ends[1]);
	fd = sys_open(launch->proc, name, O_RDWR);
	close(ends[1]);
	if (fd < 0) {
		close(ends[0]);
		return fd;
	}
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* a wish: an unprivileged user's total is limited */
	*ours = ends[0];
	*theirs = fd;
	return 0;
}

static int input_pipe(int *ours, int *theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*theirs = ends[0];
	*ours = ends[1];
	return fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static void close_pipes(struct pipes *pipes)
{
	for (int i = 0; i < 3; i++)
		if (pipes->child.ours)
			sys_close(&pipes->child.fd[i]);
	sys_close(&pipes->in);
	sys_close(&pipes->out);
	sys_close(&pipes->err);
}

static int open_pipes(struct launch *launch, uint32_t flags, struct pipes *pipes)
{
	bool is_piped = !(flags & PLAN_TTY);
	int error = 0;

	*pipes = (struct pipes){-1, -1, -1, {{0, 1, 2}, false}};
	if (flags & PLAN_JOB)
		return 0;
	pipes->child = (struct launch_stdio){{-1, -1, -1}, true};
	if (is_piped && flags & PLAN_STDIN)
		error = input_pipe(&pipes->in, &pipes->child.fd[0]);
	if (!error && is_piped)
		error = output_pipe(launch, &pipes->out, &pipes->child.fd[1]);
	if (!error && is_piped)
		error = output_pipe(launch, &pipes->err, &pipes->child.fd[2]);
	for (int i = 0; i < 3 && !error; i++) {
		if (pipes->child.fd[i] < 0)
			pipes->child.fd[i] = sys_open(AT_FDCWD, "/dev/null", O_RDWR);
		error = pipes->child.fd[i] < 0 ? pipes->child.fd[i] : 0;
	}
	return error;
}

static void keep_streams(struct process *process, struct pipes *pipes)
{
	if (pipes->out >= 0)
		stream_open(&process->out, process, LOG_STDOUT, pipes->out);
	if (pipes->err >= 0)
		stream_open(&process->err, process, LOG_STDERR, pipes->err);
	if (pipes->in >= 0)
		watch_open(&process->shim->loop, &process->in, pipes->in, 0, NULL);
	pipes->out = pipes->err = pipes->in = -1;
}

/* An exec's are its caller's to keep, and so are those of the first start. */
static void clocks_are_over(struct process *process)
{
	if (process->is_init)
		clocks_end(process->shim, &process->trace);
	unmap_trace(&process->trace);
}

static void begin(struct process *process)
{
	struct shim *shim = process->shim;

	process->state = PROCESS_RUNNING;
	/* Its end may be known first: then it did not start after that. */
	process->started_ns = process->is_reaped ? process->finished_ns : record_now();
	process->start = launch_proc_start(shim->launch.proc, process->pid);
	if (process->trace) {
		process->trace->started_ns = launch_clock();
		process->trace->step[process->exec_step].end_ns = process->trace->started_ns;
	}
	clocks_are_over(process);
	if (process->is_init)
		life_started(shim);
	else if (!process->is_probe)
		record_exec(process, "exec_start");
	unmap_plan(&process->plan);
	clients_started(process);
	clients_stdin_ready(process);
	/* So that a reboot tells what ran from what had ended; a --rm container goes either way. */
	if (process->is_init && !(shim->plan.flags & PLAN_AUTO_REMOVE))
		record_last(shim);
}

static void fail(struct process *process)
{
	clocks_are_over(process);
	unmap_plan(&process->plan);
	stream_close(&process->out);
	stream_close(&process->err);
	stdin_close(process);
	if (process->is_init)
		life_failed(process->shim, &process->fail);
	else if (process->is_probe)
		health_failed(process);
	else
		clients_failed(process);
}

static void record_exec_end(struct process *process)
{
	char code[12];

	launch_say(code, sizeof(code), "%d", process->exit_code);
	record_event(process->shim, "exec_die", "execID", process->id, "exitCode", code, NULL);
}

/* Both the process and its gate have spoken: nothing of it is left to come. */
static void settle(struct process *process)
{
	struct shim *shim = process->shim;
	bool is_init = process->is_init;
	bool is_open = process->state == PROCESS_STARTING || process->state == PROCESS_RUNNING;

	/* Whoever reaps it may have read its gate's end just before: settled already, or even given
	 * away. */
	if (!is_open || process->gate.fd >= 0 || !process->is_reaped)
		return;
	sys_close(&process->pidfd);
	if (process->state == PROCESS_STARTING) {
		process->state = PROCESS_ENDED;
		fail(process);
		if (!is_init)
			process_free(process);
		return;
	}
	process->state = PROCESS_ENDED;
	stream_drain(&process->out);
	stream_drain(&process->err);
	watch_close(&shim->loop, &process->in);
	if (is_init) {
		life_ended(shim);
		return;
	}
	if (process->is_probe) {
		health_ended(process);
		process_free(process);
		return;
	}
	record_exec_end(process);
	/* The record stays until somebody has asked for it. */
	if (clients_exit(process, false))
		process_free(process);
}

/* One word from the gate; false when there is nothing more to hear now. */
static bool hear(struct process *process)
{
	int master = -1;

	switch (launch_gate(process->gate.fd, &process->fail, &master)) {
	case LAUNCH_WAIT:
		return false;
	case LAUNCH_WAITING: /* for the OCI runtime's callers */
	case LAUNCH_CREATED:
		return true;
	case LAUNCH_LISTENER: /* nobody here to take it */
		sys_close(&master);
		return true;
	case LAUNCH_READY:
		process->is_ready = true;
		return true;
	case LAUNCH_CONSOLE:
		stream_open(&process->out, process, LOG_STDOUT, master);
		return true;
	case LAUNCH_FAIL:
		process->is_ready = false;
		return true;
	case LAUNCH_END:
		break;
	}
	watch_close(&process->shim->loop, &process->gate);
	if (process->is_ready)
		begin(process);
	settle(process);
	return false;
}

static void on_gate(struct watch *watch, uint32_t events)
{
	(void)events;
	hear(container_of(watch, struct process, gate));
}

int process_launch(struct process *process, struct launch *launch, uint32_t flags)
{
	struct launched launched;
	struct pipes pipes;
	int error = open_pipes(launch, flags, &pipes);

	process->tty = flags & PLAN_TTY;
	process->stdin_once = flags & PLAN_STDIN_ONCE;
	process->is_ready = process->is_reaped = process->is_foreign = false;
	process->exec_step = launch->plan.head->steps - 1;
	process->fail = (struct launch_fail){.code = -EIO, .exit = 125, .step = -1};
	if (!error)
		error = launch_start(launch, &pipes.child, &launched);
	else
		launch_fail(launch, error, 125, "stdio: %e", error);
	if (error) {
		close_pipes(&pipes);
		process->fail = launch->fail;
		return error;
	}
	process->state = PROCESS_STARTING;
	process->pid = launched.pid;
	process->pidfd = launched.pidfd;
	watch_open(&process->shim->loop, &process->gate, launched.gate, EPOLLIN, on_gate);
	keep_streams(process, &pipes);
	close_pipes(&pipes);
	return 0;
}

void process_free(struct process *process)
{
	struct loop *loop = &process->shim->loop;

	stream_close(&process->out);
	stream_close(&process->err);
	watch_close(loop, &process->in);
	watch_close(loop, &process->gate);
	watch_close(loop, &process->gone);
	sys_close(&process->pidfd);
	unmap_trace(&process->trace);
	unmap_plan(&process->plan);
	process->state = PROCESS_FREE;
}

static void ended(struct process *process, int code, int signal)
{
	process->is_reaped = true;
	process->finished_ns = record_now();
	process->signal = signal;
	process->exit_code = signal ? 128 + signal : code;
	if (process->state == PROCESS_STARTING && !process->fail.text[0] && signal) {
		struct launch place = {.fail = {.code = 0}};

		launch_fail(&place, -EINTR, 125, "killed by signal %d before its exec", signal);
		process->fail = place.fail;
	}
	/* All of it: an exec that ended with its container must be told of before the container is.
	 */
	while (process->gate.fd >= 0 && hear(process))
		;
	settle(process);
}

static struct process *find(struct shim *shim, int pid)
{
	for (unsigned i = 0; i < shim->processes; i++) {
		struct process *process = &shim->process[i];

		if (process->pid == pid && !process->is_reaped && !process->is_foreign &&
			(process->state == PROCESS_STARTING || process->state == PROCESS_RUNNING))
			return process;
	}
	return NULL;
}

/* Also strangers: what a container without a pid namespace of its own leaves behind ends up with
 * us. */
void process_reap(struct shim *shim)
{
	for (;;) {
		siginfo_t info = {.si_pid = 0};
		struct process *process;

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
			return;
		if (resolver_reaped(
			    shim, info.si_pid, info.si_code == CLD_EXITED && !info.si_status))
			continue;
		process = find(shim, info.si_pid);
		if (process && info.si_code == CLD_EXITED)
			ended(process, info.si_status, 0);
		else if (process)
			ended(process, 0, info.si_status);
	}
}

void process_foreign_ended(struct process *process, int status)
{
	if (status < 0) {
		process->exit_flags |= ROW_CODE_LOST;
		ended(process, 255, 0);
	} else if (WIFSIGNALED(status))
		ended(process, 0, WTERMSIG(status));
	else
		ended(process, WEXITSTATUS(status), 0);
}

void process_resize(struct process *process, uint16_t rows, uint16_t columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};

	if (process->tty && process->out.watch.fd >= 0 && rows && columns)
		ioctl(process->out.watch.fd, TIOCSWINSZ, &size);
}
