/* Hooks: programs that are told of a container's state on stdin. */
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "runtime/launch/hook.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

/* Nothing of ours but stdio is open in it. */
static _Noreturn void become(const struct launch_hook_call *call)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (lseek(call->state, 0, SEEK_SET) < 0 || dup2(call->state, 0) < 0 ||
		sys_close_range(3, ~0u) < 0)
		_exit(125);
	execve(call->path, (char *const *)call->argv, (char *const *)call->envp);
	_exit(errno == ENOENT ? 127 : 126);
}

static int wait_for(int pidfd, uint64_t seconds)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	int timeout = seconds && seconds < 2000000 ? (int)seconds * 1000 : -1, ready;
	siginfo_t info = {0};

	do
		ready = poll(&ended, 1, timeout);
	while (ready < 0 && errno == EINTR);
	if (!ready)
		sys_pidfd_signal(pidfd, SIGKILL);
	if (syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED, NULL) < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* A container's filter may know only the older of the two calls. */
static int clone_child(int *pidfd)
{
	struct sys_clone args = {
		.flags = SYS_CLONE_PIDFD, .pidfd = (uintptr_t)pidfd, .exit_signal = SIGCHLD};
	int pid = (int)sys_result(syscall(SYS_clone3, &args, sizeof(args)));

	if (pid != -ENOSYS)
		return pid;
	return (int)sys_result(
		syscall(SYS_clone, SYS_CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL));
}

int launch_hook_run(const struct launch_hook_call *call)
{
	int pidfd = -1, result, pid = clone_child(&pidfd);

	if (pid < 0)
		return pid;
	if (!pid)
		become(call);
	result = wait_for(pidfd, call->seconds);
	close(pidfd);
	return result;
}

static const char **list(const struct plan *plan, struct plan_ref ref)
{
	size_t count = 1;
	const char **items;

	for (const char *item = plan_next(plan, ref, NULL); item; item = plan_next(plan, ref, item))
		count++;
	items = mmap(NULL, count * sizeof(*items), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (items == MAP_FAILED)
		return NULL;
	count = 0;
	for (const char *item = plan_next(plan, ref, NULL); item; item = plan_next(plan, ref, item))
		items[count++] = item;
	items[count] = NULL;
	return items;
}

int launch_hook(struct launch *l, const struct plan_step *step)
{
	struct launch_hook_call call = {.state = l->state,
		.path = plan_text(&l->plan, step->a),
		.argv = list(&l->plan, step->b),
		.envp = list(&l->plan, step->c),
		.seconds = step->n[0]};
	int result = call.argv && call.envp ? launch_hook_run(&call) : -ENOMEM;

	if (result == -ETIMEDOUT)
		return launch_fail(l, result, 125, "hook %s: took longer than %U seconds",
			call.path, step->n[0]);
	if (result < 0)
		return launch_fail(l, result, 125, "hook %s: %e", call.path, result);
	if (result)
		return launch_fail(
			l, -ECANCELED, 125, "hook %s: failed with exit code %d", call.path, result);
	return 0;
}
