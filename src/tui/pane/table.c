/* table.c - see table.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/table.h"

struct columns table_columns(int widest, int width)
{
	struct columns columns = {.state = 16};
	int name = widest, room;

	name = name < 12 ? 12 : name > 32 ? 32 : name;
	room = width - 4 - name - 1 - columns.state;
	columns.cpu = room >= 7 ? 7 : 0;
	columns.memory = room >= 14 ? 7 : 0;
	columns.up = room >= 22 ? 8 : 0;
	room -= columns.cpu + columns.memory + columns.up;
	columns.image = room < 12 ? 0 : room > 30 ? 30 : room - 2;
	room -= columns.image ? columns.image + 2 : 0;
	columns.command = room < 20 ? 0 : room - 2;
	columns.name = columns.image ? name : name + (room > 0 ? room : 0);
	if (columns.name > width - 4 - columns.state - 1)
		columns.name = width - 4 - columns.state - 1;
	return columns;
}

static look heading(const struct model *model, enum sort sort)
{
	bool reverse;

	return model_sort_of(model, &reverse) == sort ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM;
}

void table_headings(struct canvas canvas, const struct columns *c, const struct model *model)
{
	int x = 4;

	canvas_text(canvas, x, 0, heading(model, SORT_NAME), "NAME");
	x += c->name + 1;
	canvas_text(canvas, x, 0, heading(model, SORT_STATE), "STATE");
	x += c->state;
	canvas_right(canvas, x, 0, c->cpu, heading(model, SORT_CPU), "CPU%");
	x += c->cpu;
	canvas_right(canvas, x, 0, c->memory, heading(model, SORT_MEMORY), "MEM");
	x += c->memory;
	canvas_right(canvas, x, 0, c->up, heading(model, SORT_AGE), "UP");
	x += c->up + 2;
	canvas_cut(canvas, x, 0, c->image, ROLE_DIM, "IMAGE");
	x += c->image + 2;
	canvas_cut(canvas, x, 0, c->command, ROLE_DIM, "COMMAND");
}

static void figures(const struct row *row, uint64_t real_ns, char cpu[FIGURE_MAX],
	char memory[FIGURE_MAX], char up[FIGURE_MAX])
{
	snprintf(cpu, FIGURE_MAX, "-");
	snprintf(memory, FIGURE_MAX, "-");
	snprintf(up, FIGURE_MAX, "-");
	if (row->measured) {
		if (row->history_len) /* one reading is no measurement */
			snprintf(cpu, FIGURE_MAX, "%.1f", row->cpu);
		format_bytes(row->memory, memory);
	}
	if (row->c.pid && row->c.started_ns)
		format_age(row->c.started_ns, real_ns, up);
	else if (row->c.finished_ns)
		format_moment(row->c.finished_ns, real_ns, up);
}

void table_row(struct canvas canvas, const struct row *row, bool selected, const struct columns *c,
	const struct moment *now)
{
	struct state_look state = format_state(row, now->ms);
	look dim = row->c.pid ? ROLE_TEXT : ROLE_DIM;
	char cpu[FIGURE_MAX], memory[FIGURE_MAX], up[FIGURE_MAX];
	int x = 4;

	figures(row, now->real_ns, cpu, memory, up);
	canvas_text(canvas, 0, 0, ROLE_TEXT, selected ? ">" : " ");
	if (row->marked)
		canvas_text(canvas, 1, 0, ROLE_MARK, "*");
	canvas_text(canvas, 2, 0, state.role, canvas_glyph(canvas, state.glyph));
	canvas_name(canvas, x, 0, c->name, ROLE_TEXT, row->c.name);
	x += c->name + 1;
	canvas_cut(canvas, x, 0, c->state - 1, state.role, state.word);
	x += c->state;
	canvas_right(canvas, x, 0, c->cpu, row->cpu >= 80 ? ROLE_WARN : dim, cpu);
	x += c->cpu;
	canvas_right(canvas, x, 0, c->memory, dim, memory);
	x += c->memory;
	canvas_right(canvas, x, 0, c->up, dim, up);
	x += c->up + 2;
	canvas_name(canvas, x, 0, c->image, dim, row->c.image);
	x += c->image + 2;
	canvas_cut(canvas, x, 0, c->command, ROLE_DIM, row->c.command);
	if (selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}
