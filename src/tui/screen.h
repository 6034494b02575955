/* screen.h - a grid in, as few bytes as possible out; the only user of curses.
 *
 * curses writes into a file in memory, never to the terminal: a frame is complete before its first
 * byte leaves, is at most one write(2) where the terminal takes it whole, and no new frame starts
 * while one is unsent. After each frame the terminal is asked whether it is there (DSR, 4 bytes);
 * one that answers is never more than two frames behind, however much the way to it can buffer. */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <stdint.h>

#include "tui/grid.h"
#include "tui/tty.h"

struct screen;

struct screen_look {
	const char *theme; /* NULL: by itself */
	const char
		*roles; /* a good theme file's text, laid over it where there is colour; or NULL */
	bool no_color;  /* NO_COLOR is set */
};

/* Takes the terminal over: raw mode and the alternate screen. `tty` is lent until screen_free.
 * TERM that is unknown or cannot move the cursor is an error, with the terminal untouched. */
int screen_open(
	struct tty *tty, const struct screen_look *wish, struct screen **out, struct err *err);
void screen_free(struct screen *screen); /* gives the terminal back; NULL is fine */
own_define(screen)

/* Another theme, from the next paint on. */
void screen_restyle(struct screen *screen, const struct screen_look *wish);

/* Clicks and the wheel come as KEY_MOUSE, where the terminal can. */
void screen_mouse(struct screen *screen, bool on);

/* The terminal's codeset is not UTF-8. */
bool screen_is_ascii(const struct screen *screen);
/* The last frame has left, and the terminal keeps up. */
bool screen_ready(const struct screen *screen);
/* Sends what differs from the last frame; a grid of another size repaints all. Only when ready. */
void screen_paint(struct screen *screen, const struct grid *grid, double now_ms);
/* The next paint sends everything. */
void screen_redraw(struct screen *screen);

/* The terminal answered; how long that took in milliseconds, -1: it was not asked. */
double screen_alive(struct screen *screen, double now_ms);
/* How long the oldest question has waited for its answer; 0: none does. */
double screen_waits_ms(const struct screen *screen, double now_ms);
/* A key came: a terminal whose answers stay away for long is no longer waited for. */
void screen_key_seen(struct screen *screen, int64_t now_ms);

/* Leaves the alternate screen and waits a moment for the bytes to go; raw mode stays. */
void screen_leave(struct screen *screen);
/* After screen_leave: undoes what another program may have set, then the next paint is whole. */
void screen_return(struct screen *screen);

#endif
