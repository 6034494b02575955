#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "shim/shim.h"

/* A file that could shrink while it is mapped would kill us with SIGBUS. */
static void *map(int fd, size_t least, size_t most, int prot, size_t *len)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *at;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0)
		return NULL;
	if ((size_t)st.st_size < least || (size_t)st.st_size > most)
		return NULL;
	*len = (size_t)st.st_size;
	at = mmap(NULL, *len, prot, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

static int refuse(struct launch_fail *fail, int step, const char *why)
{
	struct launch place = {.fail = {.code = 0}};

	launch_fail(
		&place, -EPROTO, 125, step < 0 ? "launch plan: %s" : "launch plan: a step %s", why);
	*fail = place.fail;
	fail->step = step;
	return -EPROTO;
}

int map_plan(int fd, uint32_t kind, struct plan *out, struct launch_fail *fail)
{
	const char *why;
	size_t len;
	int step, seals = fcntl(fd, F_GET_SEALS);
	void *at = map(fd, sizeof(struct plan_header), PLAN_SIZE_MAX, PROT_READ, &len);

	if (!at || !(seals & F_SEAL_WRITE)) {
		if (at)
			munmap(at, len);
		return refuse(fail, -1, "not a sealed file of a plan's size");
	}
	if (plan_open(at, len, out, &why, &step) < 0 || out->head->kind != kind) {
		refuse(fail, step, why ? why : "the kind is another");
		munmap(at, len);
		return -EPROTO;
	}
	return 0;
}

void unmap_plan(struct plan *plan)
{
	if (plan->head)
		munmap((void *)plan->head, plan->head->size);
	plan->head = NULL;
}

struct trace *map_trace(int fd, const struct plan *plan)
{
	size_t len, need = trace_size(plan->head->steps);
	struct trace *trace = map(fd, need, need + PLAN_SIZE_MAX, PROT_READ | PROT_WRITE, &len);

	/* The length to unmap is worked out from this again: it must stay as it is. */
	if (trace && trace->steps != plan->head->steps) {
		munmap(trace, len);
		return NULL;
	}
	return trace;
}

void unmap_trace(struct trace **trace)
{
	if (*trace)
		munmap(*trace, trace_size((*trace)->steps));
	*trace = NULL;
}
