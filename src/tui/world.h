/* world.h - all that the screen knows of the engine, as a table of functions.
 *
 * Panes ask and act through it and hear back through the listener; link.c stands it on the engine,
 * tests on recorded rows. Nothing blocks; nothing calls the listener from inside a call of the
 * table. */
#ifndef TUI_WORLD_H
#define TUI_WORLD_H

#include "core/engine.h"
#include "tui/world_command.h"
#include "tui/world_container.h"
#include "tui/world_figure.h"
#include "tui/world_jobs.h"
#include "tui/world_image.h"
#include "tui/world_layers.h"
#include "tui/world_lesson.h"
#include "tui/world_hood.h"
#include "tui/world_log.h"
#include "tui/world_resources.h"
#include "tui/world_safety.h"
#include "tui/world_session.h"
#include "tui/world_timeline.h"

enum verb {
	VERB_START,
	VERB_STOP,
	VERB_RESTART,
	VERB_PAUSE,
	VERB_UNPAUSE,
	VERB_KILL,
	VERB_REMOVE,
	VERB_CREATE, /* these three are not for world_act: see their worlds */
	VERB_RESTORE,
	VERB_UNDO,
	VERB_RENAME, /* nor are these: see world_container.h */
	VERB_UPDATE,
	VERB_TAG,
	VERB_COUNT
};

struct world;

/* What may change without the screen's doing. */
enum world_noun { WORLD_CONTAINERS, WORLD_IMAGES, WORLD_RESOURCES, WORLD_JOBS, WORLD_TRASH };

struct world_listener {
	void *self;
	void (*changed)(void *self, enum world_noun noun); /* read them again */
	void (*happened)(void *self, const struct event *event);
	/* What world_act(ticket) came to; err NULL: done. Exactly once. */
	void (*done)(void *self, uint64_t ticket, const struct err *err);
	void (*log_grew)(void *self, struct world_log *log);
	/* Just before `done` of the same ticket: a sentence for the user, or NULL; and whether it
	 * can be taken back. */
	void (*outcome)(void *self, uint64_t ticket, const char *note, bool undoable);
	/* Somebody has done something: see world_safety.h. */
	void (*acted)(void *self, const struct event *action);
};

/* Each noun's part of the world is a table of its own, in a header of its own: world_NOUN.h, stood
 * on the engine by link_NOUN.c. */
struct world_ops {
	const struct world_container_ops *container;
	const struct world_image_ops *image;
	const struct world_layers_ops *layers;
	const struct world_command_ops *command;
	const struct world_jobs_ops *jobs;
	const struct world_log_ops *log;
	const struct world_safety_ops *safety;
	const struct world_resources_ops *resources;
	const struct world_hood_ops *hood;
	const struct world_timeline_ops *timeline;
	const struct world_figure_ops *figure;
	const struct world_lesson_ops *lesson;
	const struct world_session_ops *session;
	/* Snapshots; the caller frees. */
	int (*containers)(
		struct world *world, struct container **out, size_t *count, struct err *err);
	int (*images)(
		struct world *world, struct image_entry **out, size_t *count, struct err *err);
	int (*stats)(struct world *world, const char *id, struct container_stats *out);
	/* Appends indented JSON. */
	int (*inspect)(struct world *world, bool image, const char *who, struct buf *json,
		struct err *err);
	/* Seconds that stopping waits before it kills; -1: for ever. */
	int (*grace)(struct world *world, const char *id);
	/* All that is kept of what happened, oldest first. */
	int (*events)(struct world *world, event_fn on_event, void *arg, struct err *err);
	/* Takes a name away, and the image with its last one. Ends in listener.done(ticket), unless
	 * it fails at once with -ENOMEM. */
	int (*remove_image)(struct world *world, const char *who, uint64_t ticket);
	/* signal: of VERB_KILL; for VERB_REMOVE, 1 forces. Ends in listener.done(ticket), unless it
	 * fails at once with -ENOMEM. */
	int (*act)(
		struct world *world, enum verb verb, const char *id, int signal, uint64_t ticket);
};

struct world {
	const struct world_ops *ops;
	struct world_listener listener;
};

#endif
