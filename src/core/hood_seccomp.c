/* hood_seccomp.c - what its filter of system calls refuses, found out by running the filter
 * (seccomp(2)). */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hood_parts.h"
#include "core/module.h"
#include "runtime/plan.h"
#include "runtime/seccomp_explain.h"
#include "util/path.h"

/* Refusals that can be seen from a shell, and that would do no harm were the filter another by then. */
static const struct {
	const char *name, *attempt;
} attempts[] = {
	{"mount", "mount -t tmpfs none /mnt"},
	{"umount2", "umount /proc"},
	{"unshare", "unshare -m true"},
	{"setns", "nsenter -t 1 -m true"},
	{"syslog", "dmesg"},
};

struct tally {
	struct hooded *h;
	unsigned allowed, refused, depends;
};

/* What a refused call returns. */
static const char *outcome(uint32_t answer, char out[32])
{
	uint32_t data = answer & SECCOMP_RET_DATA;

	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return strerrorname_np((int)data) ? strerrorname_np((int)data) : "an error";
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
		return "killed";
	case SECCOMP_RET_TRAP:
		return "SIGSYS";
	case SECCOMP_RET_USER_NOTIF:
		return "asks a supervisor";
	case SECCOMP_RET_TRACE:
		return "asks a tracer";
	default:
		snprintf(out, 32, "0x%x", answer);
		return out;
	}
}

static void show_attempt(struct hooded *h, const char *call)
{
	if (try_find(call) && h->row)
		hood_command(h, "davit explain --try %s %s", call, h->row->name);
	for (size_t i = 0; i < array_len(attempts); i++)
		if (strcmp(attempts[i].name, call) == 0 && h->row)
			hood_command(h, "davit exec %s %s", h->row->name, attempts[i].attempt);
}

static void on_answer(void *arg, const struct seccomp_answer *told)
{
	struct tally *tally = arg;
	struct hooded *h = tally->h;
	uint32_t action = told->answer & SECCOMP_RET_ACTION_FULL;
	bool passes = action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
	char text[32];

	if (told->depends) {
		tally->depends++;
		hood_add(h, HOOD_SECCOMP, told->name, "by its arguments");
		hood_words(h, "Some uses pass and some are refused: the filter looks at what the "
			      "call is given.");
	} else if (passes) {
		tally->allowed++;
		return;
	} else {
		tally->refused++;
		hood_add(h, HOOD_SECCOMP, told->name, "%s", outcome(told->answer, text));
		hood_words(h, "The kernel refuses the call before it looks at anything else.");
	}
	hood_proof(h, "/proc/%d/status", h->pid);
	hood_command(h, "grep Seccomp /proc/%d/status", h->pid);
	show_attempt(h, told->name);
}

const struct plan_step *hood_find_filter(int own_fd, struct buf *bytes, struct plan *plan)
{
	const char *why;
	int bad;

	if (path_read_at(own_fd, "plan", PLAN_SIZE_MAX, bytes) < 0 ||
		plan_open(bytes->data, bytes->len, plan, &why, &bad) < 0)
		return NULL;
	for (unsigned i = 0; i < plan->head->steps; i++)
		if (plan->steps[i].op == PLAN_SECCOMP)
			return &plan->steps[i];
	return NULL;
}

static void explain(struct hooded *h, const struct plan *plan, const struct plan_step *step)
{
	size_t len = step->a.len / sizeof(struct sock_filter);
	size_t row = h->hood->count;
	struct tally tally = {.h = h};
	void *symbol = NULL;
	struct err err;

	hood_add(h, HOOD_SECCOMP, "filter", "%zu instructions", len);
	if (module_symbol("seccomp", "seccomp_explain", &symbol, &err) < 0) {
		hood_words(h, "%s", err.text);
		return;
	}
	if (!((seccomp_explain_fn *)symbol)(
		    (const struct sock_filter *)plan_text(plan, step->a), len, on_answer, &tally) ||
		h->hood->failed)
		return;
	h->last = &h->hood->rows[row];
	hood_words(h, "%u system calls pass, %u are refused, %u depend on their arguments.",
		tally.allowed, tally.refused, tally.depends);
	hood_proof(h, "/proc/%d/status", h->pid);
	hood_command(h, "grep Seccomp /proc/%d/status", h->pid);
}

static void explain_plan(struct hooded *h)
{
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	const struct plan_step *step = hood_find_filter(h->own_fd, &bytes, &plan);

	if (step)
		explain(h, &plan, step);
}

void hood_seccomp(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	char mode[16];

	hood_status(hood_read(h, "status", &text), "Seccomp", mode, sizeof(mode));
	hood_add(h, HOOD_SECCOMP, "mode", "%s",
		*mode == '2'   ? "filtered"
		: *mode == '1' ? "strict"
			       : "off");
	hood_words(h, *mode == '2' ? "A program in the kernel looks at each of its system calls."
				   : "No system call is refused for being called.");
	h->last->open_door = h->row && *mode == '0';
	hood_proof(h, "/proc/%d/status", h->pid);
	hood_command(h, "grep Seccomp /proc/%d/status", h->pid);
	if (*mode == '2' && h->own_fd >= 0)
		explain_plan(h);
}
