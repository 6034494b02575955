#include "core/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/keeper_private.h"
#include "core/privilege.h"
#include "core/process.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

enum { MAKING_MS = 10000, END_MS = 5000, ROWS_MAX = 1 << 16, MAP_MAX = 64 << 10 };

/* ---- who it is ---- */

static int open_of(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool is_same(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static uint64_t count_ids(int pid)
{
	auto_buf text = BUF_INIT;
	char path[64];
	uint32_t outside;
	uint64_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (path_read_at(AT_FDCWD, path, MAP_MAX, &text) == 0)
		privilege_read_map(buf_text(&text), &outside, &count);
	return count;
}

bool keeper_is_ours(int pid, uint64_t *ids)
{
	auto_close int its = open_of(pid, "ns/user"), own = open_of(getpid(), "ns/user");
	uid_t owner;

	if (its < 0 || own < 0 || is_same(its, own) || ioctl(its, NS_GET_OWNER_UID, &owner) < 0 ||
		owner != geteuid())
		return false;
	*ids = count_ids(pid);
	return true;
}

/* "davit-keeper 1", its boot, pid and start time. */
static bool read_record(int run_fd, struct row_process *out)
{
	char text[KEEPER_RECORD_MAX], boot[64];
	auto_close int fd = openat(run_fd, KEEPER_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	unsigned long long start;
	struct stat st;

	if (len <= 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	text[len] = '\0';
	*out = (struct row_process){0};
	if (sscanf(text, "davit-keeper 1\nboot %63s\npid %d\nstart %llu\n", boot, &out->pid,
		    &start) != 3)
		return false;
	out->start = start;
	return strcmp(boot, process_boot_id()) == 0;
}

int keeper_record(int lock)
{
	char text[KEEPER_RECORD_MAX];
	struct row_process self = process_self();
	int len = snprintf(text, sizeof(text), "davit-keeper 1\nboot %s\npid %d\nstart %llu\n",
		process_boot_id(), self.pid, (unsigned long long)self.start);

	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)len, 0) != len)
		return errno ? -errno : -EIO;
	return 0;
}

/* ---- finding it ---- */

/* From inside, its user namespace is ours. */
int keeper_open(int run_fd, struct keeper *out)
{
	auto_close int pidfd = -1;

	*out = (struct keeper){0};
	if (!read_record(run_fd, &out->process))
		return -ESRCH;
	pidfd = process_open(&out->process);
	if (pidfd < 0)
		return -ESRCH;
	if (privilege_is_rootless()) {
		auto_close int its = open_of(out->process.pid, "ns/user");
		auto_close int own = open_of(getpid(), "ns/user");

		out->ids = count_ids(out->process.pid);
		return its >= 0 && own >= 0 && is_same(its, own) ? take_fd(&pidfd) : -ESRCH;
	}
	/* Looked at by number, so it must be there still afterwards. */
	if (!keeper_is_ours(out->process.pid, &out->ids) || !process_is_alive(&out->process))
		return -ESRCH;
	return take_fd(&pidfd);
}

int keeper_find(int run_fd, struct keeper *out, struct err *err)
{
	auto_close int pidfd = keeper_open(run_fd, out);

	return pidfd < 0 ? err_set(err, ESRCH, "no keeper is running") : 0;
}

static int shim_in(const char *run_root)
{
	auto_close int dir = open(run_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int roster =
		dir < 0 ? -1 : openat(dir, "roster", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct roster_head head;
	struct row row;

	if (roster < 0 || pread(roster, &head, sizeof(head), 0) != sizeof(head) ||
		memcmp(head.magic, ROSTER_MAGIC, sizeof(head.magic)) != 0 ||
		head.version != ROSTER_VERSION || strcmp(head.boot_id, process_boot_id()) != 0)
		return -ESRCH;
	for (off_t at = 1;
		at < ROWS_MAX && pread(roster, &row, sizeof(row), at * ROW_SIZE) == sizeof(row);
		at++) {
		auto_close int pidfd = row.use == ROW_USED ? process_open(&row.state.shim) : -ESRCH;
		uint64_t ids;

		if (pidfd >= 0 && keeper_is_ours(row.state.shim.pid, &ids) &&
			process_is_alive(&row.state.shim))
			return take_fd(&pidfd);
	}
	return -ESRCH;
}

int keeper_find_shim(const char *const *run_roots)
{
	int found = -ESRCH;

	for (size_t i = 0; found < 0 && run_roots[i]; i++)
		found = shim_in(run_roots[i]);
	return found;
}

/* ---- entering ---- */

/* Groups stay: they are how the user reaches what belongs to a group, and a container's process is
 * given its own. */
int keeper_become_root(struct err *err)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, "become root of your user namespace");
	return 0;
}

int keeper_enter_its(int pidfd, struct err *err)
{
	char here[PATH_MAX];
	bool has_place = getcwd(here, sizeof(here)) && here[0] == '/';

	if (syscall(SYS_setns, pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return err_sys(err, "enter your user namespace");
	if (keeper_become_root(err) < 0)
		return err->code;
	/* A directory of the mount namespace that was left could be read, and not be mounted. */
	if (has_place && chdir(here) < 0)
		return err_sys(err, "enter your user namespace: %s", here);
	return 0;
}

static int find_or_make(
	int run_fd, const char *const *rosters, struct keeper *out, int *pidfd, struct err *err)
{
	auto_close int lock =
		openat(run_fd, KEEPER_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	auto_close int shim = -1;
	char why[sizeof(out->why)];
	int failed;

	if (lock < 0)
		return err_sys(err, "open the keeper's file");
	for (int waited = 0; flock(lock, LOCK_EX | LOCK_NB) < 0; waited++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(err, "lock the keeper's file");
		*pidfd = keeper_open(run_fd, out);
		if (*pidfd >= 0)
			return 0;
		if (waited >= MAKING_MS)
			return err_set(err, EBUSY,
				"somebody holds the keeper's file, and is no keeper: see who with fuser RUN_ROOT/" KEEPER_FILE);
		usleep(1000);
	}
	shim = keeper_find_shim(rosters);
	failed = keeper_make(lock, shim, out, err);
	if (failed)
		return failed;
	memcpy(why, out->why, sizeof(why));
	*pidfd = keeper_open(run_fd, out);
	if (*pidfd < 0)
		return err_set(err, ESRCH, "the keeper of your user namespace ended at once");
	memcpy(out->why, why, sizeof(why));
	out->is_new = true;
	return 0;
}

int keeper_enter(int run_fd, const char *const *rosters, struct keeper *out, struct err *err)
{
	auto_close int pidfd = keeper_open(run_fd, out);
	int failed;

	if (pidfd < 0) {
		failed = find_or_make(run_fd, rosters, out, &pidfd, err);
		if (failed)
			return failed;
	}
	return keeper_enter_its(pidfd, err);
}

/* ---- the rest ---- */

int keeper_stop(int run_fd, struct err *err)
{
	struct keeper keeper;
	auto_close int pidfd = keeper_open(run_fd, &keeper);

	if (pidfd < 0)
		return err_set(err, ESRCH, "no keeper is running");
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) < 0 && errno != ESRCH)
		return err_sys(err, "end the keeper");
	return process_wait_gone(&keeper.process, END_MS) == 0
		       ? 0
		       : err_set(err, ETIMEDOUT, "the keeper does not end");
}
