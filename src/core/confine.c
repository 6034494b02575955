#include "core/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/db.h"
#include "util/own.h"

/* ---- capabilities ---- */

static uint64_t bit(int capability)
{
	return 1ULL << capability;
}

/* Owners, modes and devices of what is unpacked; trusted.* attributes, which mark an opaque
 * directory for overlay, want SYS_ADMIN: its other uses are taken away by the seccomp list. */
static uint64_t kept_capabilities(void)
{
	return bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FOWNER) | bit(CAP_FSETID) |
	       bit(CAP_MKNOD) | bit(CAP_SETFCAP) | bit(CAP_SYS_ADMIN);
}

static int drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	uint64_t keep = kept_capabilities();

	if (syscall(SYS_capget, &header, data) < 0)
		return err_sys(err, "confine: capabilities");
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, data) < 0)
		return err_sys(err, "confine: capabilities");
	return 0;
}

/* ---- Landlock ---- */

/* From this version on a rename from one directory to another can be allowed. */
enum { LANDLOCK_REFER_ABI = 2, LANDLOCK_TRUNCATE_ABI = 3, LANDLOCK_IOCTL_ABI = 5 };

static int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static const uint64_t reads =
	LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

static uint64_t all_accesses(int abi)
{
	uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	all |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= LANDLOCK_TRUNCATE_ABI)
		all |= 1ULL << 14; /* LANDLOCK_ACCESS_FS_TRUNCATE, newer than our oldest headers */
	if (abi >= LANDLOCK_IOCTL_ABI)
		all |= 1ULL << 15; /* …_IOCTL_DEV */
	return all;
}

/* A path that does not exist needs no permission. */
static int allow(int ruleset, const char *path, uint64_t accesses, struct err *err)
{
	auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = accesses, .parent_fd = fd};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	/* What only directories can do is refused for a file. */
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
				       LANDLOCK_ACCESS_FS_WRITE_FILE;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(err, "confine: Landlock: %s", path);
	return 0;
}

static int allow_list(int ruleset, const char *const *paths, size_t count, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < count && paths[i] && !failed; i++)
		failed = allow(ruleset, paths[i], reads, err);
	return failed;
}

static int allow_paths(int ruleset, struct store *store, unsigned flags,
	const char *const *readable, uint64_t all, struct err *err)
{
	/* The program itself, its modules, the resolver's plug-ins; the time zone; SQLite and
	 * OpenSSL ask for randomness. */
	static const char *const always[] = {"/usr", "/lib", "/lib64", "/opt", "/proc", "/dev/null",
		"/dev/urandom", "/etc/ld.so.cache", "/etc/localtime"};
	static const char *const network[] = {"/etc", "/run/systemd/resolve", "/run/resolvconf",
		"/run/NetworkManager", "/run/nscd", "/var/lib/ca-certificates"};
	int failed = store ? allow(ruleset, store_root(store), all, err) : 0;

	if (!failed && store)
		failed = allow(ruleset, store_run_root(store), all, err);
	if (!failed)
		failed = allow_list(ruleset, always, array_len(always), err);
	if (!failed && flags & CONFINE_NETWORK)
		failed = allow_list(ruleset, network, array_len(network), err);
	if (!failed && readable)
		failed = allow_list(ruleset, readable, SIZE_MAX, err);
	if (!failed)
		failed = allow(ruleset, "/proc/self/exe", reads, err);
	/* OpenSSL's own variables for where certificates are. */
	if (!failed && getenv("SSL_CERT_FILE"))
		failed = allow(ruleset, getenv("SSL_CERT_FILE"), reads, err);
	if (!failed && getenv("SSL_CERT_DIR"))
		failed = allow(ruleset, getenv("SSL_CERT_DIR"), reads, err);
	return failed;
}

static int lock_files(
	struct store *store, unsigned flags, const char *const *readable, struct err *err)
{
	int abi = landlock_abi();
	struct landlock_ruleset_attr attr = {.handled_access_fs = all_accesses(abi)};
	auto_close int ruleset = -1;
	int failed;

	if (abi < LANDLOCK_REFER_ABI)
		return 0;
	ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return err_sys(err, "confine: Landlock");
	failed = allow_paths(ruleset, store, flags, readable, attr.handled_access_fs, err);
	if (!failed && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		failed = err_sys(err, "confine: Landlock");
	return failed;
}

/* ---- seccomp ---- */

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef NATIVE_ARCH
/* What a pull never does, and what taking over a process would begin with. */
static const int denied_calls[] = {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_pidfd_getfd, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree,
	SYS_move_mount, SYS_fsopen, SYS_fspick, SYS_fsconfig, SYS_fsmount, SYS_mount_setattr,
	SYS_setns, SYS_unshare, SYS_init_module, SYS_finit_module, SYS_delete_module,
	SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_bpf,
	SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl, SYS_add_key,
	SYS_request_key, SYS_open_by_handle_at, SYS_acct, SYS_quotactl, SYS_settimeofday,
	SYS_clock_settime, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup,
	SYS_lookup_dcookie, SYS_personality};

/* What somebody who only looks never does. */
static const int denied_to_lookers[] = {SYS_connect, SYS_pidfd_send_signal, SYS_ptrace,
	SYS_process_vm_writev, SYS_pidfd_getfd, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
	SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fspick, SYS_fsmount, SYS_mount_setattr,
	SYS_setns, SYS_unshare, SYS_init_module, SYS_finit_module, SYS_delete_module,
	SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_bpf, SYS_io_uring_setup,
	SYS_open_by_handle_at};

static int deny_calls(const int *calls, size_t count, struct err *err)
{
	enum { CALLS_MAX = 80, HEAD = 5 };
	struct sock_filter code[HEAD + CALLS_MAX + 2];
	struct sock_fprog program = {.len = (unsigned short)(HEAD + count + 2), .filter = code};
	size_t at = 0;

	if (count > CALLS_MAX)
		return err_set(err, E2BIG, "confine: seccomp: too many calls");

	code[at++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	/* Another calling convention has other numbers: none of ours uses one. */
	code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[at++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	/* x32's numbers have bit 30 set. */
	code[at++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JGE | BPF_K, 0x40000000, (uint8_t)(count + 1), 0);
	for (size_t i = 0; i < count; i++)
		code[at++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], (uint8_t)(count - i), 0);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 && errno != EINVAL &&
		errno != ENOSYS)
		return err_sys(err, "confine: seccomp");
	return 0;
}

static bool has_seccomp(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int deny_job_calls(struct err *err)
{
	return deny_calls(denied_calls, array_len(denied_calls), err);
}

static int deny_looker_calls(struct err *err)
{
	return deny_calls(denied_to_lookers, array_len(denied_to_lookers), err);
}
#else
static int deny_job_calls(struct err *err)
{
	(void)err;
	return 0;
}

static int deny_looker_calls(struct err *err)
{
	(void)err;
	return 0;
}

static bool has_seccomp(void)
{
	return false;
}
#endif

int confine_job(struct store *store, unsigned flags, struct err *err)
{
	return confine_job_reading(store, flags, NULL, err);
}

int confine_job_reading(
	struct store *store, unsigned flags, const char *const *readable, struct err *err)
{
	static bool done;
	int failed;

	if (done)
		return 0;
	done = true;
	/* What it will ask the store with must be in reach before files are not. */
	failed = store ? db_load(err) : 0;
	if (!failed)
		failed = drop_capabilities(err);
	if (!failed && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		failed = err_sys(err, "confine: no_new_privs");
	if (!failed)
		failed = lock_files(store, flags, readable, err);
	if (!failed)
		failed = deny_job_calls(err);
	return failed;
}

/* ---- for who only looks ---- */

static uint64_t write_accesses(int abi)
{
	uint64_t writes = all_accesses(abi) & ~reads;

	/* Devices are asked things through ioctl: a terminal its size. */
	writes &= ~(1ULL << 15);
	return abi < LANDLOCK_REFER_ABI ? writes & ~(uint64_t)LANDLOCK_ACCESS_FS_REFER : writes;
}

static int lock_writing(int abi, struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = write_accesses(abi)};
	auto_close int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);

	if (ruleset < 0)
		return err_sys(err, "read-only: Landlock");
	if (allow(ruleset, "/dev", LANDLOCK_ACCESS_FS_WRITE_FILE, err) < 0)
		return err->code;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return err_sys(err, "read-only: Landlock");
	return 0;
}

int confine_to_looking(bool *sealed, struct err *err)
{
	int abi = landlock_abi();

	*sealed = abi > 0 && has_seccomp();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "read-only: no_new_privs");
	if (abi > 0 && lock_writing(abi, err) < 0)
		return err->code;
	return deny_looker_calls(err);
}

void confine_describe(struct buf *out)
{
	int abi = landlock_abi();

	buf_adds(out, "capabilities, no_new_privs");
	if (abi >= LANDLOCK_REFER_ABI)
		buf_addf(out, ", Landlock %d", abi);
	if (has_seccomp())
		buf_adds(out, ", seccomp");
}
