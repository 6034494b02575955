#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/launch_stat.h"
#include "util/own.h"

int process_start_time(int pid, uint64_t *start)
{
	struct launch_stat stat;

	if (launch_stat(-1, pid, &stat) < 0)
		return -ESRCH;
	*start = stat.start;
	return 0;
}

static uint32_t unique_of(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != ROW_PIDFS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return (uint32_t)st.st_ino;
}

static struct row_process look_at_self(void)
{
	struct row_process self = {.pid = (int32_t)getpid()};
	auto_close int fd = (int)syscall(SYS_pidfd_open, self.pid, 0);

	self.unique = fd < 0 ? 0 : unique_of(fd);
	process_start_time(self.pid, &self.start);
	return self;
}

static struct row_process first; /* who we were when it was asked for the first time */

static void look_once(void)
{
	first = look_at_self();
}

struct row_process process_self(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_once);
	return first.pid == getpid() ? first : look_at_self(); /* forked since */
}

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

static bool is_the_same(const struct row_process *process, int pidfd)
{
	struct stat st;
	uint64_t start;

	if (process->unique)
		return fstat(pidfd, &st) == 0 && (uint32_t)st.st_ino == process->unique;
	return process_start_time(process->pid, &start) == 0 && start == process->start;
}

int process_open(const struct row_process *process)
{
	auto_close int fd = -1;

	if (process->pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (fd < 0)
		return -ESRCH;
	/* Opened first, compared after: now the pid cannot be given away behind our back. */
	if (!is_the_same(process, fd) || has_ended(fd))
		return -ESRCH;
	return take_fd(&fd);
}

bool process_is_alive(const struct row_process *process)
{
	auto_close int fd = process_open(process);

	return fd >= 0;
}

int process_signal(const struct row_process *process, int signal)
{
	auto_close int fd = process_open(process);

	if (fd < 0)
		return fd;
	return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0 ? -errno : 0;
}

int process_wait_gone(const struct row_process *process, int timeout_ms)
{
	auto_close int fd = process_open(process);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int ready;

	if (fd < 0)
		return 0;
	do
		ready = poll(&poll_fd, 1, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0 ? 0 : -ETIMEDOUT;
}

static char boot_id[40];

static void read_boot_id(void)
{
	auto_close int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, boot_id, sizeof(boot_id) - 1);

	boot_id[len > 0 ? len : 0] = '\0';
	boot_id[strcspn(boot_id, "\n")] = '\0';
}

const char *process_boot_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_boot_id);
	return boot_id;
}
