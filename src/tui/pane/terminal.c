/* terminal.c - attach or a shell inside the screen: a container's terminal in the emulator.
 *
 * Ctrl-P Ctrl-Q returns and leaves the process running. A lone Ctrl-P is held until the next key,
 * 300 ms at most, and then goes to the container. All other keys go there at once. */
#include <stdio.h>

#include "tui/pane/pane.h"
#include "tui/vt.h"

enum { HOLD_MS = 300 };

struct terminal {
	struct pane pane;
	enum session_kind kind;
	char id[65], name[136];
	struct vt *vt;
	struct world_session *session; /* NULL once it ended */
	bool armed;            /* the last key was Ctrl-P, sent on by now or not: Ctrl-Q leaves */
	int64_t held_until_ms; /* a Ctrl-P waits; -1: none does */
	bool plain;            /* the program has no terminal of its own */
};

static void to_container(void *self, const char *bytes, size_t len)
{
	struct terminal *terminal = self;

	if (terminal->session)
		app_world(terminal->pane.app)->ops->session_write(terminal->session, bytes, len);
}

static void terminal_free(struct pane *pane)
{
	struct terminal *terminal = container_of(pane, struct terminal, pane);

	if (terminal->session)
		app_world(pane->app)->ops->session_leave(terminal->session);
	vt_free(terminal->vt);
	free(terminal);
}

static void release_held(struct terminal *terminal)
{
	if (terminal->held_until_ms >= 0)
		to_container(terminal, "\020", 1);
	terminal->held_until_ms = -1;
}

static bool terminal_key(struct pane *pane, const struct key *key)
{
	struct terminal *terminal = container_of(pane, struct terminal, pane);

	if (terminal->armed && key->code == KEY_CONTROL('q')) {
		app_toast(pane->app, ROLE_INFO, "Left %s; it keeps running", terminal->name);
		app_close(pane->app, pane);
		return true;
	}
	release_held(terminal);
	terminal->armed = key->code == KEY_CONTROL('p');
	if (key->code == KEY_CONTROL('p')) {
		terminal->held_until_ms = app_now_ms(pane->app) + HOLD_MS;
		return true;
	}
	vt_key(terminal->vt, key);
	return true;
}

static int64_t terminal_deadline(struct pane *pane)
{
	return container_of(pane, struct terminal, pane)->held_until_ms;
}

static void terminal_tick(struct pane *pane)
{
	release_held(container_of(pane, struct terminal, pane));
}

static void fit(struct terminal *terminal, int width, int height)
{
	if (width < 1 || height < 1 ||
		(vt_width(terminal->vt) == width && vt_height(terminal->vt) == height))
		return;
	vt_resize(terminal->vt, width, height);
	if (terminal->session)
		app_world(terminal->pane.app)
			->ops->session_resize(
				terminal->session, vt_height(terminal->vt), vt_width(terminal->vt));
}

static void terminal_paint(struct pane *pane, struct canvas canvas)
{
	struct terminal *terminal = container_of(pane, struct terminal, pane);
	struct canvas top = canvas_sub(canvas, 0, 0, canvas.w, 1);
	struct canvas inside = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	int x;

	if (inside.h < 1)
		inside = canvas;
	x = canvas_textf(top, 0, 0, ROLE_TEXT, " %s %s ",
		terminal->kind == SESSION_SHELL ? "shell in" : "attached to", terminal->name);
	if (canvas.w - x > 36)
		canvas_right(top, x, 0, canvas.w - x - 1, ROLE_TEXT,
			"Ctrl-P Ctrl-Q returns, it keeps running");
	canvas_bar(top, 0, ROLE_SELECTION);
	fit(terminal, inside.w, inside.h);
	vt_paint(terminal->vt, inside, true);
}

/* Without a terminal of its own, a program ends its lines with a bare newline. */
static void feed_lines(struct terminal *terminal, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t part = newline ? (size_t)(newline - bytes) : len;

		vt_feed(terminal->vt, bytes, part);
		if (newline)
			vt_feed(terminal->vt, "\r\n", 2);
		part += newline != NULL;
		bytes += part;
		len -= part;
	}
}

static void on_output(void *self, const char *bytes, size_t len)
{
	struct terminal *terminal = self;

	if (terminal->plain)
		feed_lines(terminal, bytes, len);
	else
		vt_feed(terminal->vt, bytes, len);
	app_dirty(terminal->pane.app);
}

static void tell_end(struct terminal *terminal, const struct session_result *result)
{
	struct app *app = terminal->pane.app;
	const char *what = terminal->kind == SESSION_SHELL ? "The shell in " : "";
	const char *name = terminal->name;

	switch (result->end) {
	case SESSION_EXITED:
		app_toast(app, result->exit_code ? ROLE_WARN : ROLE_INFO,
			"%s%s ended with exit code %d", what, name, result->exit_code);
		break;
	case SESSION_DETACHED:
		app_toast(app, ROLE_INFO, "Left %s%s; it keeps running", what, name);
		break;
	case SESSION_DROPPED:
		app_toast(app, ROLE_WARN, "%s%s wrote faster than we read; it keeps running", what,
			name);
		break;
	case SESSION_LOST:
	case SESSION_FAILED:
		app_toast(app, ROLE_BAD, "%s: %s", name, result->err ? result->err->text : "lost");
		break;
	}
}

static void on_ended(void *self, const struct session_result *result)
{
	struct terminal *terminal = self;

	terminal->session = NULL;
	tell_end(terminal, result);
	app_close(terminal->pane.app, &terminal->pane);
}

static const struct pane_ops terminal_ops = {
	.title = "Terminal",
	.context = CONTEXT_GLOBAL,
	.whole = true,
	.paint = terminal_paint,
	.key = terminal_key,
	.deadline = terminal_deadline,
	.tick = terminal_tick,
	.free = terminal_free,
};

static struct terminal *terminal_make(struct app *app, enum session_kind kind, const char *id)
{
	struct row *row = model_row(app_model(app), id);
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (!terminal)
		return NULL;
	terminal->pane = (struct pane){.ops = &terminal_ops, .app = app};
	terminal->kind = kind;
	terminal->held_until_ms = -1;
	terminal->plain = kind == SESSION_ATTACH && row && !row->c.tty;
	snprintf(terminal->id, sizeof(terminal->id), "%s", id);
	snprintf(terminal->name, sizeof(terminal->name), "%s", row ? row->c.name : id);
	/* Its true size is known at the first painting. */
	terminal->vt = vt_new(80, 24, to_container, terminal);
	if (!terminal->vt) {
		free(terminal);
		return NULL;
	}
	return terminal;
}

int terminal_open(struct app *app, enum session_kind kind, const char *id, struct err *err)
{
	struct world *world = app_world(app);
	struct terminal *terminal = terminal_make(app, kind, id);
	struct world_sink sink = {terminal, on_output, on_ended};

	if (!terminal)
		return err_set(err, ENOMEM, "out of memory");
	terminal->session = world->ops->session_open(world, kind, id, 24, 80, &sink, err);
	if (!terminal->session) {
		terminal_free(&terminal->pane);
		return err->code;
	}
	app_push(app, &terminal->pane);
	return 0;
}
