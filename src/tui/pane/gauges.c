/* gauges.c - see gauges.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/gauges.h"
#include "tui/pane/table.h"
#include "tui/widget/graph.h"

enum { SCALE = 6 /* columns of the scale left of a graph */ };

static const struct zoom {
	bool coarse;
	int each; /* measurements to a column */
} zooms[GAUGES_ZOOMS] = {{false, 1}, {false, 2}, {true, 1}, {true, 2}, {true, 4}};

int gauges_seconds(int zoom, int columns)
{
	int kept = TRAIL_LEN / zooms[zoom].each;
	int step = TRAIL_STEP_S * (zooms[zoom].coarse ? TRAIL_COARSE : 1) * zooms[zoom].each;

	return step * (columns < kept ? columns : kept);
}

static const struct trail_part *part_of(const struct row *row, int zoom)
{
	static const struct trail_part none;

	if (!row->trail)
		return &none;
	return zooms[zoom].coarse ? &row->trail->coarse : &row->trail->fine;
}

/* ---- lines ---- */

static void processor_line(struct canvas canvas, const struct row *row,
	const struct container_pressure *pressure, enum cpu_unit unit)
{
	static const char *const of[UNIT_COUNT] = {"of one core", "of its limit", "of the host"};
	double cpus = pressure ? pressure->cpus : row->facts->cpus;
	int x = canvas_text(canvas, 0, 0, ROLE_TITLE, "CPU") + 2;

	if (row->moving)
		x = canvas_textf(
			canvas, x, 0, ROLE_TEXT, "%.1f%% %s", table_cpu(row, unit), of[unit]);
	else
		x = canvas_text(canvas, x, 0, ROLE_DIM, "two readings make a figure");
	if (cpus > 0)
		x = canvas_textf(canvas, x, 0, ROLE_DIM, ", limit %.2g", cpus);
	if (unit != UNIT_HOST && row->moving)
		x = canvas_textf(canvas, x, 0, ROLE_DIM, ", %.1f%% of %u cores",
			table_cpu(row, UNIT_HOST), row->processors);
	if (pressure && row->throttled >= 0.5)
		canvas_textf(canvas, x + 2, 0, ROLE_WARN, "throttled %.0f%% of the time",
			row->throttled);
}

static void memory_line(
	struct canvas canvas, const struct row *row, const struct container_pressure *pressure)
{
	char text[FIGURE_MAX];
	bool limited = row->facts->memory > 0;
	double full = limited ? (double)row->facts->memory : (double)row->memory_limit;
	int x = canvas_text(canvas, 0, 0, ROLE_TITLE, "MEM") + 2;

	x = canvas_text(canvas, x, 0, ROLE_TEXT, format_bytes(row->memory, text));
	if (full > 0) {
		double part = 100 * (double)row->memory / full;

		x = canvas_textf(canvas, x, 0, part >= 90 ? ROLE_WARN : ROLE_DIM,
			" of %s %s(%.0f%%)", format_bytes((uint64_t)full, text),
			limited ? "" : "on the host ", part);
	}
	if (!pressure)
		return;
	if (pressure->memory_peak)
		x = canvas_textf(canvas, x, 0, ROLE_DIM, ", peak %s",
			format_bytes(pressure->memory_peak, text));
	x = canvas_textf(canvas, x, 0, ROLE_DIM, ", files %s", format_bytes(pressure->cache, text));
	if (pressure->oom_kills)
		canvas_textf(canvas, x + 2, 0, ROLE_BAD, "OOM kills %llu",
			(unsigned long long)pressure->oom_kills);
}

static int rate(struct canvas canvas, int x, const char *word, double value)
{
	char text[FIGURE_MAX];

	x = canvas_textf(canvas, x, 0, ROLE_DIM, "%s ", word);
	return canvas_textf(canvas, x, 0, ROLE_TEXT, "%s/s", format_bytes((uint64_t)value, text)) +
	       2;
}

static void traffic_line(struct canvas canvas, const struct row *row)
{
	int x = canvas_text(canvas, 0, 0, ROLE_TITLE, "NET") + 2;

	x = rate(canvas, x, "in", row->received);
	x = rate(canvas, x, "out", row->sent);
	x = canvas_text(canvas, x + 1, 0, ROLE_TITLE, "DISK") + 2;
	x = rate(canvas, x, "read", row->read);
	x = rate(canvas, x, "written", row->written);
	if (x + 10 > canvas.w)
		return;
	x = canvas_text(canvas, x + 1, 0, ROLE_TITLE, "TASKS") + 2;
	x = canvas_textf(canvas, x, 0, ROLE_TEXT, "%llu", (unsigned long long)row->pids);
	if (row->facts->pids_limit > 0)
		canvas_textf(canvas, x, 0, ROLE_DIM, " of %lld", (long long)row->facts->pids_limit);
}

/* Who waits for what, in the last ten seconds. */
static void stalls_line(struct canvas canvas, const struct container_pressure *pressure)
{
	const struct {
		const char *word;
		const struct pressure_stall *stall;
	} stalls[] = {
		{"cpu", &pressure->cpu}, {"memory", &pressure->memory}, {"disk", &pressure->io}};
	int x = canvas_text(canvas, 0, 0, ROLE_TITLE, "WAITS") + 2;

	for (size_t i = 0; i < array_len(stalls); i++) {
		double some = stalls[i].stall->some;

		x = canvas_textf(canvas, x, 0, ROLE_DIM, "for %s ", stalls[i].word);
		x = canvas_textf(canvas, x, 0, some >= 10 ? ROLE_WARN : ROLE_TEXT, "%.0f%%", some) +
		    2;
	}
	canvas_text(canvas, x, 0, ROLE_DIM, "of the last 10 s");
}

/* ---- graphs ---- */

static void graph(struct canvas canvas, const struct trail_part *part, enum series series,
	double top, const char *label, const char *ground, int each)
{
	struct canvas inside = canvas_sub(canvas, SCALE + 1, 0, canvas.w - SCALE - 1, canvas.h);

	canvas_right(canvas, 0, 0, SCALE, ROLE_DIM, label);
	canvas_right(canvas, 0, canvas.h - 1, SCALE, ROLE_DIM, ground);
	canvas_vline(canvas, SCALE, 0, canvas.h, ROLE_BORDER);
	graph_paint(inside, ROLE_INFO, part->v[series], part->len, each, top);
}

static double highest(const struct trail_part *part, enum series series)
{
	double top = 0;

	for (int i = 0; i < part->len; i++)
		top = part->v[series][i] > top ? part->v[series][i] : top;
	return top;
}

static void processor_graph(struct canvas canvas, const struct row *row, int zoom)
{
	const struct trail_part *part = part_of(row, zoom);
	double top = row->facts->cpus > 0 ? row->facts->cpus * 100
					  : graph_top(highest(part, SERIES_CPU), 10);
	char label[FIGURE_MAX];

	snprintf(label, sizeof(label), "%.0f%%", top);
	graph(canvas, part, SERIES_CPU, top, label, "0", zooms[zoom].each);
}

static void memory_graph(struct canvas canvas, const struct row *row, int zoom)
{
	const struct trail_part *part = part_of(row, zoom);
	double used = highest(part, SERIES_MEMORY), unit = 1 << 20;
	double top = row->facts->memory > 0 ? (double)row->facts->memory
					    : graph_top(used / unit, 1) * unit;
	char label[FIGURE_MAX];

	graph(canvas, part, SERIES_MEMORY, top, format_bytes((uint64_t)top, label), "0",
		zooms[zoom].each);
}

static void traffic_graph(struct canvas canvas, const struct row *row, int zoom)
{
	const struct trail_part *part = part_of(row, zoom);
	double received = highest(part, SERIES_RECEIVED), sent = highest(part, SERIES_SENT);
	double top = graph_top((received > sent ? received : sent) / 1024, 1) * 1024;
	int half = canvas.h / 2;
	char label[FIGURE_MAX];

	format_bytes((uint64_t)top, label);
	graph(canvas_sub(canvas, 0, 0, canvas.w, canvas.h - half), part, SERIES_RECEIVED, top,
		label, "in", zooms[zoom].each);
	graph(canvas_sub(canvas, 0, canvas.h - half, canvas.w, half), part, SERIES_SENT, top, label,
		"out", zooms[zoom].each);
}

static void memory_bar(struct canvas canvas, const struct row *row)
{
	double full =
		row->facts->memory > 0 ? (double)row->facts->memory : (double)row->memory_limit;

	if (full > 0)
		canvas_meter(canvas, SCALE + 1, 0, canvas.w - SCALE - 1, ROLE_INFO,
			(double)row->memory / full);
}

/* A line and the graph below it; returns the row after both. */
static int section(struct canvas canvas, int y, int height, const struct row *row, int zoom,
	void (*paint)(struct canvas canvas, const struct row *row, int zoom))
{
	if (height < 2)
		return y + 1;
	paint(canvas_sub(canvas, 0, y + 1, canvas.w, height), row, zoom);
	return y + 1 + height;
}

void gauges_paint(struct canvas canvas, const struct row *row,
	const struct container_pressure *pressure, enum cpu_unit unit, int zoom)
{
	bool stalls = pressure && pressure->has_stalls, traffic = canvas.h >= 18;
	int room = canvas.h - 3 - stalls - !pressure, graphs = 1 + (pressure != NULL) + traffic;
	int each = room / graphs, y = 0;

	processor_line(canvas_sub(canvas, 0, y, canvas.w, 1), row, pressure, unit);
	y = section(canvas, y, each, row, zoom, processor_graph);
	memory_line(canvas_sub(canvas, 0, y, canvas.w, 1), row, pressure);
	if (pressure) {
		y = section(canvas, y, each, row, zoom, memory_graph);
	} else {
		memory_bar(canvas_sub(canvas, 0, y + 1, canvas.w, 1), row);
		y += 2;
	}
	traffic_line(canvas_sub(canvas, 0, y, canvas.w, 1), row);
	y = section(canvas, y, traffic ? each : 0, row, zoom, traffic_graph);
	if (stalls)
		stalls_line(canvas_sub(canvas, 0, y, canvas.w, 1), pressure);
}

/* ---- the table ---- */

static void write_figure(enum series series, double value, char out[FIGURE_MAX])
{
	if (series == SERIES_CPU)
		snprintf(out, FIGURE_MAX, "%.1f%%", value);
	else if (series == SERIES_PIDS)
		snprintf(out, FIGURE_MAX, "%.0f", value);
	else
		format_bytes((uint64_t)value, out);
}

void gauges_table(
	struct canvas canvas, const struct row *row, const struct container_pressure *pressure)
{
	static const char *const names[SERIES_COUNT] = {[SERIES_CPU] = "cpu, of one core",
		[SERIES_MEMORY] = "memory",
		[SERIES_RECEIVED] = "network in /s",
		[SERIES_SENT] = "network out /s",
		[SERIES_READ] = "disk read /s",
		[SERIES_WRITTEN] = "disk written /s",
		[SERIES_PIDS] = "tasks"};
	static const struct {
		const char *heading;
		int columns; /* 0: the highest */
	} columns[] = {{"now", 1}, {"10 s", 5}, {"1 min", 30}, {"5 min", 150}, {"highest", 0}};
	int y = 1;

	for (size_t c = 0; c < array_len(columns); c++)
		canvas_right(canvas, 18 + (int)c * 9, 0, 8, ROLE_DIM, columns[c].heading);
	for (int s = 0; s < SERIES_COUNT; s++, y++) {
		canvas_text(canvas, 0, y, ROLE_TEXT, names[s]);
		for (size_t c = 0; row->trail && c < array_len(columns); c++) {
			char text[FIGURE_MAX];

			write_figure((enum series)s,
				columns[c].columns ? trail_average(row->trail, (enum series)s,
							     columns[c].columns)
						   : trail_highest(row->trail, (enum series)s),
				text);
			canvas_right(canvas, 18 + (int)c * 9, y, 8, ROLE_TEXT, text);
		}
	}
	processor_line(canvas_sub(canvas, 0, y + 1, canvas.w, 1), row, pressure, UNIT_LIMIT);
	memory_line(canvas_sub(canvas, 0, y + 2, canvas.w, 1), row, pressure);
	traffic_line(canvas_sub(canvas, 0, y + 3, canvas.w, 1), row);
	if (pressure && pressure->has_stalls)
		stalls_line(canvas_sub(canvas, 0, y + 4, canvas.w, 1), pressure);
}
