/* explain.c - see runtime/seccomp_explain.h. */
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/seccomp/arch.h"
#include "runtime/seccomp_explain.h"

enum { NUMBERS = 1024 }; /* beyond the newest call of every architecture of ours */

struct run {
	const struct sock_filter *program;
	size_t len;
	struct seccomp_data data;
	uint32_t a;
	bool looked; /* at an argument */
};

static bool load(struct run *run, uint32_t offset)
{
	if (offset % 4 || offset > sizeof(run->data) - 4)
		return false;
	memcpy(&run->a, (const char *)&run->data + offset, 4);
	run->looked |= offset >= offsetof(struct seccomp_data, args);
	return true;
}

static bool holds(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	default:
		return (a & k) != 0;
	}
}

/* False: not a program that compilers of filters make. */
static bool answer(struct run *run, uint32_t *out)
{
	run->a = 0;
	run->looked = false;
	for (size_t pc = 0; pc < run->len; pc++) {
		const struct sock_filter *i = &run->program[pc];

		if (i->code == (BPF_RET | BPF_K)) {
			*out = i->k;
			return true;
		}
		if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (!load(run, i->k))
				return false;
		} else if (i->code == (BPF_ALU | BPF_AND | BPF_K)) {
			run->a &= i->k;
		} else if (i->code == (BPF_JMP | BPF_JA)) {
			pc += i->k;
		} else if (BPF_CLASS(i->code) == BPF_JMP && BPF_SRC(i->code) == BPF_K) {
			pc += holds(i->code, run->a, i->k) ? i->jt : i->jf;
		} else {
			return false;
		}
	}
	return false; /* ran off the end */
}

__attribute__((visibility("default"))) bool seccomp_explain(
	const struct sock_filter *program, size_t len, seccomp_answer_fn *say, void *arg);

bool seccomp_explain(
	const struct sock_filter *program, size_t len, seccomp_answer_fn *say, void *arg)
{
	struct run run = {.program = program, .len = len};
	const struct seccomp_arch *arch = seccomp_arch_by_audit(0);

	run.data.arch = arch->audit;
	for (int nr = 0; nr < NUMBERS; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(arch->audit, nr);
		struct seccomp_answer told = {.name = name};

		run.data.nr = nr;
		if (name && !answer(&run, &told.answer)) {
			free(name);
			return false;
		}
		told.depends = run.looked;
		if (name)
			say(arg, &told);
		free(name);
	}
	return true;
}

__attribute__((visibility("default"))) bool seccomp_evaluate(const struct sock_filter *program,
	size_t len, uint32_t number, const uint64_t args[SECCOMP_ARGS], uint32_t *out);

bool seccomp_evaluate(const struct sock_filter *program, size_t len, uint32_t number,
	const uint64_t args[SECCOMP_ARGS], uint32_t *out)
{
	struct run run = {.program = program, .len = len};

	run.data.arch = seccomp_arch_by_audit(0)->audit;
	run.data.nr = (int)number;
	for (int i = 0; i < SECCOMP_ARGS; i++)
		run.data.args[i] = args[i];
	return answer(&run, out);
}
