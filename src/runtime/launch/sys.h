/* sys.h - the kernel's calls that a C library lacks or hides, as they are.
 *
 * Every call returns its result or a negative errno. Numbers and structures newer than the oldest
 * headers we are built with are written out here, from the kernel's uapi. */
#ifndef LAUNCH_SYS_H
#define LAUNCH_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYS_CLONE_VM          0x00000100ull
#define SYS_CLONE_VFORK       0x00004000ull
#define SYS_CLONE_CLEAR_HAND  0x100000000ull
#define SYS_CLONE_FILES       0x00000400ull
#define SYS_CLONE_NEWTIME     0x00000080ull
#define SYS_CLONE_NEWNS       0x00020000ull
#define SYS_CLONE_NEWCGROUP   0x02000000ull
#define SYS_CLONE_NEWUTS      0x04000000ull
#define SYS_CLONE_NEWIPC      0x08000000ull
#define SYS_CLONE_NEWUSER     0x10000000ull
#define SYS_CLONE_NEWPID      0x20000000ull
#define SYS_CLONE_NEWNET      0x40000000ull
#define SYS_CLONE_PARENT      0x00008000ull
#define SYS_CLONE_PIDFD       0x00001000ull
#define SYS_CLONE_INTO_CGROUP 0x200000000ull
#define SYS_CLONE_NEW_ALL                                                                          \
	(SYS_CLONE_NEWTIME | SYS_CLONE_NEWNS | SYS_CLONE_NEWCGROUP | SYS_CLONE_NEWUTS |            \
		SYS_CLONE_NEWIPC | SYS_CLONE_NEWUSER | SYS_CLONE_NEWPID | SYS_CLONE_NEWNET)

enum { /* mount(2) */
	SYS_MS_RDONLY = 1,
	SYS_MS_REMOUNT = 32,
	SYS_MS_BIND = 4096,
	SYS_MS_REC = 16384,
	SYS_MS_UNBINDABLE = 1 << 17,
	SYS_MS_PRIVATE = 1 << 18,
	SYS_MS_SLAVE = 1 << 19,
	SYS_MS_SHARED = 1 << 20,
	SYS_MNT_DETACH = 2,
};
enum { /* the mount API of 5.2 and later */
	SYS_FSOPEN_CLOEXEC = 1,
	SYS_FSMOUNT_CLOEXEC = 1,
	SYS_FSCONFIG_SET_FLAG = 0,
	SYS_FSCONFIG_SET_STRING = 1,
	SYS_FSCONFIG_CMD_CREATE = 6,
	SYS_OPEN_TREE_CLONE = 1,
	SYS_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
	SYS_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
	SYS_AT_RECURSIVE = 0x8000,
	SYS_ATTR_RDONLY = 0x01,
	SYS_ATTR_NOSUID = 0x02,
	SYS_ATTR_NODEV = 0x04,
	SYS_ATTR_NOEXEC = 0x08,
	SYS_ATTR_IDMAP = 0x100000,
};
enum { /* openat2(2) */
	SYS_RESOLVE_NO_MAGICLINKS = 0x02,
	SYS_RESOLVE_NO_SYMLINKS = 0x04,
	SYS_RESOLVE_BENEATH = 0x08,
	SYS_RESOLVE_IN_ROOT = 0x10,
};
enum { SYS_CLOSE_RANGE_CLOEXEC = 4 };

struct sys_open_how {
	uint64_t flags, mode, resolve;
};
struct sys_mount_attr {
	uint64_t set, clear, propagation, userns_fd;
};
struct sys_clone {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

static inline long sys_result(long result)
{
	return result < 0 ? -errno : result;
}

static inline int sys_openat2(
	int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct sys_open_how how = {flags | O_CLOEXEC, mode, resolve};

	return (int)sys_result(syscall(SYS_openat2, dir, path, &how, sizeof(how)));
}

static inline int sys_open(int dir, const char *path, int flags)
{
	return (int)sys_result(openat(dir, path, flags | O_CLOEXEC));
}

static inline int sys_fsopen(const char *type)
{
	return (int)sys_result(syscall(SYS_fsopen, type, SYS_FSOPEN_CLOEXEC));
}

static inline int sys_fsconfig(int fs, unsigned command, const char *key, const char *value)
{
	return (int)sys_result(syscall(SYS_fsconfig, fs, command, key, value, 0));
}

static inline int sys_fsmount(int fs, unsigned attr)
{
	return (int)sys_result(syscall(SYS_fsmount, fs, SYS_FSMOUNT_CLOEXEC, attr));
}

static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)sys_result(syscall(SYS_open_tree, dir, path, flags | O_CLOEXEC));
}

/* Attaches the mount `tree` on what the O_PATH fd `target` names. */
static inline int sys_move_mount(int tree, int target)
{
	return (int)sys_result(syscall(SYS_move_mount, tree, "", target, "",
		SYS_MOVE_MOUNT_F_EMPTY_PATH | SYS_MOVE_MOUNT_T_EMPTY_PATH));
}

/* Linux 5.12: -ENOSYS before. */
static inline int sys_mount_setattr(int tree, unsigned flags, const struct sys_mount_attr *attr)
{
	return (int)sys_result(
		syscall(SYS_mount_setattr, tree, "", flags | AT_EMPTY_PATH, attr, sizeof(*attr)));
}

static inline int sys_pidfd_open(int pid)
{
	return (int)sys_result(syscall(SYS_pidfd_open, pid, 0));
}

static inline int sys_pidfd_signal(int pidfd, int signal)
{
	return (int)sys_result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

static inline int sys_close_range(unsigned first, unsigned last)
{
	return (int)sys_result(syscall(SYS_close_range, first, last, 0));
}

/* A process in our own memory (SYS_CLONE_VM), on a stack of its own, 16-aligned: it calls run(arg),
 * which never returns. Its pid, or a negative errno. While both live, neither may touch what the
 * other does; with SYS_CLONE_VFORK only one does. */
static inline long sys_clone_on(
	struct sys_clone *args, void *stack, size_t size, void (*run)(void *arg), void *arg)
{
	args->stack = (uintptr_t)stack;
	args->stack_size = size;
#if defined(__x86_64__)
	long pid;
	register void (*r8)(void *) __asm__("r8") = run;
	register void *r9 __asm__("r9") = arg;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(pid)
			 : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return pid;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)sizeof(*args);
	register void (*x2)(void *) __asm__("x2") = run;
	register void *x3 __asm__("x3") = arg;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x3\n\t"
			 "blr x2\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
			 : "memory");
	return x0;
#else
#error "sys.h: teach sys_clone_on() this processor's system call"
#endif
}

static inline void sys_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif
