/* clocks.c - the clocks of a start that nobody asked a davit for: a restart's.
 *
 * Those of the first start are in memory that davit reads and saves (runtime/plan.h: trace). Here
 * there is no davit, so the memory is ours, and when the container runs, or could not be started,
 * it becomes containers/ID/trace.again. began_ns is that of the fact "again", by which a reader
 * knows which restart it was. The newest is kept. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/launch/sys.h"
#include "shim/shim.h"

void clocks_begin(struct shim *shim)
{
	unsigned steps = shim->launch.plan.head->steps;
	struct trace *trace;

	if (!facts_are_worth_it(shim))
		return;
	/* The new process writes into it, too. */
	trace = mmap(
		NULL, trace_size(steps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (trace == MAP_FAILED)
		return;
	memcpy(trace->magic, TRACE_MAGIC, sizeof(trace->magic));
	trace->version = 1;
	trace->steps = steps;
	trace->began_ns = shim->again_ns;
	shim->launch.trace = trace;
}

void clocks_end(struct shim *shim, struct trace **trace)
{
	size_t len = *trace ? trace_size((*trace)->steps) : 0;
	int fd;

	if (len && shim->again_ns) {
		fd = openat(shim->launch.dir[PLAN_OWN], "trace.again",
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		/* One that is cut off is none to its reader. */
		if (fd >= 0 && write(fd, *trace, len) < (ssize_t)len)
			(void)!ftruncate(fd, 0);
		sys_close(&fd);
	}
	unmap_trace(trace);
}
