/* shot.h - a program on a pseudo-terminal, and what its screen looks like.
 *
 * terminal.c owns the program, the pseudo-terminal and the emulator; script.c tells it what to type
 * and what to wait for; text.c and svg.c write down a picture. None of it knows davit. */
#ifndef SHOT_H
#define SHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CELL_CODES = 4 };

/* A cell as it is to be seen: reverse video is already done. Colours are 0xrrggbb. */
struct cell {
	uint32_t codes[CELL_CODES]; /* a character and what combines with it; 0 ends, none is a
				       blank */
	uint32_t fg, bg;
	uint8_t width; /* 0: the right half of a wide character */
	bool bold, italic, underline;
};

struct picture {
	int width, height;
	int cursor_x, cursor_y; /* -1: hidden */
	struct cell cells[];
};

enum { COLOUR_FG = 0xd4d7de, COLOUR_BG = 0x14171c };

struct terminal;

/* Starts argv with the usual manners of a terminal: TERM, a UTF-8 locale. NULL: errno says why. */
struct terminal *terminal_open(int width, int height, char *const argv[]);
/* Hangs up, as closing a window does; kills what is still there after two seconds. Returns the exit
 * code as a shell would say it. */
int terminal_close(struct terminal *terminal);

/* Reads what the program writes: until it has written and then paused, or for ms at most. False:
 * nothing came. */
bool terminal_pump(struct terminal *terminal, int ms);
/* The program is gone, or has closed its terminal. */
bool terminal_ended(const struct terminal *terminal);
void terminal_type(struct terminal *terminal, const char *bytes, size_t len);
/* The program has not yet taken all that was typed. */
bool terminal_unread(const struct terminal *terminal);
/* What is on the screen now; lent until the next call. */
const struct picture *terminal_look(struct terminal *terminal);

/* One row as UTF-8 without trailing blanks; at most size bytes with the NUL. */
void text_row(const struct picture *picture, int row, char *text, size_t size);
void text_write(const struct picture *picture, FILE *out);
bool text_has(const struct picture *picture, const char *wanted);

/* A self-contained drawing: no script, no link, no font of its own. */
void svg_write(const struct picture *picture, FILE *out);

/* Runs the script on the terminal; 0, or 1 after saying on stderr which line could not be done. */
int script_run(struct terminal *terminal, FILE *script, int patience_ms);

#endif
