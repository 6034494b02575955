/* A container's output, as a terminal and as a log line: no crash, nothing hostile left, an end in
 * time. */
#include <assert.h>
#include <locale.h>
#include <stdint.h>

#include "tui/ansi.h"
#include "tui/vt.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static void no_control_in(const struct grid *grid)
{
	for (int y = 0; y < grid_height(grid); y++)
		for (int x = 0; x < grid_width(grid); x++) {
			const struct cell *cell = grid_at(grid, x, y);

			for (size_t i = 0; i < cell->len; i++)
				assert((unsigned char)cell->text[i] >= 0x20 &&
					cell->text[i] != 0x7f);
		}
}

static void as_terminal(struct grid *grid, const char *bytes, size_t len)
{
	auto_of(vt) struct vt *vt = vt_new(40, 10, NULL, NULL);
	size_t half = len / 2;

	vt_feed(vt, bytes, half);
	vt_resize(vt, 7, 3);
	vt_paint(vt, canvas_all(grid), true);
	vt_resize(vt, 60, 20);
	vt_feed(vt, bytes + half, len - half);
	vt_paint(vt, canvas_all(grid), true);
	no_control_in(grid);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static struct ansi_line line;
	auto_of(grid) struct grid *grid = grid_new(50, 12, false);

	setlocale(LC_CTYPE, "C.UTF-8");
	as_terminal(grid, (const char *)input, len);
	ansi_read((const char *)input, len, ROLE_TEXT, &line);
	assert(line.len <= ANSI_LINE_MAX);
	grid_clear(grid);
	canvas_textn(canvas_all(grid), 0, 0, ROLE_TEXT, line.text, line.len);
	no_control_in(grid);
	return 0;
}
