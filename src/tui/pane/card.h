/* card.h - one container at a glance, beside the list. */
#ifndef TUI_PANE_CARD_H
#define TUI_PANE_CARD_H

#include "tui/canvas.h"
#include "tui/model.h"

/* bare: its figures are shown elsewhere. */
void card_paint(
	struct canvas canvas, const struct row *row, bool bare, int64_t now_ms, uint64_t real_ns);

#endif
