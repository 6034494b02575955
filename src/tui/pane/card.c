/* card.c - see card.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/card.h"
#include "tui/widget/graph.h"

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
	struct canvas canvas =
		canvas_sub(writer->canvas, LABEL + 1, writer->y++, writer->canvas.w - LABEL - 2, 1);
	static const struct trail none;
	const struct trail *trail = row->trail ? row->trail : &none;

	graph_paint(canvas, ROLE_INFO, trail->fine.v[SERIES_CPU], trail->fine.len, 1,
		graph_top(trail_highest(trail, SERIES_CPU), 10));
}

static void figures(struct writer *writer, const struct row *row)
{
	char used[FIGURE_MAX], limit[FIGURE_MAX], text[FIGURE_MAX * 2 + 8];

	if (row->moving)
		snprintf(text, sizeof(text), "%.1f%% of one core", row->cpu);
	else
		snprintf(text, sizeof(text), "-");
	line(writer, "cpu", ROLE_TEXT, text);
	history_line(writer, row);
	format_bytes(row->memory, used);
	if (row->facts->memory > 0 || row->memory_limit)
		snprintf(text, sizeof(text), "%s of %s", used,
			format_bytes(row->facts->memory > 0 ? (uint64_t)row->facts->memory
							    : row->memory_limit,
				limit));
	else
		snprintf(text, sizeof(text), "%s", used);
	line(writer, "memory", ROLE_TEXT, text);
	if (row->memory_limit) {
		double full = row->facts->memory > 0 ? (double)row->facts->memory
						     : (double)row->memory_limit;

		canvas_meter(writer->canvas, LABEL + 1, writer->y++, writer->canvas.w - LABEL - 2,
			ROLE_INFO, (double)row->memory / full);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)row->pids);
	line(writer, "tasks", ROLE_TEXT, text);
}

static void line_if(struct writer *writer, const char *label, look style, const char *text)
{
	if (*text)
		line(writer, label, style, text);
}

static void health(struct writer *writer, const struct row *row)
{
	bool sick = row->c.health == CONTAINER_HEALTH_UNHEALTHY;
	char text[300];

	if (!row->c.pid || row->c.health == CONTAINER_HEALTH_NONE)
		return;
	snprintf(text, sizeof(text), "%s", container_health_name(row->c.health));
	if (row->c.failing_streak)
		snprintf(text, sizeof(text), "%s, %u probes failed",
			container_health_name(row->c.health), row->c.failing_streak);
	line(writer, "health", sick ? ROLE_BAD : ROLE_OK, text);
	if (!row->facts->probed || (!sick && !row->c.failing_streak))
		return;
	snprintf(text, sizeof(text), "exit %d: %s", row->facts->probe_code, row->facts->probe);
	line(writer, "probe", ROLE_BAD, text);
}

/* Of what is fixed about it, what there is. */
static void facts(struct writer *writer, const struct row *row)
{
	const char *mount = row->facts->mounts;
	char text[300];

	line_if(writer, "project", ROLE_TEXT, row->facts->project);
	line_if(writer, "ports", ROLE_TEXT, row->facts->ports);
	line_if(writer, "network", ROLE_TEXT, row->facts->networks);
	line_if(writer, "address", ROLE_TEXT, row->facts->addresses);
	line_if(writer, "user", ROLE_TEXT, row->facts->user);
	if (strcmp(row->facts->restart, "no") != 0)
		line_if(writer, "restart", ROLE_TEXT, row->facts->restart);
	for (const char *label = "mounts"; mount && *mount; label = "") {
		size_t len = strcspn(mount, "\n");

		snprintf(text, sizeof(text), "%.*s", (int)len, mount);
		canvas_text(writer->canvas, 1, writer->y, ROLE_DIM, label);
		/* Where it is in the container stands at the end, and is what one looks for. */
		canvas_name(writer->canvas, LABEL + 1, writer->y++, writer->canvas.w - LABEL - 2,
			ROLE_TEXT, text);
		mount += len + (mount[len] == '\n');
	}
}

void card_paint(
	struct canvas canvas, const struct row *row, bool bare, int64_t now_ms, uint64_t real_ns)
{
	struct writer writer = {canvas, 0};
	char text[80], when[FIGURE_MAX], why[WHY_MAX];

	state_line(&writer, row, now_ms, real_ns);
	if (*format_why(&row->c, why))
		line(&writer, "why", row->c.exit_code && !row->c.by_hand ? ROLE_BAD : ROLE_DIM,
			why);
	if (*row->c.error)
		words(&writer, ROLE_BAD, row->c.error);
	health(&writer, row);
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
	if (row->measured && !bare) {
		writer.y++;
		figures(&writer, row);
	}
	writer.y++;
	facts(&writer, row);
}
