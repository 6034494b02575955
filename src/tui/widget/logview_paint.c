/* logview_paint.c - the lines in view: sign, time, name, text with its colours, what matches. */
#include "tui/widget/logview_private.h"

#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/loglevel.h"

/* ---- a line ---- */

static int times_width(const struct logview *view)
{
	static const int widths[TIMES_COUNT] = {
		[TIMES_LOCAL] = 13, [TIMES_UTC] = 14, [TIMES_AGO] = 9};

	return widths[view->times];
}

static int names_width(const struct logview *view)
{
	return logfeed_count(view->feed) > 1 ? view->name_width + 1 : 0;
}

static int text_left(const struct logview *view)
{
	return MARGIN + times_width(view) + names_width(view);
}

static void colour_line(struct ansi_line *line, look role)
{
	for (size_t i = 0; role != ROLE_TEXT && i < line->len; i++)
		if ((line->styles[i] & STYLE_ROLE) == ROLE_TEXT && style_fg(line->styles[i]) < 0)
			line->styles[i] |= role;
}

static enum log_level read_line(struct logview *view, const struct logfeed_row *row)
{
	static const look roles[LEVEL_COUNT] = {
		[LEVEL_DEBUG] = ROLE_DIM, [LEVEL_WARN] = ROLE_WARN, [LEVEL_ERROR] = ROLE_BAD};
	enum log_level level;

	ansi_read(row->piece.data, row->piece.len, ROLE_TEXT, &view->line);
	level = loglevel_of(view->line.text, view->line.len);
	colour_line(&view->line, roles[level]);
	return level;
}

static int columns_of(const char *text, size_t len, int room, int *rows)
{
	struct text_glyph glyph;
	int columns = 0;

	*rows = 1;
	for (size_t at = 0; at < len; columns += glyph.width) {
		at += text_next(text + at, len - at, &glyph);
		if (columns + glyph.width > room) {
			++*rows;
			columns = 0;
		}
	}
	return columns;
}

int logview_rows(struct logview *view, const struct logfeed_row *row)
{
	int room = view->width - text_left(view), rows;

	if (!view->wrap || room < 2 || row->is_mark)
		return 1;
	read_line(view, row);
	columns_of(view->line.text, view->line.len, room, &rows);
	return rows;
}

struct logfeed_place logview_fill(struct logview *view, const struct logfeed_place *end, int *skip)
{
	struct logfeed_place place = *end;
	struct logfeed_row row;
	int rows = 0;

	while (rows < view->height && logview_previous(view, &place, &row) == LOGSCAN_FOUND)
		rows += logview_rows(view, &row);
	*skip = rows > view->height ? rows - view->height : 0;
	return place;
}

/* ---- before the text ---- */

static void paint_time(const struct logview *view, struct canvas canvas, int y, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	int ms = (int)(time_ns / 1000000 % 1000);
	char age[FIGURE_MAX], text[40];
	struct tm tm;

	if (view->times == TIMES_OFF)
		return;
	if (view->times == TIMES_AGO) {
		snprintf(text, sizeof(text), "%s ago", format_age(time_ns, view->now_ns, age));
		canvas_right(canvas, MARGIN, y, times_width(view) - 1, ROLE_DIM, text);
		return;
	}
	if (view->times == TIMES_UTC)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	canvas_textf(canvas, MARGIN, y, ROLE_DIM, "%02d:%02d:%02d.%03d%s", tm.tm_hour, tm.tm_min,
		tm.tm_sec, ms, view->times == TIMES_UTC ? "Z" : "");
}

static look name_look(size_t source)
{
	static const int colours[] = {6, 5, 2, 3, 4, 14, 13, 10, 11, 12, 1, 9};

	return style_with_fg(ROLE_TEXT, colours[source % array_len(colours)]);
}

static void paint_name(const struct logview *view, struct canvas canvas, int y, size_t source)
{
	if (names_width(view))
		canvas_name(canvas, MARGIN + times_width(view), y, view->name_width,
			name_look(source), view->names[source]);
}

static void paint_sign(const struct logview *view, struct canvas canvas, int y,
	const struct logfeed_row *row, enum log_level level)
{
	static const look roles[LEVEL_COUNT] = {ROLE_TEXT, ROLE_DIM, ROLE_DIM, ROLE_WARN, ROLE_BAD};
	char sign[2] = {loglevel_letter(level), '\0'};

	if (view->has_match && row->source == view->match.source &&
		row->piece.offset == view->match.offset)
		canvas_text(canvas, 1, y, ROLE_MARK, ">");
	if (logview_is_bookmarked(view, row->source, row->piece.offset))
		canvas_text(canvas, 0, y, ROLE_MARK | STYLE_REVERSE, "*");
	else if (level != LEVEL_NONE)
		canvas_text(canvas, 0, y, roles[level], sign);
	else if (row->piece.stream == SESSION_STDERR)
		canvas_text(canvas, 0, y, ROLE_WARN, "!");
}

/* ---- the text ---- */

static void mark_matches(struct logview *view)
{
	size_t at = 0, begin, end;

	if (!view->pattern || !*view->search)
		return;
	while (pattern_find(view->pattern, view->line.text, view->line.len, at, &begin, &end)) {
		for (size_t i = begin; i < end; i++)
			view->line.styles[i] = ROLE_MARK | STYLE_REVERSE;
		at = end > begin ? end : end + 1;
	}
}

/* From row y on, leaving out the first `skip` rows; the row after it. */
static int paint_text(struct logview *view, struct canvas canvas, int y)
{
	int room = canvas.w, x = view->wrap ? 0 : -view->left;
	struct text_glyph glyph;
	size_t at = 0;

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
			canvas_textn(canvas, x, y, style, view->line.text + at, used);
		x += glyph.width;
		at += used;
	}
	if (y >= 0 && y < canvas.h && (at < view->line.len || view->line.cut) &&
		(!view->wrap || x < room))
		canvas_text(canvas, view->wrap ? x : canvas.w - 1, y, ROLE_DIM,
			canvas_glyph(canvas, GLYPH_ELLIPSIS));
	return y + 1;
}

static int paint_mark(
	struct logview *view, struct canvas canvas, int y, const struct logfeed_row *row)
{
	const char *name = logfeed_count(view->feed) > 1 ? view->names[row->source] : "";
	int x;

	if (y < 0)
		return y + 1;
	x = canvas_text(canvas, 0, y, ROLE_BORDER, canvas_glyph(canvas, GLYPH_HLINE));
	x = canvas_text(canvas, x, y, ROLE_BORDER, canvas_glyph(canvas, GLYPH_HLINE)) + 1;
	if (*name)
		x = canvas_textf(canvas, x, y, name_look(row->source), "%s", name) + 1;
	x = canvas_text(canvas, x, y, ROLE_INFO, row->text) + 1;
	canvas_hline(canvas, x, y, canvas.w - x, ROLE_BORDER);
	return y + 1;
}

/* ---- all of them ---- */

static struct logview_shown *show(struct logview *view, const struct logfeed_row *row, int y)
{
	struct logview_shown *bigger;

	if (view->shown_count == view->shown_room) {
		size_t room = view->shown_room ? view->shown_room * 2 : 64;

		bigger = reallocarray(view->shown, room, sizeof(*bigger));
		if (!bigger)
			return NULL;
		view->shown = bigger;
		view->shown_room = room;
	}
	view->shown[view->shown_count] = (struct logview_shown){.place = row->place,
		.source = row->source,
		.offset = row->piece.offset,
		.time_ns = row->piece.time_ns,
		.y = y < 0 ? 0 : y,
		.is_mark = row->is_mark};
	return &view->shown[view->shown_count++];
}

static int paint_line(
	struct logview *view, struct canvas canvas, int y, const struct logfeed_row *row)
{
	int left = text_left(view);
	struct canvas text = canvas_sub(canvas, left, 0, canvas.w - left, canvas.h);
	enum log_level level = read_line(view, row);

	mark_matches(view);
	if (y >= 0) {
		paint_sign(view, canvas, y, row, level);
		paint_time(view, canvas, y, row->piece.time_ns);
		paint_name(view, canvas, y, row->source);
	}
	return paint_text(view, text, y);
}

/* Returns the row after it. */
static int paint_row(
	struct logview *view, struct canvas canvas, int y, const struct logfeed_row *row)
{
	struct logview_shown *shown = show(view, row, y);
	int next =
		row->is_mark ? paint_mark(view, canvas, y, row) : paint_line(view, canvas, y, row);

	if (!shown)
		return next;
	shown->rows = next - shown->y;
	shown->too_long =
		!row->is_mark &&
		(view->line.cut ||
			(!view->wrap && columns_of(view->line.text, view->line.len, INT32_MAX,
						&(int){0}) > canvas.w - text_left(view)));
	if (logview_is_selected(view, &row->place))
		for (int i = shown->y; i < next && i < canvas.h; i++)
			canvas_bar(canvas, i, ROLE_SELECTION | STYLE_REVERSE);
	return next;
}

static void paint_from_top(struct logview *view, struct canvas canvas, int skip)
{
	struct logfeed_place place = view->top;
	struct logfeed_row row;
	int y = -skip;

	view->shown_count = 0;
	view->top_ns = 0;
	while (y < canvas.h && logview_next(view, &place, &row) == LOGSCAN_FOUND) {
		if (!view->top_ns)
			view->top_ns = row.piece.time_ns;
		y = paint_row(view, canvas, y, &row);
	}
	view->end = place;
}

/* A window that became smaller, or a filter, may have put all that matters out of view. */
static bool lost_sight(struct logview *view, struct logfeed_place *end)
{
	struct logfeed_row row;

	if (view->selecting && view->shown_count > 0 &&
		logfeed_compare(&view->point, &view->shown[view->shown_count - 1].place) > 0) {
		*end = view->point;
		return logview_next(view, end, &row) == LOGSCAN_FOUND;
	}
	*end = logfeed_end(view->feed);
	return view->shown_count == 0 && !view->waits && !view->follow;
}

void logview_paint(struct logview *view, struct canvas canvas, uint64_t now_ns)
{
	struct logfeed_place end;
	int skip = 0;

	if (canvas.h < 1 || canvas.w < 2)
		return;
	view->now_ns = now_ns;
	view->width = canvas.w;
	view->height = canvas.h;
	view->waits = false;
	if (view->follow) {
		end = logfeed_end(view->feed);
		view->top = logview_fill(view, &end, &skip);
	}
	paint_from_top(view, canvas, skip);
	if (lost_sight(view, &end)) {
		view->top = logview_fill(view, &end, &skip);
		canvas_clear(canvas, ROLE_TEXT);
		paint_from_top(view, canvas, 0);
	}
	view->empty = view->shown_count == 0;
}
