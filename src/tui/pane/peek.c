/* peek.c - see peek.h. */
#include <stdio.h>

#include "tui/pane/peek.h"

enum { REST_MS = 150 };

void peek_init(struct peek *peek)
{
	*peek = (struct peek){.at_ms = -1};
}

static void close_log(struct peek *peek)
{
	logview_free(take(peek->view));
	*peek->id = '\0';
}

void peek_fini(struct peek *peek)
{
	close_log(peek);
}

void peek_at(struct peek *peek, const char *id, int64_t now_ms)
{
	if (strcmp(peek->wanted, id) == 0)
		return;
	snprintf(peek->wanted, sizeof(peek->wanted), "%s", id);
	peek->at_ms = now_ms + REST_MS;
}

int64_t peek_deadline(const struct peek *peek)
{
	return peek->shown ? peek->at_ms : -1;
}

void peek_open(struct peek *peek, struct world *world, int64_t now_ms)
{
	struct world_log *log;
	struct err err;

	if (peek->at_ms < 0 || now_ms < peek->at_ms)
		return;
	peek->at_ms = -1;
	close_log(peek);
	if (!*peek->wanted || world->ops->log_open(world, peek->wanted, &log, &err) < 0)
		return;
	peek->view = logview_new(world, log);
	if (!peek->view)
		world->ops->log_close(log);
	else
		memcpy(peek->id, peek->wanted, sizeof(peek->id));
}

bool peek_shows(const struct peek *peek, const struct world_log *log)
{
	return peek->shown && peek->view && logview_log(peek->view) == log;
}

void peek_paint(struct peek *peek, struct canvas canvas, const char *name)
{
	char title[200];

	peek->shown = canvas.h > 1;
	if (!peek->shown || !*name)
		return;
	snprintf(title, sizeof(title), "%s: last output", name);
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	if (!peek->view || strcmp(peek->id, peek->wanted) != 0)
		return;
	canvas = canvas_sub(canvas, 1, 1, canvas.w - 2, canvas.h - 1);
	logview_paint(peek->view, canvas);
	if (logview_state(peek->view).empty)
		canvas_text(canvas, 0, 0, ROLE_DIM, "No output yet.");
}
