/* card.c - see card.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/card.h"

enum { LABEL = 9 };

struct writer {
	struct canvas canvas;
	int y;
};

static void line(struct writer *writer, const char *label, look style, const char *text)
{
	canvas_text(writer->canvas, 1, writer->y, ROLE_DIM, label);
	canvas_cut(writer->canvas, LABEL + 1, writer->y, writer->canvas.w - LABEL - 2, style, text);
	writer->y++;
}

/* As many lines as it takes. */
static void words(struct writer *writer, look style, const char *text)
{
	int room = writer->canvas.w - 2;

	while (*text && room > 0 && writer->y < writer->canvas.h) {
		size_t fit = text_fit(text, strlen(text), room), at = fit;

		while (text[fit] && at > 1 && text[at] != ' ')
			at--;
		if (text[fit] && at > 1)
			fit = at;
		canvas_textn(writer->canvas, 1, writer->y++, style, text, fit ? fit : 1);
		text += fit ? fit : 1;
		text += *text == ' ';
	}
}

static void state_line(
	struct writer *writer, const struct row *row, int64_t now_ms, uint64_t real_ns)
{
	struct state_look state = format_state(row, now_ms);
	char when[FIGURE_MAX], text[FIGURE_MAX * 3 + 16];

	if (row->c.pid && row->c.started_ns)
		snprintf(text, sizeof(text), "%s, up %s", state.word,
			format_age(row->c.started_ns, real_ns, when));
	else if (row->c.finished_ns)
		snprintf(text, sizeof(text), "%s at %s%s", state.word,
			format_moment(row->c.finished_ns, real_ns, when),
			row->c.by_hand ? ", by hand" : "");
	else
		snprintf(text, sizeof(text), "%s", state.word);
	line(writer, "state", state.role, text);
}

static void history_line(struct writer *writer, const struct row *row)
{
	static const char *const bars[2][8] = {
		{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, {"_", ".", "-", ":", "=", "+", "*", "#"}};
	int room = writer->canvas.w - LABEL - 2;
	const char *const *set = bars[grid_is_ascii(writer->canvas.grid)];
	float top = 10;

	for (int i = 0; i < row->history_len; i++)
		top = row->history[i] > top ? row->history[i] : top;
	/* Flush right over a base line: a container that does nothing changes nothing here. */
	for (int x = 0; x < room; x++) {
		int i = row->history_len - room + x;
		int step = i < 0 ? 0 : (int)(row->history[i] * 7.99f / top);

		canvas_text(writer->canvas, LABEL + 1 + x, writer->y, step ? ROLE_INFO : ROLE_DIM,
			set[step]);
	}
	writer->y++;
}

static void figures(struct writer *writer, const struct row *row)
{
	char used[FIGURE_MAX], limit[FIGURE_MAX], text[FIGURE_MAX * 2 + 8];

	if (row->history_len)
		snprintf(text, sizeof(text), "%.1f%% of one core", row->cpu);
	else
		snprintf(text, sizeof(text), "-");
	line(writer, "cpu", ROLE_TEXT, text);
	history_line(writer, row);
	format_bytes(row->memory, used);
	if (row->memory_limit && row->memory_limit < UINT64_MAX / 4)
		snprintf(text, sizeof(text), "%s of %s", used,
			format_bytes(row->memory_limit, limit));
	else
		snprintf(text, sizeof(text), "%s", used);
	line(writer, "memory", ROLE_TEXT, text);
	if (row->memory_limit) {
		canvas_meter(writer->canvas, LABEL + 1, writer->y++, writer->canvas.w - LABEL - 2,
			ROLE_INFO, (double)row->memory / (double)row->memory_limit);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)row->pids);
	line(writer, "tasks", ROLE_TEXT, text);
}

void card_paint(struct canvas canvas, const struct row *row, int64_t now_ms, uint64_t real_ns)
{
	struct writer writer = {canvas, 0};
	char text[80], when[FIGURE_MAX], why[WHY_MAX];

	state_line(&writer, row, now_ms, real_ns);
	if (*format_why(&row->c, why))
		line(&writer, "why", row->c.exit_code && !row->c.by_hand ? ROLE_BAD : ROLE_DIM,
			why);
	line(&writer, "image", ROLE_TEXT, row->c.image);
	line(&writer, "command", ROLE_TEXT, row->c.command);
	snprintf(text, sizeof(text), "%.12s", row->c.id);
	line(&writer, "id", ROLE_TEXT, text);
	if (row->c.pid) {
		snprintf(text, sizeof(text), "%d", row->c.pid);
		line(&writer, "pid", ROLE_TEXT, text);
	}
	line(&writer, "created", ROLE_TEXT, format_moment(row->c.created_ns, real_ns, when));
	snprintf(text, sizeof(text), "%u", row->c.restarts);
	line(&writer, "restarts", row->c.restarts ? ROLE_WARN : ROLE_TEXT, text);
	writer.y++;
	if (row->measured)
		figures(&writer, row);
	if (*row->c.error) {
		writer.y++;
		words(&writer, ROLE_BAD, row->c.error);
	}
}
