/* logs_events.c - what happened to a container, told between the lines of its log. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/logs_private.h"

struct marks {
	struct logfeed_mark v[LOGFEED_MARKS];
	size_t count;
	bool dead; /* there was an end and no start since */
	char code[8];
};

static struct logfeed_mark *add(struct marks *marks, uint64_t time_ns, size_t source)
{
	struct logfeed_mark *mark;

	if (marks->count == LOGFEED_MARKS) {
		marks->count--;
		memmove(marks->v, marks->v + 1, marks->count * sizeof(*marks->v));
	}
	mark = &marks->v[marks->count++];
	mark->time_ns = time_ns;
	mark->source = source;
	return mark;
}

/* An end and the start after it are one mark, where the end was: what begins may print before it is
 * told that it has begun. */
static void tell(struct marks *marks, const struct happening *happening, size_t source)
{
	struct logfeed_mark *mark;
	char clock[FIGURE_MAX];

	format_clock(happening->time_ns, clock);
	if (strcmp(happening->action, "die") == 0) {
		mark = add(marks, happening->time_ns, source);
		snprintf(mark->text, sizeof(mark->text), "ended %s, exit %s", clock,
			happening->code);
		snprintf(marks->code, sizeof(marks->code), "%.7s", happening->code);
		marks->dead = true;
	} else if (strcmp(happening->action, "start") == 0 && marks->dead) {
		mark = &marks->v[marks->count - 1];
		snprintf(mark->text, sizeof(mark->text), "restarted %s, exit %s", clock,
			marks->code);
		marks->dead = false;
	} else if (strcmp(happening->action, "oom") == 0) {
		mark = add(marks, happening->time_ns, source);
		snprintf(mark->text, sizeof(mark->text), "out of memory %s", clock);
	}
}

static void tell_all(struct marks *marks, const struct model *model, const char *id, size_t source)
{
	const struct happening *happening;
	size_t age = 0;

	marks->dead = false;
	while (model_happening(model, age))
		age++;
	while (age-- > 0) {
		happening = model_happening(model, age);
		if (happening->type == EVENT_CONTAINER && strcmp(happening->id, id) == 0)
			tell(marks, happening, source);
	}
}

static int compare_marks(const void *a, const void *b)
{
	const struct logfeed_mark *left = a, *right = b;

	return left->time_ns < right->time_ns ? -1 : left->time_ns > right->time_ns;
}

static void put_rotated(struct logs *logs, struct marks *marks)
{
	uint64_t before = logfeed_before(logview_feed(logs->view));
	char size[FIGURE_MAX];
	struct logfeed_mark *mark;

	if (!before)
		return;
	mark = add(marks, 0, 0);
	snprintf(mark->text, sizeof(mark->text), "older output, %s, was rotated away",
		format_bytes(before, size));
}

void logs_put_events(struct logs *logs)
{
	struct marks *marks = calloc(1, sizeof(*marks));

	if (!marks)
		return;
	app_read_events(logs->pane.app);
	for (size_t i = 0; i < logs->count; i++)
		tell_all(marks, app_model(logs->pane.app), logs->ids[i], i);
	put_rotated(logs, marks);
	qsort(marks->v, marks->count, sizeof(*marks->v), compare_marks);
	logview_marks(logs->view, marks->v, marks->count);
	free(marks);
}
