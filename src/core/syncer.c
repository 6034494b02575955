#include "core/syncer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/after.h"
#include "core/store_db.h"
#include "util/own.h"

void syncer_start(struct engine *engine)
{
	if (engine->syncer < 0)
		engine->syncer =
			after_start(engine, (const char *const[]){"sweep", "--sync", NULL}, NULL);
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
	after_wait(wait_fd);
	return sync_rest(engine->store, err);
}
