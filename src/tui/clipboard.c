/* clipboard.c - see clipboard.h. */
#include <stdlib.h>
#include <string.h>

#include "tui/clipboard.h"

enum { SCREEN_PIECE = 500 }; /* screen passes no longer strings on */

static void add_base64(const char *text, size_t len, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned char in[3] = {0};
		size_t n = len - i < 3 ? len - i : 3;

		memcpy(in, text + i, n);
		buf_addc(out, digits[in[0] >> 2]);
		buf_addc(out, digits[(in[0] & 3) << 4 | in[1] >> 4]);
		buf_addc(out, n > 1 ? digits[(in[1] & 15) << 2 | in[2] >> 6] : '=');
		buf_addc(out, n > 2 ? digits[in[2] & 63] : '=');
	}
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

bool clipboard_find(enum clipboard_way *way)
{
	static const char *const without[] = {"linux", "vt100", "vt102", "vt220", "dumb", "ansi"};
	const char *term = getenv("TERM");

	for (size_t i = 0; term && i < sizeof(without) / sizeof(*without); i++)
		if (strcmp(term, without[i]) == 0)
			return false;
	*way = is_set("TMUX") ? CLIPBOARD_TMUX : is_set("STY") ? CLIPBOARD_SCREEN : CLIPBOARD_PLAIN;
	return term != NULL;
}

void clipboard_sequence(const char *text, size_t len, enum clipboard_way way, struct buf *out)
{
	auto_buf plain = BUF_INIT;

	buf_adds(&plain, "\033]52;c;");
	add_base64(text, len, &plain);
	buf_addc(&plain, '\a');
	if (way == CLIPBOARD_SCREEN) {
		for (size_t at = 0; at < plain.len; at += SCREEN_PIECE) {
			size_t left = plain.len - at;

			buf_adds(out, "\033P");
			buf_add(out, plain.data + at, left < SCREEN_PIECE ? left : SCREEN_PIECE);
			buf_adds(out, "\033\\");
		}
		return;
	}
	/* tmux takes the plain one for itself where set-clipboard is on, and hands the wrapped one
	 * on where allow-passthrough is; each ignores what it does not do. */
	buf_add(out, plain.data, plain.len);
	if (way == CLIPBOARD_TMUX) {
		buf_adds(out, "\033Ptmux;\033");
		buf_add(out, plain.data, plain.len);
		buf_adds(out, "\033\\");
	}
}
