/* logview_pick.c - picking lines: bookmarks, a selection, what is copied. */
#include "tui/widget/logview_private.h"

enum { COPY_MAX = 256 << 10, REST_MAX = 2 << 20 };

/* ---- the line that is meant ---- */

static bool is_match(const struct logview *view, const struct logview_shown *shown)
{
	return view->has_match && !shown->is_mark && shown->source == view->match.source &&
	       shown->offset == view->match.offset;
}

/* The point of a selection, or the match, or the first in view; NULL: nothing is in view. */
const struct logview_shown *logview_current(const struct logview *view)
{
	const struct logview_shown *first = NULL;

	for (size_t i = 0; i < view->shown_count; i++) {
		const struct logview_shown *shown = &view->shown[i];

		if (view->selecting ? logfeed_compare(&shown->place, &view->point) == 0
				    : is_match(view, shown))
			return shown;
		if (!first && !shown->is_mark)
			first = shown;
	}
	return first;
}

/* ---- bookmarks ---- */

static size_t find_bookmark(const struct logview *view, size_t source, uint64_t offset)
{
	size_t i = 0;

	while (i < view->bookmark_count &&
		(view->bookmarks[i].source != source || view->bookmarks[i].offset != offset))
		i++;
	return i;
}

bool logview_is_bookmarked(const struct logview *view, size_t source, uint64_t offset)
{
	return find_bookmark(view, source, offset) < view->bookmark_count;
}

void logview_bookmark(struct logview *view)
{
	const struct logview_shown *line = logview_current(view);
	size_t at;

	if (!line)
		return;
	at = find_bookmark(view, line->source, line->offset);
	if (at < view->bookmark_count) {
		view->bookmarks[at] = view->bookmarks[--view->bookmark_count];
		return;
	}
	if (view->bookmark_count == BOOKMARKS_MAX)
		view->bookmark_count--; /* the last one makes room */
	view->bookmarks[view->bookmark_count++] =
		(struct logview_bookmark){line->source, line->offset, line->time_ns};
}

/* The next below the first line in view, or else the first of all. */
void logview_next_bookmark(struct logview *view)
{
	const struct logview_shown *line = logview_current(view);
	struct logfeed_place from = line ? line->place : view->top, best = {0}, least = {0};
	bool has_best = false;

	if (!view->bookmark_count)
		return;
	for (size_t i = 0; i < view->bookmark_count; i++) {
		struct logfeed_place place = logview_place_of(view, &view->bookmarks[i]);

		if (i == 0 || logfeed_compare(&place, &least) < 0)
			least = place;
		if (logfeed_compare(&place, &from) > 0 &&
			(!has_best || logfeed_compare(&place, &best) < 0)) {
			best = place;
			has_best = true;
		}
	}
	logview_unfollow(view);
	view->has_match = view->selecting = false;
	view->top = has_best ? best : least;
}

/* ---- selecting ---- */

bool logview_is_selected(const struct logview *view, const struct logfeed_place *place)
{
	const struct logfeed_place *low = &view->anchor, *high = &view->point;

	if (!view->selecting)
		return false;
	if (logfeed_compare(low, high) > 0) {
		low = &view->point;
		high = &view->anchor;
	}
	return logfeed_compare(place, low) >= 0 && logfeed_compare(place, high) <= 0;
}

/* Begins with the match, or with the last line in view: what is new is at the bottom. */
void logview_select(struct logview *view)
{
	const struct logview_shown *line = NULL;

	if (view->selecting) {
		view->selecting = false;
		return;
	}
	for (size_t i = 0; i < view->shown_count; i++)
		if (!view->shown[i].is_mark && (!line || !is_match(view, line)))
			line = &view->shown[i];
	if (!line)
		return;
	view->selecting = true;
	view->anchor = view->point = line->place;
	logview_unfollow(view);
}

/* Moves the point; the window follows it. */
void logview_move_point(struct logview *view, int lines)
{
	struct logfeed_place at = view->point, behind;
	struct logfeed_row row;
	int skip;

	for (; lines < 0 && logview_previous(view, &at, &row) == LOGSCAN_FOUND; lines++)
		view->point = row.place;
	if (lines > 0)
		logview_next(view, &at, &row); /* over the point itself */
	for (; lines > 0 && logview_next(view, &at, &row) == LOGSCAN_FOUND; lines--)
		view->point = row.place;
	if (logfeed_compare(&view->point, &view->top) < 0)
		view->top = view->point;
	behind = view->point;
	logview_next(view, &behind, &row);
	if (logfeed_compare(&behind, &view->end) > 0)
		view->top = logview_fill(view, &behind, &skip);
}

/* ---- what is copied ---- */

void logview_selection(
	struct logview *view, struct logfeed_place *first, struct logfeed_place *behind)
{
	const struct logview_shown *line = logview_current(view);
	bool upwards = logfeed_compare(&view->point, &view->anchor) < 0;
	struct logfeed_row row;

	if (view->selecting)
		*first = upwards ? view->point : view->anchor;
	else
		*first = line ? line->place : view->top;
	*behind = view->selecting && !upwards ? view->point
		  : view->selecting           ? view->anchor
					      : *first;
	logview_next(view, behind, &row);
}

static void add_plain(struct logview *view, const struct log_piece *piece, struct buf *out)
{
	ansi_read(piece->data, piece->len, ROLE_TEXT, &view->line);
	buf_add(out, view->line.text, view->line.len);
	buf_addc(out, '\n');
}

bool logview_copy(struct logview *view, struct buf *out, size_t *lines)
{
	struct logfeed_place at, behind;
	struct logfeed_row row;

	*lines = 0;
	logview_selection(view, &at, &behind);
	while (logfeed_compare(&at, &behind) < 0 && out->len < COPY_MAX &&
		logview_next(view, &at, &row) == LOGSCAN_FOUND) {
		if (row.is_mark)
			continue;
		add_plain(view, &row.piece, out);
		++*lines;
	}
	return *lines > 0 && !buf_failed(out);
}

/* ---- the rest of a long line ---- */

static const struct logview_shown *long_line(const struct logview *view)
{
	const struct logview_shown *current = logview_current(view);

	if (current && current->too_long)
		return current;
	for (size_t i = 0; i < view->shown_count; i++)
		if (view->shown[i].too_long)
			return &view->shown[i];
	return NULL;
}

static void fold(const char *text, size_t len, int width, struct buf *out)
{
	while (len > 0) {
		size_t fits = text_fit(text, len, width);

		fits = fits ? fits : len;
		buf_add(out, text, fits);
		buf_addc(out, '\n');
		text += fits;
		len -= fits;
	}
}

/* All pieces of it: a line of a megabyte came in several. */
bool logview_rest(struct logview *view, int width, struct buf *out)
{
	const struct logview_shown *line = long_line(view);
	struct logfeed_place at;
	struct logfeed_row row;
	auto_buf all = BUF_INIT;
	auto_free char *plain = NULL;
	size_t len;

	if (!line)
		return false;
	at = line->place;
	while (all.len < REST_MAX && logfeed_next(view->feed, &at, &row) == LOGSCAN_FOUND &&
		!row.is_mark && row.source == line->source) {
		buf_add(&all, row.piece.data, row.piece.len);
		if (row.piece.data[row.piece.len - 1] == '\n')
			break;
	}
	while (all.len > 0 && (all.data[all.len - 1] == '\n' || all.data[all.len - 1] == '\r'))
		all.len--;
	plain = buf_failed(&all) ? NULL : malloc(all.len * 8 + 16);
	if (!plain)
		return false;
	len = ansi_plain(buf_text(&all), all.len, plain, all.len * 8 + 16);
	fold(plain, len, width < 10 ? 10 : width, out);
	return !buf_failed(out);
}
