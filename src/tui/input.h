/* input.h - bytes from a keyboard become keys.
 *
 * Understands UTF-8, control keys, Alt as an ESC prefix, and the CSI and SS3 sequences that xterm,
 * screen, tmux, the Linux console, rxvt and the vt100 send. Whatever else arrives is one
 * KEY_UNKNOWN with its bytes, so that it can be passed on to a container unharmed. */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEY_FIRST = 0x110000, /* after the last code point */
	KEY_UP = KEY_FIRST,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_INSERT,
	KEY_DELETE,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_BACKTAB,
	KEY_F1,
	KEY_F12 = KEY_F1 + 11,
	KEY_ALIVE, /* not a key: the terminal's answer to "are you there?" (DSR 5) */
	KEY_MOUSE,
	KEY_UNKNOWN,
	KEY_LAST = KEY_UNKNOWN
};

enum { KEY_ESC = 0x1b, KEY_ENTER = '\r', KEY_TAB = '\t', KEY_BACKSPACE = 0x7f };
enum { KEY_ALT = 1, KEY_CTRL = 2, KEY_SHIFT = 4 };
enum { KEY_RAW_MAX = 32 };
enum mouse_button { MOUSE_LEFT = 1, MOUSE_MIDDLE, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

#define KEY_CONTROL(letter) ((letter)&0x1f)

struct key {
	uint32_t code;  /* a code point, a control character as it arrived, or KEY_... */
	uint8_t mods;   /* Alt before a character, any modifier of a special key */
	uint8_t button; /* KEY_MOUSE: pressed there, counted from 0 */
	short x, y;
	uint8_t len;
	char raw[KEY_RAW_MAX]; /* as it arrived */
};

/* By value in whoever reads the terminal; zeroed is ready to use. */
struct input {
	char held[KEY_RAW_MAX];
	size_t len;
};

enum { INPUT_ESC_WAIT_MS = 40 }; /* after this long, an ESC stands for itself */

/* Takes bytes[0..len) as far as needed for one key. Returns how many it used; *got says whether
 * *out is a key. Call again with the rest until everything is used and *got is false. */
size_t input_next(struct input *input, const char *bytes, size_t len, struct key *out, bool *got);
/* An unfinished sequence is held: give it INPUT_ESC_WAIT_MS, then input_flush. */
bool input_waits(const struct input *input);
/* The held bytes as they are: first an ESC, then the others. False when nothing is held. */
bool input_flush(struct input *input, struct key *out);

#endif
