/* link_timeline.c - timelines, as the engine reads them: see world_timeline.h. */
#include "tui/link_private.h"

static int read_timeline(struct world *world, enum timeline_kind kind, const char *who,
	unsigned step, struct timeline *out, struct err *err)
{
	struct engine *engine = link_of(world)->engine;

	return engine ? engine_timeline(engine, kind, who, step, out, err) : link_no_engine(err);
}

const struct world_timeline_ops link_timeline_ops = {
	.read = read_timeline,
};
