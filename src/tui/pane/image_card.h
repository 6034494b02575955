/* image_card.h - one image at a glance, beside the list: what it is, and which containers use it.
 */
#ifndef TUI_PANE_IMAGE_CARD_H
#define TUI_PANE_IMAGE_CARD_H

#include "tui/canvas.h"
#include "tui/image_lines.h"
#include "tui/model.h"

void image_card_paint(struct canvas canvas, const struct image_line *line,
	const struct model *model, int64_t now_ms, uint64_t real_ns);

#endif
