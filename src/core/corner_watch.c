#include "core/corner_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/corner.h"
#include "core/engine_own.h"
#include "core/parts.h"
#include "core/spawn.h"
#include "util/own.h"

enum { TRIES = 200, PAUSE_US = 50000, OWNER_MS = 10000 };

extern char **environ;

static int start(struct engine *engine, int wait_fd)
{
	auto_strs args = STRS_INIT;
	const int fds[] = {wait_fd, -1, -1};
	struct spawn spawn = {.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.dir = "/",
		.session = true};
	struct err ignored;

	strs_add(&args, "davit");
	strs_addf(&args, "--root=%s", store_root(engine->store));
	strs_addf(&args, "--run-root=%s", store_run_root(engine->store));
	strs_add(&args, "lesson");
	strs_add(&args, "sweep");
	spawn.argv = (const char *const *)args.v;
	spawn.program_fd = parts_self(engine->parts, &ignored);
	if (strs_failed(&args) || spawn.program_fd < 0)
		return -ENOENT;
	return spawn_start(&spawn, NULL, NULL, &ignored);
}

int corner_watch_start(struct engine *engine)
{
	auto_close int ours = -1, theirs = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	theirs = ends[0];
	ours = ends[1];
	return start(engine, theirs) == 0 ? take_fd(&ours) : -1;
}

void corner_watch_here(struct engine *engine, int wait_fd)
{
	auto_close int owner = (int)syscall(SYS_pidfd_open, getppid(), 0);
	struct pollfd gone = {.fd = owner, .events = POLLIN};
	char byte;
	ssize_t got;

	do
		got = read(wait_fd, &byte, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
	/* One that is killed lets go of us, of its lock and of its life one after the other; one
	 * that is done with its corner may go on living, and has left nothing. */
	poll(&gone, 1, OWNER_MS);
	for (int i = 0; i < TRIES && !corner_sweep(engine); i++)
		usleep(PAUSE_US);
}
