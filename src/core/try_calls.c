/* try_calls.c - the calls that can be tried, each with arguments that do no harm.
 *
 * Either they make the kernel answer with an error once it has decided who may do it (a file system
 * of no type, a module of no bytes, a path that is not there), or what they do ends with the
 * process that did it. Where the order of the kernel's checks matters, it is named. */
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/engine_try.h"
#include "util/own.h"
#include "util/strs.h"

#define TEXT(text) (text), sizeof(text) - 1
#define NO_TEXT    "", 0
#define MINUS_ONE  ((uint64_t)-1)
#define NOWHERE    "/davit-try/no-such-path"

static const struct trial calls[] = {
	/* may_mount() comes before the type is looked for: ENODEV. */
	{"mount", SYS_mount, 7, {0, 5, 7, 0, 0}, TEXT("none\0/\0no-such-type"),
		"mount(\"none\", \"/\", \"no-such-type\", 0, NULL)", "SYS_ADMIN",
		"Mount a file system."},
	/* Not a mount point: EINVAL, after may_mount(). */
	{"umount2", SYS_umount2, 1, {0, 0}, TEXT("/proc/self"), "umount2(\"/proc/self\", 0)",
		"SYS_ADMIN", "Take a mounted file system away."},
	/* The root is what is in place already: EBUSY, after may_mount(). */
	{"pivot_root", SYS_pivot_root, 3, {0, 0}, TEXT("/"), "pivot_root(\"/\", \"/\")",
		"SYS_ADMIN", "Put another root file system in place."},
	{"fsopen", SYS_fsopen, 1, {0, 0}, TEXT("no-such-type"), "fsopen(\"no-such-type\", 0)",
		"SYS_ADMIN", "Mount a file system, the newer way."},
	{"unshare", SYS_unshare, 0, {CLONE_NEWNS}, NO_TEXT, "unshare(CLONE_NEWNS)", "SYS_ADMIN",
		"Make namespaces of its own; they would go with the process that tries it."},
	{"setns", SYS_setns, 0, {MINUS_ONE, 0}, NO_TEXT, "setns(-1, 0)", "",
		"Enter somebody else's namespaces."},
	{"clone3", SYS_clone3, 0, {0, 0}, NO_TEXT, "clone3(NULL, 0)", "",
		"Make a process, the newer way; its flags cannot be looked at by a filter."},
	{"chroot", SYS_chroot, 1, {0}, TEXT("/"), "chroot(\"/\")", "SYS_CHROOT",
		"See a part of the file system as all of it."},
	/* capable(CAP_SYS_MODULE) comes first. */
	{"init_module", SYS_init_module, 4, {0, 0, 0}, TEXT(""), "init_module(NULL, 0, \"\")",
		"SYS_MODULE", "Load code into the kernel."},
	{"finit_module", SYS_finit_module, 2, {MINUS_ONE, 0, 0}, TEXT(""),
		"finit_module(-1, \"\", 0)", "SYS_MODULE",
		"Load code into the kernel, from a file."},
	{"delete_module", SYS_delete_module, 1, {0, O_NONBLOCK}, TEXT("davit_try_no_such_module"),
		"delete_module(\"davit_try_no_such_module\", O_NONBLOCK)", "SYS_MODULE",
		"Take code out of the kernel."},
	/* The right comes before the magic numbers, which are wrong. */
	{"reboot", SYS_reboot, 0, {0, 0, 0, 0}, NO_TEXT, "reboot(0, 0, 0, NULL)", "SYS_BOOT",
		"Restart the machine; with these numbers nobody can."},
	{"swapon", SYS_swapon, 1, {0, 0}, TEXT(NOWHERE), "swapon(\"" NOWHERE "\", 0)", "SYS_ADMIN",
		"Use a disk as memory."},
	{"swapoff", SYS_swapoff, 1, {0}, TEXT(NOWHERE), "swapoff(\"" NOWHERE "\")", "SYS_ADMIN",
		"Stop using a disk as memory."},
	{"acct", SYS_acct, 1, {0}, TEXT(NOWHERE), "acct(\"" NOWHERE "\")", "SYS_PACCT",
		"Write down every process that ends."},
	/* Neither a time nor a time zone: nothing is set. */
	{"settimeofday", SYS_settimeofday, 0, {0, 0}, NO_TEXT, "settimeofday(NULL, NULL)",
		"SYS_TIME", "Set the clock of the machine."},
	/* A length below 0, after the right to. */
	{"sethostname", SYS_sethostname, 0, {0, MINUS_ONE}, NO_TEXT, "sethostname(NULL, -1)",
		"SYS_ADMIN", "Rename the machine that it sees."},
	{"syslog", SYS_syslog, 0, {10, 0, 0}, NO_TEXT, "syslog(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0)",
		"SYSLOG", "Read what the kernel logged."},
	{"ptrace", SYS_ptrace, 0, {1, 0, 0, 0}, NO_TEXT, "ptrace(PTRACE_PEEKTEXT, 0, NULL, NULL)",
		"", "Look into another process, and steer it."},
	{"process_vm_readv", SYS_process_vm_readv, 0, {0, 0, 0, 0, 0, 0}, NO_TEXT,
		"process_vm_readv(0, NULL, 0, NULL, 0, 0)", "", "Read another process's memory."},
	{"bpf", SYS_bpf, 0, {9999, 0, 0}, NO_TEXT, "bpf(9999, NULL, 0)", "",
		"Load small programs into the kernel."},
	{"perf_event_open", SYS_perf_event_open, 0, {0, 0, MINUS_ONE, MINUS_ONE, 0}, NO_TEXT,
		"perf_event_open(NULL, 0, -1, -1, 0)", "", "Count what processors do."},
	{"userfaultfd", SYS_userfaultfd, 0, {MINUS_ONE}, NO_TEXT, "userfaultfd(-1)", "",
		"Answer page faults itself; useful to whoever attacks a kernel."},
	{"io_uring_setup", SYS_io_uring_setup, 0, {0, 0}, NO_TEXT, "io_uring_setup(0, NULL)", "",
		"Hand the kernel work in batches."},
	{"keyctl", SYS_keyctl, 0, {0, MINUS_ONE - 2, 0}, NO_TEXT,
		"keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)", "",
		"Use the keys that the kernel keeps, which know no namespaces."},
	{"add_key", SYS_add_key, 0, {0, 0, 0, 0, 0}, NO_TEXT, "add_key(NULL, NULL, NULL, 0, 0)", "",
		"Have the kernel keep a key."},
	{"open_by_handle_at", SYS_open_by_handle_at, 0, {MINUS_ONE, 0, 0}, NO_TEXT,
		"open_by_handle_at(-1, NULL, 0)", "DAC_READ_SEARCH",
		"Open a file by its number, past every directory: how a container once read its "
		"host's files."},
	{"personality", SYS_personality, 0, {0xffffffff}, NO_TEXT, "personality(0xffffffff)", "",
		"Behave like another system; with this number it only asks."},
	{"socket", SYS_socket, 0, {AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1}, NO_TEXT,
		"socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)", "NET_RAW",
		"Send packets that it made itself."},
	{"setgroups", SYS_setgroups, 0, {0, 0}, NO_TEXT, "setgroups(0, NULL)", "SETGID",
		"Leave groups, and join others."},
	{"getpid", SYS_getpid, 0, {0}, NO_TEXT, "getpid()", "", "Ask for its own number."},
#ifdef __x86_64__
	{"iopl", SYS_iopl, 0, {3}, NO_TEXT, "iopl(3)", "SYS_RAWIO",
		"Talk to devices past the kernel; it would end with the process that tries it."},
#endif
};

const struct trial *try_calls(size_t *count)
{
	*count = array_len(calls);
	return calls;
}

const struct trial *try_find(const char *name)
{
	for (size_t i = 0; i < array_len(calls); i++)
		if (str_eq(calls[i].name, name))
			return &calls[i];
	return NULL;
}
