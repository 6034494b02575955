/* spans.h - a timeline (core/engine_timeline.h) as rows, each with a bar where it lies in the
 * whole. */
#ifndef TUI_WIDGET_SPANS_H
#define TUI_WIDGET_SPANS_H

#include "core/engine.h"
#include "tui/canvas.h"

/* How the columns lie in so many; one unit for all of a timeline. */
struct spans {
	const struct timeline *timeline; /* lent */
	uint64_t scale_ns;               /* what a whole bar is */
	int who_x, who_w, bar_x, bar_w, words_x;
	double divisor;
	const char *unit;
	int digits;
};

struct spans spans_layout(const struct timeline *timeline, int width);
void spans_paint_head(const struct spans *spans, struct canvas line);
void spans_paint_row(const struct spans *spans, struct canvas line, size_t index);
/* Below: the words, the system calls and the proof of one, whole as far as there is room. */
void spans_paint_below(const struct spans *spans, struct canvas canvas, size_t index);
/* Its words, with its bytes and what is left of its time. */
void spans_words(const struct timeline_span *span, struct buf *out);

#endif
