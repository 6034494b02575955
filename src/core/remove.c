/* remove.c - the end of a container, by hand or by the repair of what a kill left behind. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/lease.h"
#include "core/lifecycle.h"
#include "core/process.h"
#include "core/trash.h"
#include "core/volume_use.h"
#include "util/own.h"
#include "util/path.h"

/* A shim that has reported the exit still needs a moment to let go of the mounts. */
enum { SHIM_GONE_MS = 10000 };

static void drop_run_dir(struct engine *engine, const char *id)
{
	auto_close int dir =
		openat(store_dir(engine->store, STORE_RUN), "c", O_PATH | O_DIRECTORY | O_CLOEXEC);

	network_release(engine, id, false);
	if (dir >= 0)
		path_remove_at(dir, id);
}

/* Several may come to this end at once; the one that frees the row tells of it. */
int lifecycle_forget(struct engine *engine, unsigned number, const struct row *row, struct err *err)
{
	int freed;

	drop_run_dir(engine, row->id);
	freed = roster_free(engine->roster, number, row->id, err);
	if (freed > 0)
		engine_announce(engine, row, "destroy", NULL);
	return freed < 0 ? freed : 0;
}

/* Not beside a change that was under way when the row said that it goes (update.c). */
static int discard(struct engine *engine, const char *id, struct err *err)
{
	auto_close int own = openat(store_dir(engine->store, STORE_CONTAINERS), id,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	while (own >= 0 && flock(own, LOCK_EX) < 0 && errno == EINTR)
		;
	return store_discard(engine->store, STORE_CONTAINERS, id, err);
}

/* From here on nobody finds it; what follows may be interrupted at any step and be done again. */
static int remove_held(struct engine *engine, unsigned number, const struct row *row, bool volumes,
	struct err *err)
{
	struct err ignored = {0};
	int failed;

	if (!err) /* a repair; the store below always writes its sentence */
		err = &ignored;
	trash_unmark(engine->store, row->id);
	failed = roster_set_use(engine->roster, number, row->id, ROW_REMOVING, err);
	if (failed)
		return failed;
	groups_remove(engine, row->id);
	volume_use_end(engine, row->id, volumes || row->state.flags & ROW_AUTO_REMOVE);
	failed = discard(engine, row->id, err);
	if (failed && failed != -ENOENT)
		return err_in(err, "remove container %s", row->name);
	err_forgive(err);
	return lifecycle_forget(engine, number, row, err);
}

/* Its shim writes nothing any more once it has said the end; that it still holds mounts and cgroups
 * does not matter to us, and removing beside it takes a third off the end of `run --rm`. */
static int remove_ours(
	struct engine *engine, unsigned number, const struct row *row, struct err *err)
{
	int failed = roster_set_use(engine->roster, number, row->id, ROW_REMOVING, err);

	if (!failed)
		volume_use_end(engine, row->id, true);
	if (!failed)
		failed = discard(engine, row->id, err);
	if (failed && failed != -ENOENT)
		return failed;
	process_wait_gone(&row->state.shim, SHIM_GONE_MS);
	return lifecycle_forget(engine, number, row, err);
}

int lifecycle_claim(struct engine *engine, unsigned number, const struct row *row, int *own,
	struct row *now, int *lock, struct err *err)
{
	int failed;

	*own = launch_own_dir(engine, row->id, err);
	if (*own == -ENOENT) {
		err_forgive(err);
		failed = lifecycle_forget(engine, number, row, err);
		return failed ? failed : -ENOENT;
	}
	if (*own < 0)
		return *own;
	failed = launch_claim(engine, number, row->id, *own, now, lock, err);
	if (failed == -ENOENT)
		err_forgive(err);
	if (failed == -EALREADY)
		return err_set(err, EBUSY,
			"cannot remove container \"%s\": container is running: stop the container before removing or force remove",
			row->name);
	return failed;
}

static int remove_locked(struct engine *engine, unsigned number, const struct row *row,
	bool volumes, struct err *err)
{
	auto_close int own = -1, lock = -1;
	struct row now;
	int failed = lifecycle_claim(engine, number, row, &own, &now, &lock, err);

	if (failed == -ENOENT)
		return 0;
	return failed ? failed : remove_held(engine, number, &now, volumes, err);
}

int lifecycle_remove(struct engine *engine, unsigned number, const struct row *row,
	enum removal how, bool volumes, struct err *err)
{
	struct err ignored = {0};
	struct row now;

	if (!err)
		err = &ignored;
	/* The shim may have written its own name after the caller read the row. */
	if (roster_read(engine->roster, number, &now) < 0 || strcmp(now.id, row->id) != 0)
		return 0; /* somebody removed it first: that is what was asked for */
	return how == REMOVAL_OURS ? remove_ours(engine, number, &now, err)
				   : remove_locked(engine, number, &now, volumes, err);
}

/* ---- repair ---- */

static void say(struct buf *report, const struct row *row, const char *what)
{
	if (report)
		buf_addf(report, "%.12s %s: %s\n", row->id, row->name, what);
}

/* A creator that was killed: the directory was renamed into place complete, or there is none. */
static bool repair_creating(
	struct engine *engine, unsigned number, const struct row *row, struct buf *report)
{
	struct stat st;

	if (fstatat(store_dir(engine->store, STORE_CONTAINERS), row->id, &st,
		    AT_SYMLINK_NOFOLLOW) == 0) {
		roster_set_use(engine->roster, number, row->id, ROW_USED, NULL);
		say(report, row, "its creation was interrupted after the last step; kept");
		return true;
	}
	groups_remove(engine, row->id);
	drop_run_dir(engine, row->id);
	store_sweep(engine->store);
	roster_free(engine->roster, number, row->id, NULL);
	say(report, row, "its creation was interrupted; removed what there was");
	return true;
}

/* What the shim would have left for a reboot to read. */
int lifecycle_write_last(int own, const struct row_state *state)
{
	struct last last = {.version = 1,
		.flags = state->flags,
		.exit_code = state->exit_code,
		.restarts = state->restarts,
		.started_ns = state->started_ns,
		.finished_ns = state->finished_ns};

	memcpy(last.magic, LAST_MAGIC, sizeof(last.magic));
	snprintf(last.boot_id, sizeof(last.boot_id), "%s", process_boot_id());
	memcpy(last.error, state->error, sizeof(last.error));
	return path_replace_at(own, "last", &last, sizeof(last), 0600);
}

static bool init_is_alive(const struct row *row)
{
	return row->state.init.pid > 0 && process_is_alive(&row->state.init);
}

/* It never ran: what it was before the start, it is again. */
static void record_interruption(struct row_state *state)
{
	state->status = state->finished_ns ? ROW_EXITED : ROW_CREATED;
	snprintf(state->error, sizeof(state->error),
		"the last start was interrupted: its monitor was killed");
}

/* When it ended nobody saw; when that was noticed is the honest upper bound. */
static void record_lost_exit(struct row_state *state)
{
	state->finished_ns = timing_wall();
	state->status = ROW_EXITED;
	state->exit_code = 255;
	state->flags |= ROW_CODE_LOST;
	snprintf(state->error, sizeof(state->error), "exit code lost: its monitor was killed");
}

/* The shim died and its container with it, or was gone by the time somebody looked. */
static void record_loss(struct engine *engine, unsigned number, struct row *row, int own)
{
	struct row_state *state = &row->state;
	bool ran = state->status != ROW_STARTING;

	if (ran)
		record_lost_exit(state);
	else
		record_interruption(state);
	state->init = state->shim = (struct row_process){0};
	roster_set_state(engine->roster, number, state, NULL);
	if (!ran)
		return;
	lifecycle_write_last(own, state);
	engine_announce(engine, row, "die",
		(const char *const[]){"exitCode", "255", "reason", state->error, NULL});
	volume_use_lost(engine, own, row->id);
}

bool lifecycle_outlived_itself(const struct row *row)
{
	const struct row_state *state = &row->state;

	if (row->use != ROW_USED || !(state->flags & ROW_AUTO_REMOVE))
		return false;
	return state->status == ROW_EXITED || (state->status == ROW_CREATED && state->error[0]);
}

static bool repair_running(
	struct engine *engine, unsigned number, struct row *row, int own, struct buf *report)
{
	auto_close int lock = -1;
	struct err ignored;
	struct row now;

	/* The lock is the truth: who holds it is at work, and the row will follow. */
	if (launch_lock(own, false, &lock, NULL) < 0)
		return false;
	if (roster_read(engine->roster, number, &now) < 0 || strcmp(now.id, row->id) != 0)
		return true;
	*row = now;
	if (lifecycle_outlived_itself(row)) {
		remove_held(engine, number, row, false, &ignored);
		say(report, row, "it was to be removed after its end; done");
		return true;
	}
	if (process_is_alive(&row->state.shim) || row->state.status == ROW_CREATED ||
		row->state.status == ROW_EXITED)
		return true;
	if (init_is_alive(row)) {
		own_closep(&lock);
		lock = -1;
		say(report, row, "its monitor was killed, it lives on: adopted");
		launch_adopter(engine, number, row, &ignored);
		return true;
	}
	groups_end(engine, row->id);
	network_release(engine, row->id, true);
	record_loss(engine, number, row, own);
	drop_run_dir(engine, row->id);
	say(report, row, row->state.error);
	if (row->state.flags & ROW_AUTO_REMOVE)
		remove_held(engine, number, row, false, &ignored);
	return true;
}

bool lifecycle_repair(struct engine *engine, unsigned number, struct row *row, struct buf *report)
{
	auto_close int own = -1, lock = -1;
	struct err ignored;

	if (row->use == ROW_CREATING)
		return repair_creating(engine, number, row, report);
	own = launch_own_dir(engine, row->id, NULL);
	if (own == -ENOENT) {
		store_sweep(engine->store); /* a removal was cut short in its trash */
		lifecycle_forget(engine, number, row, NULL);
		say(report, row, "its directory is gone; forgotten");
		return true;
	}
	if (own < 0)
		return false;
	if (row->use == ROW_USED)
		return repair_running(engine, number, row, own, report);
	if (launch_lock(own, false, &lock, NULL) < 0)
		return false;
	/* A removal into the trash has left its mark; where it cannot be ended it is undone. */
	if (!trash_is_marked(own))
		remove_held(engine, number, row, false, &ignored);
	else if (trash_finish(engine, number, row, own, NULL) < 0) {
		say(report, row, "its removal was interrupted; undone");
		return true;
	}
	say(report, row, "its removal was interrupted; finished");
	return true;
}

int engine_sweep(struct engine *engine, const char *id, struct err *err)
{
	struct row row;
	unsigned number;

	if (roster_find(engine->roster, id, &number, &row, err) < 0)
		return err_forgive(err); /* gone already */
	if (row.state.flags & ROW_AUTO_REMOVE)
		return lifecycle_remove(engine, number, &row, REMOVAL_WAIT, false, err);
	lifecycle_repair(engine, number, &row, NULL);
	trash_collect(engine); /* nobody waits for us */
	return 0;
}
