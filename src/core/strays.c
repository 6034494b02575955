#include "core/strays.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

/* Rounds: whoever is about to be killed may be starting another. */
enum { ENVIRONMENT_MAX = 1 << 20, ROUNDS = 50, PATIENCE_MS = 1000 };

struct wanted {
	int leader;             /* of their session; 0: any */
	const char *assignment; /* in their environment; NULL: any */
	int signal;
	bool wait; /* until they are gone */
};

static bool has_assignment(int pid, const char *assignment)
{
	size_t room = strlen(assignment) + 1;
	char path[40];
	auto_buf text = BUF_INIT;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (path_read_at(AT_FDCWD, path, ENVIRONMENT_MAX, &text) < 0)
		return false;
	buf_addc(&text, '\0');
	for (const char *at = text.data, *end = at + text.len; at < end; at += strlen(at) + 1)
		if ((size_t)(end - at) >= room && memcmp(at, assignment, room) == 0)
			return true;
	return false;
}

static bool has_ended(int pidfd, int timeout_ms)
{
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) > 0;
}

static bool is_wanted(const struct wanted *wanted, int pid)
{
	return (!wanted->leader || getsid(pid) == wanted->leader) &&
	       (!wanted->assignment || has_assignment(pid, wanted->assignment));
}

static bool reach_one(const struct wanted *wanted, int pid)
{
	auto_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* It still lives after it was looked at: so it was this one that we looked at. */
	if (fd < 0 || pid == getpid() || !is_wanted(wanted, pid) || has_ended(fd, 0))
		return false;
	if (syscall(SYS_pidfd_send_signal, fd, wanted->signal, NULL, 0) < 0)
		return false;
	if (wanted->wait)
		has_ended(fd, PATIENCE_MS);
	return true;
}

/* How many there were. */
static unsigned reach(const struct wanted *wanted)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned found = 0;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			found += reach_one(wanted, atoi(entry->d_name));
	if (proc)
		closedir(proc);
	return found;
}

void strays_signal_session(int leader, int signal)
{
	reach(&(struct wanted){.leader = leader, .signal = signal});
}

void strays_end(const char *assignment)
{
	const struct wanted wanted = {.assignment = assignment, .signal = SIGKILL, .wait = true};

	for (int i = 0; i < ROUNDS && reach(&wanted); i++)
		;
}
