/* link_figure.c - figures, as the engine draws them: see world_figure.h. */
#include "tui/link_private.h"

static struct world_figuring *draw(struct world *world, enum figure_kind kind, const char *object,
	figure_done_fn *done, void *arg)
{
	struct engine *engine = link_of(world)->engine;

	return engine ? (struct world_figuring *)engine_figure_start(
				engine, kind, object, done, arg)
		      : NULL;
}

static void leave(struct world *world, struct world_figuring *figuring)
{
	(void)world;
	figuring_leave((struct figuring *)figuring);
}

const struct world_figure_ops link_figure_ops = {.draw = draw, .leave = leave};
