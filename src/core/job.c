/* job.c - `davit pull …` and the like as a process of its own, started from a front end that goes
 * on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/op.h"
#include "core/parts.h"
#include "core/spawn.h"
#include "util/own.h"

extern char **environ; /* proxies, registry credentials and the store's place are the user's */

static int spawn_job(struct op *op, struct err *err)
{
	int fds[] = {-1, op->out_fd, op->out_fd};
	struct spawn spawn = {
		.argv = (const char *const *)op->args.v,
		.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.session = true,
		.dir = op->name,
	};
	int failed;

	spawn.program_fd = parts_self(op->engine->parts, err);
	if (spawn.program_fd < 0)
		return spawn.program_fd;
	failed = groups_for_monitors(op->engine, &spawn, err);
	if (!failed)
		failed = spawn_start(&spawn, &op->pidfd, NULL, err);
	own_closep(&op->out_fd);
	op->out_fd = -1;
	return failed;
}

struct op *engine_job(
	struct engine *engine, const char *const *args, int out_fd, op_done_fn done, void *arg)
{
	return engine_job_in(engine, NULL, args, out_fd, done, arg);
}

struct op *engine_job_in(struct engine *engine, const char *dir, const char *const *args,
	int out_fd, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "run", .prepare = spawn_job};
	struct op *op = op_new(NULL);

	if (!op)
		return NULL;
	if (dir && !(op->name = strdup(dir))) {
		op_free(op);
		return NULL;
	}
	strs_add(&op->args, "davit");
	strs_addf(&op->args, "--root=%s", store_root(engine->store));
	strs_addf(&op->args, "--run-root=%s", store_run_root(engine->store));
	for (; *args; args++)
		strs_add(&op->args, *args);
	if (out_fd >= 0)
		op->out_fd = fcntl(out_fd, F_DUPFD_CLOEXEC, 3);
	return op_start(engine, &verb, op, done, arg);
}
