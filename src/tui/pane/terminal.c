/* terminal.c - attach, a shell or a command inside the screen: a container's terminal in the
 * emulator.
 *
 * Ctrl-P Ctrl-Q returns and leaves the process running. A lone Ctrl-P is held until the next key,
 * 300 ms at most, and then goes to the container. All other keys go there at once. */
#include <signal.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/vt.h"

enum { HOLD_MS = 300 };

struct terminal {
	struct pane pane;
	char id[65], name[136];
	const char *what; /* "shell in"; "" of an attached one */
	unsigned others;  /* that are attached, too */
	struct vt *vt;
	struct world_session *session; /* NULL once it ended */
	bool armed;            /* the last key was Ctrl-P, sent on by now or not: Ctrl-Q leaves */
	int64_t held_until_ms; /* a Ctrl-P waits; -1: none does */
	bool plain;            /* the program has no terminal of its own */
	bool stays, over;      /* what it printed stays after its end, until a key; it ended */
	int code;
};

static void to_container(void *self, const char *bytes, size_t len)
{
	struct terminal *terminal = self;

	if (terminal->session)
		app_world(terminal->pane.app)->ops->session->write(terminal->session, bytes, len);
}

static void terminal_free(struct pane *pane)
{
	struct terminal *terminal = container_of(pane, struct terminal, pane);

	if (terminal->session)
		app_world(pane->app)->ops->session->leave(terminal->session);
	vt_free(terminal->vt);
	free(terminal);
}

static void release_held(struct terminal *terminal)
{
	if (terminal->held_until_ms >= 0)
		to_container(terminal, "\020", 1);
	terminal->held_until_ms = -1;
}

static void on_interrupt(struct app *app, void *arg, int index)
{
	if (index == 1)
		app_act(app, VERB_KILL, arg, SIGINT);
}

/* Without a terminal of its own, Ctrl-C is a byte that means nothing to a program: what was meant
 * is a signal, which may end it. */
static void ask_to_interrupt(struct terminal *terminal)
{
	static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Send SIGINT"}};
	struct app *app = terminal->pane.app;
	char title[200], command[200];
	const char *lines[] = {"It has no terminal: Ctrl-C would not reach it.",
		"SIGINT does, and most programs end on it.", "", command};
	char *id = strdup(terminal->id);
	struct pane *dialog;

	snprintf(title, sizeof(title), "Send SIGINT to %s?", terminal->name);
	snprintf(command, sizeof(command), "Same as: davit kill -s INT %s", terminal->name);
	dialog = id ? dialog_new(app, title, lines, array_len(lines), choices, array_len(choices),
			      0, on_interrupt, id)
		    : NULL;
	if (!dialog)
		free(id);
	app_push(app, dialog);
}

static bool terminal_key(struct pane *pane, const struct key *key)
{
	struct terminal *terminal = container_of(pane, struct terminal, pane);

	if (terminal->over) {
		if (key->code == KEY_ESC || key->code == KEY_ENTER || key->code == 'q')
			app_close(pane->app, pane);
		return true;
	}
	if (terminal->plain && key->code == KEY_CONTROL('c')) {
		ask_to_interrupt(terminal);
		return true;
	}

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
			->ops->session->resize(
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
		*terminal->what ? terminal->what : "attached to", terminal->name);
	if (terminal->over)
		x = canvas_textf(top, x, 0, ROLE_TEXT, " ended with exit code %d ", terminal->code);
	if (terminal->others)
		x = canvas_textf(top, x, 0, ROLE_TEXT, " %u other%s attached ", terminal->others,
			terminal->others == 1 ? "" : "s");
	if (terminal->over)
		canvas_right(top, x, 0, canvas.w - x - 1, ROLE_TEXT, "Esc returns");
	else if (canvas.w - x > 26)
		canvas_right(top, x, 0, canvas.w - x - 1, ROLE_TEXT,
			canvas.w - x > 42 ? "Ctrl-P Ctrl-Q returns, it keeps running"
					  : "Ctrl-P Ctrl-Q returns");
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

static void on_joined(void *self, unsigned others)
{
	struct terminal *terminal = self;

	terminal->others = others;
	app_dirty(terminal->pane.app);
}

/* Of a container that ended: how long it ran, and what now. */
static void tell_exit(struct terminal *terminal, int code)
{
	struct app *app = terminal->pane.app;
	const struct row *row = model_row(app_model(app), terminal->id);
	const struct keymap *keymap = app_keymap(app);
	char age[FIGURE_MAX];

	if (*terminal->what)
		app_toast(app, code ? ROLE_WARN : ROLE_INFO, "The %s %s ended with exit code %d",
			terminal->what, terminal->name, code);
	else if (!row || !row->c.started_ns)
		app_toast(app, code ? ROLE_WARN : ROLE_INFO, "%s ended with exit code %d",
			terminal->name, code);
	else
		app_toast(app, code ? ROLE_WARN : ROLE_INFO,
			"%s exited with %d after %s. %s starts it, %s its log", terminal->name,
			code, format_age(row->c.started_ns, app_real_ns(app), age),
			keymap_label(keymap, ACTION_START), keymap_label(keymap, ACTION_LOGS));
}

static void tell_end(struct terminal *terminal, const struct session_result *result)
{
	struct app *app = terminal->pane.app;
	const char *name = terminal->name;

	switch (result->end) {
	case SESSION_EXITED:
		tell_exit(terminal, result->exit_code);
		break;
	case SESSION_DETACHED:
		app_toast(app, ROLE_INFO, "Left %s; it keeps running", name);
		break;
	case SESSION_DROPPED:
		app_toast(app, ROLE_WARN, "%s wrote faster than we read; it keeps running", name);
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
	if (terminal->stays && result->end == SESSION_EXITED) {
		terminal->over = true;
		terminal->code = result->exit_code;
		app_dirty(terminal->pane.app);
		return;
	}
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

/* what: lent for ever. */
static struct terminal *terminal_make(struct app *app, const char *what, const char *id)
{
	struct row *row = model_row(app_model(app), id);
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (!terminal)
		return NULL;
	terminal->pane = (struct pane){.ops = &terminal_ops, .app = app};
	terminal->what = what;
	terminal->held_until_ms = -1;
	terminal->plain = !*what && row && !row->c.tty;
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

static struct world_sink sink_of(struct terminal *terminal)
{
	return (struct world_sink){terminal, on_output, on_joined, on_ended};
}

/* With the session that begins, or NULL and err. */
static int show(struct terminal *terminal, struct world_session *session, struct err *err)
{
	terminal->session = session;
	if (!session) {
		terminal_free(&terminal->pane);
		return err->code;
	}
	app_push(terminal->pane.app, &terminal->pane);
	return 0;
}

int terminal_open(struct app *app, enum session_kind kind, const char *id, struct err *err)
{
	struct world *world = app_world(app);
	struct terminal *terminal = terminal_make(app, kind == SESSION_SHELL ? "shell in" : "", id);
	struct world_sink sink;

	if (!terminal)
		return err_set(err, ENOMEM, "out of memory");
	sink = sink_of(terminal);
	return show(terminal, world->ops->session->open(world, kind, id, 24, 80, &sink, err), err);
}

int terminal_exec(
	struct app *app, const char *id, const struct exec_request *request, struct err *err)
{
	struct world *world = app_world(app);
	struct terminal *terminal = terminal_make(app, "command in", id);
	struct world_sink sink;

	if (!terminal)
		return err_set(err, ENOMEM, "out of memory");
	terminal->plain = !request->tty;
	terminal->stays = true;
	sink = sink_of(terminal);
	return show(terminal, world->ops->session->exec(world, id, request, &sink, err), err);
}

int terminal_run(struct app *app, const char *what, const char *id,
	const struct container_request *request, struct err *err)
{
	struct world *world = app_world(app);
	struct terminal *terminal = terminal_make(app, what, id);
	struct world_sink sink;

	if (!terminal)
		return err_set(err, ENOMEM, "out of memory");
	sink = sink_of(terminal);
	return show(terminal, world->ops->session->run(world, request, &sink, err), err);
}
