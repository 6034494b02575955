/* link_private.h - what the nouns of the link share. For link*.c only. */
#ifndef TUI_LINK_PRIVATE_H
#define TUI_LINK_PRIVATE_H

#include <uv.h>

#include "tui/link.h"

/* How it is put on record; what NULL: it is not (link_record.h). */
struct link_record {
	enum event_type type;
	const char *what;
	char *id, *name, *command, *undo;
	char group[40];
	uint64_t began_ns, undoes;
	bool is_undo;
};

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
	/* Of what only asks; NULL: nobody wants to know any more. */
	world_answer_fn *answer;
	void *answer_arg;
	struct link_record record;
	const char *note; /* for the user, while its end is told */
};

struct link {
	struct world world;
	struct engine *engine; /* may be NULL */
	uv_loop_t *loop;
	struct follower *follower;
	struct deed *deeds; /* under way */
	struct lesson_corner *corners;
	struct follower *actions;
	event_fn old_actions; /* who hears them, while old ones are read */
	void *old_arg;
	char group[40]; /* of what is asked for now */
	char login[64]; /* the last name looked up */
	unsigned login_uid;
	struct jobs *jobs;     /* since somebody asked for them */
	struct strs leftovers; /* images of what was before a step: they go with their shells */
};

static inline struct link *link_of(struct world *world)
{
	return container_of(world, struct link, world);
}

int link_no_engine(struct err *err);

/* Appends the object, indented, and deletes it. */
int link_put_json(struct cJSON *object, struct buf *json, struct err *err);

/* NULL when out of memory. */
struct deed *link_deed_new(struct link *link, uint64_t ticket);
/* With what the engine began for it, or NULL: then -ENOMEM, and the deed is gone. */
int link_deed_begun(struct deed *deed, struct op *op);
void link_deed_free(struct deed *deed);
/* The op_done_fn of a deed: tells the listener; the deed is gone. */
void link_deed_done(void *arg, const struct op_result *result);

/* An op begun for an answer, and its op_done_fn: tells, and the deed is gone. */
int link_answer(struct deed *deed, struct op *op, world_answer_fn *answer, void *arg);
void link_answered(void *arg, const struct op_result *result);

/* The tables of the nouns. */
extern const struct world_container_ops link_container_ops;
extern const struct world_image_ops link_image_ops;
extern const struct world_layers_ops link_layers_ops;
extern const struct world_command_ops link_command_ops;
extern const struct world_jobs_ops link_jobs_ops;
extern const struct world_log_ops link_log_ops;
extern const struct world_safety_ops link_safety_ops;
extern const struct world_resources_ops link_resources_ops;
extern const struct world_hood_ops link_hood_ops;
extern const struct world_timeline_ops link_timeline_ops;
extern const struct world_figure_ops link_figure_ops;
extern const struct world_lesson_ops link_lesson_ops;
extern const struct world_session_ops link_session_ops;

/* link_jobs.c */
void link_jobs_tidy(struct link *link); /* a container went */
void link_jobs_stop(struct link *link);

#endif
