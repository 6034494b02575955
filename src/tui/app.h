/* app.h - event → model → paint: the whole screen as a thing without terminal, loop or clock.
 *
 * Keys and facts go in, a painted grid and a few wishes come out. Whoever drives it (loop.c, or a
 * test) tells it the time before each call. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "tui/grid.h"
#include "tui/keep.h"
#include "tui/keymap.h"
#include "tui/world.h"

struct app;
struct custom;

/* How much is asked before something is done: see docs/safety.md. */
enum safety { SAFETY_NORMAL, SAFETY_FAST, SAFETY_STRICT };
bool safety_read(const char *word, enum safety *out); /* false: it is none of these */

struct app_options {
	struct world *world;   /* lent; its listener is set by app_new */
	struct keymap *keymap; /* lent; settings change it */
	struct keep *keep;     /* lent; NULL: nothing is remembered */
	struct custom *custom; /* lent; NULL: there are no commands of the user's */
	const char *host;      /* shown in the corner */
	const char *trouble;   /* why the engine could not be opened, or NULL */
	const char *complaint; /* shown once, about the user's files; NULL or "": none */
	const char *notice;    /* shown once, where there is no complaint; likewise */
	enum safety safety;
	bool mouse;     /* whatever the setting says */
	bool read_only; /* every change is answered by a sentence and the command to do it */
};

/* What the driver is asked to do; taken by app_take_wish. */
enum wish {
	WISH_NONE,
	WISH_QUIT,
	WISH_SUSPEND,
	WISH_REDRAW,
	WISH_LEND,    /* give the whole terminal to app_lent_session */
	WISH_PROGRAM, /* run app_program on it */
	WISH_COPY,    /* app_copied to the terminal's clipboard, then app_copy_done */
	WISH_SHOW,    /* app_copied on a bare screen, to be selected */
};

struct app *app_new(const struct app_options *options);
void app_free(struct app *app);
own_define(app)

/* Milliseconds of a steady clock, and CLOCK_REALTIME. */
void app_set_time(struct app *app, int64_t now_ms, uint64_t real_ns);
void app_key(struct app *app, const struct key *key);
void app_resized(struct app *app);
/* When app_tick wants to be called, on the steady clock; -1: never. */
int64_t app_deadline(const struct app *app);
void app_tick(struct app *app);
/* Something visible may have changed since the last app_paint. */
bool app_is_dirty(const struct app *app);
/* What changed is the answer to a key: it does not wait for the next frame. */
bool app_is_urgent(const struct app *app);
/* The next tick comes between a key and its answer: what can wait, waits. */
void app_hurry(struct app *app, bool hurry);
void app_paint(struct app *app, struct grid *grid);
/* Once after something large was let go: its memory is worth giving back. */
bool app_take_leavings(struct app *app);
enum wish app_take_wish(struct app *app);
/* What the driver measures of the way to the terminal. */
struct app_line {
	bool slow;      /* fewer bytes, please */
	char meter[40]; /* "rtt 38ms 1k/s", shown in the corner; "": nothing is */
};
void app_set_line(struct app *app, const struct app_line *line);
/* Changes when a setting that is the driver's has: theme, lines, mouse, slow. */
bool app_is_slow(const struct app *app);
bool app_wants_mouse(const struct app *app);
unsigned app_look(const struct app *app);
const char *app_setting(const struct app *app, const char *name);
const struct buf *app_copied(const struct app *app);
void app_copy_done(struct app *app, const struct err *err); /* NULL: well */
const struct strs *app_program(const struct app *app);
bool app_program_comes_back(const struct app *app);    /* see program_come_back */
const char *app_program_called(const struct app *app); /* NULL: as its words say */
size_t app_running(const struct app *app);             /* containers */

/* WISH_LEND: whose terminal it is now, for how it is called. When it is over, app_lent_back with a
 * sentence to show, or NULL. */
const char *app_lent_id(const struct app *app);
const char *app_lent_name(const struct app *app);
bool app_lent_is_plain(const struct app *app); /* it has no terminal of its own */
void app_lent_back(struct app *app, const char *outcome, bool bad);

#endif
