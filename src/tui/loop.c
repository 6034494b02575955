/* loop.c - see loop.h. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "tui/clipboard.h"
#include "tui/lent.h"
#include "tui/loop.h"
#include "tui/meter.h"
#include "tui/program.h"

enum { FRAME_MS = 100, SLOW_FRAME_MS = 250, UNANSWERED_MS = 1000, METER_FROM_MS = 30 };

static const int caught[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

struct loop {
	struct loop_parts p;
	struct grid *grid;
	struct input input;
	struct lent *lent;       /* a container has the terminal; NULL: none */
	struct program *program; /* a program has it; both NULL: we do */
	struct meter meter;
	bool far, metered; /* SSH_CONNECTION is set; the meter is shown */
	char theme[16];    /* that the settings had at first */
	unsigned look;     /* the settings that the terminal shows */
	uv_poll_t poll;
	uv_prepare_t turn;
	uv_timer_t timer;
	uv_signal_t signals[array_len(caught)];
	int polled;               /* the events asked for */
	int64_t frame_ms, esc_ms; /* the last frame; when a held ESC becomes a key, -1: none is */
	bool urgent, leaving;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Round trips on this machine are parts of a millisecond. */
static double precise_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void tell_time(struct loop *loop)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	app_set_time(
		loop->p.app, now_ms(), (uint64_t)real.tv_sec * 1000000000 + (uint64_t)real.tv_nsec);
}

/* ---- the terminal lent out ---- */

static void take_back(struct loop *loop, const char *outcome, bool bad)
{
	lent_free(take(loop->lent));
	screen_return(loop->p.screen);
	app_lent_back(loop->p.app, outcome, bad);
	loop->urgent = true;
}

static void on_over(void *arg, const char *outcome, bool bad)
{
	take_back(arg, outcome, bad);
}

static void lend(struct loop *loop)
{
	static const char banner[] = "\033[H\033[2J";
	const char *name = app_lent_name(loop->p.app);
	char line[300];
	struct err err;

	screen_leave(loop->p.screen);
	tty_write(loop->p.tty, banner, sizeof(banner) - 1);
	snprintf(line, sizeof(line), "Attached to %s. Ctrl-P Ctrl-Q returns; it keeps running.\r\n",
		name);
	tty_write(loop->p.tty, line, strlen(line));
	if (lent_open(loop->p.tty, loop->p.world, app_lent_id(loop->p.app), name,
		    app_lent_is_plain(loop->p.app), on_over, loop, &loop->lent, &err) < 0)
		take_back(loop, err.text, true);
}

/* ---- programs, and what is copied ---- */

static bool is_away(const struct loop *loop)
{
	return loop->lent || loop->program;
}

static void on_program_over(void *arg, const char *outcome, bool bad)
{
	struct loop *loop = arg;
	auto_of(program) struct program *program = take(loop->program); /* the sentence is its */

	(void)program;
	screen_return(loop->p.screen);
	app_lent_back(loop->p.app, outcome, bad);
	loop->urgent = true;
}

static void run_program(struct loop *loop)
{
	struct err err;

	screen_leave(loop->p.screen);
	if (program_run(loop->p.uv, loop->p.tty, app_program(loop->p.app),
		    app_program_called(loop->p.app), on_program_over, loop, &loop->program,
		    &err) < 0)
		on_program_over(loop, err.text, true);
	else if (app_program_comes_back(loop->p.app))
		program_come_back(loop->program);
}

static void show_copied(struct loop *loop)
{
	screen_leave(loop->p.screen);
	loop->program = program_show(loop->p.tty, app_copied(loop->p.app), on_program_over, loop);
	if (!loop->program)
		on_program_over(loop, "out of memory", true);
}

static void copy(struct loop *loop)
{
	const struct buf *text = app_copied(loop->p.app);
	auto_buf sequence = BUF_INIT;
	enum clipboard_way way;

	if (!clipboard_find(&way) || text->len > CLIPBOARD_MAX) {
		show_copied(loop);
		return;
	}
	clipboard_sequence(buf_text(text), text->len, way, &sequence);
	tty_write(loop->p.tty, buf_text(&sequence), sequence.len);
	app_copy_done(loop->p.app, NULL);
	loop->urgent = true;
}

/* ---- input ---- */

static void take_key(struct loop *loop, const struct key *key)
{
	if (key->code == KEY_ALIVE) {
		meter_took(&loop->meter, screen_alive(loop->p.screen, precise_ms()));
		return;
	}
	screen_key_seen(loop->p.screen, now_ms());
	app_key(loop->p.app, key);
	loop->urgent = true;
}

static void take_typed(struct loop *loop, const char *bytes, size_t len)
{
	char outcome[200];
	struct key key;
	bool got = true;

	if (loop->program) {
		program_type(loop->program, bytes, len);
		return;
	}
	if (loop->lent) {
		if (lent_type(loop->lent, bytes, len, now_ms()))
			return;
		snprintf(outcome, sizeof(outcome), "Left %s; it keeps running",
			app_lent_name(loop->p.app));
		take_back(loop, outcome, false);
		return;
	}
	for (size_t at = 0; at < len || got;) {
		at += input_next(&loop->input, bytes + at, len - at, &key, &got);
		if (got)
			take_key(loop, &key);
	}
	loop->esc_ms = input_waits(&loop->input) ? now_ms() + INPUT_ESC_WAIT_MS : -1;
}

static void leave(struct loop *loop)
{
	loop->leaving = true;
	uv_stop(loop->p.uv);
}

static void read_tty(struct loop *loop)
{
	char bytes[4096];
	ssize_t n = tty_read(loop->p.tty, bytes, sizeof(bytes));

	if (n > 0)
		take_typed(loop, bytes, (size_t)n);
	else if (n != -EAGAIN)
		leave(loop); /* hung up */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct loop *loop = poll->data;

	tell_time(loop);
	if (status < 0) {
		leave(loop);
		return;
	}
	if (events & UV_WRITABLE) {
		if (!tty_flush(loop->p.tty))
			leave(loop);
		else if (loop->lent)
			lent_drained(loop->lent);
	}
	if (events & UV_READABLE)
		read_tty(loop);
}

/* ---- signals ---- */

static void suspend(struct loop *loop)
{
	screen_leave(loop->p.screen);
	tty_cooked(loop->p.tty);
	raise(SIGSTOP);
	screen_return(loop->p.screen);
	app_resized(loop->p.app);
	loop->urgent = true;
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct loop *loop = handle->data;

	tell_time(loop);
	if (loop->program && program_has_terminal(loop->program)) {
		if (signal == SIGTSTP)
			raise(SIGSTOP); /* the whole job stops, and goes on, together */
		if (signal != SIGTERM && signal != SIGHUP)
			return;
	}
	switch (signal) {
	case SIGWINCH:
		if (loop->lent)
			lent_resized(loop->lent);
		app_resized(loop->p.app);
		loop->urgent = true;
		return;
	case SIGTSTP:
		if (!is_away(loop))
			suspend(loop);
		return;
	case SIGCONT: /* somebody stopped us without asking; the shell has changed the modes */
		tty_raw(loop->p.tty);
		screen_redraw(loop->p.screen);
		app_resized(loop->p.app);
		loop->urgent = true;
		return;
	default:
		leave(loop);
	}
}

/* ---- the turn ---- */

static void fulfil(struct loop *loop)
{
	switch (app_take_wish(loop->p.app)) {
	case WISH_NONE:
		return;
	case WISH_QUIT:
		leave(loop);
		return;
	case WISH_SUSPEND:
		suspend(loop);
		return;
	case WISH_REDRAW:
		screen_redraw(loop->p.screen);
		app_resized(loop->p.app);
		return;
	case WISH_LEND:
		lend(loop);
		return;
	case WISH_PROGRAM:
		run_program(loop);
		return;
	case WISH_COPY:
		copy(loop);
		return;
	case WISH_SHOW:
		show_copied(loop);
		return;
	}
}

/* Settings that are the terminal's, when they have changed. */
static void take_look(struct loop *loop)
{
	const struct app *app = loop->p.app;
	struct screen_look wish = loop->p.look;

	if (loop->look == app_look(app))
		return;
	loop->look = app_look(app);
	/* The environment's is for as long as nobody chooses another. */
	if (!wish.theme || strcmp(app_setting(app, "theme"), loop->theme) != 0)
		wish.theme = app_setting(app, "theme");
	screen_restyle(loop->p.screen, &wish);
	grid_draw_ascii(loop->grid,
		screen_is_ascii(loop->p.screen) || strcmp(app_setting(app, "lines"), "ascii") == 0);
	screen_mouse(loop->p.screen, app_wants_mouse(app));
	loop->urgent = true;
}

/* ---- how good the way to the terminal is ---- */

/* "auto" is yes when the measure says so. */
static bool chosen(const struct loop *loop, const char *setting, bool measured)
{
	const char *value = app_setting(loop->p.app, setting);

	return strcmp(value, "auto") == 0 ? measured : strcmp(value, "on") == 0;
}

static void measure(struct loop *loop)
{
	struct meter *meter = &loop->meter;
	struct app_line line = {0};

	/* Over ssh, no answer within a second is one, too. */
	if (loop->far && meter->rtt_ms == 0 &&
		screen_waits_ms(loop->p.screen, precise_ms()) > UNANSWERED_MS)
		meter->slow = true;
	line.slow = loop->p.slow || chosen(loop, "slow", meter->slow);
	loop->metered = chosen(loop, "meter", line.slow || meter->rtt_ms >= METER_FROM_MS);
	if (loop->metered) {
		meter_tick(meter, tty_sent(loop->p.tty), now_ms());
		meter_text(meter, line.meter, sizeof(line.meter));
	}
	app_set_line(loop->p.app, &line);
}

static void flush_esc(struct loop *loop)
{
	struct key key;

	if (loop->esc_ms < 0 || now_ms() < loop->esc_ms)
		return;
	loop->esc_ms = -1;
	while (input_flush(&loop->input, &key))
		take_key(loop, &key);
}

static void paint(struct loop *loop)
{
	int width, height;

	tty_size(loop->p.tty, &width, &height);
	if ((width != grid_width(loop->grid) || height != grid_height(loop->grid)) &&
		grid_resize(loop->grid, width, height) < 0)
		return;
	app_paint(loop->p.app, loop->grid);
	screen_paint(loop->p.screen, loop->grid, precise_ms());
	loop->frame_ms = now_ms();
	loop->urgent = false;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static void on_timer(uv_timer_t *timer)
{
	(void)timer; /* it ended the sleep; the turn does the rest */
}

/* Sleeps until the next thing to do: `frame` is when a frame that had to wait may start. */
static void arm(struct loop *loop, int64_t frame)
{
	int events = UV_READABLE | (tty_unsent(loop->p.tty) ? UV_WRITABLE : 0);
	int64_t at = sooner(frame, loop->esc_ms), now = now_ms();

	if (loop->lent)
		at = sooner(at, lent_deadline(loop->lent));
	if (loop->metered)
		at = sooner(at, meter_deadline(&loop->meter, tty_sent(loop->p.tty)));
	at = sooner(at, app_deadline(loop->p.app));
	if (at < 0)
		uv_timer_stop(&loop->timer);
	else
		uv_timer_start(&loop->timer, on_timer, at > now ? (uint64_t)(at - now) : 0, 0);
	if (loop->program && program_has_terminal(loop->program))
		events = 0;
	if (events != loop->polled && events)
		uv_poll_start(&loop->poll, events, on_poll);
	else if (!events)
		uv_poll_stop(&loop->poll);
	loop->polled = events;
}

static void on_turn(uv_prepare_t *handle)
{
	struct loop *loop = handle->data;
	int64_t frame = -1, due;

	tell_time(loop);
	flush_esc(loop);
	if (loop->lent)
		lent_tick(loop->lent, now_ms());
	due = app_deadline(loop->p.app);
	app_hurry(loop->p.app, loop->urgent && !is_away(loop) && app_is_dirty(loop->p.app) &&
				       screen_ready(loop->p.screen));
	if (due >= 0 && due <= now_ms())
		app_tick(loop->p.app);
	fulfil(loop);
	take_look(loop);
	measure(loop);
	if (loop->leaving)
		return;
	if (!is_away(loop) && app_is_dirty(loop->p.app) && screen_ready(loop->p.screen)) {
		frame = loop->frame_ms + (app_is_slow(loop->p.app) ? SLOW_FRAME_MS : FRAME_MS);
		if (loop->urgent || app_is_urgent(loop->p.app) ||
			(now_ms() >= frame && !tty_is_backed_up(loop->p.tty))) {
			paint(loop);
			frame = -1;
		} else if (now_ms() >= frame) {
			frame = now_ms() + FRAME_MS; /* look again */
		}
	}
	if (frame < 0 && app_take_leavings(loop->p.app))
		malloc_trim(0);
	uv_update_time(loop->p.uv);
	arm(loop, frame);
}

/* ---- opening, closing ---- */

static void watch_signals(struct loop *loop)
{
	for (size_t i = 0; i < array_len(caught); i++) {
		uv_signal_init(loop->p.uv, &loop->signals[i]);
		loop->signals[i].data = loop;
		uv_signal_start(&loop->signals[i], on_signal, caught[i]);
	}
}

int loop_open(const struct loop_parts *parts, struct loop **out, struct err *err)
{
	auto_free struct loop *loop = calloc(1, sizeof(*loop));
	int width, height, rc;

	if (!loop)
		return err_set(err, ENOMEM, "out of memory");
	loop->p = *parts;
	loop->esc_ms = -1;
	loop->urgent = true;
	loop->far = getenv("SSH_CONNECTION") != NULL;
	snprintf(loop->theme, sizeof(loop->theme), "%s", app_setting(parts->app, "theme"));
	tty_size(parts->tty, &width, &height);
	loop->grid = grid_new(width, height, screen_is_ascii(parts->screen));
	if (!loop->grid)
		return err_set(err, ENOMEM, "out of memory");
	rc = uv_poll_init(parts->uv, &loop->poll, tty_fd(parts->tty));
	if (rc < 0) {
		grid_free(loop->grid);
		return err_set(err, rc, "terminal: %s", uv_strerror(rc));
	}
	uv_timer_init(parts->uv, &loop->timer);
	uv_prepare_init(parts->uv, &loop->turn);
	loop->poll.data = loop->turn.data = loop;
	watch_signals(loop);
	uv_prepare_start(&loop->turn, on_turn);
	*out = take(loop);
	return 0;
}

static void close_handles(struct loop *loop)
{
	uv_close((uv_handle_t *)&loop->poll, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	uv_close((uv_handle_t *)&loop->timer, NULL);
	for (size_t i = 0; i < array_len(caught); i++)
		uv_close((uv_handle_t *)&loop->signals[i], NULL);
}

void loop_run(struct loop *loop)
{
	while (!loop->leaving)
		uv_run(loop->p.uv, UV_RUN_DEFAULT);
	lent_free(take(loop->lent));
	program_free(take(loop->program));
	close_handles(loop);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	grid_free(loop->grid);
	free(loop);
}
