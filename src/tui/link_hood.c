/* link_hood.c - under the hood, as the engine reads it: see world_hood.h. */
#include "tui/link_private.h"

static int read_hood(struct world *world, const char *id, unsigned parts, void **holder,
	const struct hood_row **rows, size_t *count, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	struct hood *hood;
	int failed = engine ? engine_hood(engine, id, parts, &hood, err) : link_no_engine(err);

	if (failed)
		return failed;
	*holder = hood;
	*rows = hood_rows(hood, count);
	return 0;
}

static void release(void *holder)
{
	hood_free(holder);
}

static int death(struct world *world, const char *id, struct death *out, struct err *err)
{
	struct engine *engine = link_of(world)->engine;

	return engine ? engine_death(engine, id, out, err) : link_no_engine(err);
}

static int try_call(struct world *world, const char *id, const char *call, try_done_fn *done,
	void *arg, struct trying **out, struct err *err)
{
	struct engine *engine = link_of(world)->engine;

	return engine ? engine_try(engine, id, call, done, arg, out, err) : link_no_engine(err);
}

const struct world_hood_ops link_hood_ops = {
	.try_call = try_call,
	.try_leave = trying_leave,
	.read = read_hood,
	.release = release,
	.death = death,
};
