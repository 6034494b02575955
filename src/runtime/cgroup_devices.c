#include "runtime/cgroup_devices.h"

#include <linux/bpf.h>
#include <stdio.h>

/* What runc adds to every list as well: nodes that each container has in /dev, and making
 * nodes of any kind, which gives no access to them. */
static const struct device_exception needed[] = {
	{'c', -1, -1, DEVICE_MKNOD}, {'b', -1, -1, DEVICE_MKNOD}, {'c', 1, 3, 7}, /* null */
	{'c', 1, 5, 7},                                                           /* zero */
	{'c', 1, 7, 7},                                                           /* full */
	{'c', 1, 8, 7},                                                           /* random */
	{'c', 1, 9, 7},                                                           /* urandom */
	{'c', 5, 0, 7},                                                           /* tty */
	{'c', 5, 1, 7},                                                           /* console */
	{'c', 5, 2, 7},                                                           /* ptmx */
	{'c', 136, -1, 7}, /* pseudo-terminals */
};

void device_rules_fini(struct device_rules *rules)
{
	free(rules->v);
	*rules = (struct device_rules){0};
}

bool device_rules_allow_all(const struct device_rules *rules)
{
	return rules->allow && rules->len == 0;
}

static struct device_exception *find(
	const struct device_rules *rules, const struct device_exception *like)
{
	for (size_t i = 0; i < rules->len; i++) {
		struct device_exception *e = &rules->v[i];

		if (e->type == like->type && e->major == like->major && e->minor == like->minor)
			return e;
	}
	return NULL;
}

/* A rule against the default makes or widens an exception; one with it narrows an exact one. */
static int apply(struct device_rules *rules, bool allow, const struct device_exception *rule)
{
	struct device_exception *e = find(rules, rule);

	if (allow == rules->allow) {
		if (e)
			e->access &= ~rule->access;
		if (e && !e->access)
			*e = rules->v[--rules->len];
		return 0;
	}
	if (e) {
		e->access |= rule->access;
		return 0;
	}
	e = spec_grow(rules);
	if (!e)
		return -ENOMEM;
	*e = *rule;
	return 0;
}

static unsigned parse_access(const char *text)
{
	unsigned access = 0;

	if (!text || !text[0])
		return 7;
	for (; *text; text++)
		access |= *text == 'r' ? DEVICE_READ : *text == 'w' ? DEVICE_WRITE : DEVICE_MKNOD;
	return access;
}

static int apply_spec(struct device_rules *rules, const struct spec_device_rule *rule)
{
	struct device_exception e = {
		.major = rule->major.set ? rule->major.value : -1,
		.minor = rule->minor.set ? rule->minor.value : -1,
		.access = parse_access(rule->access),
	};

	if (!rule->type || rule->type[0] == 'a') {
		rules->allow = rule->allow;
		rules->len = 0;
		return 0;
	}
	e.type = rule->type[0];
	return apply(rules, rule->allow, &e);
}

int device_rules_init(struct device_rules *out, const struct spec_resources *res)
{
	int rc = 0;

	*out = (struct device_rules){.allow = true};
	for (size_t i = 0; rc == 0 && i < res->devices.len; i++)
		rc = apply_spec(out, &res->devices.v[i]);
	for (size_t i = 0; rc == 0 && !out->allow && i < array_len(needed); i++)
		rc = apply(out, true, &needed[i]);
	return rc;
}

static void number(char text[24], int64_t value)
{
	if (value < 0)
		snprintf(text, 24, "*");
	else
		snprintf(text, 24, "%lld", (long long)value);
}

void device_exception_text(const struct device_exception *e, char text[64])
{
	char major[24], minor[24];

	number(major, e->major);
	number(minor, e->minor);
	snprintf(text, 64, "%c %s:%s %s%s%s", e->type, major, minor,
		e->access & DEVICE_READ ? "r" : "", e->access & DEVICE_WRITE ? "w" : "",
		e->access & DEVICE_MKNOD ? "m" : "");
}

/* ---- the program: r2 type, r3 access, r4 major, r5 minor ---- */

enum { NEXT = INT16_MAX }; /* a jump to the next exception, whose place is not known yet */

static void insn(struct buf *out, uint8_t code, uint8_t dst, uint8_t src, int off, int32_t imm)
{
	struct bpf_insn one = {
		.code = code, .dst_reg = dst, .src_reg = src, .off = (int16_t)off, .imm = imm};

	buf_add(out, &one, sizeof(one));
}

static void unless_equal(struct buf *out, uint8_t reg, int64_t value)
{
	if (value >= 0)
		insn(out, BPF_JMP | BPF_JNE | BPF_K, reg, 0, NEXT, (int32_t)value);
}

static void answer(struct buf *out, bool allow)
{
	insn(out, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allow);
	insn(out, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* The kernel's BPF_DEVCG_ACC_*: mknod 1, read 2, write 4. */
static int32_t kernel_access(unsigned access)
{
	return (access & DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD : 0) |
	       (access & DEVICE_READ ? BPF_DEVCG_ACC_READ : 0) |
	       (access & DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE : 0);
}

/* To allow, all that is asked must be allowed; to deny, one denied part is enough. */
static void check_access(struct buf *out, unsigned access, bool allow)
{
	int32_t mask = kernel_access(access);

	if (access == 7)
		return;
	insn(out, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_3, 0, 0);
	insn(out, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_1, 0, 0, allow ? 7 & ~mask : mask);
	insn(out, BPF_JMP | (allow ? BPF_JNE : BPF_JEQ) | BPF_K, BPF_REG_1, 0, NEXT, 0);
}

static void land(struct buf *out, size_t first)
{
	struct bpf_insn *insns = (struct bpf_insn *)(void *)out->data;
	size_t end = out->len / sizeof(*insns);

	for (size_t i = first; i < end && !buf_failed(out); i++) {
		if (insns[i].off == NEXT)
			insns[i].off = (int16_t)(end - i - 1);
	}
}

void device_rules_program(const struct device_rules *rules, struct buf *out)
{
	const uint8_t load = BPF_LDX | BPF_MEM | BPF_W;

	insn(out, load, BPF_REG_2, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
	insn(out, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
	insn(out, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
	insn(out, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
	insn(out, load, BPF_REG_4, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
	insn(out, load, BPF_REG_5, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
	for (size_t i = 0; i < rules->len; i++) {
		const struct device_exception *e = &rules->v[i];
		size_t first = out->len / sizeof(struct bpf_insn);

		unless_equal(
			out, BPF_REG_2, e->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
		check_access(out, e->access, !rules->allow);
		unless_equal(out, BPF_REG_4, e->major);
		unless_equal(out, BPF_REG_5, e->minor);
		answer(out, !rules->allow);
		land(out, first);
	}
	answer(out, rules->allow);
}
