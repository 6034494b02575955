/* output.c - what a command prints, while it runs and afterwards. Its end is followed until one
 * scrolls up; what strangers print is cleaned of everything but text. */
#include <stdio.h>

#include "tui/pane/pane.h"

enum { LINES_MAX = 20000, LINE_MAX_LEN = 4096 };

struct output {
	struct pane pane;
	char title[300];
	struct world_command *command; /* NULL: it has ended */
	struct strs lines;
	struct buf partial; /* the line that has no end yet */
	size_t top, height, dropped;
	bool scrolled, stopped;
	int code, signal;
	int64_t began_ms, took_ms;
};

/* ---- what it prints ---- */

static void drop_first(struct output *output)
{
	size_t half = output->lines.len / 2;

	for (size_t i = 0; i < half; i++)
		free(output->lines.v[i]);
	memmove(output->lines.v, output->lines.v + half,
		(output->lines.len - half + 1) * sizeof(output->lines.v[0]));
	output->lines.len -= half;
	output->dropped += half;
	output->top = output->top > half ? output->top - half : 0;
}

static void end_line(struct output *output)
{
	if (output->lines.len >= LINES_MAX)
		drop_first(output);
	strs_add(&output->lines, buf_text(&output->partial));
	buf_clear(&output->partial);
}

/* A carriage return begins the line anew, as progress does. */
static void take_byte(struct output *output, char c)
{
	if (c == '\n')
		end_line(output);
	else if (c == '\r')
		buf_clear(&output->partial);
	else if (c == '\t')
		buf_adds(&output->partial, "    ");
	else if (output->partial.len < LINE_MAX_LEN)
		buf_addc(&output->partial, c);
}

static void on_output(void *self, const char *bytes, size_t len)
{
	struct output *output = self;

	for (size_t i = 0; i < len; i++)
		/* "\r\n" ends a line. */
		if (bytes[i] != '\r' || i + 1 == len || bytes[i + 1] != '\n')
			take_byte(output, bytes[i]);
	app_dirty(output->pane.app);
}

static void on_ended(void *self, int code, int signal)
{
	struct output *output = self;

	if (output->partial.len)
		end_line(output);
	output->command = NULL;
	output->code = code;
	output->signal = signal;
	output->took_ms = app_now_ms(output->pane.app) - output->began_ms;
	app_dirty(output->pane.app);
}

/* ---- painting ---- */

static size_t count_lines(const struct output *output)
{
	return output->lines.len + (output->partial.len > 0);
}

static size_t last_top(const struct output *output)
{
	size_t count = count_lines(output);

	return count > output->height ? count - output->height : 0;
}

static void paint_state(struct output *output, struct canvas canvas)
{
	if (output->command)
		canvas_text(canvas, 1, 0, ROLE_BUSY, output->stopped ? "ending" : "running");
	else if (output->signal)
		canvas_textf(canvas, 1, 0, ROLE_WARN, "ended by signal %d", output->signal);
	else if (output->code)
		canvas_textf(canvas, 1, 0, ROLE_BAD, "failed with code %d", output->code);
	else
		canvas_textf(
			canvas, 1, 0, ROLE_OK, "done in %.1f s", (double)output->took_ms / 1000);
	if (output->scrolled)
		canvas_right(canvas, 24, 0, canvas.w - 25, ROLE_DIM, "newer below: G follows");
	else if (output->dropped)
		canvas_right(canvas, 24, 0, canvas.w - 25, ROLE_DIM, "the oldest lines are gone");
}

static void output_paint(struct pane *pane, struct canvas canvas)
{
	struct output *output = container_of(pane, struct output, pane);
	struct canvas body = canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2);
	size_t count = count_lines(output);

	output->height = body.h > 0 ? (size_t)body.h : 0;
	if (!output->scrolled || output->top > last_top(output))
		output->top = last_top(output);
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, output->title);
	paint_state(output, canvas_sub(canvas, 0, 1, canvas.w, 1));
	for (int y = 0; y < body.h && output->top + (size_t)y < count; y++) {
		size_t i = output->top + (size_t)y;

		canvas_cut(body, 1, y, body.w - 1, ROLE_TEXT,
			i < output->lines.len ? output->lines.v[i] : buf_text(&output->partial));
	}
	if (!count && !output->command)
		canvas_text(body, 1, 0, ROLE_DIM, "It printed nothing.");
	canvas_cursor(canvas, 0, 1, false);
}

static void output_hints(struct pane *pane, struct canvas canvas)
{
	struct output *output = container_of(pane, struct output, pane);
	struct canvas room = hint_ends(pane, canvas, output->command ? "leave it running" : "back");
	int x = 1;

	if (output->command)
		x = hint(pane, room, x, ACTION_CANCEL, output->stopped ? "end it now" : "stop it");
	x = hint(pane, room, x, ACTION_UP, "scroll");
	hint(pane, room, x, ACTION_LAST, "newest");
}

/* ---- keys ---- */

static bool scroll(struct output *output, enum action action, int count)
{
	long page = output->height > 1 ? (long)output->height : 1, by = count > 0 ? count : 1, to;

	switch (action) {
	case ACTION_UP:
		by = -by;
		break;
	case ACTION_DOWN:
		break;
	case ACTION_HALF_UP:
	case ACTION_HALF_DOWN:
		by *= (page + 1) / 2 * (action == ACTION_HALF_UP ? -1 : 1);
		break;
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		by *= page * (action == ACTION_PAGE_UP ? -1 : 1);
		break;
	case ACTION_FIRST:
	case ACTION_LAST:
		by = action == ACTION_FIRST ? -(long)LINES_MAX * 2 : (long)LINES_MAX * 2;
		break;
	default:
		return false;
	}
	to = (long)output->top + by;
	output->top = to < 0 ? 0 : (size_t)to;
	output->scrolled = output->top < last_top(output);
	return true;
}

static bool output_act(struct pane *pane, enum action action, int count)
{
	struct output *output = container_of(pane, struct output, pane);

	if (action == ACTION_CANCEL && output->command) {
		app_world(pane->app)->ops->command->stop(output->command);
		output->stopped = true;
		return true;
	}
	return scroll(output, action, count);
}

static void output_free(struct pane *pane)
{
	struct output *output = container_of(pane, struct output, pane);

	if (output->command)
		app_world(pane->app)->ops->command->leave(output->command);
	strs_fini(&output->lines);
	buf_fini(&output->partial);
	free(output);
}

static const struct pane_ops output_ops = {
	.title = "Output",
	.context = CONTEXT_MOVE,
	.paint = output_paint,
	.act = output_act,
	.hints = output_hints,
	.free = output_free,
};

int output_open(struct app *app, const char *title, const struct strs *words, struct err *err)
{
	struct output *output = calloc(1, sizeof(*output));
	struct world *world = app_world(app);

	if (!output)
		return err_set(err, ENOMEM, "out of memory");
	output->pane = (struct pane){.ops = &output_ops, .app = app};
	output->began_ms = app_now_ms(app);
	snprintf(output->title, sizeof(output->title), "%s", title);
	output->command = world->ops->command->run(
		world, words, &(struct world_command_sink){output, on_output, on_ended}, err);
	if (!output->command) {
		output_free(&output->pane);
		return err->code;
	}
	app_push(app, &output->pane);
	return 0;
}
