/* world_session.h - containers that are typed into, as the screen knows them. See world.h. */
#ifndef TUI_WORLD_SESSION_H
#define TUI_WORLD_SESSION_H

#include "core/engine.h"

struct world;
struct world_session;

enum session_kind { SESSION_ATTACH, SESSION_SHELL };

/* Who hears a session. */
struct world_sink {
	void *self;
	void (*output)(void *self, const char *bytes, size_t len);
	/* Attached, and so many others are. NULL: who cares. */
	void (*joined)(void *self, unsigned others);
	/* Once, last: the session is gone afterwards. */
	void (*ended)(void *self, const struct session_result *result);
};

struct world_session_ops {
	/* NULL with err when it cannot begin. */
	struct world_session *(*open)(struct world *world, enum session_kind kind, const char *id,
		int rows, int columns, const struct world_sink *sink, struct err *err);
	/* The same for a command of its own in a container that runs, and for a container that is
	 * made for it and goes with it. */
	struct world_session *(*exec)(struct world *world, const char *id,
		const struct exec_request *request, const struct world_sink *sink, struct err *err);
	struct world_session *(*run)(struct world *world, const struct container_request *request,
		const struct world_sink *sink, struct err *err);
	void (*write)(struct world_session *session, const char *bytes, size_t len);
	void (*resize)(struct world_session *session, int rows, int columns);
	void (*hold)(struct world_session *session, bool hold); /* stop reading its output */
	/* The process goes on; the sink hears nothing more, and the session is gone. */
	void (*leave)(struct world_session *session);
};

#endif
