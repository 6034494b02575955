/* table.c - see table.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/table.h"

enum {
	LEAD = 4,
	NAME_LEAST = 12,
	NAME_BEST = 32,
	ROOMY = 100,
	TINY = 30,
	NOISE = 100,
	STATE_SHORT = 11,
	STATE_LONG = 15
};

/* Four columns before each row: the cursor, a mark, the state's sign. Widths count no gap; `most`
 * is what a column takes at best, 0: as `least`. */
static const struct kind {
	const char *name, *heading;
	enum sort sort; /* SORT_COUNT: none goes by it */
	int least, most, weight;
	bool right, hidden; /* hidden: shown only when chosen */
} kinds[COLUMN_COUNT] = {
	[COLUMN_STATE] = {"state", "STATE", SORT_STATE, STATE_SHORT, 0, 100, false, false},
	[COLUMN_CPU] = {"cpu", "CPU%", SORT_CPU, 6, 0, 90, true, false},
	[COLUMN_MEMORY] = {"memory", "MEM", SORT_MEMORY, 5, 11, 85, true, false},
	[COLUMN_UP] = {"up", "UP", SORT_AGE, 6, 0, 80, true, false},
	[COLUMN_PORTS] = {"ports", "PORTS", SORT_COUNT, 7, 40, 75, false, false},
	[COLUMN_NET] = {"network traffic", "NET r/t", SORT_NETWORK, 9, 0, 70, true, false},
	[COLUMN_PIDS] = {"tasks", "PIDS", SORT_PIDS, 4, 0, 65, true, false},
	[COLUMN_RESTARTS] = {"restarts", "RST", SORT_RESTARTS, 3, 0, 60, true, false},
	[COLUMN_IO] = {"disk i/o", "IO r/w", SORT_IO, 9, 0, 55, true, false},
	[COLUMN_IMAGE] = {"image", "IMAGE", SORT_IMAGE, 14, 30, 68, false, false},
	[COLUMN_PROJECT] = {"project", "PROJECT", SORT_COUNT, 8, 24, 45, false, true},
	[COLUMN_NETWORK] = {"networks", "NETWORK", SORT_COUNT, 8, 24, 40, false, true},
	[COLUMN_COMMAND] = {"command", "COMMAND", SORT_COUNT, 18, 80, 30, false, false},
	[COLUMN_ID] = {"id", "ID", SORT_COUNT, 12, 0, 20, false, true},
};

/* As they stand in a row. */
static const enum column order[COLUMN_COUNT] = {COLUMN_STATE, COLUMN_CPU, COLUMN_MEMORY, COLUMN_NET,
	COLUMN_IO, COLUMN_PIDS, COLUMN_RESTARTS, COLUMN_UP, COLUMN_PORTS, COLUMN_IMAGE,
	COLUMN_PROJECT, COLUMN_NETWORK, COLUMN_ID, COLUMN_COMMAND};

const char *column_name(enum column column)
{
	return kinds[column].name;
}

struct choices table_choices(void)
{
	struct choices choices = {0};

	for (int i = 0; i < COLUMN_COUNT; i++)
		choices.columns[i] = !kinds[i].hidden;
	return choices;
}

/* ---- which, and how wide ---- */

static void widen(int *width, const char *text)
{
	int wanted = text_width(text);

	*width = wanted > *width ? wanted : *width;
}

void table_widen(struct widest *widest, const struct row *row)
{
	widen(&widest->name, row->c.name);
	widen(&widest->ports, row->facts->ports);
	widen(&widest->image, row->c.image);
	widen(&widest->network, row->facts->networks);
	widen(&widest->project, row->facts->project);
	widen(&widest->command, row->c.command);
	widest->limited |= row->facts->memory > 0;
	widest->restarted |= row->c.restarts > 0;
}

static int gap(enum column column)
{
	return column == COLUMN_STATE || kinds[column].right ? 1 : 2;
}

/* What it would take at best; 0: there is nothing to show. */
static int wanted_of(enum column column, const struct widest *widest)
{
	const struct {
		enum column column;
		int widest;
	} texts[] = {
		{COLUMN_PORTS, widest->ports},
		{COLUMN_IMAGE, widest->image},
		{COLUMN_NETWORK, widest->network},
		{COLUMN_PROJECT, widest->project},
		{COLUMN_COMMAND, widest->command},
	};
	const struct kind *kind = &kinds[column];

	if (column == COLUMN_RESTARTS && !widest->restarted)
		return 0;
	if (column == COLUMN_MEMORY && !widest->limited)
		return kind->least;
	for (size_t i = 0; i < array_len(texts); i++)
		if (texts[i].column == column && texts[i].widest <= kind->most)
			return texts[i].widest;
	return kind->most ? kind->most : kind->least;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int weight_of(enum column column, const struct choices *choices)
{
	return kinds[column].weight + (choices->first[column] ? 50 : 0);
}

/* The most important of what is wanted and not there yet; COLUMN_COUNT: none is. */
static enum column next_column(
	const struct columns *c, const bool *tried, const struct choices *choices)
{
	enum column best = COLUMN_COUNT;

	for (int i = 0; i < COLUMN_COUNT; i++)
		if (!c->width[i] && !tried[i] && choices->columns[i] &&
			(best == COLUMN_COUNT ||
				weight_of((enum column)i, choices) > weight_of(best, choices)))
			best = (enum column)i;
	return best;
}

static int place(
	struct columns *c, const struct widest *widest, const struct choices *choices, int room)
{
	bool tried[COLUMN_COUNT] = {false};
	enum column column;

	while ((column = next_column(c, tried, choices)) != COLUMN_COUNT) {
		int most = wanted_of(column, widest), least = smaller(kinds[column].least, most);

		tried[column] = true;
		if (column == COLUMN_STATE && room > 5 && room < least + 1)
			least = room - 1; /* a part of a word tells more than a number would */
		if (!least || room < least + gap(column))
			continue;
		/* A heading must not be longer than what is below it. */
		least = least < text_width(kinds[column].heading)
				? text_width(kinds[column].heading)
				: least;
		if (room < least + gap(column))
			continue;
		c->width[column] = least;
		room -= least + gap(column);
	}
	return room;
}

static int grow(int *width, int wanted, int room)
{
	int more = smaller(wanted - *width, room);

	if (*width <= 0 || more <= 0)
		return room;
	*width += more;
	return room - more;
}

struct columns table_columns(const struct widest *widest, const struct choices *choices, int width)
{
	bool roomy = width >= ROOMY;
	struct columns c = {.unit = choices->unit};
	int room;

	c.name = smaller(widest->name, roomy ? NAME_BEST : 20);
	c.name = c.name < NAME_LEAST ? NAME_LEAST : c.name;
	if (width < TINY && c.name > width - LEAD - 8)
		c.name = width - LEAD - 8;
	if (c.name > width - LEAD || width < 2 * LEAD)
		c.name = width - LEAD;
	room = place(&c, widest, choices, width - LEAD - c.name);
	if (roomy || room > 30)
		room = grow(&c.width[COLUMN_STATE], STATE_LONG, room);
	room = grow(&c.name, widest->name, room);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		int wanted = wanted_of(order[i], widest);

		/* Half a limit is none. */
		if (order[i] != COLUMN_MEMORY || room >= wanted - c.width[order[i]])
			room = grow(&c.width[order[i]], wanted, room);
	}
	/* Of what nobody needs, a name is the best place. */
	if (!c.width[COLUMN_COMMAND] && room > 0)
		c.name += room;
	return c;
}

/* ---- headings ---- */

static look heading(const struct model *model, enum sort sort)
{
	bool reverse;

	return sort != SORT_COUNT && model_sort_of(model, &reverse) == sort
		       ? ROLE_TITLE | STYLE_UNDERLINE
		       : ROLE_DIM;
}

static const char *heading_of(enum column column, const struct columns *c)
{
	static const char *const units[UNIT_COUNT] = {"CPU%", "CPU%L", "CPU%H"};

	if (column == COLUMN_CPU)
		return units[c->unit];
	if (column == COLUMN_MEMORY && c->width[COLUMN_MEMORY] >= 11)
		return "MEM/limit";
	return kinds[column].heading;
}

void table_headings(struct canvas canvas, const struct columns *c, const struct model *model)
{
	int x = LEAD + c->name;

	canvas_cut(canvas, LEAD, 0, c->name, heading(model, SORT_NAME), "NAME");
	for (int i = 0; i < COLUMN_COUNT; i++) {
		enum column column = order[i];
		look style = heading(model, kinds[column].sort);

		if (!c->width[column])
			continue;
		x += gap(column);
		(kinds[column].right ? canvas_right : canvas_cut)(
			canvas, x, 0, c->width[column], style, heading_of(column, c));
		x += c->width[column];
	}
}

enum sort table_sort_at(const struct columns *c, int x)
{
	int from = LEAD + c->name;

	if (x < from)
		return SORT_NAME;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		enum column column = order[i];

		if (!c->width[column])
			continue;
		from += gap(column) + c->width[column];
		if (x < from)
			return kinds[column].sort;
	}
	return SORT_COUNT;
}

/* ---- rows ---- */

double table_cpu(const struct row *row, enum cpu_unit unit)
{
	double of = unit == UNIT_HOST ? row->processors
		    : unit == UNIT_LIMIT
			    ? (row->facts->cpus > 0 ? row->facts->cpus : row->processors)
			    : 1;

	return row->moving && of > 0 ? row->cpu / of : -1;
}

static const char *memory(const struct row *row, bool with_limit, char *out, size_t room)
{
	char used[FIGURE_MAX], limit[FIGURE_MAX];

	if (!row->measured)
		return "-";
	/* The host's own memory is no limit of a container's. */
	if (with_limit && row->facts->memory > 0)
		snprintf(out, room, "%s/%s", format_bytes(row->memory, used),
			format_bytes((uint64_t)row->facts->memory, limit));
	else
		snprintf(out, room, "%s", format_bytes(row->memory, used));
	return out;
}

/* What a network says to itself is no traffic. */
static const char *rate(double value, char out[FIGURE_MAX])
{
	return value < NOISE ? "0" : format_bytes((uint64_t)value, out);
}

static const char *pair(const struct row *row, double a, double b, char *out, size_t room)
{
	char left[FIGURE_MAX], right[FIGURE_MAX];

	if (!row->moving)
		return "-";
	snprintf(out, room, "%s/%s", rate(a, left), rate(b, right));
	return out;
}

/* Young ones in steps of ten seconds: a list that counts seconds never rests. */
static const char *up(const struct row *row, uint64_t real_ns, char *out)
{
	enum { STEP_S = 10, MINUTE_S = 60 };
	uint64_t age_s =
		real_ns > row->c.started_ns ? (real_ns - row->c.started_ns) / 1000000000 : 0;

	if (row->c.pid && row->c.started_ns && age_s < STEP_S)
		return "<10s";
	if (row->c.pid && row->c.started_ns && age_s < MINUTE_S) {
		snprintf(out, FIGURE_MAX, "%us", (unsigned)(age_s / STEP_S * STEP_S));
		return out;
	}
	if (row->c.pid && row->c.started_ns)
		return format_age(row->c.started_ns, real_ns, out);
	return row->c.finished_ns ? format_moment(row->c.finished_ns, real_ns, out) : "-";
}

/* Lent, or written to out. */
static const char *figure(const struct row *row, enum column column, const struct columns *c,
	const struct moment *now, char *out, size_t room)
{
	switch (column) {
	case COLUMN_CPU:
		if (!row->moving) /* one reading is no measurement */
			return "-";
		snprintf(out, room, "%.1f", table_cpu(row, c->unit));
		return out;
	case COLUMN_MEMORY:
		return memory(row, c->width[column] >= 11, out, room);
	case COLUMN_NET:
		return pair(row, row->received, row->sent, out, room);
	case COLUMN_IO:
		return pair(row, row->read, row->written, out, room);
	case COLUMN_PIDS:
		snprintf(out, room, "%llu", (unsigned long long)row->pids);
		return row->measured ? out : "-";
	case COLUMN_RESTARTS:
		snprintf(out, room, "%u", row->c.restarts);
		return row->c.restarts ? out : "";
	case COLUMN_UP:
		return up(row, now->real_ns, out);
	case COLUMN_PORTS:
		return row->facts->ports;
	case COLUMN_IMAGE:
		return row->c.image;
	case COLUMN_NETWORK:
		return row->facts->networks;
	case COLUMN_PROJECT:
		return row->facts->project;
	case COLUMN_COMMAND:
		return row->c.command;
	case COLUMN_ID:
		snprintf(out, room, "%.12s", row->c.id);
		return out;
	case COLUMN_STATE:
	case COLUMN_COUNT:
		break;
	}
	return "";
}

static look style_of(const struct row *row, enum column column)
{
	if (column == COLUMN_CPU && row->cpu >= 80)
		return ROLE_WARN;
	if (column == COLUMN_MEMORY && row->measured && row->facts->memory > 0 &&
		(double)row->memory >= 0.9 * (double)row->facts->memory)
		return ROLE_WARN;
	if (column == COLUMN_RESTARTS)
		return ROLE_WARN;
	if (column == COLUMN_ID)
		return ROLE_DIM;
	return row->c.pid ? ROLE_TEXT : ROLE_DIM;
}

static void cell(struct canvas canvas, int x, const struct row *row, enum column column,
	const struct columns *c, const struct moment *now)
{
	char text[64];
	const char *shown = figure(row, column, c, now, text, sizeof(text));
	look style = style_of(row, column);
	int width = c->width[column];

	if (kinds[column].right)
		canvas_right(canvas, x, 0, width, style, shown);
	else if (column == COLUMN_IMAGE)
		canvas_name(canvas, x, 0, width, style, shown);
	else
		canvas_cut(canvas, x, 0, width, style, shown);
}

void table_row(struct canvas canvas, const struct row *row, bool selected, const struct columns *c,
	const struct moment *now)
{
	struct state_look state = format_state(row, now->ms);
	int x = LEAD + c->name;

	canvas_text(canvas, 0, 0, ROLE_TEXT, selected ? ">" : " ");
	if (row->marked)
		canvas_text(canvas, 1, 0, ROLE_MARK, "*");
	canvas_text(canvas, 2, 0, state.role, canvas_glyph(canvas, state.glyph));
	canvas_name(canvas, LEAD, 0, c->name, ROLE_TEXT, row->c.name);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		enum column column = order[i];

		if (!c->width[column])
			continue;
		x += gap(column);
		if (column == COLUMN_STATE)
			canvas_cut(canvas, x, 0, c->width[column], state.role,
				format_state_in(row, now->ms, c->width[column], &state));
		else
			cell(canvas, x, row, column, c, now);
		x += c->width[column];
	}
	if (selected) {
		(canvas.w > ROOMY ? canvas_text_bar : canvas_bar)(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}
