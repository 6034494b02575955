/* engine.c - opening and closing; the verbs are in ops.c, sessions in session.c, reading in
 * containers.c. */
#include <errno.h>
#include <stdlib.h>

#include "core/confine.h"
#include "core/engine_own.h"
#include "core/fact.h"
#include "core/groups.h"
#include "core/parts.h"
#include "core/stats.h"
#include "core/store_db.h"
#include "util/own.h"

/* All that is looked at is open before the process gives up writing; what a look may still need is
 * opened for reading as ever. */
static int open_to_look(struct engine *engine, struct err *err)
{
	struct db *db;
	int failed = roster_open_read_only(store_dir(engine->store, STORE_RUN),
		store_dir(engine->store, STORE_CONTAINERS), &engine->roster, err);

	if (!failed)
		failed = journal_open_read_only(
			store_dir(engine->store, STORE_RUN), "journal", &engine->journal, err);
	if (!failed)
		failed = journal_open_read_only(
			store_dir(engine->store, STORE_ROOT), "actions", &engine->actions, err);
	if (!failed)
		failed = parts_open(&engine->parts, err);
	/* A store without images has no database, and nobody makes one now. */
	if (!failed && store_db(engine->store, &db, &(struct err){0}) == 0)
		db_run(db, NULL, "SELECT 1 FROM images LIMIT 0", "");
	return failed ? failed : confine_to_looking(&engine->sealed, err);
}

static int open_all(struct engine *engine, const struct engine_options *options, struct err *err)
{
	struct store_options store = {.root = options->root,
		.run_root = options->run_root,
		.read_only = options->read_only};
	int failed = store_open(&store, &engine->store, err);

	if (!failed && options->read_only)
		return open_to_look(engine, err);

	if (!failed)
		failed = roster_open(store_dir(engine->store, STORE_RUN),
			store_dir(engine->store, STORE_CONTAINERS), &engine->roster, err);
	if (!failed)
		failed = journal_open(store_dir(engine->store, STORE_RUN), &engine->journal, err);
	if (!failed)
		failed = parts_open(&engine->parts, err);
	return failed;
}

int engine_open(
	uv_loop_t *loop, const struct engine_options *options, struct engine **out, struct err *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int failed;

	if (!engine)
		return err_set(err, ENOMEM, "open davit's store: out of memory");
	engine->began_ns = timing_now();
	engine->filter_fd = -1;
	engine->loop = loop;
	engine->syncer = -1;
	engine->inline_work = options->inline_work;
	engine->quiet = options->quiet || !facts_are_wanted();
	engine->read_only = options->read_only;
	uv_mutex_init(&engine->store_lock);
	engine->launch = launch_env_new();
	failed = engine->launch ? open_all(engine, options, err)
				: err_set(err, ENOMEM, "open davit's store: out of memory");
	if (failed) {
		engine_close(engine);
		return failed;
	}
	*out = engine;
	return 0;
}

bool engine_is_read_only(const struct engine *engine)
{
	return engine->read_only;
}

bool engine_is_sealed(const struct engine *engine)
{
	return engine->sealed;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	own_closep(&engine->filter_fd);
	stats_free(engine->stats);
	launch_env_free(engine->launch);
	parts_close(engine->parts);
	journal_close(engine->actions);
	journal_close(engine->journal);
	roster_close(engine->roster);
	store_close(engine->store);
	if (engine->syncer >= 0)
		close(engine->syncer);
	uv_mutex_destroy(&engine->store_lock);
	free(engine);
}

int engine_work(struct engine *engine, struct work *work, work_fn run, work_fn done)
{
	return work_start(engine->loop, work, engine->inline_work, run, done);
}

void engine_announce(
	struct engine *engine, const struct row *row, const char *action, const char *const *more)
{
	const char *attrs[16] = {"name", row->name, "image", row->image};
	size_t used = 4;

	for (; more && more[0] && more[1] && used + 2 < array_len(attrs); more += 2) {
		attrs[used++] = more[0];
		attrs[used++] = more[1];
	}
	journal_add(engine->journal, EVENT_CONTAINER, action, row->id, attrs, NULL);
}
