/* scope.c - keeps davit's scope (core/delegation.h), which would end with its last process, and
 * hears from systemd when the host goes down.
 *
 * That is SIGURG, to every process of the scope: one that containers do not notice. Shims begin to
 * stop theirs then (stop_by_host); what else of davit runs beside us gets its SIGTERM from here. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

static char pids[256 << 10];

static ssize_t read_file(const char *path, char *to, size_t room)
{
	int fd = sys_open(AT_FDCWD, path, O_RDONLY);
	ssize_t len = 0, got = fd < 0 ? -1 : 1;

	while (got > 0 && (size_t)len + 1 < room) {
		got = read(fd, to + len, room - 1 - (size_t)len);
		len += got > 0 ? got : 0;
	}
	sys_close(&fd);
	to[len] = '\0';
	return got < 0 ? -1 : len;
}

/* "0::/system.slice/…": v2's is the only line where there are such scopes. */
static bool has_group(const char *pid, const char *group)
{
	char path[64], its[512];

	launch_say(path, sizeof(path), "/proc/%s/cgroup", pid);
	return read_file(path, its, sizeof(its)) > 0 && !strcmp(its, group);
}

/* By pidfd, and only who is in our cgroup still when it is held: a number read from a file may be
 * somebody else's a moment later. */
static void end_one(const char *pid, const char *group)
{
	unsigned long long number;
	int fd;

	if (launch_number(pid, strlen(pid), INT32_MAX, &number) < 0 || (int)number == getpid())
		return;
	fd = sys_pidfd_open((int)number);
	if (fd >= 0 && has_group(pid, group))
		sys_pidfd_signal(fd, SIGTERM);
	sys_close(&fd);
}

static void end_all(void)
{
	char group[512], path[560];
	size_t len;

	if (read_file("/proc/self/cgroup", group, sizeof(group)) <= 0 ||
		strncmp(group, "0::/", 4) != 0)
		return;
	len = strlen(group) - 1;
	group[len] = '\0';
	launch_say(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs", group + 3);
	group[len] = '\n';
	if (read_file(path, pids, sizeof(pids)) <= 0)
		return;
	for (char *at = pids, *end; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		end_one(at, group);
	}
}

int scope_main(void)
{
	sigset_t meant;
	int signal;

	prctl(PR_SET_NAME, "davit-scope", 0, 0, 0);
	sigfillset(&meant);
	sigprocmask(SIG_SETMASK, &meant, NULL);
	sigemptyset(&meant);
	sigaddset(&meant, SIGTERM);
	sigaddset(&meant, SIGURG);
	if (sigwait(&meant, &signal) == 0 && signal == SIGURG)
		end_all();
	return 0;
}
