#include "core/after.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/parts.h"
#include "core/spawn.h"
#include "util/own.h"
#include "util/strs.h"

extern char **environ;

static int start(struct engine *engine, const char *const *words, const char *dir, int wait_fd)
{
	auto_strs args = STRS_INIT;
	const int fds[] = {wait_fd, -1, -1};
	struct spawn spawn = {.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.dir = dir,
		.session = true};
	struct err ignored;

	strs_add(&args, "davit");
	strs_addf(&args, "--root=%s", store_root(engine->store));
	strs_addf(&args, "--run-root=%s", store_run_root(engine->store));
	for (; *words; words++)
		strs_add(&args, *words);
	if (strs_failed(&args))
		return -ENOMEM;
	spawn.argv = (const char *const *)args.v;
	spawn.program_fd = parts_self(engine->parts, &ignored);
	return spawn.program_fd < 0 ? -ENOENT : spawn_start(&spawn, NULL, NULL, &ignored);
}

int after_start(struct engine *engine, const char *const *words, const char *dir)
{
	auto_close int ours = -1, theirs = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	theirs = ends[0];
	ours = ends[1];
	return start(engine, words, dir, theirs) == 0 ? take_fd(&ours) : -1;
}

void after_wait(int wait_fd)
{
	char byte;
	ssize_t got;

	do
		got = read(wait_fd, &byte, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
}
