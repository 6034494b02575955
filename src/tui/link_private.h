/* link_private.h - what the nouns of the link share. For link*.c only. */
#ifndef TUI_LINK_PRIVATE_H
#define TUI_LINK_PRIVATE_H

#include "tui/link.h"

/* Something under way whose end the listener hears of by its ticket. */
struct deed {
	struct link *link;
	struct deed *next;
	struct op *op;
	uint64_t ticket;
	bool lives_on; /* what does it goes on when the screen leaves: nobody needs to wait */
	/* Of what makes something; made NULL: it does not, or nobody listens any more. */
	world_made_fn *made;
	void *made_arg;
	bool starts;
	char id[65];
};

struct link {
	struct world world;
	struct engine *engine; /* may be NULL */
	struct follower *follower;
	struct deed *deeds; /* under way */
	struct jobs *jobs;  /* since somebody asked for them */
};

static inline struct link *link_of(struct world *world)
{
	return container_of(world, struct link, world);
}

int link_no_engine(struct err *err);

/* NULL when out of memory. */
struct deed *link_deed_new(struct link *link, uint64_t ticket);
/* With what the engine began for it, or NULL: then -ENOMEM, and the deed is gone. */
int link_deed_begun(struct deed *deed, struct op *op);
void link_deed_free(struct deed *deed);
/* The op_done_fn of a deed: tells the listener; the deed is gone. */
void link_deed_done(void *arg, const struct op_result *result);

/* The tables of the nouns. */
extern const struct world_container_ops link_container_ops;
extern const struct world_jobs_ops link_jobs_ops;

void link_jobs_stop(struct link *link); /* link_jobs.c */

#endif
