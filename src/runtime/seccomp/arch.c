#include "runtime/seccomp/arch.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/strs.h"

static const struct seccomp_arch arches[] = {
	{AUDIT_ARCH_X86_64, "SCMP_ARCH_X86_64", "amd64", true},
	{AUDIT_ARCH_I386, "SCMP_ARCH_X86", "x86", false},
	{AUDIT_ARCH_AARCH64, "SCMP_ARCH_AARCH64", "arm64", true},
	{AUDIT_ARCH_ARM, "SCMP_ARCH_ARM", "arm", false},
	{AUDIT_ARCH_RISCV64, "SCMP_ARCH_RISCV64", "riscv64", true},
};

/* Newer than the libseccomp we may be running with. From 424 on a call has the same number
 * everywhere (but on alpha): scripts/syscall.tbl of the kernel. */
static const struct {
	const char *name;
	int nr;
} newer[] = {
	{"process_madvise", 440},
	{"epoll_pwait2", 441},
	{"mount_setattr", 442},
	{"quotactl_fd", 443},
	{"landlock_create_ruleset", 444},
	{"landlock_add_rule", 445},
	{"landlock_restrict_self", 446},
	{"process_mrelease", 448},
	{"futex_waitv", 449},
	{"set_mempolicy_home_node", 450},
	{"cachestat", 451},
	{"fchmodat2", 452},
	{"map_shadow_stack", 453},
	{"futex_wake", 454},
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457},
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},
	{"setxattrat", 463},
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467},
	{"file_getattr", 468},
	{"file_setattr", 469},
	{"listns", 470},
};

/* arch/x86/entry/syscalls/syscall_32.tbl. direct -1: reached through the multiplexer alone. */
static const struct mux {
	const char *name;
	uint32_t mux_nr, call;
	int direct;
} muxed[] = {
	{"socket", 102, 1, 359},
	{"bind", 102, 2, 361},
	{"connect", 102, 3, 362},
	{"listen", 102, 4, 363},
	{"accept", 102, 5, -1},
	{"getsockname", 102, 6, 367},
	{"getpeername", 102, 7, 368},
	{"socketpair", 102, 8, 360},
	{"send", 102, 9, -1},
	{"recv", 102, 10, -1},
	{"sendto", 102, 11, 369},
	{"recvfrom", 102, 12, 371},
	{"shutdown", 102, 13, 373},
	{"setsockopt", 102, 14, 366},
	{"getsockopt", 102, 15, 365},
	{"sendmsg", 102, 16, 370},
	{"recvmsg", 102, 17, 372},
	{"accept4", 102, 18, 364},
	{"recvmmsg", 102, 19, 337},
	{"sendmmsg", 102, 20, 345},
	{"semop", 117, 1, -1},
	{"semget", 117, 2, 393},
	{"semctl", 117, 3, 394},
	{"semtimedop", 117, 4, -1},
	{"msgsnd", 117, 11, 400},
	{"msgrcv", 117, 12, 401},
	{"msgget", 117, 13, 399},
	{"msgctl", 117, 14, 402},
	{"shmat", 117, 21, 397},
	{"shmdt", 117, 22, 398},
	{"shmget", 117, 23, 395},
	{"shmctl", 117, 24, 396},
};

const struct seccomp_arch *seccomp_arch_by_audit(uint32_t audit)
{
	if (!audit)
		audit = seccomp_arch_native();
	for (size_t i = 0; i < array_len(arches); i++) {
		if (arches[i].audit == audit)
			return &arches[i];
	}
	return NULL;
}

const struct seccomp_arch *seccomp_arch_by_scmp(const char *scmp)
{
	for (size_t i = 0; i < array_len(arches); i++) {
		if (str_eq(arches[i].scmp, scmp))
			return &arches[i];
	}
	return NULL;
}

static const struct mux *find_mux(const struct seccomp_arch *arch, const char *name)
{
	if (arch->audit != AUDIT_ARCH_I386)
		return NULL;
	for (size_t i = 0; i < array_len(muxed); i++) {
		if (str_eq(muxed[i].name, name))
			return &muxed[i];
	}
	return NULL;
}

int seccomp_arch_nr(const struct seccomp_arch *arch, const char *name)
{
	const struct mux *mux = find_mux(arch, name);
	int nr;

	if (mux)
		return mux->direct;
	nr = seccomp_syscall_resolve_name_arch(arch->audit, name);
	if (nr >= 0)
		return nr;
	if (arch->audit == AUDIT_ARCH_X86_64 && str_eq(name, "uretprobe"))
		return 335;
	for (size_t i = 0; nr == __NR_SCMP_ERROR && i < array_len(newer); i++) {
		if (str_eq(newer[i].name, name))
			return newer[i].nr;
	}
	return -1;
}

bool seccomp_arch_muxed(
	const struct seccomp_arch *arch, const char *name, uint32_t *mux_nr, uint32_t *call)
{
	const struct mux *mux = find_mux(arch, name);

	if (!mux)
		return false;
	*mux_nr = mux->mux_nr;
	*call = mux->call;
	return true;
}
