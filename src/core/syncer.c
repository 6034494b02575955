#include "core/syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/parts.h"
#include "core/spawn.h"
#include "core/store_db.h"
#include "util/own.h"
#include "util/strs.h"

extern char **environ;

static int start(struct engine *engine, int wait_fd)
{
	auto_strs args = STRS_INIT;
	const int fds[] = {wait_fd, -1, -1};
	struct spawn spawn = {.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.session = true};
	struct err ignored;

	strs_add(&args, "davit");
	strs_addf(&args, "--root=%s", store_root(engine->store));
	strs_addf(&args, "--run-root=%s", store_run_root(engine->store));
	strs_add(&args, "sweep");
	strs_add(&args, "--sync");
	if (strs_failed(&args))
		return -ENOMEM;
	spawn.argv = (const char *const *)args.v;
	spawn.program_fd = parts_self(engine->parts, &ignored);
	return spawn.program_fd < 0 ? -ENOENT : spawn_start(&spawn, NULL, NULL, &ignored);
}

void syncer_start(struct engine *engine)
{
	int ends[2];

	if (engine->syncer >= 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	if (start(engine, ends[0]) == 0)
		engine->syncer = ends[1];
	else
		close(ends[1]);
	close(ends[0]);
}

static void wait_for_maker(int fd)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
}

/* One at a time: the next finds that most was done. */
static int sync_rest(struct store *store, struct err *err)
{
	auto_close int lock =
		openat(store_dir(store, STORE_CACHE), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return err_sys(err, "sync");
	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err, "SELECT 1 FROM layers WHERE synced = 0 AND boot = ?", "t",
			store_boot_id(store)) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	stmt_free(take(row));
	return found ? store_sync(store, err) : 0;
}

int engine_sync_here(struct engine *engine, int wait_fd, struct err *err)
{
	wait_for_maker(wait_fd);
	return sync_rest(engine->store, err);
}
