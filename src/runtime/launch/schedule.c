#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

struct attributes { /* struct sched_attr, as of 3.14 */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int launch_scheduler(const uint64_t n[5])
{
	struct attributes attr = {.size = sizeof(attr),
		.policy = (uint32_t)n[0],
		.flags = n[0] >> 32,
		.nice = (int32_t)n[1],
		.priority = (uint32_t)(n[1] >> 32),
		.runtime = n[2],
		.deadline = n[3],
		.period = n[4]};

	return (int)sys_result(syscall(SYS_sched_setattr, 0, &attr, 0));
}

int launch_memory_policy(uint64_t mode, const void *mask, size_t len)
{
	return (int)sys_result(syscall(SYS_set_mempolicy, mode, mask, len * 8 + 1));
}

/* The call answers with the length of the kernel's own mask. */
int launch_affinity(const void *mask, size_t len)
{
	int result = (int)sys_result(syscall(SYS_sched_setaffinity, 0, len, mask));

	return result < 0 ? result : 0;
}
