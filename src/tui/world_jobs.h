/* world_jobs.h - work that outlives the screen, as the screen knows it: a part of world.h. The
 * listener hears changed(WORLD_JOBS). */
#ifndef TUI_WORLD_JOBS_H
#define TUI_WORLD_JOBS_H

#include "core/engine.h"
#include "tui/world_container.h"

struct world;
struct world_job;

/* What somebody typed is. */
enum world_place { WORLD_NOWHERE, WORLD_FOLDER, WORLD_FILE, WORLD_URL };

struct world_jobs_ops {
	/* Newest first, lent until the next call; *more: there is more to be read at once. */
	int (*list)(struct world *world, struct job *const **out, size_t *count, bool *more,
		struct err *err);
	/* args: after "davit", ending with NULL; dir: where, or NULL. made: once, from the loop,
	 * with the job's id. Fails at once only with -ENOMEM. */
	int (*start)(struct world *world, const char *dir, const char *const *args,
		world_made_fn *made, void *arg);
	int (*cancel)(struct world *world, const char *id, struct err *err);
	void (*see)(struct world *world, const char *id);
	int (*forget)(struct world *world, const char *id, struct err *err);

	/* What it told, from its beginning: 1 and an event, 0 when that is all for now. */
	int (*open)(struct world *world, const char *id, struct world_job **out, struct err *err);
	int (*next)(struct world_job *job, struct job_event *event);
	void (*close)(struct world_job *job);

	/* An image without a name: what is there before the step at this line in a build. made
	 * hears its id; it goes when no container uses it any more. */
	int (*before)(
		struct world *world, const char *id, int line, world_made_fn *made, void *arg);
	/* Relative to dir; "": where we are. Appends the nth name that begins as typed, "/" behind
	 * directories; false: there are no more. */
	bool (*path)(struct world *world, const char *dir, const char *typed, size_t nth,
		struct buf *out);
	enum world_place (*place)(struct world *world, const char *dir, const char *typed);
	/* The Dockerfile of a build, where it is a file that can be opened; else why not. */
	int (*dockerfile)(struct world *world, const char *id, struct buf *path, struct err *err);
};

#endif
