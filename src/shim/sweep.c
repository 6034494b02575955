#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

/* So that nothing of the container is busy when somebody removes it. */
void release_mounts(struct shim *shim)
{
	struct plan plan;
	struct launch_fail fail;

	if (shim->launch.outer_mnt < 0 || map_plan(SHIM_FD_PLAN, PLAN_CONTAINER, &plan, &fail) < 0)
		return;
	for (unsigned i = 0; plan.steps[i].op != PLAN_CLONE; i++) {
		const struct plan_step *step = &plan.steps[i];
		bool is_bind = step->op == PLAN_BIND_ROOT, is_placed = step->op == PLAN_PLACE;
		int dir, here;

		if (step->op != PLAN_OVERLAY && !is_bind && !is_placed)
			continue;
		dir = launch_dir(&shim->launch, is_bind ? step->dir_b : step->dir_a);
		here = dir < 0 && dir != AT_FDCWD ? -1 : fchdir(dir);
		if (dir == AT_FDCWD || !here)
			umount2(plan_text(&plan, is_bind ? step->b : step->a), SYS_MNT_DETACH);
	}
	unmap_plan(&plan);
	if (fchdir(shim->launch.dir[PLAN_RUN]) < 0)
		return;
}

/* Where an fd lies, as a path: for the only program that is told by name where its store is. */
static bool path_of(struct shim *shim, int fd, char *to, size_t room)
{
	char link[32];
	ssize_t len;

	launch_proc_fd(link, fd);
	len = readlinkat(shim->launch.proc, link, to, room - 1);
	to[len > 0 ? len : 0] = '\0';
	return len > 0 && (size_t)len < room - 1;
}

/* RUN_ROOT/c/ID */
static void cut_names(char *path, int names)
{
	for (char *slash; names > 0 && (slash = strrchr(path, '/')) && slash != path; names--)
		*slash = '\0';
}

static _Noreturn void become_sweep(struct shim *shim, char *const argv[])
{
	static char *const envp[] = {NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	/* Never where the store may be mounted on what it removes. */
	if (shim->launch.outer_mnt >= 0 &&
		syscall(SYS_setns, shim->launch.outer_mnt, SYS_CLONE_NEWNS) < 0)
		_exit(127);
	if (shim->launch.outer_net >= 0)
		syscall(SYS_setns, shim->launch.outer_net, SYS_CLONE_NEWNET);
	dup3(SHIM_FD_DAVIT, 3, O_CLOEXEC);
	sys_close_range(4, ~0u);
	syscall(SYS_execveat, 3, "", argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

void sweep_start(struct shim *shim)
{
	char store[1024], run[1024];
	char *argv[] = {(char *)"davit", (char *)"--root", store, (char *)"--run-root", run,
		(char *)"sweep", shim->id, NULL};
	struct sys_clone args = {.exit_signal = SIGCHLD};

	if (!path_of(shim, shim->launch.dir[PLAN_STORE], store, sizeof(store)) ||
		!path_of(shim, shim->launch.dir[PLAN_RUN], run, sizeof(run)))
		return;
	cut_names(run, 2);
	if (!syscall(SYS_clone3, &args, sizeof(args)))
		become_sweep(shim, argv);
}
