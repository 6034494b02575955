/* Our programs against libseccomp's, call by call; and what no oracle knows, by hand. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "runtime/caps.h"
#include "runtime/seccomp/compile.h"
#include "runtime/seccomp/generate.h"
#include "../support/bpf_run.h"
#include "util/own.h"

/* set_mempolicy_home_node: what libseccomp may know beyond it, these profiles do not. */
enum { NEWEST_NAMED = 450 };

enum { KERNEL_6_1 = 6 << 16 | 1 << 8, EPERM_RET = SECCOMP_RET_ERRNO | EPERM };

/* Enough to land on both sides of every mask and comparison in the profiles below. */
static const uint64_t samples[] = {
	0,
	1,
	2,
	5,
	8,
	9,
	16,
	37,
	38,
	39,
	40,
	41,
	46,
	64,
	0x20000,
	0x20008,
	0x1000000,
	0x7e020000,
	0x80000000,
	0xffffffff,
	0x100000005,
	0x700000000,
	UINT64_MAX,
};

static struct seccomp_request request(const char *profile, uint64_t caps, uint32_t arch)
{
	struct seccomp_request req = {
		.profile = profile, .caps = caps, .arch = arch, .kernel = KERNEL_6_1};

	if (profile)
		req.len = strlen(profile);
	else
		req.profile = seccomp_default_profile(&req.len);
	return req;
}

static uint32_t answer(
	const struct buf *program, uint32_t arch, int nr, uint64_t arg0, uint64_t arg1)
{
	struct seccomp_data data = {.nr = nr, .arch = arch, .args = {arg0, arg1}};

	return bpf_run((const struct sock_filter *)program->data,
		program->len / sizeof(struct sock_filter), &data);
}

static void compile_ok(const struct seccomp_request *req, struct buf *program)
{
	struct err err = {0};

	if (seccomp_compile(req, program, &err) < 0)
		fail_msg("%s", err.text);
}

/* --- libseccomp builds the same profile --- */

static uint32_t scmp_action(uint32_t ret)
{
	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return SCMP_ACT_ALLOW;
	case SECCOMP_RET_ERRNO:
		return SCMP_ACT_ERRNO(ret & SECCOMP_RET_DATA);
	case SECCOMP_RET_TRAP:
		return SCMP_ACT_TRAP;
	case SECCOMP_RET_LOG:
		return SCMP_ACT_LOG;
	}
	fail_msg("action %x is not in these profiles", ret);
	return 0;
}

static void oracle_rule(scmp_filter_ctx ctx, const struct seccomp_rule *rule, uint32_t default_ret)
{
	struct scmp_arg_cmp args[SECCOMP_CONDS_MAX];

	if (rule->ret == default_ret)
		return;
	for (size_t i = 0; i < rule->conds_len; i++) {
		args[i] = (struct scmp_arg_cmp){
			.arg = rule->conds[i].arg,
			.op = (enum scmp_compare)(rule->conds[i].op + 1),
			.datum_a = rule->conds[i].value,
			.datum_b = rule->conds[i].datum,
		};
	}
	for (size_t i = 0; i < rule->names.len; i++) {
		int nr = seccomp_syscall_resolve_name(rule->names.v[i]);

		if (nr != __NR_SCMP_ERROR)
			seccomp_rule_add_array(
				ctx, scmp_action(rule->ret), nr, (unsigned)rule->conds_len, args);
	}
}

static void oracle_export(scmp_filter_ctx ctx, struct buf *program)
{
	auto_close int fd = memfd_create("oracle", MFD_CLOEXEC);
	off_t len;

	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	len = lseek(fd, 0, SEEK_END);
	assert_non_null(buf_reserve(program, (size_t)len));
	assert_int_equal(pread(fd, program->data, (size_t)len, 0), len);
	program->len = (size_t)len;
}

static void oracle(const struct seccomp_request *req, const uint32_t *arches, struct buf *program)
{
	auto_of(seccomp_profile) struct seccomp_profile *profile = NULL;
	const char *name = seccomp_arch_by_audit(req->arch)->name;
	scmp_filter_ctx ctx;

	assert_int_equal(seccomp_profile_new(req, &profile, NULL), 0);
	ctx = seccomp_init(scmp_action(profile->default_ret));
	assert_non_null(ctx);
	for (size_t i = 0; arches[i]; i++) {
		if (arches[i] != seccomp_arch_native())
			assert_int_equal(seccomp_arch_add(ctx, arches[i]), 0);
	}
	if (req->arch != seccomp_arch_native())
		assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
	for (size_t i = 0; i < profile->rules_len; i++) {
		if (seccomp_rule_applies(&profile->rules[i], req, name))
			oracle_rule(ctx, &profile->rules[i], profile->default_ret);
	}
	oracle_export(ctx, program);
	seccomp_release(ctx);
}

static bool oracle_knows(uint32_t arch, int nr)
{
	auto_free char *name = seccomp_syscall_resolve_num_arch(arch, nr);

	return name != NULL;
}

static void compare_number(const struct buf *ours, const struct buf *theirs, uint32_t arch, int nr)
{
	bool wide = seccomp_arch_by_audit(arch)->wide;

	for (size_t i = 0; i < array_len(samples); i++) {
		for (size_t j = 0; j < array_len(samples); j++) {
			uint64_t a = wide ? samples[i] : (uint32_t)samples[i];
			uint64_t b = wide ? samples[j] : (uint32_t)samples[j];
			uint32_t got = answer(ours, arch, nr, a, b);
			uint32_t want = answer(theirs, arch, nr, a, b);

			if (got != want)
				fail_msg("arch %x call %d (%llx, %llx): %x, libseccomp says %x",
					arch, nr, (unsigned long long)a, (unsigned long long)b, got,
					want);
		}
	}
}

static void compare(const char *text, uint64_t caps, const uint32_t *arches)
{
	struct seccomp_request req = request(text, caps, arches[0]);
	auto_buf ours = BUF_INIT, theirs = BUF_INIT;
	size_t compared = 0;

	compile_ok(&req, &ours);
	oracle(&req, arches, &theirs);
	for (size_t i = 0; arches[i]; i++) {
		for (int nr = 0; nr <= NEWEST_NAMED; nr++) {
			if (!oracle_knows(arches[i], nr))
				continue;
			compare_number(&ours, &theirs, arches[i], nr);
			compared++;
		}
	}
	assert_true(compared > 250);
}

static const uint32_t x86[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0};
static const uint32_t arm[] = {AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0};

static void the_default_profile_answers_as_libseccomp_does_on_x86(void **state)
{
	(void)state;
	compare(NULL, CAPS_DEFAULT, x86);
	compare(NULL, CAPS_DEFAULT | CAPS_BIT(21), x86);
	compare(NULL, CAPS_ALL, x86);
	compare(NULL, 0, x86);
}

static void the_default_profile_answers_as_libseccomp_does_on_arm(void **state)
{
	(void)state;
	compare(NULL, CAPS_DEFAULT, arm);
	compare(NULL, CAPS_ALL, arm);
}

static const char every_comparison[] =
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":["
	"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
	"{\"index\":0,\"op\":\"SCMP_CMP_LT\",\"value\":40},{\"index\":1,\"op\":\"SCMP_CMP_NE\","
	"\"value\":5}]},"
	"{\"names\":[\"write\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
	"\"op\":\"SCMP_CMP_LE\",\"value\":4294967301}]},"
	"{\"names\":[\"open\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":[{\"index\":1,"
	"\"op\":\"SCMP_CMP_GE\",\"value\":4294967301}]},"
	"{\"names\":[\"close\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":1,"
	"\"op\":\"SCMP_CMP_GT\",\"value\":39}]},"
	"{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
	"\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":30064771072,\"valueTwo\":30064771072}]},"
	"{\"names\":[\"futex\",\"mlock\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7},"
	"{\"names\":[\"set_mempolicy_home_node\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";

static void every_comparison_agrees_with_libseccomp(void **state)
{
	static const uint32_t only[] = {AUDIT_ARCH_X86_64, 0};

	(void)state;
	compare(every_comparison, 0, only);
}

static void allowed_names_reach_through_socketcall_as_libseccomp_has_it(void **state)
{
	(void)state;
	compare("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\"],"
		"\"syscalls\":[{\"names\":[\"socket\",\"connect\",\"semop\",\"shmat\","
		"\"futex_waitv\",\"set_mempolicy_home_node\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		0, x86);
}

/* --- what libseccomp cannot be asked --- */

static void newer_calls_than_the_library_knows_are_allowed_by_name(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	auto_buf program = BUF_INIT;

	(void)state;
	compile_ok(&req, &program);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 452, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 462, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 335, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 457, 0, 0), EPERM_RET);
}

static void unknown_new_numbers_and_x32_do_not_exist(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	const uint32_t enosys = SECCOMP_RET_ERRNO | ENOSYS;
	auto_buf program = BUF_INIT;

	(void)state;
	compile_ok(&req, &program);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 470, 0, 0), enosys);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 470, 0, 0), enosys);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 0x40000000, 0, 0), enosys);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, 0x40000000 | 520, 0, 0), enosys);
	assert_int_equal(answer(&program, AUDIT_ARCH_X86_64, -1, 0, 0), enosys);
}

static void clone3_is_missing_only_without_sys_admin(void **state)
{
	struct seccomp_request plain = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	struct seccomp_request admin = request(NULL, CAPS_ALL, AUDIT_ARCH_X86_64);
	auto_buf without = BUF_INIT, with = BUF_INIT;

	(void)state;
	compile_ok(&plain, &without);
	compile_ok(&admin, &with);
	assert_int_equal(
		answer(&without, AUDIT_ARCH_X86_64, 435, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(&with, AUDIT_ARCH_X86_64, 435, 0, 0), SECCOMP_RET_ALLOW);
}

static void another_architecture_kills(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	auto_buf program = BUF_INIT;

	(void)state;
	compile_ok(&req, &program);
	assert_int_equal(answer(&program, AUDIT_ARCH_AARCH64, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

static void no_high_bit_makes_an_alg_or_vsock_socket(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	auto_buf program = BUF_INIT;

	(void)state;
	compile_ok(&req, &program);
	for (uint64_t high = 0; high < 3; high++) {
		for (uint64_t family = 0; family < 48; family++) {
			bool denied = family == 38 || family == 40;

			assert_int_equal(
				answer(&program, AUDIT_ARCH_X86_64, 41, high << 32 | family, 0),
				denied ? EPERM_RET : SECCOMP_RET_ALLOW);
		}
	}
}

static void the_default_program_is_small(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, AUDIT_ARCH_X86_64);
	auto_buf program = BUF_INIT;

	(void)state;
	compile_ok(&req, &program);
	print_message("%zu instructions\n", program.len / sizeof(struct sock_filter));
	assert_in_range(program.len / sizeof(struct sock_filter), 1, 500);
}

/* The kernel's own verifier and machine, in a child of ours. */
static void the_kernel_takes_the_program_and_denies_mount(void **state)
{
	struct seccomp_request req = request(NULL, CAPS_DEFAULT, 0);
	auto_buf program = BUF_INIT;
	struct sock_fprog fprog;
	int status;
	pid_t pid;

	(void)state;
	compile_ok(&req, &program);
	fprog.len = (unsigned short)(program.len / sizeof(struct sock_filter));
	fprog.filter = (struct sock_filter *)program.data;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) < 0)
			_exit(1);
		if (syscall(SYS_mount, "", "", "", 0, NULL) == 0 || errno != EPERM)
			_exit(2);
		if (syscall(SYS_clone3, NULL, 0) == 0 || errno != ENOSYS)
			_exit(3);
		_exit(syscall(SYS_getppid) > 0 ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void refuse(const char *profile, const char *sentence)
{
	struct seccomp_request req = request(profile, 0, AUDIT_ARCH_X86_64);
	auto_buf program = BUF_INIT;
	struct err err = {0};

	assert_int_equal(seccomp_compile(&req, &program, &err), -EINVAL);
	assert_string_equal(err.text, sentence);
}

static void a_bad_profile_is_refused_by_the_fields_name(void **state)
{
	(void)state;
	refuse("{", "seccomp profile: not valid JSON");
	refuse("{}", "seccomp profile: defaultAction: must be set");
	refuse("{\"defaultAction\":\"SCMP_ACT_NOPE\"}",
		"seccomp profile: defaultAction: unknown action \"SCMP_ACT_NOPE\"");
	refuse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
	       "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		"seccomp profile: syscalls[0].args[0].index: must be a whole number from 0 to 5");
	refuse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
	       "\"action\":\"SCMP_ACT_ERRNO\",\"includes\":{\"kernels\":[]}}]}",
		"seccomp profile: syscalls[0].includes: unknown member \"kernels\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_profile_answers_as_libseccomp_does_on_x86),
		cmocka_unit_test(the_default_profile_answers_as_libseccomp_does_on_arm),
		cmocka_unit_test(every_comparison_agrees_with_libseccomp),
		cmocka_unit_test(allowed_names_reach_through_socketcall_as_libseccomp_has_it),
		cmocka_unit_test(newer_calls_than_the_library_knows_are_allowed_by_name),
		cmocka_unit_test(unknown_new_numbers_and_x32_do_not_exist),
		cmocka_unit_test(clone3_is_missing_only_without_sys_admin),
		cmocka_unit_test(another_architecture_kills),
		cmocka_unit_test(no_high_bit_makes_an_alg_or_vsock_socket),
		cmocka_unit_test(the_default_program_is_small),
		cmocka_unit_test(the_kernel_takes_the_program_and_denies_mount),
		cmocka_unit_test(a_bad_profile_is_refused_by_the_fields_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
