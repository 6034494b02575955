/* graph.c - see graph.h. */
#include "tui/widget/graph.h"

enum { EIGHTHS = 8, SHADES = 4 };

/* What fills so much of a cell from below; in ASCII there are three that tell apart. */
static const char *part_of_cell(const struct canvas canvas, int eighths)
{
	static const char *const blocks[EIGHTHS + 1] = {
		" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const marks[SHADES] = {" ", ".", ":", "|"};

	return grid_is_ascii(canvas.grid) ? marks[(eighths * (SHADES - 1) + EIGHTHS - 1) / EIGHTHS]
					  : blocks[eighths];
}

static double mean(const float *values, int from, int to)
{
	double sum = 0;

	from = from < 0 ? 0 : from;
	for (int i = from; i < to; i++)
		sum += values[i];
	return to > from ? sum / (to - from) : 0;
}

static void column(struct canvas canvas, int x, look style, int filled)
{
	for (int y = canvas.h - 1; y >= 0; y--, filled -= EIGHTHS) {
		int part = filled > EIGHTHS ? EIGHTHS : filled;

		/* A ground line all along: what does nothing changes nothing on the screen. */
		if (y == canvas.h - 1 && part < 1)
			canvas_text(canvas, x, y, ROLE_DIM, part_of_cell(canvas, 1));
		else if (part > 0)
			canvas_text(canvas, x, y, style, part_of_cell(canvas, part));
	}
}

void graph_paint(
	struct canvas canvas, look style, const float *values, int count, int each, double top)
{
	for (int x = canvas.w - 1, to = count; x >= 0; x--, to -= each) {
		double part = top > 0 && to > 0 ? mean(values, to - each, to) / top : 0;

		part = part > 1 ? 1 : part;
		column(canvas, x, style, (int)(part * EIGHTHS * canvas.h + 0.5));
	}
}

double graph_top(double value, double unit)
{
	static const double steps[] = {1, 2, 5};

	for (double scale = unit;; scale *= 10)
		for (int i = 0; i < 3; i++)
			if (steps[i] * scale >= value)
				return steps[i] * scale;
}
