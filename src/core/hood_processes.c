/* hood_processes.c - its processes as a tree, each with its number outside and inside. */
#include <stdio.h>
#include <stdlib.h>

#include "core/hood_parts.h"
#include "util/redact.h"

enum { DEPTH_MAX = 16 };

struct family {
	struct hooded *h;
	const struct container_process *all;
	size_t count;
};

static void add_process(struct family *family, const struct container_process *p, int depth)
{
	auto_buf command = BUF_INIT;
	struct hooded *h = family->h;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", p->pid);
	redact_line(p->command, &command);
	hood_add(h, HOOD_PROCESSES, pid, "%*s%d %s", 2 * depth, "", p->container_pid,
		buf_text(&command));
	if (p->container_pid == 1)
		hood_words(h,
			"Outside it is %d, inside 1: when it ends, the container ends, and "
			"the kernel kills the rest.",
			p->pid);
	else
		hood_words(h, "Outside it is %d, inside %d.", p->pid, p->container_pid);
	hood_proof(h, "/proc/%d/status", p->pid);
	hood_command(h, "grep NSpid /proc/%d/status", p->pid);
}

static void add_below(struct family *family, int parent, int depth)
{
	for (size_t i = 0; i < family->count; i++) {
		const struct container_process *p = &family->all[i];

		if (p->ppid != parent || p->pid == parent)
			continue;
		add_process(family, p, depth);
		if (depth < DEPTH_MAX)
			add_below(family, p->pid, depth + 1);
	}
}

static bool is_listed(const struct family *family, int pid)
{
	for (size_t i = 0; i < family->count; i++)
		if (family->all[i].pid == pid)
			return true;
	return false;
}

/* Roots are those whose parent is not of the container: its first process, and every exec. */
void hood_processes(struct hooded *h)
{
	auto_free struct container_process *all = NULL;
	struct family family = {.h = h};
	struct err err;

	if (engine_container_processes(h->engine, h->row->id, &all, &family.count, &err) < 0)
		return;
	family.all = all;
	for (size_t i = 0; i < family.count; i++)
		if (!is_listed(&family, all[i].ppid)) {
			add_process(&family, &all[i], 0);
			add_below(&family, all[i].pid, 1);
		}
}
