/* logview.c - see logview.h. */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "tui/ansi.h"
#include "tui/widget/logview.h"

enum { SLICE_LINES = 2000, SLICE_BYTES = 256 << 10, SIDE_STEP = 20, TIMES_MAX = 10000, SIGN = 1 };

#define LOG_END UINT64_MAX

struct logview {
	struct world *world;
	struct world_log *log;
	uint64_t top; /* offset of the first line in view */
	bool follow, wrap, times;
	int left, width, height;
	char search[120];
	bool searching, upwards, found;
	uint64_t look_at, scanned;
	struct ansi_line line; /* of the line being painted */
};

struct logview *logview_new(struct world *world, struct world_log *log)
{
	struct logview *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->world = world;
	view->log = log;
	view->follow = true;
	view->height = 1;
	return view;
}

void logview_free(struct logview *view)
{
	if (!view)
		return;
	view->world->ops->log_close(view->log);
	free(view);
}

const struct world_log *logview_log(const struct logview *view)
{
	return view->log;
}

struct logview_state logview_state(const struct logview *view)
{
	struct log_piece piece;

	view->world->ops->log_seek(view->log, LOG_END);
	return (struct logview_state){
		.follow = view->follow,
		.wrap = view->wrap,
		.times = view->times,
		.searching = view->searching,
		.search = view->search,
		.found = view->found,
		.scanned = view->scanned,
		.empty = view->world->ops->log_previous(view->log, &piece) != 1,
		.left = view->left,
	};
}

/* ---- lines and rows ---- */

static int times_width(const struct logview *view)
{
	return view->times ? 13 : 0;
}

static void read_line(struct logview *view, const struct log_piece *piece)
{
	look base = piece->stream == SESSION_STDERR ? ROLE_WARN : ROLE_TEXT;

	ansi_read(piece->data, piece->len, base, &view->line);
}

/* How many rows of the window a line takes. */
static int rows_of(struct logview *view, const struct log_piece *piece)
{
	int room = view->width - times_width(view), columns = 0, rows = 1;
	struct text_glyph glyph;

	if (!view->wrap || room < 2)
		return 1;
	read_line(view, piece);
	for (size_t at = 0; at < view->line.len; columns += glyph.width) {
		at += text_next(view->line.text + at, view->line.len - at, &glyph);
		if (columns + glyph.width > room) {
			rows++;
			columns = 0;
		}
	}
	return rows;
}

/* The offset from which the lines up to `end` fill the window, and how many rows of it to skip. */
static uint64_t fill_upwards(struct logview *view, uint64_t end, int *skip)
{
	struct log_piece piece = {0};
	int rows = 0;

	view->world->ops->log_seek(view->log, end);
	while (rows < view->height && view->world->ops->log_previous(view->log, &piece) == 1)
		rows += rows_of(view, &piece);
	*skip = rows > view->height ? rows - view->height : 0;
	return piece.offset;
}

static void paint_time(const struct logview *view, struct canvas canvas, int y, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	struct tm tm;

	if (!view->times)
		return;
	localtime_r(&seconds, &tm);
	canvas_textf(canvas, SIGN, y, ROLE_DIM, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min,
		tm.tm_sec, (int)(time_ns / 1000000 % 1000));
}

static bool case_matters(const char *search)
{
	for (; *search; search++)
		if (isupper((unsigned char)*search))
			return true;
	return false;
}

static bool matches_at(const struct logview *view, const char *text, bool exact, size_t len)
{
	return exact ? memcmp(text, view->search, len) == 0
		     : strncasecmp(text, view->search, len) == 0;
}

static void mark_matches(struct logview *view)
{
	size_t len = strlen(view->search);
	bool exact = case_matters(view->search);

	for (size_t at = 0; len && at + len <= view->line.len; at++)
		if (matches_at(view, view->line.text + at, exact, len))
			for (size_t i = 0; i < len; i++)
				view->line.styles[at + i] = ROLE_MARK | STYLE_REVERSE;
}

/* Paints one line from row y on, leaving out its first `skip` rows; returns the row after it. */
static int paint_line(
	struct logview *view, struct canvas canvas, int y, const struct log_piece *piece, int skip)
{
	int room = view->width - times_width(view), x = view->wrap ? 0 : -view->left;
	struct canvas text = canvas_sub(canvas, SIGN + times_width(view), 0, room, canvas.h);
	struct text_glyph glyph;
	size_t at = 0;

	read_line(view, piece);
	mark_matches(view);
	y -= skip;
	if (y >= 0)
		paint_time(view, canvas, y, piece->time_ns);
	if (y >= 0 && piece->stream == SESSION_STDERR)
		canvas_text(canvas, 0, y, ROLE_BAD, "!");
	while (at < view->line.len && y < canvas.h) {
		look style = view->line.styles[at];
		size_t used = text_next(view->line.text + at, view->line.len - at, &glyph);

		if (x + glyph.width > room) {
			if (!view->wrap || room < 2)
				break;
			x = 0;
			y++;
		}
		if (y >= 0)
			canvas_textn(text, x, y, style, view->line.text + at, used);
		x += glyph.width;
		at += used;
	}
	if (!view->wrap && at < view->line.len && y >= 0)
		canvas_text(
			canvas, canvas.w - 1, y, ROLE_DIM, canvas_glyph(canvas, GLYPH_ELLIPSIS));
	return y + 1;
}

void logview_paint(struct logview *view, struct canvas canvas)
{
	struct log_piece piece;
	int skip = 0, y = 0;

	if (canvas.h < 1 || canvas.w < 2)
		return;
	view->width = canvas.w - SIGN;
	view->height = canvas.h;
	if (view->follow)
		view->top = fill_upwards(view, LOG_END, &skip);
	view->world->ops->log_seek(view->log, view->top);
	while (y < canvas.h && view->world->ops->log_next(view->log, &piece) == 1) {
		y = paint_line(view, canvas, y, &piece, skip);
		skip = 0;
	}
}

/* ---- moving ---- */

static void scroll_up(struct logview *view, int lines)
{
	struct log_piece piece;

	view->follow = false;
	view->world->ops->log_seek(view->log, view->top);
	while (lines-- > 0 && view->world->ops->log_previous(view->log, &piece) == 1)
		view->top = piece.offset;
}

/* The window never goes past the end; there it begins to follow. */
static void scroll_down(struct logview *view, int lines)
{
	struct log_piece piece;
	uint64_t last_top;
	int skip;

	if (view->follow)
		return;
	last_top = fill_upwards(view, LOG_END, &skip);
	view->world->ops->log_seek(view->log, view->top);
	while (lines-- >= 0 && view->world->ops->log_next(view->log, &piece) == 1)
		view->top = piece.offset;
	if (view->top >= last_top)
		view->follow = true;
}

static void go_to_start(struct logview *view)
{
	view->follow = false;
	view->top = 0;
}

static bool move(struct logview *view, enum action action, int times)
{
	int half = view->height > 1 ? view->height / 2 : 1;

	switch (action) {
	case ACTION_DOWN:
		scroll_down(view, times);
		return true;
	case ACTION_UP:
		scroll_up(view, times);
		return true;
	case ACTION_HALF_DOWN:
		scroll_down(view, half * times);
		return true;
	case ACTION_HALF_UP:
		scroll_up(view, half * times);
		return true;
	case ACTION_PAGE_DOWN:
		scroll_down(view, view->height * times);
		return true;
	case ACTION_PAGE_UP:
		scroll_up(view, view->height * times);
		return true;
	case ACTION_FIRST:
		go_to_start(view);
		return true;
	case ACTION_LAST:
		view->follow = true;
		return true;
	default:
		return false;
	}
}

static void start_search(struct logview *view, bool upwards, uint64_t from)
{
	view->searching = *view->search;
	view->upwards = upwards;
	view->found = false;
	view->scanned = 0;
	view->look_at = from;
	if (view->searching)
		logview_search_step(view);
}

/* "Next" begins below the line that the last search stopped at. */
static void search_on(struct logview *view, bool upwards)
{
	struct log_piece piece;
	uint64_t from = view->top;

	view->world->ops->log_seek(view->log, view->top);
	if (!upwards && view->world->ops->log_next(view->log, &piece) == 1)
		from = view->world->ops->log_next(view->log, &piece) == 1 ? piece.offset : LOG_END;
	start_search(view, upwards, from);
}

bool logview_act(struct logview *view, enum action action, int count)
{
	int times = count < 1 ? 1 : count > TIMES_MAX ? TIMES_MAX : count;

	switch (action) {
	case ACTION_LEFT:
		view->left = view->left > SIDE_STEP ? view->left - SIDE_STEP : 0;
		return true;
	case ACTION_RIGHT:
		view->left += view->wrap || view->left > ANSI_LINE_MAX ? 0 : SIDE_STEP;
		return true;
	case ACTION_FOLLOW:
		view->follow = !view->follow;
		return true;
	case ACTION_TIMES:
		view->times = !view->times;
		return true;
	case ACTION_WRAP:
		view->wrap = !view->wrap;
		view->left = 0;
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		search_on(view, action == ACTION_PREVIOUS);
		return true;
	default:
		return move(view, action, times);
	}
}

/* ---- searching ---- */

static bool line_matches(struct logview *view, const struct log_piece *piece)
{
	size_t len = strlen(view->search);
	bool exact = case_matters(view->search);

	read_line(view, piece);
	if (exact)
		return memmem(view->line.text, view->line.len, view->search, len);
	for (size_t at = 0; at + len <= view->line.len; at++)
		if (matches_at(view, view->line.text + at, false, len))
			return true;
	return false;
}

void logview_search(struct logview *view, const char *text)
{
	snprintf(view->search, sizeof(view->search), "%s", text);
	start_search(view, false, view->top);
}

static void stop_at(struct logview *view, const struct log_piece *piece)
{
	view->searching = false;
	view->found = true;
	view->follow = false;
	view->top = piece->offset;
}

void logview_search_step(struct logview *view)
{
	const struct world_ops *ops = view->world->ops;
	struct log_piece piece;
	uint64_t slice_end = view->scanned + SLICE_BYTES;

	ops->log_seek(view->log, view->look_at);
	for (int i = 0; i < SLICE_LINES && view->scanned < slice_end; i++) {
		if ((view->upwards ? ops->log_previous : ops->log_next)(view->log, &piece) != 1) {
			view->searching = false;
			return;
		}
		view->scanned += piece.len;
		view->look_at = piece.offset; /* downwards, the next slice meets it again */
		if (line_matches(view, &piece)) {
			stop_at(view, &piece);
			return;
		}
	}
}

void logview_search_cancel(struct logview *view)
{
	view->searching = false;
}
