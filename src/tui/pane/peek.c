/* peek.c - see peek.h. */
#include <stdio.h>

#include "tui/format.h"
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
	struct err err;

	if (peek->at_ms < 0 || now_ms < peek->at_ms)
		return;
	peek->at_ms = -1;
	close_log(peek);
	if (!*peek->wanted)
		return;
	peek->view = logview_new(world);
	if (peek->view && logview_add(peek->view, peek->wanted, "", &err) < 0)
		logview_free(take(peek->view));
	else if (peek->view)
		memcpy(peek->id, peek->wanted, sizeof(peek->id));
}

bool peek_shows(const struct peek *peek, const struct world_log *log)
{
	return peek->shown && peek->view && logview_has(peek->view, log);
}

/* "db: last output", and of one that ended also why: there may be no room for a card. */
static void title_of(const struct row *row, char *out, size_t room)
{
	char why[WHY_MAX];

	format_why(&row->c, why);
	if (*row->c.error && row->c.state != CONTAINER_RUNNING)
		snprintf(out, room, "%s: %s", row->c.name, row->c.error);
	else if (*why)
		snprintf(out, room, "%s: last output; %s", row->c.name, why);
	else
		snprintf(out, room, "%s: last output", row->c.name);
}

static const char *silence(const struct container *c)
{
	if (c->state == CONTAINER_CREATED)
		return "It never ran.";
	return c->pid || c->state == CONTAINER_RESTARTING ? "No output yet."
							  : "It printed nothing.";
}

void peek_paint(struct peek *peek, struct canvas canvas, const struct row *row, uint64_t now_ns)
{
	char title[360];

	peek->shown = canvas.h > 1;
	if (!peek->shown || !row)
		return;
	title_of(row, title, sizeof(title));
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	if (!peek->view || strcmp(peek->id, row->c.id) != 0)
		return;
	canvas = canvas_sub(canvas, 0, 1, canvas.w - 1, canvas.h - 1);
	logview_paint(peek->view, canvas, now_ns);
	if (logview_state(peek->view).empty)
		canvas_text(canvas, 1, 0, ROLE_DIM, silence(&row->c));
}
