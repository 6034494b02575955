/* Rules as text for v1, and the program for v2 run by a machine of ten instructions. */
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/cgroup_devices.h"

static uint64_t run(const struct buf *program, const struct bpf_cgroup_dev_ctx *ctx)
{
	const struct bpf_insn *insns = (const void *)program->data;
	size_t len = program->len / sizeof(*insns);
	uint64_t r[11] = {[1] = (uintptr_t)ctx};

	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &insns[pc];
		uint32_t word;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			memcpy(&word, (const char *)(uintptr_t)r[i->src_reg] + i->off, 4);
			r[i->dst_reg] = word;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			r[i->dst_reg] = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= i->imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += r[i->dst_reg] != (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0];
		default:
			fail_msg("instruction %zu: %#x", pc, i->code);
		}
	}
	fail_msg("ran off the end");
	return 0;
}

static struct spec_device_rule rule(
	bool allow, const char *type, int64_t major, int64_t minor, const char *access)
{
	return (struct spec_device_rule){
		.allow = allow,
		.type = (char *)type,
		.major = {major >= 0, major},
		.minor = {minor >= 0, minor},
		.access = (char *)access,
	};
}

static void make(struct spec_device_rule *v, size_t len, struct device_rules *out)
{
	const struct spec_resources res = {.devices = {.v = v, .len = len}};

	assert_int_equal(device_rules_init(out, &res), 0);
}

static bool may(const struct device_rules *rules, char type, unsigned access, uint32_t major,
	uint32_t minor)
{
	struct bpf_cgroup_dev_ctx ctx = {
		.access_type =
			access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = major,
		.minor = minor,
	};
	auto_buf program = BUF_INIT;

	device_rules_program(rules, &program);
	return run(&program, &ctx) != 0;
}

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD };

static void denied_all_leaves_what_every_container_needs(void **state)
{
	struct spec_device_rule deny[] = {rule(false, NULL, -1, -1, "rwm")};
	struct device_rules rules;

	(void)state;
	make(deny, 1, &rules);
	assert_true(may(&rules, 'c', R | W, 1, 3));
	assert_true(may(&rules, 'c', R | W, 136, 7));
	assert_true(may(&rules, 'b', M, 8, 0));
	assert_false(may(&rules, 'b', R, 8, 0));
	assert_false(may(&rules, 'c', R | M, 10, 229));
	assert_false(may(&rules, 'b', R | W, 1, 3));
	device_rules_fini(&rules);
}

static void two_half_permissions_are_a_whole_one(void **state)
{
	struct spec_device_rule v[] = {rule(false, "a", -1, -1, NULL), rule(true, "b", 8, 0, "r"),
		rule(true, "b", 8, 0, "w")};
	struct device_rules rules;
	char text[64];

	(void)state;
	make(v, 3, &rules);
	assert_true(may(&rules, 'b', R | W, 8, 0));
	assert_false(may(&rules, 'b', R | W, 8, 1));
	device_exception_text(&rules.v[0], text);
	assert_string_equal(text, "b 8:0 rw");
	device_rules_fini(&rules);
}

static void a_permission_can_be_taken_back(void **state)
{
	struct spec_device_rule v[] = {rule(false, "a", -1, -1, NULL), rule(true, "b", 8, -1, "rw"),
		rule(false, "b", 8, -1, "w")};
	struct device_rules rules;

	(void)state;
	make(v, 3, &rules);
	assert_true(may(&rules, 'b', R, 8, 3));
	assert_false(may(&rules, 'b', W, 8, 3));
	device_rules_fini(&rules);
}

static void where_all_is_allowed_one_denied_part_is_enough(void **state)
{
	struct spec_device_rule v[] = {rule(false, "c", 10, 229, "w")};
	struct device_rules rules;

	(void)state;
	make(v, 1, &rules);
	assert_false(device_rules_allow_all(&rules));
	assert_true(may(&rules, 'c', R, 10, 229));
	assert_false(may(&rules, 'c', R | W, 10, 229));
	assert_true(may(&rules, 'b', R | W, 10, 229));
	device_rules_fini(&rules);
}

static void without_rules_all_is_allowed(void **state)
{
	struct device_rules rules;

	(void)state;
	make(NULL, 0, &rules);
	assert_true(device_rules_allow_all(&rules));
	assert_true(may(&rules, 'b', R | W | M, 8, 0));
	device_rules_fini(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(denied_all_leaves_what_every_container_needs),
		cmocka_unit_test(two_half_permissions_are_a_whole_one),
		cmocka_unit_test(a_permission_can_be_taken_back),
		cmocka_unit_test(where_all_is_allowed_one_denied_part_is_enough),
		cmocka_unit_test(without_rules_all_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
