#include "runtime/seccomp/generate.h"

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* Instructions are made last to first: every jump goes forward, so its target is already
 * there. A label is a position counted from the end. */
struct writer {
	struct sock_filter insns[BPF_MAXINSNS];
	uint32_t len;
	bool full;
};

static uint32_t push(struct writer *w, uint16_t code, uint32_t k, uint32_t jt, uint32_t jf)
{
	if (w->len == BPF_MAXINSNS) {
		w->full = true;
		return w->len - 1;
	}
	w->insns[w->len] =
		(struct sock_filter){.code = code, .jt = (uint8_t)jt, .jf = (uint8_t)jf, .k = k};
	return w->len++;
}

/* The target as a conditional jump can reach it (8 bits), with room for `slack` more
 * instructions in between: itself, else a copy of its ret, else a long jump to it. */
static uint32_t near(struct writer *w, uint32_t target, uint32_t slack)
{
	const struct sock_filter *insn = &w->insns[target];

	if (w->len - target - 1 + slack <= UINT8_MAX)
		return target;
	if (BPF_CLASS(insn->code) == BPF_RET)
		return push(w, insn->code, insn->k, 0, 0);
	return push(w, BPF_JMP | BPF_JA, w->len - target - 1, 0, 0);
}

static uint32_t jump(struct writer *w, uint16_t op, uint32_t k, uint32_t jt, uint32_t jf)
{
	jt = near(w, jt, 1);
	jf = near(w, jf, 0);
	return push(w, BPF_JMP | op | BPF_K, k, w->len - jt - 1, w->len - jf - 1);
}

static uint32_t load(struct writer *w, size_t offset)
{
	return push(w, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static uint32_t ret(struct writer *w, uint32_t value)
{
	for (uint32_t back = 1; back <= w->len && back < UINT8_MAX - 2; back++) {
		const struct sock_filter *insn = &w->insns[w->len - back];

		if (insn->code == (BPF_RET | BPF_K) && insn->k == value)
			return w->len - back;
	}
	return push(w, BPF_RET | BPF_K, value, 0, 0);
}

/* One half of a 64-bit comparison. */
struct half {
	size_t offset;
	uint32_t value, mask;
};

static uint32_t load_half(struct writer *w, const struct half *half)
{
	if (half->mask != UINT32_MAX)
		push(w, BPF_ALU | BPF_AND | BPF_K, half->mask, 0, 0);
	return load(w, half->offset);
}

static uint32_t equal(
	struct writer *w, const struct half *hi, const struct half *lo, uint32_t yes, uint32_t no)
{
	/* A mask without bits is equal or not whatever the argument. */
	uint32_t label = lo->mask ? jump(w, BPF_JEQ, lo->value, yes, no) : lo->value ? no : yes;

	if (lo->mask)
		label = load_half(w, lo);
	if (hi->mask) {
		jump(w, BPF_JEQ, hi->value, label, no);
		label = load_half(w, hi);
	} else if (hi->value) {
		label = no;
	}
	return label;
}

static uint32_t ordered(struct writer *w, uint16_t op, const struct half *hi, const struct half *lo,
	uint32_t yes, uint32_t no)
{
	uint32_t label;

	jump(w, op, lo->value, yes, no);
	label = load_half(w, lo);
	if (!hi->mask)
		return label;
	label = jump(w, BPF_JEQ, hi->value, label, no);
	jump(w, BPF_JGT, hi->value, yes, label);
	return load_half(w, hi);
}

static uint32_t check(struct writer *w, const struct seccomp_cond *cond,
	const struct seccomp_arch *arch, uint32_t yes, uint32_t no)
{
	bool masked = cond->op == SECCOMP_OP_MASKED_EQ;
	uint64_t mask = masked ? cond->value : UINT64_MAX;
	uint64_t value = masked ? cond->datum : cond->value;
	size_t offset = offsetof(struct seccomp_data, args) + 8 * cond->arg;
	struct half lo = {offset, (uint32_t)value, (uint32_t)mask};
	struct half hi = {offset + 4, (uint32_t)(value >> 32), (uint32_t)(mask >> 32)};

	if (!arch->wide)
		hi.value = hi.mask = 0;
	switch (cond->op) {
	case SECCOMP_OP_EQ:
	case SECCOMP_OP_MASKED_EQ:
		return equal(w, &hi, &lo, yes, no);
	case SECCOMP_OP_NE:
		return equal(w, &hi, &lo, no, yes);
	case SECCOMP_OP_GE:
		return ordered(w, BPF_JGE, &hi, &lo, yes, no);
	case SECCOMP_OP_GT:
		return ordered(w, BPF_JGT, &hi, &lo, yes, no);
	case SECCOMP_OP_LT:
		return ordered(w, BPF_JGE, &hi, &lo, no, yes);
	case SECCOMP_OP_LE:
		return ordered(w, BPF_JGT, &hi, &lo, no, yes);
	}
	return no;
}

/* Rules are alternatives, tried in order; the conditions of one must all hold. */
static uint32_t leaf(
	struct writer *w, const struct seccomp_range *range, const struct seccomp_arch *arch)
{
	uint32_t next = ret(w, range->ret);

	for (size_t i = range->hits_len; i-- > 0;) {
		const struct seccomp_hit *hit = &range->hits[i];
		uint32_t yes = ret(w, hit->ret);

		for (size_t c = hit->conds_len; c-- > 0;)
			yes = check(w, &hit->conds[c], arch, yes, next);
		next = yes;
	}
	return next;
}

static uint32_t tree(
	struct writer *w, const struct seccomp_program *program, size_t first, size_t last)
{
	const struct seccomp_range *ranges = program->table.ranges;
	size_t middle = first + (last - first + 1) / 2;
	uint32_t above, below;

	if (first == last)
		return leaf(w, &ranges[first], program->arch);
	above = tree(w, program, middle, last);
	below = tree(w, program, first, middle - 1);
	return jump(w, BPF_JGE, ranges[middle].start, above, below);
}

/* Returns the label where the architecture's code begins. */
static uint32_t block(struct writer *w, const struct seccomp_program *program)
{
	uint32_t top = tree(w, program, 0, program->table.ranges_len - 1);

	/* A table of one range has only a leaf, which need not be the newest instruction. */
	if (top != w->len - 1)
		push(w, BPF_JMP | BPF_JA, w->len - top - 1, 0, 0);
	return load(w, offsetof(struct seccomp_data, nr));
}

static void write_all(struct writer *w, const struct seccomp_program *programs, size_t len)
{
	uint32_t next = ret(w, SECCOMP_RET_KILL_PROCESS);
	uint32_t starts[8];

	for (size_t i = 0; i < len; i++)
		starts[i] = block(w, &programs[i]);
	for (size_t i = len; i-- > 0;)
		next = jump(w, BPF_JEQ, programs[i].arch->audit, starts[i], next);
	load(w, offsetof(struct seccomp_data, arch));
}

int seccomp_generate(
	const struct seccomp_program *programs, size_t len, struct buf *out, struct err *err)
{
	auto_free struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ENOMEM, "seccomp profile: out of memory");
	write_all(w, programs, len);
	if (w->full)
		return err_set(err, E2BIG,
			"seccomp profile: needs more than the %d instructions that Linux takes",
			BPF_MAXINSNS);
	for (uint32_t i = w->len; i-- > 0;)
		buf_add(out, &w->insns[i], sizeof(w->insns[i]));
	return buf_failed(out) ? err_set(err, ENOMEM, "seccomp profile: out of memory") : 0;
}
