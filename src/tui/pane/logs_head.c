/* logs_head.c - above the lines: the switches, where we are, and what was asked for. */
#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/pane/logs_private.h"

static const char *const times_words[TIMES_COUNT] = {"off", "local", "UTC", "ago"};
static const char *const streams_words[STREAMS_COUNT] = {"stdout+stderr", "stdout", "stderr"};

/* "41,906": many lines are read easier so. */
static const char *grouped(uint64_t number, char out[FIGURE_MAX])
{
	char digits[FIGURE_MAX];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%lu", number), to = 0;

	for (size_t i = 0; i < len && to + 2 < FIGURE_MAX; i++) {
		if (i && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
	return out;
}

static bool is_saving(const struct logs *logs)
{
	return logs->save != NULL;
}

int logs_head_rows(const struct logs *logs, const struct logview_state *state)
{
	return 1 + (state->filtered || *state->search || state->selecting || is_saving(logs));
}

/* ---- switches ---- */

static int paint_switch(struct canvas canvas, int x, const char *name, const char *value, bool on)
{
	x = canvas_textf(canvas, x, 0, ROLE_DIM, " %s ", name);
	return canvas_textf(canvas, x, 0, on ? ROLE_OK : ROLE_DIM, "%s ", value);
}

/* The day of the first line in view, unless it is today. */
static void day_of(uint64_t time_ns, uint64_t now_ns, char *out, size_t room)
{
	time_t then = (time_t)(time_ns / 1000000000), now = (time_t)(now_ns / 1000000000);
	struct tm day, today;

	*out = '\0';
	localtime_r(&then, &day);
	localtime_r(&now, &today);
	if (time_ns && (day.tm_yday != today.tm_yday || day.tm_year != today.tm_year))
		strftime(out, room, "%d %b %Y  ", &day);
}

static void paint_place(
	struct logs *logs, struct canvas canvas, int x, const struct logview_state *state)
{
	char text[120], day[40], size[FIGURE_MAX], lines[FIGURE_MAX];
	uint64_t news = logview_news(logs->view);
	look style = ROLE_DIM;
	bool narrow = canvas.w - x < 36;

	day_of(state->top_ns, app_real_ns(logs->pane.app), day, sizeof(day));
	if (news) {
		style = ROLE_INFO | STYLE_REVERSE;
		snprintf(text, sizeof(text),
			narrow ? " NEW %s - %s " : " NEW %s below - %s to follow ",
			grouped(news, lines),
			keymap_label(app_keymap(logs->pane.app), ACTION_LAST));
	} else if (state->follow || !state->size) {
		snprintf(text, sizeof(text), " %s%s ", day, format_bytes(state->size, size));
	} else {
		snprintf(text, sizeof(text), " %s%d%% of %s ", day,
			(int)(100.0 * (double)state->at / (double)state->size),
			format_bytes(state->size, size));
	}
	if (x + text_width(text) < canvas.w)
		canvas_text(canvas, canvas.w - 1 - text_width(text), 0, style, text);
}

static void paint_switches(
	struct logs *logs, struct canvas canvas, const struct logview_state *state)
{
	int x = 1;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "");
	if (!*logs->own)
		x = canvas_textf(canvas, x, 0, ROLE_TITLE, " %zu log%s ", logs->count,
			logs->count == 1 ? "" : "s");
	x = paint_switch(canvas, x, "follow", state->follow ? "on" : "off", state->follow);
	x = paint_switch(canvas, x, "times", times_words[state->times], state->times != TIMES_OFF);
	x = paint_switch(canvas, x, "wrap", state->wrap ? "on" : "off", state->wrap);
	if (state->streams != STREAMS_BOTH)
		x = canvas_textf(
			canvas, x, 0, ROLE_WARN, " only %s ", streams_words[state->streams]);
	if (state->left)
		x = canvas_textf(canvas, x, 0, ROLE_DIM, " column %d ", state->left + 1);
	if (state->bookmarks)
		x = canvas_textf(canvas, x, 0, ROLE_MARK, " %zu bookmark%s ", state->bookmarks,
			state->bookmarks > 1 ? "s" : "");
	paint_place(logs, canvas, x, state);
}

/* ---- what was asked for ---- */

/* "1.2G of 10G": what is still being looked through. */
static int paint_progress(struct canvas canvas, int x, const struct logscan_sum *sum, bool stopped)
{
	char done[FIGURE_MAX], all[FIGURE_MAX];

	return canvas_textf(canvas, x, 0, stopped ? ROLE_WARN : ROLE_BUSY, "%s of %s%s",
		       format_bytes(sum->bytes < sum->size ? sum->bytes : sum->size, done),
		       format_bytes(sum->size, all), stopped ? " looked through" : ", Esc stops") +
	       2;
}

static int paint_filter(
	struct logs *logs, struct canvas canvas, int x, const struct logview_state *state)
{
	const struct filter *filter = logview_filter_of(logs->view);
	const struct logscan_sum *sum = &state->asked;
	char hits[FIGURE_MAX], lines[FIGURE_MAX];

	if (!state->filtered)
		return x;
	if (filter) {
		x = canvas_text(canvas, x, 0, ROLE_KEY, "& ");
		x = canvas_text(canvas, x, 0, ROLE_TITLE, filter_text(filter)) + 2;
	}
	x = canvas_textf(canvas, x, 0, ROLE_INFO, "%s shown of %s%s", grouped(sum->hits, hits),
		    grouped(sum->lines, lines), sum->done ? "" : "+") +
	    2;
	return sum->done ? x : paint_progress(canvas, x, sum, state->stopped);
}

static int paint_search(struct canvas canvas, int x, const struct logview_state *state)
{
	const struct logscan_sum *sum = &state->looked;
	char nth[FIGURE_MAX], hits[FIGURE_MAX];

	if (!*state->search)
		return x;
	x = canvas_text(canvas, x, 0, ROLE_KEY, "/");
	x = canvas_text(canvas, x, 0, ROLE_TITLE, state->search) + 2;
	if (state->plain)
		x = canvas_text(canvas, x, 0, ROLE_WARN, "as plain text") + 2;
	if (state->finding) {
		x = canvas_text(canvas, x, 0, ROLE_BUSY, "searching") + 2;
		return paint_progress(canvas, x, sum, false);
	}
	if (sum->done && !sum->hits) /* what it stands at may be hidden by the filter */
		return canvas_text(canvas, x, 0, ROLE_WARN, "no match") + 2;
	if (!state->found)
		x = canvas_textf(canvas, x, 0, ROLE_WARN, "none %s",
			    state->search_back ? "above" : "below") +
		    2;
	if (sum->done && state->nth && state->found)
		x = canvas_textf(canvas, x, 0, ROLE_INFO, "%s of %s", grouped(state->nth, nth),
			grouped(sum->hits, hits));
	else if (sum->hits || !sum->done)
		x = canvas_textf(canvas, x, 0, ROLE_INFO, "%s%s line%s", grouped(sum->hits, hits),
			sum->done ? "" : "+", sum->hits == 1 ? "" : "s");
	return sum->done ? x + 2 : paint_progress(canvas, x + 2, sum, state->stopped);
}

static void paint_asked(struct logs *logs, struct canvas canvas, const struct logview_state *state)
{
	const char *path;
	uint64_t done, all;
	char written[FIGURE_MAX], size[FIGURE_MAX];
	int x = 1;

	if (is_saving(logs)) {
		logs_save_progress(logs->save, &path, &done, &all);
		canvas_textf(canvas, x, 0, ROLE_BUSY, "saving to %s: %s of %s, Esc stops", path,
			format_bytes(done, written), format_bytes(all, size));
	} else if (state->selecting) {
		canvas_textf(canvas, x, 0, ROLE_INFO,
			"%zu line%s selected in view: y copies, S saves, Esc ends", state->selected,
			state->selected == 1 ? "" : "s");
	} else {
		x = paint_filter(logs, canvas, x, state);
		paint_search(canvas, x, state);
	}
}

void logs_head_paint(struct logs *logs, struct canvas canvas, const struct logview_state *state)
{
	paint_switches(logs, canvas_sub(canvas, 0, 0, canvas.w, 1), state);
	if (canvas.h > 1)
		paint_asked(logs, canvas_sub(canvas, 0, 1, canvas.w, 1), state);
}

void logs_blank_paint(struct logs *logs, struct canvas canvas, const struct logview_state *state)
{
	const struct row *row = model_row(app_model(logs->pane.app), logs->own);
	char lines[FIGURE_MAX];

	if (state->filtered && !state->asked.done)
		canvas_text(canvas, 1, 0, ROLE_DIM, "Looking through the log from its end…");
	else if (state->filtered && state->asked.lines)
		canvas_textf(canvas, 1, 0, ROLE_DIM, "The filter hides all %s lines: & changes it.",
			grouped(state->asked.lines, lines));
	else if (row && row->c.state == CONTAINER_CREATED)
		canvas_text(canvas, 1, 0, ROLE_DIM, "It never ran: u starts it.");
	else if (row && !row->c.pid && row->c.state != CONTAINER_RESTARTING)
		canvas_text(canvas, 1, 0, ROLE_DIM, "It printed nothing.");
	else
		canvas_text(canvas, 1, 0, ROLE_DIM, "No output yet.");
}
