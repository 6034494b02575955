/* look.h - how a cell looks, packed in 32 bits.
 *
 * What davit draws names a role and leaves colours to the theme; what a container printed carries
 * colours of its own.
 *
 *     bits 0-4 role   5-9 bold underline reverse dim italic   10-18 fg+1   19-27 bg+1
 */
#ifndef TUI_LOOK_H
#define TUI_LOOK_H

#include <stdint.h>

enum role {
	ROLE_TEXT,
	ROLE_DIM,
	ROLE_TITLE,
	ROLE_FOCUS,
	ROLE_SELECTION,
	ROLE_MARK,
	ROLE_OK,
	ROLE_WARN,
	ROLE_BAD,
	ROLE_BUSY,
	ROLE_INFO,
	ROLE_KEY,
	ROLE_BORDER,
	ROLE_LINK,
	ROLE_COUNT
};

typedef uint32_t look;

enum {
	STYLE_ROLE = 0x1f,
	STYLE_BOLD = 1 << 5,
	STYLE_UNDERLINE = 1 << 6,
	STYLE_REVERSE = 1 << 7,
	STYLE_FAINT = 1 << 8,
	STYLE_ITALIC = 1 << 9,
	STYLE_ATTRS = 0x1f << 5,
};

/* -1: the terminal's own. Colours are xterm's 0..255. */
static inline int style_fg(look s)
{
	return (int)(s >> 10 & 0x1ff) - 1;
}

static inline int style_bg(look s)
{
	return (int)(s >> 19 & 0x1ff) - 1;
}

static inline look style_with_fg(look s, int colour)
{
	return (s & ~(0x1ffu << 10)) | (look)(colour + 1) << 10;
}

static inline look style_with_bg(look s, int colour)
{
	return (s & ~(0x1ffu << 19)) | (look)(colour + 1) << 19;
}

#endif
