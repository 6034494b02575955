/* theme.h - what a role looks like on this terminal.
 *
 * Themes use the terminal's own colours 0-7 with bold, underline and reverse, never a background,
 * so that they are readable on dark and on light. A word or a sign always says what a colour says.
 *
 * A theme file has one "role = colour attribute..." a line, '#' begins a comment:
 *
 *     bad = red bold
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>

#include "tui/look.h"
#include "util/err.h"

struct theme_look {
	int16_t colour; /* of xterm's 256, -1: the terminal's own; what is shipped uses 1..6 */
	uint16_t attrs; /* STYLE_BOLD | ... */
};

struct theme {
	struct theme_look roles[ROLE_COUNT];
};

/* "auto", "dark", "light", "mono" or "hc" (high contrast); NULL when there is no such theme. */
const struct theme *theme_find(const char *name);
/* What NO_COLOR, the terminal's number of colours and the wish (NULL: none) make of it; never NULL.
 */
const struct theme *theme_choose(const char *wish, int colours, bool no_color);
/* Changes the roles named in text; the error names the line. Nothing is changed on failure. */
int theme_parse(struct theme *theme, const char *text, size_t len, struct err *err);
const char *theme_role_name(enum role role);

#endif
