#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/launch/parts.h"

/* One system call by a process that is confined as the container's are, and does nothing else: what
 * the kernel answered is its exit code. */
int launch_try(struct launch *l, const struct plan_step *step)
{
	const uint64_t *args = (const uint64_t *)plan_text(&l->plan, step->a);
	const char *text = plan_text(&l->plan, step->b);
	long arg[PLAN_TRY_ARGS], answer;

	for (int i = 0; i < PLAN_TRY_ARGS; i++)
		arg[i] = step->n[1] >> i & 1 ? (long)(text + args[i]) : (long)args[i];
	launch_gate_ready(l->gate);
	answer = syscall((long)step->n[0], arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	_exit(answer < 0 ? errno : 0);
}
